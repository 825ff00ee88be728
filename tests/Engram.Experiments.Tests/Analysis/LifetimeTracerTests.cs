using Engram.Experiments.Analysis.Traces;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

public sealed class LifetimeTracerTests : IDisposable
{
    private static readonly int[] Chain = [1, 1, 1];
    private static readonly GradientLearnerSpec Quarter = new() { FixedInnerRate = 0.25 };
    private readonly HandLifetime hand = new();

    public void Dispose() => hand.Dispose();

    // Step 1: h = 1, ŷ = 1, ∂ℓ/∂ŷ = −2; all four gradients are −2, so all four parameters grow by 0.5: W 1.5, b 0.5.
    // Step 2: h = 0.5, ŷ = 1.25, ∂ℓ/∂ŷ = 0.5; ∂W₁ = 0.25, ∂b₁ = 0.5, ∂W₀ = 0, ∂b₀ = 0.75: W₁ 1.4375, b₁ 0.375, W₀ 1.5, b₀ 0.3125.
    [Fact]
    public void Trace_TwoLayersTwoSteps_HasTheHandWorkedNumbers()
    {
        LifetimeTrace trace = HandLifetime.Trace(hand.Parameters<double>(Quarter, 2, Chain), hand.TwoSteps, [0, 1], [0, 1]);

        Assert.Equal([0.5, 0], trace.Layers[0].UpdateNorm.AsEnumerable());
        Assert.Equal([0.5, 0.0625], trace.Layers[1].UpdateNorm.AsEnumerable());
        Assert.Equal([0.5, 0], trace.Layers[0].RelativeUpdate.AsEnumerable());
        Near([0.5, 0.0625 / 1.5], trace.Layers[1].RelativeUpdate);
        Near([1, 1], trace.Layers[0].Alignment);
        Near([1, 1], trace.Layers[1].Alignment);
        Near([0, 0], trace.Layers[1].AlignmentAngleDegrees);

        // Answers to x = 1 and x = 0: (1, 0), (3.5, 1.25), (1.4375 · 1.8125 + 0.375, 1.4375 · 0.3125 + 0.375).
        Near([4, 0.25, 0.01953125 * 0.01953125], trace.TaskLoss[0]);
        Near([1, 0.0625, 0.17578125 * 0.17578125], trace.TaskLoss[1]);
        Near([2.5, 0.15625, ((0.01953125 * 0.01953125) + (0.17578125 * 0.17578125)) / 2], trace.QueryLoss);
        Assert.Equal(trace.Outcome.QueryLoss, trace.QueryLoss[2], 1e-15);
        Near([0.51953125 * 0.51953125], trace.Interference);
        Assert.Equal([0, 1], trace.TaskOrder.AsEnumerable());
        Assert.Equal([1, 2], trace.TaskEnds.AsEnumerable());

        // At birth the feature is x itself; the line through both examples is x + 1, which answers 2 and 1.
        Assert.Equal(0.5, trace.InitialFeatures!.Value.MeanSquaredError, 1e-12);
        Near([0.5], trace.Layers[0].AccumulatedChange!.SingularValues);
        Near([0.4375], trace.Layers[1].AccumulatedChange!.SingularValues);
    }

    // Hebb, β = ½, B = 1, c = 0, α = 0.1. Step 1: ŷ = 1, s = 1, f = 1, x̃ = 1 in both layers: both weights 1.1, downhill. Step 2 (x 0):
    // nothing moves in layer 0; ŷ = 0, s = 1,
    // f = 1, x̃₁ = 0.5, presynaptic h = 0: nothing moves in layer 1 either.
    [Fact]
    public void Trace_LocalLearner_HasTheHandWorkedNumbers()
    {
        var hebb = new LocalLearnerSpec { Rule = new HebbRule() };
        MetaParameters<double> parameters = hand.Parameters<double>(hebb, 2, Chain, ("alpha", 0.1), ("beta", 0.5), ("feedback0.weight", 1));

        LifetimeTrace trace = HandLifetime.Trace(parameters, hand.TwoSteps, [0, 1], [0, 1]);

        Assert.All(trace.Layers, layer =>
        {
            Near([0.1, 0], layer.UpdateNorm);
            Assert.Equal(1, layer.Alignment[0], 1e-12);
            Assert.True(
                double.IsNaN(layer.Alignment[1]) && double.IsNaN(layer.AlignmentAngleDegrees[1]), "what does not move has no direction");
        });
    }

