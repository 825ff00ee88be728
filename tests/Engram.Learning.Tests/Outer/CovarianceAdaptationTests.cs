using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Files;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>CMA-ES on functions whose difficulty is known.</summary>
public sealed class CovarianceAdaptationTests : IDisposable
{
    private const int N = 8, Candidates = 10;
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Train_OnARotatedEllipsoidOfCondition10To6_FindsItsCentre()
    {
        // Hansen 2016: several hundred n evaluations; without adaptation of C, 10⁶ times more.
        Assert.InRange(Loss(Train(Ellipsoid, 700)), 0, 1e-9);
        Assert.InRange(Loss(Train(Ellipsoid, 0)), 1e3, double.MaxValue);
    }

    [Fact]
    public void Train_OnRosenbrocksFunction_FollowsTheValleyToItsEnd() =>
        Assert.All(Train(Rosenbrock, 900), x => Assert.Equal(1, x, 1e-2));

    [Fact]
    public void Train_OnLossesOfAnotherScale_TakesTheSameSteps() =>
        Assert.Equal(Train(Ellipsoid, 60), Train(x => (3 * Math.Sqrt(Ellipsoid(x))) + 7, 60));

    [Fact]
    public void Train_OnAnEllipsoid_LearnsItsAxes()
    {
        Train(x => x.ToArray().Select((v, i) => v * v * (i < 4 ? 1 : 1e4)).Sum(), 250, path);
        float[] c = SafetensorsFile.Read(path).Tensors["estimator.covariance"].ToArray<float>();

        // C becomes the inverse Hessian up to scale: variances that differ by 10⁴.
        double ratio = Enumerable.Range(0, 4).Average(i => c[(i * N) + i]) / Enumerable.Range(4, 4).Average(i => c[(i * N) + i]);
        Assert.InRange(ratio, 1e3, 1e5);
    }

    [Fact]
    public void Decompose_OfASymmetricMatrix_GivesItsAxes()
    {
        var random = new RandomStream(4);
        double[,] a = new double[N, N], copy = new double[N, N], b = new double[N, N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                a[i, j] = a[j, i] = copy[i, j] = copy[j, i] = random.NextNormal();
            }
        }

        double[] values = SymmetricMatrix.Decompose(copy, b);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                Assert.Equal(a[i, j], Enumerable.Range(0, N).Sum(k => b[i, k] * values[k] * b[j, k]), 1e-12);
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, N).Sum(k => b[k, i] * b[k, j]), 1e-12);
            }
        }
    }

    [Fact]
    public void Begin_WithTooFewCandidates_SaysSo()
    {
        string message = Assert.ThrowsAny<EngramException>(() => Train(Ellipsoid, 1, candidates: 3)).Message;

        Assert.Equal(
            "Found cma-es with 3 candidates of 1 lives each, expected 4 candidates or more and no more lives each than that; raise " +
            "lifetimes-per-outer-step.", message);
    }

    private static float[] Train(
        Func<ReadOnlyMemory<float>, double> loss, int generations, string? checkpoint = null, int candidates = Candidates)
    {
        using var source = new StepNumbers(1);
        using var first = new FunctionEngine(N, loss);
        var spec = new MetaTrainingSpec
        {
            OuterSteps = generations,
            LifetimesPerOuterStep = candidates,
            Estimator = new CovarianceAdaptationEstimator { Sigma = 0.3, HighestLoss = 1e30 },
            Optimizer = new GradientDescentOptimizer(),
            Rates = new MetaRates { Named = new NamedNumbers([("theta", 1)]) },
        };
        using var trainer =
            new MetaTrainer(first.Layout, new InitializationSpec(), spec, source, 1, 1, (_, _) => new FunctionEngine(N, loss));
        while (!trainer.IsDone)
        {
            trainer.Step();
        }

        if (checkpoint is not null)
        {
            trainer.Capture().Write(checkpoint);
        }

        return trainer.Parameters[0].ToArray();
    }

    private static double Loss(float[] x) => Ellipsoid(x);

    // Axes turned by a reflection, x − 2 u (u·x), u = 1/√n.
    private static double Ellipsoid(ReadOnlyMemory<float> x)
    {
        double mean = x.ToArray().Average(v => (double)v);
        return x.ToArray().Select((v, i) => Math.Pow(10, 6.0 * i / (N - 1)) * (v - (2 * mean)) * (v - (2 * mean))).Sum();
    }

    private static double Rosenbrock(ReadOnlyMemory<float> x)
    {
        ReadOnlySpan<float> v = x.Span;
        double sum = 0;
        for (int i = 0; i + 1 < v.Length; i++)
        {
            double valley = v[i + 1] - ((double)v[i] * v[i]);
            sum += (100 * valley * valley) + ((1 - (double)v[i]) * (1 - (double)v[i]));
        }

        return sum;
    }
}
