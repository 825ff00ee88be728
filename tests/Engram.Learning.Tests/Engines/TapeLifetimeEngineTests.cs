using Engram.Learning.Checks;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Lifetimes;

public sealed class TapeLifetimeEngineTests
{
    [Fact]
    public void Live_WhenWeightsOverflow_SaysWhereAndWhen()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 4, 2], 2), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 1, 30, 2, 2, plasticityScale: 1e6);
        using var engine = new TapeLifetimeEngine<double>(layout);
        NonFiniteException error = Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime));
        Assert.Equal("weights", error.Quantity);
        Assert.InRange(error.Layer, 0, 1);
        Assert.InRange(error.InnerStep, 1, 29);
    }

    [Fact]
    public void Live_WithANonFiniteQuery_SaysThatTheQueryLossIsNotFinite()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 4, 2], 2), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 1, 2, 2, 2);
        point.Lifetime.QueryTargets[0, 0] = double.NaN;
        using var engine = new TapeLifetimeEngine<double>(layout);
        Assert.Equal("query loss", Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime)).Quantity);
    }

    [Fact]
    public void Live_WithParametersOfAnotherLayout_IsAnError()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 4, 2], 2), new LocalLearnerSpec());
        ParameterLayout other = ParameterLayout.For(NetworkSpec.Feedforward([3, 4, 2], 1), new LocalLearnerSpec());
        using var point = new RandomPoint(other, 1, 2, 2, 2);
        using var engine = new TapeLifetimeEngine<double>(layout);
        Assert.Throws<EngramException>(() => engine.Live(point.Parameters, point.Lifetime));
    }

    [Fact]
    public void Registry_WithAnUnknownRule_SuggestsOne()
    {
        Assert.Contains(
            "did you mean 'oja'?", Assert.Throws<EngramException>(() => PlasticityRules.Registry.Get("oya")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Layout_WithDeeperFeedbackTimesSignOfOtherWidth_SaysSo()
    {
        var learner = new LocalLearnerSpec { FeedbackLayers = 2, FeedbackTimesSign = true };
        EngramException error =
            Assert.Throws<EngramException>(() => ParameterLayout.For(NetworkSpec.Feedforward([3, 5, 4, 1], 3), learner));
        Assert.Contains("width 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_ForALifetimeSixteenTimesAsLong_GrowsAboutFourfold()
    {
        ParameterLayout layout = ParameterLayout.For(
            NetworkSpec.Feedforward([2, 128, 128], 1), LearnerSpecs.Registry.Get("oml").Create(Objective.MeanSquaredError));
        long Reserved(int steps)
        {
            using var point = new RandomPoint(layout, 1, steps, 1, 1);
            using var gradient = new MetaParameters<double>(layout);
            using var engine = new TapeLifetimeEngine<double>(layout);
            engine.Live(point.Parameters, point.Lifetime, gradient);
            return engine.ReservedBytes;
        }

        double ratio = (double)Reserved(400) / Reserved(25);
        Assert.InRange(ratio, 2, 5);
    }

    [Fact]
    public void Live_AfterTheFirstTime_TakesNoMoreMemory()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 20, 20, 2], 2), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 1, 9, 4, 4, 0.01);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = new TapeLifetimeEngine<double>(layout);
        engine.Live(point.Parameters, point.Lifetime, gradient);
        long before = engine.ReservedBytes;
        engine.Live(point.Parameters, point.Lifetime, gradient);
        Assert.Equal(before, engine.ReservedBytes);
    }
}