    // y = 0 at x = 1: s = −1, which ReLU silences: x̃ = ½, so the weights grow by 0.05 while the gradient, 2, asks them to fall.
    [Fact]
    public void Trace_UpdateUphill_HasACosineOfMinusOne()
    {
        var hebb = new LocalLearnerSpec { Rule = new HebbRule() };
        MetaParameters<double> parameters = hand.Parameters<double>(hebb, 2, Chain, ("alpha", 0.1), ("beta", 0.5), ("feedback0.weight", 1));
        var lifetime = new Lifetime<double>(
            1, 1, hand.Arena.Values(1, 1.0), hand.Arena.Values(1, 0.0), hand.Arena.Values(1, 1.0), hand.Arena.Values(1, 0.0));

        LifetimeTrace trace = HandLifetime.Trace(parameters, lifetime, [0], [0]);

        Assert.Equal([-1.0, -1.0], trace.Layers.Select(l => l.Alignment[0]));
        Assert.Equal(180, trace.Layers[0].AlignmentAngleDegrees[0], 1e-9);
        Near([0.05], trace.Layers[1].UpdateNorm);
    }

    // One linear layer, x = (3, 4): the gradient is d (3, 4) and d for the bias. With α on the first weight alone, cos = 3² / (3 √26).
    [Fact]
    public void Trace_RatesThatDifferWithinALayer_AlignAsFarAsTheyAgree()
    {
        MetaParameters<double> parameters = hand.Parameters<double>(new GradientLearnerSpec(), 1, [2, 1]);
        parameters["layer0.alpha"][0, 0] = 0.01;
        var lifetime = new Lifetime<double>(
            1, 1, hand.Arena.Values(2, 3.0, 4), hand.Arena.Values(1, 1.0), hand.Arena.Values(2, 3.0, 4), hand.Arena.Values(1, 1.0));

        LifetimeTrace trace = HandLifetime.Trace(parameters, lifetime, [0], [0]);

        Assert.Equal(3 / Math.Sqrt(26), trace.Layers[0].Alignment[0], 1e-12);
        Assert.Equal(Math.Acos(3 / Math.Sqrt(26)) * 180 / Math.PI, trace.Layers[0].AlignmentAngleDegrees[0], 1e-9);
    }

    [Fact]
    public void Trace_FrozenLayer_DoesNotMoveAndHasNoDirection()
    {
        LifetimeTrace trace = HandLifetime.Trace(hand.Parameters<double>(Quarter, 1, Chain), hand.TwoSteps, [0, 1], [0, 1]);

        Assert.False(trace.Layers[0].IsPlastic);
        Assert.All(trace.Layers[0].Alignment, a => Assert.True(double.IsNaN(a)));
        Assert.All(trace.Layers[0].AlignmentAngleDegrees, a => Assert.True(double.IsNaN(a)));
        Assert.Equal([0.0, 0.0], trace.Layers[0].UpdateNorm.AsEnumerable());
        Assert.Null(trace.Layers[0].AccumulatedChange);
        Near([1, 1], trace.Layers[1].Alignment);
    }

    [Fact]
    public void Trace_TasksThatComeBack_HaveNoOrder()
    {
        using var arena = new Arena();
        var lifetime = new Lifetime<double>(
            3, 1, arena.Values(1, 1.0, 0, 1), arena.Values(1, 2.0, 1, 2), arena.Values(1, 1.0, 0), arena.Values(1, 3.0, 1));

        LifetimeTrace trace = HandLifetime.Trace(hand.Parameters<double>(Quarter, 2, Chain), lifetime, [0, 1, 0], [0, 1]);

        Assert.Empty(trace.TaskOrder);
        Assert.Empty(trace.Interference);
        Assert.Equal(4, trace.TaskLoss[1].Length);
    }

