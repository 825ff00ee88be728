using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Lifetimes;

/// <summary>Every engine gives the outcome and the meta-gradient of the whole lifetime on one tape.</summary>
public sealed class EngineAgreementTests
{
    private const double DoubleTolerance = 1e-11;
    private const double SingleTolerance = 5e-4;

    public static TheoryData<string, string, Objective, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, string, Objective, int, int>();
            foreach (string engine in LifetimeEngines.Registry.Names)
            {
                foreach (string learner in LearnerSpecs.Registry.Names)
                {
                    foreach (Objective objective in Enum.GetValues<Objective>())
                    {
                        data.Add(engine, learner, objective, 2, 7);
                        data.Add(engine, learner, objective, 4, 10);
                        data.Add(engine, learner, objective, 1, 0);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Engine_OfEveryLearner_AgreesWithTheWholeLifetimeOnOneTape(
        string engineName, string learner, Objective objective, int plasticLayers, int steps)
    {
        ParameterLayout layout = Layout(learner, objective, plasticLayers);
        if (!LifetimeEngines.Registry.Get(engineName).Supports(layout))
        {
            return;
        }

        using var point = new RandomPoint(layout, 11, steps, 3, 4, 0.004);
        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<double>(layout);
        using var whole = new WholeLifetimeEngine<double>(layout);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, engineName);
        var expectedWeights = new WeightLog();
        var foundWeights = new WeightLog();
        LifetimeOutcome plain = whole.Live(point.Parameters, point.Lifetime, expected, expectedWeights);
        for (int repetition = 0; repetition < 2; repetition++)
        {
            foundWeights.Clear();
            LifetimeOutcome outcome = engine.Live(point.Parameters, point.Lifetime, found, foundWeights);
            Assert.Equal(plain.QueryLoss, outcome.QueryLoss, DoubleTolerance * (1 + plain.QueryLoss));
            Assert.Equal(plain.QueryAccuracy, outcome.QueryAccuracy);
            Assert.Equal(expectedWeights.Steps, foundWeights.Steps);
            Close.Assert(expectedWeights.Values, foundWeights.Values, DoubleTolerance);
            Close.Assert(expected, found, DoubleTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Engine_InFloat32_AgreesWithFloat64(string engineName, string learner, Objective objective, int plasticLayers, int steps)
    {
        ParameterLayout layout = Layout(learner, objective, plasticLayers);
        if (!LifetimeEngines.Registry.Get(engineName).Supports(layout))
        {
            return;
        }

        using var point = new RandomPoint(layout, 12, steps, 3, 4, 0.004);
        using var single = new SinglePoint(point);
        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<float>(layout);
        using var whole = new WholeLifetimeEngine<double>(layout);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, engineName);
        LifetimeOutcome plain = whole.Live(point.Parameters, point.Lifetime, expected);
        LifetimeOutcome outcome = engine.Live(single.Parameters, single.Lifetime, found);
        Assert.Equal(plain.QueryLoss, outcome.QueryLoss, SingleTolerance * (1 + plain.QueryLoss));
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            Close.Assert(expected[i].ToArray(), [.. found[i].ToArray().Select(v => (double)v)], SingleTolerance);
        }
    }

    [Fact]
    public void Live_WithoutMetaGradient_HasTheSameOutcome()
    {
        ParameterLayout layout = Layout("flp", Objective.MeanSquaredError, 2);
        using var point = new RandomPoint(layout, 3, 5, 2, 4);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = new TapeLifetimeEngine<double>(layout);
        Assert.Equal(engine.Live(point.Parameters, point.Lifetime, gradient), engine.Live(point.Parameters, point.Lifetime));
    }

    [Fact]
    public void Live_ParametersOfAnotherLayout_AreRefusedByEveryEngine()
    {
        ParameterLayout layout = Layout("flp", Objective.MeanSquaredError, 2), other = Layout("flp", Objective.MeanSquaredError, 1);
        using var point = new RandomPoint(layout, 3, 5, 2, 4);
        using var wrong = new MetaParameters<double>(other);
        foreach (string name in LifetimeEngines.Registry.Names)
        {
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, name);
            Assert.Contains(
                "another layout", Assert.Throws<EngramException>(() => engine.Live(wrong, point.Lifetime)).Message,
                StringComparison.Ordinal);
            Assert.Contains(
                "another layout", Assert.Throws<EngramException>(() => engine.Live(point.Parameters, point.Lifetime, wrong)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Create_WithoutAName_TakesTheHighestRankThatRunsTheLearner()
    {
        Assert.Equal("fused", LifetimeEngines.Registry.Names.MaxBy(n => LifetimeEngines.Registry.Get(n).Rank));
        Assert.True(LifetimeEngines.Registry.Get("compiled").Rank > LifetimeEngines.Registry.Get("tape").Rank);
        Assert.All(LifetimeEngines.Registry.Names.Where(n => n is not ("fused" or "compiled" or "tape")),
            n => Assert.True(LifetimeEngines.Registry.Get(n).Rank < 0, n));
    }

    private static ParameterLayout Layout(string learner, Objective objective, int plasticLayers)
    {
        LearnerEntry entry = LearnerSpecs.Registry.Get(learner);
        return ParameterLayout.For(NetworkSpec.Feedforward([4, 5, 6, 5, 3], entry.PlasticLayers ?? plasticLayers), entry.Create(objective));
    }

    private sealed class WeightLog : ILifetimeObserver<double>
    {
        public List<int> Steps { get; } = [];

        public List<double> Values { get; } = [];

        public void Clear()
        {
            Steps.Clear();
            Values.Clear();
        }

        public void OnState(int innerStep, LifeTensors<double> state)
        {
            Steps.Add(innerStep);
            foreach (Tensor<double> tensor in state.Weights)
            {
                Values.AddRange(tensor.ToArray());
            }

            foreach (Tensor<double> tensor in state.Biases)
            {
                Values.AddRange(tensor.ToArray());
            }
        }
    }
}
