using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests;

/// <summary>Mean and variance of estimators on losses that are linear in the parameters of each window, where both are known.</summary>
/// <remarks>L_t = Σ_{τ ≤ t} a_tτ · θ_τ, p_t what window t adds to the objective, c_ρτ = Σ_{t ≥ max(ρ, τ)} of p's coefficients for
/// θ_τ.</remarks>
public sealed class LinearLossTests
{
    private const int Windows = 4, P = 5, Lives = 60_000;

    private static readonly float[,][] A = LinearEngine.Coefficients(Windows, P, seed: 11);

    [Theory]
    [InlineData("es", LifeObjective.End)]
    [InlineData("pes", LifeObjective.End)]
    [InlineData("pes", LifeObjective.Mean)]
    [InlineData("nres", LifeObjective.End)]
    [InlineData("nres", LifeObjective.Mean)]
    public void Estimate_OfLinearLosses_HasTheMeanAndVarianceOfTheFormulas(string name, LifeObjective objective)
    {
        IMetaGradientEstimator estimator = name switch
        {
            "pes" => new PersistentEvolutionEstimator { Window = 1, Objective = objective, Sigma = 0.1 },
            "nres" => new NoiseReuseEstimator { Window = 1, Objective = objective, Sigma = 0.1 },
            _ => new EvolutionStrategyEstimator { Sigma = 0.1 },
        };
        double[][] lives = Live(estimator, name == "es" ? 1 : Windows);
        double[] expected = Sum(t => C(t, t, objective));

        double[] mean = [.. Enumerable.Range(0, P).Select(p => lives.Average(g => g[p]))];
        double[] variance = [.. Enumerable.Range(0, P).Select(p => lives.Sum(g => (g[p] - mean[p]) * (g[p] - mean[p])) / (Lives - 1))];
        for (int p = 0; p < P; p++)
        {
            Assert.InRange(mean[p], expected[p] - (3 * Math.Sqrt(variance[p] / Lives)), expected[p] + (3 * Math.Sqrt(variance[p] / Lives)));
        }

        double formula = name == "pes" ? PersistentVariance(objective) : (P + 1) * expected.Sum(e => e * e);
        Assert.InRange(variance.Sum() / formula, 0.95, 1.05);
    }

    [Fact]
    public void Estimate_OfTruncatedBackpropagation_SeesTheLastWindowAlone()
    {
        double[] found = Live(new TruncatedBackpropagationEstimator { Window = 1 }, Windows, lives: 1)[0];

        Assert.Equal(Sum(t => [.. A[t, t].Select(a => (double)a / Windows)]), found, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    // The mean of the estimates of a life's windows, of one life after the other.
    private static double[][] Live(IMetaGradientEstimator estimator, int estimatesPerLife, int lives = Lives)
    {
        using var engine = new LinearEngine(A);
        using var source = new StepNumbers(Windows);
        using var parameters = new MetaParameters<float>(engine.Layout);
        using var gradient = new MetaParameters<float>(engine.Layout);
        using IEstimation estimation =
            estimator.Begin(new EstimationContext(engine.Layout, source, 1, FrozenParameters.None, new RandomStream(12)));
        using IEstimationWorker worker = estimation.CreateWorker(engine, 0);
        ulong outerStep = 0;
        return [.. Enumerable.Range(0, lives).Select(_ =>
        {
            var sum = new double[P];
            for (int i = 0; i < estimatesPerLife; i++)
            {
                worker.Estimate(parameters, outerStep++, gradient);
                for (int p = 0; p < P; p++)
                {
                    sum[p] += gradient[0][0, p] / (double)estimatesPerLife;
                }
            }

            return sum;
        })];
    }

    private static double PersistentVariance(LifeObjective objective)
    {
        double sum = 0;
        for (int rho = 0; rho < Windows; rho++)
        {
            for (int tau = 0; tau < Windows; tau++)
            {
                double[] c = C(rho, tau, objective), transposed = C(tau, rho, objective);
                sum += (P * Dot(c, c)) + Dot(c, transposed);
            }
        }

        return sum;
    }

    private static double[] C(int rho, int tau, LifeObjective objective) => Sum(t =>
        [.. Enumerable.Range(0, P)
            .Select(p => t < Math.Max(rho, tau) ? 0 : objective == LifeObjective.Mean ? A[t, tau][p] / (double)Windows
            : A[t, tau][p] - (t > 0 ? (double)A[t - 1, tau][p] : 0))]);

    private static double[] Sum(Func<int, double[]> of) =>
        [.. Enumerable.Range(0, P).Select(p => Enumerable.Range(0, Windows).Sum(t => of(t)[p]))];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
