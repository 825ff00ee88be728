using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Learners;

/// <summary>Parallel dynamics: what they become in the limits that are known, and how they go there.</summary>
public sealed class ParallelLimitTests
{
    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 4, 2], 3);

    // As many steps of τ as there are plastic layers, before the signal and with it, weights at the end.
    private static readonly ParallelLearnerSpec TwoPhases = new()
    {
        TimeStep = 10,
        BeforeSignal = 30,
        WithSignal = 30,
        PlasticTime = PlasticTime.AtEnd,
        Drive = FeedforwardDrive.Segregated,
    };

    private static readonly LocalLearnerSpec PostFeedback = new() { Presynaptic = PresynapticActivity.PostFeedback };

    public static TheoryData<string> Reductions { get; } =
    [
        "post-feedback", "pre-feedback", "plastic feedback", "a rule that remembers", "a target, clamped", "an error in classification",
        "plasticity of the layers' own", "mixed rates, clamped", "mixed rates, a trace",
    ];

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Life_InStepsOfTheTimeConstant_IsThatOfTwoPhases(string which)
    {
        (ParallelLearnerSpec parallel, LocalLearnerSpec phases, int plastic) = which switch
        {
            "pre-feedback" => (TwoPhases with { Presynaptic = PresynapticActivity.PreFeedback }, new LocalLearnerSpec(), 3),
            "plastic feedback" =>
                (TwoPhases with { FeedbackRule = new OjaRule() }, PostFeedback with { FeedbackRule = new OjaRule() }, 3),
            "a rule that remembers" => (TwoPhases with { Rule = new OjaTraceRule() }, PostFeedback with { Rule = new OjaTraceRule() }, 3),
            "a target, clamped" => (Clamped(TwoPhases), (LocalLearnerSpec)Clamped(PostFeedback), 3),
            "an error in classification" => (TwoPhases with { Objective = Objective.CrossEntropy, DetachedSignal = true },
                PostFeedback with { Objective = Objective.CrossEntropy, DetachedSignal = true }, 3),
            "plasticity of the layers' own" => (TwoPhases with
            { Granularity = Parameters.Granularity.Layer, HiddenPlasticityMultiplier = 1.5 },
                PostFeedback with { Granularity = Parameters.Granularity.Layer, HiddenPlasticityMultiplier = 1.5 }, 3),

            // What feedback changes reaches the output alone, which is clamped and does not listen.
            "mixed rates, clamped" => (Clamped(TwoPhases with { Drive = FeedforwardDrive.Mixed }), Clamped(PostFeedback), 2),
            "mixed rates, a trace" => (Clamped(TwoPhases with
            { Drive = FeedforwardDrive.Mixed, Presynaptic = PresynapticActivity.PreFeedback }), Clamped(new LocalLearnerSpec()), 2),
            _ => (TwoPhases, PostFeedback, 3),
        };
        NetworkSpec network = NetworkSpec.Feedforward([3, 5, 4, 4, 2], plastic);
        ParameterLayout layout = ParameterLayout.For(network, phases), own = ParameterLayout.For(network, parallel);
        using var point = new RandomPoint(layout, 3, 4, 2, 3, 0.02);
        using var parameters = new MetaParameters<double>(own);
        for (int i = 0; i < own.Parameters.Length; i++)
        {
            parameters[i].CopyFrom(point.Parameters[own.Parameters[i].Name]);
        }

        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<double>(own);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape"),
            inTime = LifetimeEngines.Create<double>(own, "tape");

        double loss = engine.Live(point.Parameters, point.Lifetime, expected).QueryLoss;

        Assert.Equal(loss, inTime.Live(parameters, point.Lifetime, found).QueryLoss);
        for (int i = 0; i < own.Parameters.Length; i++)
        {
            Assert.All(expected[own.Parameters[i].Name].ToArray().Zip(found[i].ToArray()), p => Assert.Equal(p.First, p.Second, 1e-12));
        }
    }

    [Fact]
    public void Weights_InSmallerSteps_ConvergeAtFirstOrder()
    {
        foreach (ParallelLearnerSpec learner in (ParallelLearnerSpec[])
            [new() { PlasticTime = PlasticTime.Always }, new() { Drive = FeedforwardDrive.Segregated, ClosedLoop = true }])
        {
            double[][] ends = [.. new[] { 1.0, 2, 4, 8 }.Select(n => LastWeights(learner with
            { TimeConstant = 10, TimeStep = 2.0 / n, BeforeSignal = 20, WithSignal = 20 }))];
            double[] steps = [.. ends.Zip(ends.Skip(1), Distance)];

            // Halving dt halves the error: ratios of differences go to 2.
            Assert.Equal(2, steps[^2] / steps[^1], 0.05);
            Assert.True(Math.Abs((steps[^2] / steps[^1]) - 2) < Math.Abs((steps[0] / steps[1]) - 2), string.Join(' ', steps));
        }
    }

    [Fact]
    public void Pathway_WithoutASignal_IsSilent()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new ParallelLearnerSpec());
        using var point = new RandomPoint(layout, 5, 1, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        using var arena = new Arena();
        var seen = new Activities();

        engine.Live(point.Parameters, point.Lifetime with { StreamMask = arena.Allocate<double>(2, 2) }, observer: seen);

        Assert.All(seen.Shown["signal"], s => Assert.Equal(0, s));

        // Weights have changed since, so that the last rates are not those at the signal; the first with it are.
        Assert.Equal(seen.Shown["layer3.activity"], seen.Shown["layer3.rate.4"]);
        Assert.Equal(seen.Shown["layer3.rate.4"], seen.Shown["layer3.rate.5"]);
    }

    [Fact]
    public void Trace_IsWhatWasThereBeforeTheSignal()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new ParallelLearnerSpec());
        using var point = new RandomPoint(layout, 5, 1, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        var seen = new Activities();

        engine.Live(point.Parameters, point.Lifetime, observer: seen);

        Assert.Equal(seen.Shown["layer2.activity"], seen.Shown["layer2.rate.4"]);
        Assert.NotEqual(seen.Shown["layer2.rate.4"], seen.Shown["layer2.rate.5"]);
    }

    public static TheoryData<string, string> Contradictions { get; } = new()
    {
        { "learner.time-step 20", "at most the time constant" },
        { "learner.with-signal 25", "a whole number of steps" },
        { "learner.with-signal 1000000", "at most 10000 steps" },
        { "learner.presynaptic pre-feedback", "expected a time before the signal" },
        { "an error signal with learner.before-signal 0", "expected a time before it" },
        { "learner.closed-loop true", "expected signal error" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Settings_ThatContradictEachOther_AreRefused(string found, string expected)
    {
        var learner = new ParallelLearnerSpec();
        string message = Assert.Throws<EngramException>(() => ParameterLayout.For(Network, found switch
        {
            "learner.time-step 20" => learner with { TimeStep = 20 },
            "learner.with-signal 25" => learner with { WithSignal = 25 },
            "learner.with-signal 1000000" => learner with { WithSignal = 1000000 },
            "learner.presynaptic pre-feedback" => learner with { BeforeSignal = 0, Presynaptic = PresynapticActivity.PreFeedback },
            "learner.closed-loop true" => learner with { ClosedLoop = true, Signal = FeedbackSignal.Target },
            _ => learner with { BeforeSignal = 0 },
        })).Message;

        Assert.Contains(found, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private static T Clamped<T>(T learner)
        where T : LocalLearnerSpec =>
        learner with { Objective = Objective.CrossEntropy, OutputClamped = true, Signal = FeedbackSignal.Target };

    private static double[] LastWeights(ParallelLearnerSpec learner)
    {
        ParameterLayout layout = ParameterLayout.For(Network, learner);
        using var point = new RandomPoint(layout, 3, 2, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        using ILife<double> life = engine.Begin(point.Parameters, point.Lifetime);
        life.Advance(2);
        return [.. Enumerable.Range(0, 3).SelectMany(j => life.State.Weights[j].ToArray())];
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
