using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Engines.Fused;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Tests.Lifetimes;

/// <summary>The fused engine against the whole lifetime on one tape, over options, shapes, widths, threads and memory budgets.</summary>
public sealed class FusedEngineTests
{
    // What the drawn lives come to on one tape, once for all engines.
    private static readonly Dictionary<int, (LifetimeOutcome Outcome, double[][] Gradient)> Whole = [];

    private static readonly string[] OfEveryWidth =
        ["fused-512", "fused-256", "fused-128", "fused-scalar", "compiled-512", "compiled-256", "compiled-128", "compiled-scalar"];

    public static TheoryData<string> Widths => [.. OfEveryWidth];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Live_UnderRandomOptionsAndShapes_AgreesWithTheWholeLifetime(string engineName)
    {
        // What is drawn is planned alike at every width: at one of them all, at the others every second, even or odd.
        bool all = engineName.EndsWith("-256", StringComparison.Ordinal);
        for (int seed = all ? 0 : Array.IndexOf(OfEveryWidth, engineName) % 2; seed < 60; seed += all ? 1 : 2)
        {
            (ParameterLayout layout, int steps, int batch, int queries) = Draw((ulong)seed);
            using var point = new RandomPoint(layout, (ulong)seed, steps, batch, queries, 0.003 / batch);
            using var found = new MetaParameters<double>(layout);
            var random = new Random(seed);
            var options = new EngineOptions { Threads = random.Next(1, 4), MemoryBudgetBytes = random.Next(2) == 0 ? 0 : 1 << 28 };
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, engineName, options);
            (LifetimeOutcome plain, double[][] expected) = OnOneTape(seed, layout, point);
            LifetimeOutcome outcome = engine.Live(point.Parameters, point.Lifetime, found);
            string what =
                $"seed {seed}: {layout.Learner}, {string.Join(" ", layout.Network.Layers)}, plastic {layout.Network.PlasticLayers}, " +
                $"{steps} steps of {batch}, {queries} queries, {options}";
            Assert.True(
                Math.Abs(plain.QueryLoss - outcome.QueryLoss) <= 1e-10 * (1 + plain.QueryLoss),
                $"{what}: loss {plain.QueryLoss}, found {outcome.QueryLoss}");
            Assert.Equal(plain.QueryAccuracy, outcome.QueryAccuracy);
            for (int i = 0; i < layout.Parameters.Length; i++)
            {
                double[] wanted = expected[i];
                double[] got = found[i].ToArray();
                double scale = Math.Max(1e-3, wanted.Max(Math.Abs));
                for (int j = 0; j < wanted.Length; j++)
                {
                    Assert.True(
                        Math.Abs(wanted[j] - got[j]) <= 1e-9 * scale,
                        $"{what}: {layout.Parameters[i].Name}[{j}] is {wanted[j]}, found {got[j]}");
                }
            }
        }
    }

    [Theory]
    [InlineData("flp", 32, 3)]
    [InlineData("flp", 1, 3)]
    [InlineData("gradient", 32, 2)]
    [InlineData("gradient-first-order", 5, 3)]
    [InlineData("oml", 16, 2)]
    public void Live_WithAnyNumberOfThreadsAndAnyBudget_HasTheSameBits(string learner, int batch, int plasticLayers)
    {
        LearnerSpec spec = LearnerSpecs.Registry.Get(learner).Create(Objective.MeanSquaredError);
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([4, 40, 33, 50, 20, 2], plasticLayers), spec);
        using var point = new RandomPoint(layout, 5, 19, batch, 45, 0.0005 / batch);
        using var single = new SinglePoint(point);
        float[][]? expected = null;
        double loss = 0;

        // One thread and seven with every budget, each number between with one of them.
        (int Threads, long Budget)[] all =
            [(1, 0), (1, 300_000), (1, 1L << 30), (2, 0), (3, 300_000), (4, 1L << 30), (7, 0), (7, 300_000), (7, 1L << 30)];
        foreach (EngineOptions options in all.Select(o => new EngineOptions { Threads = o.Threads, MemoryBudgetBytes = o.Budget }))
        {
            using var gradient = new MetaParameters<float>(layout);
            using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, "fused", options);
            LifetimeOutcome outcome = engine.Live(single.Parameters, single.Lifetime, gradient);
            float[][] found = [.. Enumerable.Range(0, layout.Parameters.Length).Select(i => gradient[i].ToArray())];
            if (expected is null)
            {
                (expected, loss) = (found, outcome.QueryLoss);
            }

            Assert.Equal(loss, outcome.QueryLoss);
            Assert.Equal(expected, found);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Live_OfImagesByWinograd_AgreesWithTheWholeLifetime(string engineName)
    {
        // 101 images are chunks of 51 and 50, of which the budget keeps one or none. Batches of one go to the compiled engine.
        foreach ((NetworkSpec network, int batch) in new[] { (Images(2, 16), 1), (Images(2, 16), 2), (WinogradFromTheFirst(), 2) })
        {
            ParameterLayout layout = ParameterLayout.For(network, LearnerSpecs.Registry.Get("flp").Create(Objective.CrossEntropy));
            using var point = new RandomPoint(layout, 3, 60 / batch, batch, 41, 0.003);
            using var expected = new MetaParameters<double>(layout);
            using var whole = new WholeLifetimeEngine<double>(layout);
            LifetimeOutcome plain = whole.Live(point.Parameters, point.Lifetime, expected);
            foreach (EngineOptions options in (EngineOptions[])[new() { Threads = 1 }, new() { Threads = 3, MemoryBudgetBytes = 0 }])
            {
                using var found = new MetaParameters<double>(layout);
                using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, engineName, options);
                LifetimeOutcome outcome = engine.Live(point.Parameters, point.Lifetime, found);
                Assert.Equal(plain.QueryLoss, outcome.QueryLoss, 1e-10 * (1 + plain.QueryLoss));
                for (int i = 0; i < layout.Parameters.Length; i++)
                {
                    double[] wanted = expected[i].ToArray();
                    double scale = Math.Max(1e-3, wanted.Max(Math.Abs));
                    Assert.All(
                        wanted.Zip(found[i].ToArray()),
                        pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-9 * scale, $"{layout.Parameters[i].Name}: {pair}"));
                }
            }
        }
    }

    [Fact]
    public unsafe void ConvolutionStack_InBlocksThatEveryTensorFills_IsMeasuredWhole()
    {
        ConvolutionSpec[] specs = [.. Images(2, 16).Layers.OfType<ConvolutionSpec>()];
        using var team = new WorkerTeam(2);
        using var measure = Arena.Measuring(64);
        using var arena = new Arena(64);
        _ = new ConvolutionStack<Lanes256<float>, float>(specs, 60, 40, team, measure, 0, differentiate: true);
        _ = new ConvolutionStack<Lanes256<float>, float>(specs, 60, 40, team, arena, 0, differentiate: true);
        Assert.Equal(arena.ReservedBytes, measure.ReservedBytes);
    }

    [Theory]
    [InlineData("flp", 2, 10)]
    [InlineData("feature-reuse", 1, 10)]
    [InlineData("gradient", 2, 10)]
    [InlineData("flp", 2, 16)] // by Winograd
    public void Live_OfImagesWithAnyNumberOfThreadsAndAnyBudget_HasTheSameBits(string learner, int plasticLayers, int channels)
    {
        ParameterLayout layout =
            ParameterLayout.For(Images(plasticLayers, channels), LearnerSpecs.Registry.Get(learner).Create(Objective.CrossEntropy));
        using var point = new RandomPoint(layout, 5, 90, 1, 70, 0.01);
        using var single = new SinglePoint(point);
        float[][]? expected = null;
        foreach (EngineOptions options in new[] { 1, 2, 3 }.SelectMany(
            t => new[] { 0L, 700_000, 1L << 30 }.Select(b => new EngineOptions { Threads = t, MemoryBudgetBytes = b })))
        {
            using var gradient = new MetaParameters<float>(layout);
            using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, "fused", options);
            engine.Live(single.Parameters, single.Lifetime, gradient);
            float[][] found = [.. Enumerable.Range(0, layout.Parameters.Length).Select(i => gradient[i].ToArray())];
            expected ??= found;
            Assert.Equal(expected, found);
        }
    }

    [Theory]
    [InlineData("flp", false)]
    [InlineData("gradient", false)]
    [InlineData("flp", true)]
    public void Live_AfterTheFirstLifetime_AllocatesNothing(string learner, bool images)
    {
        Objective objective = images ? Objective.CrossEntropy : Objective.MeanSquaredError;
        ParameterLayout layout =
            ParameterLayout.For(images ? Images(2) : NetworkSpec.Sines(6, 16, 2), LearnerSpecs.Registry.Get(learner).Create(objective));
        using var point = new RandomPoint(layout, 5, 20, images ? 1 : 8, 16, 1e-4);
        using var single = new SinglePoint(point);
        using var gradient = new MetaParameters<float>(layout);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, "fused");
        engine.Live(single.Parameters, single.Lifetime, gradient);
        long before = GC.GetAllocatedBytesForCurrentThread();
        engine.Live(single.Parameters, single.Lifetime, gradient);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Live_OfAnyShape_TakesAsMuchMemoryAsItExpectedTo()
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            // Batches of one run on the compiled engine.
            (ParameterLayout layout, int steps, int drawn, int queries) = Draw(seed);
            int batch = Math.Max(2, drawn);
            using var point = new RandomPoint(layout, seed, steps, batch, queries, 0.003 / batch);
            using var gradient = new MetaParameters<double>(layout);
            var options = new EngineOptions { Threads = 2, MemoryBudgetBytes = seed % 2 == 0 ? 0 : 1 << 28 };
            using var engine = (FusedLifetimeEngine<Lanes1<double>, double>)LifetimeEngines.Create<double>(layout, "fused-scalar", options);
            double expected = engine.BytesFor(point.Lifetime, differentiate: seed % 3 != 0);
            engine.Live(point.Parameters, point.Lifetime, seed % 3 == 0 ? null : gradient);
            Assert.Equal(expected, engine.ReservedBytes);
        }
    }

    [Fact]
    public void Live_OfImagesByWinograd_TakesAsMuchMemoryAsItExpectedTo()
    {
        ParameterLayout layout = ParameterLayout.For(Images(2, 16), LearnerSpecs.Registry.Get("flp").Create(Objective.CrossEntropy));
        using var point = new RandomPoint(layout, 3, 60, 2, 40, 0.003);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = (FusedLifetimeEngine<Lanes1<double>, double>)LifetimeEngines.Create<double>(layout, "fused-scalar");
        double expected = engine.BytesFor(point.Lifetime, differentiate: true);
        engine.Live(point.Parameters, point.Lifetime, gradient);
        Assert.Equal(expected, engine.ReservedBytes);
    }

    [Fact]
    public void BytesFor_ManyFeatures_CountsEveryBufferOfThem()
    {
        // At the query, features lie in two layers' activity, and of frozen and plastic layers each in two transposed copies and two
        // gradients.
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([1000, 1000, 2], 1), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 1, 1, 1, 3200, 0.01);
        using var engine = (FusedLifetimeEngine<Lanes1<double>, double>)LifetimeEngines.Create<double>(
            layout, "fused-scalar", new EngineOptions { Threads = 1 });
        Assert.True(engine.BytesFor(point.Lifetime, differentiate: true) > 10.0 * 3200 * 1000 * sizeof(double));
    }

    [Fact]
    public void Live_WhereAConvolutionOverflows_NamesIt()
    {
        ParameterLayout layout = ParameterLayout.For(Images(2), LearnerSpecs.Registry.Get("flp").Create(Objective.CrossEntropy));
        using var point = new RandomPoint(layout, 5, 20, 1, 16, 1e-4);
        point.Parameters[layout.IndexOf("layer1.weight")].Fill(1e200);
        point.Parameters[layout.IndexOf("layer0.weight")].Fill(1e150);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "fused");
        var error = Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime));
        Assert.Equal(1, error.Layer);
        Assert.Contains("activity of a convolution, layer 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Live_WhereALayerOverflowsAtTheQuery_NamesIt()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 9, 8, 2], 1), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 8, 0, 1, 4, 0.01);
        point.Parameters[layout.IndexOf("layer0.weight")].Fill(1e200);
        point.Parameters[layout.IndexOf("layer1.weight")].Fill(1e200);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "fused");
        var error = Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime));
        Assert.Equal(1, error.Layer);
        Assert.Contains("activity at the query", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trainer_OfANetworkThatDoesNotFitMemory_SaysSoBeforeTakingIt()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Sines(6, 100_000, 2), new LocalLearnerSpec());
        var error = Assert.Throws<EngramException>(() =>
            new MetaTrainer(
                layout, new InitializationSpec(), new MetaTrainingSpec(), null!, 1, 1, (_, _) =>
                throw new InvalidOperationException("too late")));
        Assert.Contains("GiB of memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Live_OfOtherShapesInTurn_GivesWhatAFreshEngineGives()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 9, 8, 2], 2), new LocalLearnerSpec());
        using ILifetimeEngine<double> used = LifetimeEngines.Create<double>(layout, "fused");
        using var gradient = new MetaParameters<double>(layout);
        foreach ((int steps, int batch, int queries) in new[] { (5, 3, 4), (12, 1, 9), (0, 2, 40), (5, 3, 4) })
        {
            using var point = new RandomPoint(layout, 8, steps, batch, queries, 0.01);
            using ILifetimeEngine<double> fresh = LifetimeEngines.Create<double>(layout, "fused");
            using var expected = new MetaParameters<double>(layout);
            Assert.Equal(used.Live(point.Parameters, point.Lifetime), used.Live(point.Parameters, point.Lifetime, gradient));
            Assert.Equal(fresh.Live(point.Parameters, point.Lifetime, expected), used.Live(point.Parameters, point.Lifetime, gradient));
            for (int i = 0; i < layout.Parameters.Length; i++)
            {
                Assert.Equal(expected[i].ToArray(), gradient[i].ToArray());
            }
        }
    }

    [Theory]
    [InlineData("flp")]
    [InlineData("gradient")]
    public void Live_WhenWeightsExplode_NamesLayerAndStep(string learner)
    {
        ParameterLayout layout = ParameterLayout.For(
            NetworkSpec.Feedforward([3, 9, 8, 2], 2), LearnerSpecs.Registry.Get(learner).Create(Objective.MeanSquaredError));
        using var point = new RandomPoint(layout, 8, 40, 3, 4, 1);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            if (layout.Parameters[i].Role == ParameterRoles.Plasticity)
            {
                point.Parameters[i].Fill(1e30);
            }
        }

        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "fused");
        var error = Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime));
        Assert.InRange(error.Layer, 1, 2);
        Assert.InRange(error.InnerStep, 0, 39);
        Assert.Contains($"layer {error.Layer}, inner step {error.InnerStep + 1}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Activity of 1e-10 and a readout of 1e160 have a finite loss, and an error that overflows on its way down: all layers below
    /// are not finite then, and the topmost is where it began.</summary>
    [Fact]
    public void Live_WhenTheMetaGradientOverflows_NamesTheTopmostLayer()
    {
        ParameterLayout layout =
            ParameterLayout.For(NetworkSpec.Feedforward([3, 9, 8, 2], 1), new GradientLearnerSpec { Order = GradientOrder.First });
        using var point = new RandomPoint(layout, 8, 2, 3, 4);
        using var gradient = new MetaParameters<double>(layout);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            ParameterSpec info = layout.Parameters[i];
            double factor = info.Role == ParameterRoles.Plasticity ? 0 : info.Layer == 1 ? 1e-10 : info.Layer == 2 ? 1e160 : 1;
            for (int r = 0; r < info.Rows; r++)
            {
                foreach (ref double value in point.Parameters[i].Row(r))
                {
                    value *= info.Layer == 2 && info.Role == ParameterRoles.Biases ? 0 : factor;
                }
            }
        }

        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "fused");
        var error = Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime, gradient));

        Assert.StartsWith("meta-gradient", error.Quantity, StringComparison.Ordinal);
        Assert.Equal(1, error.Layer);
    }

    private static (LifetimeOutcome Outcome, double[][] Gradient) OnOneTape(int seed, ParameterLayout layout, RandomPoint point)
    {
        if (!Whole.TryGetValue(seed, out (LifetimeOutcome Outcome, double[][] Gradient) result))
        {
            using var gradient = new MetaParameters<double>(layout);
            using var whole = new WholeLifetimeEngine<double>(layout);
            LifetimeOutcome outcome = whole.Live(point.Parameters, point.Lifetime, gradient);
            result = (outcome, [.. Enumerable.Range(0, layout.Parameters.Length).Select(i => gradient[i].ToArray())]);
            Whole.Add(seed, result);
        }

        return result;
    }

    private static NetworkSpec WinogradFromTheFirst() => new(
        [
            new ConvolutionSpec(new ConvolutionShape(16, 5, 4, 20, 3, 1, 1), Activation.Relu),
            new LinearSpec(20 * 5 * 4, 6, Activation.Identity),
        ],
        1);

    private static NetworkSpec Images(int plasticLayers, int channels = 10) =>
        new ConvolutionalNetwork { Channels = channels, Strides = [2, 1], Padding = 1, HiddenWidths = [20] }.For(1, 9, 8, 7, plasticLayers);

    private static (ParameterLayout Layout, int Steps, int Batch, int Queries) Draw(ulong seed)
    {
        var random = new Random((int)seed + 1000);
        bool Coin() => random.Next(2) == 0;
        Objective objective = Coin() ? Objective.MeanSquaredError : Objective.CrossEntropy;
        LearnerSpec learner = random.Next(3) == 0
            ? new GradientLearnerSpec
            {
                Objective = objective,
                Order = Coin() ? GradientOrder.First : GradientOrder.Second,
                FixedInnerRate = Coin() ? null
                : 0.01
            }
            : new LocalLearnerSpec
            {
                Objective = objective,
                Rule = random.Next(4) == 0 ? new HebbRule() : new OjaRule(),
                Signal = Coin() ? FeedbackSignal.Error : FeedbackSignal.Target,
                DetachedSignal = random.Next(4) == 0,
                RectifiedFeedback = random.Next(3) != 0,
                RectifiedSignal = random.Next(3) == 0,
                FeedbackTimesSign = random.Next(3) == 0,
                FeedbackOnlyAtOutput = random.Next(4) == 0,
                OutputClamped = Coin(),
                Presynaptic = random.Next(3) == 0 ? PresynapticActivity.PostFeedback : PresynapticActivity.PreFeedback,
                Granularity = (Granularity)random.Next(4),
                HiddenPlasticityMultiplier = Coin() ? 1 : 3,
            };
        int count = random.Next(1, 5);
        int outputs = random.Next(1, 8);
        var layers = new List<LayerSpec>();
        (int channels, int height, int width) = (random.Next(1, 4), random.Next(4, 9), random.Next(4, 9));
        for (int convolutions = random.Next(2) == 0 ? 0 : random.Next(1, 4); convolutions > 0
            && Math.Min(height, width) >= 3; convolutions--)
        {
            var shape = new ConvolutionShape(channels, height, width, random.Next(1, 12), random.Next(1, 4), random.Next(1, 3), 0);
            shape = shape with { Padding = random.Next(shape.Kernel) };
            layers.Add(new ConvolutionSpec(shape, random.Next(4) == 0 ? Activation.Identity : Activation.Relu));
            (channels, height, width) = (shape.OutputChannels, shape.OutputHeight, shape.OutputWidth);
        }

        int inputs = layers.Count > 0 ? layers[^1].Outputs : random.Next(1, 20);
        for (int i = 0; i < count; i++)
        {
            int next = i == count - 1 ? outputs : random.Next(1, 40);
            layers.Add(new LinearSpec(
                inputs, next, i == count - 1 ? (random.Next(6) == 0 ? Activation.Relu : Activation.Identity) : random.Next(6) == 0
                ? Activation.Identity : Activation.Relu));
            inputs = next;
        }

        int[] batches = [1, 1, 2, 5, 16, 17, 33];
        return (ParameterLayout.For(new NetworkSpec(layers, random.Next(1, count + 1)), learner), random.Next(0, 14),
            batches[random.Next(batches.Length)], random.Next(1, 50));
    }
}
