using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;

namespace Engram.Learning.Tests;

/// <summary>Influence balancing (Vicol 2021): what a parameter does at once is the opposite of what it does in the end. θ* =
/// −1/6.</summary>
public sealed class InfluenceBalancingTests
{
    private const double Optimum = -1.0 / 6;

    // So long that the beginning of lives moves the optimum of their mean by 0.005 only.
    private const int Steps = 4000;

    public static TheoryData<string, int, int> Unbiased { get; } = new() { { "nres", 4, 20_000 }, { "pes", 1000, 1500 } };

    [Theory]
    [MemberData(nameof(Unbiased))]
    public void Train_ByEvolutionInWindowsOfOneStep_FindsTheOptimum(string name, int particles, int outerSteps)
    {
        UnrolledEvolutionEstimator estimator = name == "pes" ? new PersistentEvolutionEstimator() : new NoiseReuseEstimator();

        Assert.InRange(
            Train(estimator with { Window = 1, Objective = LifeObjective.Mean, Sigma = 0.1 }, particles, outerSteps), Optimum - 0.01,
            Optimum + 0.01);
    }

    [Fact]
    public void Train_ByTruncatedBackpropagation_GoesTheWrongWay() =>
        Assert.InRange(Train(new TruncatedBackpropagationEstimator { Window = 1 }, 4, 300), 0.51, 1e6);

    private static double Train(IMetaGradientEstimator estimator, int particles, int outerSteps)
    {
        using var source = new StepNumbers(Steps);
        using var first = new InfluenceEngine();
        var spec = new MetaTrainingSpec
        {
            OuterSteps = outerSteps,
            LifetimesPerOuterStep = particles,
            Estimator = estimator,
            Optimizer = new GradientDescentOptimizer(),
            Rates = new MetaRates { Named = new NamedNumbers([("theta", 1e-4)]) },
        };
        using var trainer = new MetaTrainer(first.Layout, new InitializationSpec(), spec, source, 1, 1, (_, _) => new InfluenceEngine());
        while (!trainer.IsDone)
        {
            trainer.Step();
        }

        return trainer.Parameters[0][0, 0];
    }
}
