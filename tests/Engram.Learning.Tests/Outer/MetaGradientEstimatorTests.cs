using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.RandomNumbers;
using OwnParts;

namespace Engram.Learning.Tests;

/// <summary>What every registered estimator owes: estimates that point where the gradient does.</summary>
public sealed class MetaGradientEstimatorTests
{
    // What cma-es gives is no estimate of a gradient (CovarianceAdaptationTests); contrastive needs an energy (ContrastiveEstimatorTests).
    public static TheoryData<string> Names { get; } =
        [.. MetaGradientEstimators.Registry.Names.Where(n => n is not ("cma-es" or "contrastive"))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Estimator_MeanOfManyEstimates_PointsAlongTheGradient(string name)
    {
        IMetaGradientEstimator estimator = MetaGradientEstimators.Registry.Get(name);
        AssertPointsAlongTheGradient(estimator, estimator is EvolutionEstimator ? 0.01 : 0);
        Assert.Matches("^[^\n]{10,200}$", MetaGradientEstimators.Registry.SummaryOf(name));
    }

    [Fact]
    public void Estimator_OfOnesOwn_PointsAlongTheGradient() => AssertPointsAlongTheGradient(new EvolutionStrategy(), 0);

    // Noise of one pair is √(P + 1) times the gradient of about 1,500 numbers. Pairs report their mean loss, which is a little above that
    // between them.
    private static void AssertPointsAlongTheGradient(IMetaGradientEstimator estimator, double lossTolerance)
    {
        const int Estimates = 2000;
        using var source = new ToySource();
        using var engine = new ToyEngine(Toy.Layout);
        using var parameters = new MetaParameters<float>(Toy.Layout);
        using var gradient = new MetaParameters<float>(Toy.Layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(1));
        float[] before = Toy.Numbers(parameters);
        double expectedLoss = engine.Live(parameters, source.Get(0, 0), gradient).QueryLoss;
        float[] exact = Toy.Numbers(gradient);

        var mean = new double[exact.Length];
        for (ulong i = 0; i < Estimates; i++)
        {
            using IEstimation estimation =
                estimator.Begin(new EstimationContext(Toy.Layout, source, 1, FrozenParameters.None, new RandomStream(2).Split(i)));
            using IEstimationWorker worker = estimation.CreateWorker(engine, 0);
            LifetimeOutcome outcome = worker.Estimate(parameters, 0, gradient);
            Assert.InRange(outcome.QueryLoss, expectedLoss * (1 - lossTolerance), expectedLoss * (1 + lossTolerance));
            float[] estimate = Toy.Numbers(gradient);
            for (int k = 0; k < mean.Length; k++) mean[k] += estimate[k] / Estimates;
        }

        double cosine = exact.Zip(mean, (a, b) => a * b).Sum() / Math.Sqrt(exact.Sum(a => (double)a * a) * mean.Sum(b => b * b));
        Assert.InRange(cosine, 0.5, 1 + 1e-9);
        Assert.Equal(before, Toy.Numbers(parameters));
    }
}