    // The theorem: where one rate serves a whole layer, gradient descent points down the gradient, at the first inner step and every other.
    [Theory]
    [InlineData(null, Ordering.Iid)]
    [InlineData(0.003, Ordering.Iid)]
    [InlineData(0.003, Ordering.Continual)]
    public void Trace_GradientLearnerOfOneRateALayer_AlignsFullyInEveryLayerAtEveryStep(double? fixedRate, Ordering ordering)
    {
        MetaParameters<double> parameters = Random(new GradientLearnerSpec { FixedInnerRate = fixedRate }, 3, 11);
        for (int i = 0; fixedRate is null && i < 5; i++)
        {
            // A rate of its own for each layer, biases included.
            if (!parameters.Find($"layer{i}.alpha").IsEmpty)
            {
                parameters[$"layer{i}.alpha"].Fill(0.001 * (i + 1));
                parameters[$"layer{i}.alpha_bias"].Fill(0.001 * (i + 1));
            }
        }

        foreach (LifetimeTrace trace in Sines(parameters, ordering, lifetimes: 3))
        {
            Assert.All(trace.Layers.Where(l => l.IsPlastic).SelectMany(l => l.Alignment), a => Assert.Equal(1, a, 1e-9));
            Assert.All(trace.Layers.Where(l => !l.IsPlastic).SelectMany(l => l.Alignment), a => Assert.True(double.IsNaN(a)));
        }
    }

    // Four images of 4 × 4 pixels, one at a time, through a convolution that learns and one that does not.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Trace_GradientLearnerOfConvolutions_AlignsFullyInEveryPlasticLayer(int plasticLayers)
    {
        NetworkSpec network = new ConvolutionalNetwork
        { Channels = 3, Strides = [1, 1], Kernel = 2, HiddenWidths = [] }.For(1, 4, 4, 2, plasticLayers);
        MetaParameters<double> parameters =
            hand.Random(network, new GradientLearnerSpec { FixedInnerRate = 0.05, Objective = Objective.CrossEntropy }, 3);
        Tensor<double> images = hand.Arena.Normal(5, 4, 16), targets = hand.Arena.Values(2, 1.0, 0, 0, 1, 1, 0, 0, 1);

        LifetimeTrace trace =
            HandLifetime.Trace(parameters, new Lifetime<double>(4, 1, images, targets, images, targets), [0, 1, 0, 1], [0, 1, 0, 1]);

        Assert.Equal(plasticLayers, trace.Layers.Count(l => l.IsPlastic));
        Assert.All(trace.Layers.Where(l => l.IsPlastic).SelectMany(l => l.Alignment), a => Assert.Equal(1, a, 1e-9));
        Assert.Equal(trace.Outcome.QueryLoss, trace.QueryLoss[^1], 1e-12);
        Assert.Equal(3, trace.Layers[^2].AccumulatedChange!.SingularValues.Length);
    }

    [Fact]
    public void Trace_LocalLearner_DoesNotAlignByItself()
    {
        MetaParameters<double> parameters = Random(new LocalLearnerSpec(), 3, 11, ("alpha", 1e-4), ("beta", 0.5));

        IEnumerable<LifetimeTrace> traces = Sines(parameters, Ordering.Iid, lifetimes: 2);

        Assert.Contains(traces.SelectMany(t => t.Layers).SelectMany(l => l.Alignment), a => a < 0.9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trace_AnyLearner_EndsWithTheEnginesLoss(bool gradient)
    {
        MetaParameters<double> parameters = gradient
            ? Random(new GradientLearnerSpec { FixedInnerRate = 0.003 }, 2, 5)
            : Random(new LocalLearnerSpec(), 2, 5, ("alpha", 1e-4), ("beta", 0.5));

        foreach (LifetimeTrace trace in Sines(parameters, Ordering.Continual, lifetimes: 2))
        {
            Assert.Equal(trace.Outcome.QueryLoss, trace.QueryLoss[^1], 1e-10);
            Assert.NotEqual(trace.QueryLoss[0], trace.QueryLoss[^1]);
        }
    }

    [Fact]
    public void Trace_CrossEntropy_CountsRightAnswersAndEndsWithTheEnginesLoss()
    {
        var learner = new GradientLearnerSpec { FixedInnerRate = 0.5, Objective = Objective.CrossEntropy };
        MetaParameters<double> parameters = Random(learner, 2, 3, outputs: 3);
        Tensor<double> inputs = hand.Arena.Normal(1, 6, 3);
        var lifetime = new Lifetime<double>(
            6, 1, inputs, hand.Arena.Values(3, 1.0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1), inputs.Slice(0, 3),
            hand.Arena.Values(3, 1.0, 0, 0, 0, 1, 0, 0, 0, 1));

        LifetimeTrace trace = HandLifetime.Trace(parameters, lifetime, [0, 1, 2, 0, 1, 2], [0, 1, 2]);

        Assert.Equal(trace.Outcome.QueryLoss, trace.QueryLoss[^1], 1e-12);
        Assert.Equal(trace.Outcome.QueryAccuracy, trace.QueryAccuracy[^1], 1e-12);
        Assert.All(trace.Layers.SelectMany(l => l.Alignment), a => Assert.True(double.IsNaN(a) || a > 1 - 1e-9));
        Assert.InRange(trace.InitialFeatures!.Value.Accuracy, 0, 1);
    }

    [Fact]
    public void Trace_OnlyWhatIsAskedFor_LeavesTheRestEmpty()
    {
        MetaParameters<double> parameters = hand.Parameters<double>(Quarter, 2, Chain);

        LifetimeTrace nothing = HandLifetime.Trace(parameters, hand.TwoSteps, [0, 1], [0, 1], TraceParts.None);
        LifetimeTrace updates = HandLifetime.Trace(parameters, hand.TwoSteps, [0, 1], [0, 1], TraceParts.Updates);

        Assert.Empty(nothing.Layers);
        Assert.Equal(updates.Outcome, nothing.Outcome);
        Assert.Empty(updates.QueryLoss);
        Assert.Null(updates.InitialFeatures);
        Assert.Equal(2, updates.Layers[0].Alignment.Length);
    }

    [Fact]
    public void Tracing_AnyThreads_SeesTheSame()
    {
        MetaParameters<double> parameters = Random(new LocalLearnerSpec(), 2, 5, ("alpha", 1e-4), ("beta", 0.5));

        LifetimeTrace[] one = [.. Sines(parameters, Ordering.Continual, lifetimes: 5, threads: 1)];
        LifetimeTrace[] several = [.. Sines(parameters, Ordering.Continual, lifetimes: 5, threads: 7)];

        Assert.Equal(one.SelectMany(t => t.QueryLoss), several.SelectMany(t => t.QueryLoss));
        Assert.Equal(one.SelectMany(t => t.Layers[^1].Alignment), several.SelectMany(t => t.Layers[^1].Alignment));
        Assert.Equal([0UL, 1, 2, 3, 4], several.Select(t => t.Index));
    }

    [Fact]
    public void Tracing_LifetimeThatDiverges_IsAnErrorOrInfinite()
    {
        MetaParameters<double> parameters = Random(new GradientLearnerSpec(), 1, 5, ("layer3.alpha", 1e60), ("layer3.alpha_bias", 1e60));
        var source = new TraceSource(Family(Ordering.Iid), 1, Split.MetaTest);

        Assert.Throws<NonFiniteException>(() => LifetimeTracing.Trace(parameters, source, 3, TraceParts.All, 2));
        LifetimeTrace[] traces = [.. LifetimeTracing.Trace(parameters, source, 3, TraceParts.None, 2, divergedIsInfinite: true)];
        Assert.All(traces, t => Assert.Equal(double.PositiveInfinity, t.Outcome.QueryLoss));
    }

    internal static ITaskFamily Family(Ordering ordering) =>
        new IncrementalSines(new SinesSpec { Sines = 3, BatchesPerSine = 3, BatchSize = 4, QueryPerSine = 4, Ordering = ordering });

    private static IEnumerable<LifetimeTrace> Sines(MetaParameters<double> parameters, Ordering ordering, int lifetimes, int threads = 2) =>
        LifetimeTracing.Trace(parameters, new TraceSource(Family(ordering), 1, Split.MetaTest), lifetimes, TraceParts.All, threads);

    private MetaParameters<double> Random(
        LearnerSpec learner, int plasticLayers, ulong seed, params (string Name, double Value)[] values) =>
        Random(learner, plasticLayers, seed, 1, values);

    private MetaParameters<double> Random(
        LearnerSpec learner, int plasticLayers, ulong seed, int outputs, params (string Name, double Value)[] values) =>
        hand.Random(NetworkSpec.Feedforward([outputs == 1 ? 4 : 3, 9, 8, 7, outputs], plasticLayers), learner, seed, values);

    private static void Near(double[] expected, IEnumerable<double> found)
    {
        double[] values = [.. found];
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Equal(expected[i], values[i], 1e-6);
        }
    }
}
