using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class MetaTrainerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Step_AnyNumberOfThreads_GivesTheSameBits(int lifetimes)
    {
        MetaTrainingSpec spec = Toy.Spec with { LifetimesPerOuterStep = lifetimes, ClipNorm = 20 };
        (float[] Numbers, OuterStepReport[] Reports)? expected = null;
        foreach (int threads in (int[])[1, 2, 4])
        {
            using var source = new ToySource();
            using MetaTrainer trainer = Toy.Trainer(source, spec, threads);
            OuterStepReport[] reports = [.. Enumerable.Range(0, 12).Select(_ => trainer.Step())];
            expected ??= (Toy.Numbers(trainer.Parameters), reports);
            Assert.Equal(expected.Value.Numbers, Toy.Numbers(trainer.Parameters));
            Assert.Equal(expected.Value.Reports, reports);
        }
    }

    [Fact]
    public void Step_SeveralLifetimes_DescendsTheirMeanByGroup()
    {
        using var source = new ToySource();
        using MetaTrainer trainer =
            Toy.Trainer(source, Toy.Spec with { Optimizer = new GradientDescentOptimizer(), LifetimesPerOuterStep = 4 }, threads: 3);
        trainer.Step();
        float[] before = Toy.Numbers(trainer.Parameters);
        OuterStepReport report = trainer.Step();
        float[] after = Toy.Numbers(trainer.Parameters);

        double mean = Enumerable.Range(4, 4).Average(i => ToySource.TargetOf((ulong)i));
        double[] rates =
            [.. Toy.Layout.Parameters.SelectMany(p => Enumerable.Repeat(Toy.Spec.Rates.For(p, Toy.Layout.Network), p.Rows * p.Columns))];
        for (int i = 0; i < before.Length; i++)
        {
            Assert.Equal(before[i] - (rates[i] * (before[i] - mean)), after[i], 1e-6);
        }

        Assert.Equal(1, report.OuterStep);
        Assert.Equal(Math.Sqrt(before.Sum(b => (b - mean) * (b - mean))), report.MetaGradientNorm, 1e-4);
        Assert.Equal(
            Enumerable.Range(4, 4).Average(t => before.Sum(b => 0.5 * Math.Pow(b - ToySource.TargetOf((ulong)t), 2))),
            report.MeanQueryLoss, 1e-3);
        Assert.False(report.Clipped);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (ulong)i), source.Asked.Order());
    }

    [Fact]
    public void Rates_EveryGroup_GoesToItsParameters()
    {
        MetaRates rates = Toy.Spec.Rates;
        double Of(ParameterLayout layout, string name) => rates.For(layout.Parameters[layout.IndexOf(name)], layout.Network);
        Assert.Equal(0.01, Of(Toy.Layout, "layer0.weight"));
        Assert.Equal(0.01, Of(Toy.Layout, "layer2.bias"));
        Assert.Equal(0.02, Of(Toy.Layout, "layer1.feedback0.weight"));
        Assert.Equal(0.02, Of(Toy.Layout, "layer2.feedback0.bias"));
        Assert.Equal(0.003, Of(Toy.Layout, "layer1.alpha"));
        Assert.Equal(0.004, Of(Toy.Layout, "layer2.alpha"));
        Assert.Equal(0.05, Of(Toy.Layout, "layer1.beta"));
        Assert.Equal(
            0.004, Of(ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec { Granularity = Granularity.Network }),
            "network.alpha"));
    }

    [Fact]
    public void Step_LongMetaGradient_IsScaledToTheClipNorm()
    {
        using var source = new ToySource();
        MetaTrainingSpec spec = Toy.Spec
            with
        {
            Optimizer = new GradientDescentOptimizer(),
            Rates = new MetaRates
            { Feedforward = 1, Feedback = 1, HiddenPlasticity = 1, ReadoutPlasticity = 1, FeedbackStrength = 1 }
        };
        using MetaTrainer clipped = Toy.Trainer(source, spec with { ClipNorm = 0.5 });
        using MetaTrainer free = Toy.Trainer(source, spec with { ClipNorm = 1e6 });
        float[] before = Toy.Numbers(clipped.Parameters);

        OuterStepReport report = clipped.Step();

        Assert.True(report.Clipped);
        Assert.False(free.Step().Clipped);
        Assert.InRange(report.MetaGradientNorm, 1, 1000);
        Assert.Equal(0.5, Math.Sqrt(Toy.Numbers(clipped.Parameters).Zip(before, (a, b) => Math.Pow(a - b, 2)).Sum()), 1e-4);
    }

    [Fact]
    public void Step_Schedule_MultipliesTheRates()
    {
        using var source = new ToySource();
        using MetaTrainer trainer =
            Toy.Trainer(source, Toy.Spec with { Optimizer = new GradientDescentOptimizer(), Schedule = new StepSchedule(2, 0.5) });
        Assert.Equal([1, 1, 0.5, 0.5, 0.25], Enumerable.Range(0, 5).Select(_ => trainer.Step().RateFactor));

        float before = trainer.Parameters["layer0.bias"][0, 0];
        trainer.Step();
        Assert.Equal(before - (0.01 * 0.25 * (before - ToySource.TargetOf(5))), trainer.Parameters["layer0.bias"][0, 0], 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1e6)]
    public void Step_SparseParameter_IsShrunkByRateTimesPenalty(double penalty)
    {
        using var source = new ToySource();
        var layout = ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec
        { Rule = new PolynomialRule { Terms = "110 021 111", Sparsity = penalty } });
        using var trainer = new MetaTrainer(
            layout,
            new InitializationSpec(),
            Toy.Spec with { Optimizer = new GradientDescentOptimizer() },
            source,
            1,
            1,
            (found, _) => new ToyEngine(found));
        double[] before = [.. trainer.Parameters["layer1.theta"].ToArray().Select(v => (double)v)];
        double weight = trainer.Parameters["layer1.weight"][0, 0];

        trainer.Step();

        const double Rate = 1e-3;
        double target = ToySource.TargetOf(0);
        double[] moved = [.. before.Select(v => v - (Rate * (v - target)))];
        double[] expected = [.. moved.Select(v => Math.Sign(v) * Math.Max(Math.Abs(v) - (Rate * penalty), 0))];
        Assert.All(expected.Zip(trainer.Parameters["layer1.theta"].ToArray()), p => Assert.Equal(p.First, p.Second, 1e-6));
        Assert.Equal(weight - (0.01 * (weight - target)), trainer.Parameters["layer1.weight"][0, 0], 1e-6);
    }

    [Fact]
    public void Schedules_Factors_AreTheirEquations()
    {
        var cosine = new CosineSchedule(10, 0.1);
        Assert.Equal(0.1, cosine.Factor(0, 110), 1e-15);
        Assert.Equal(1, cosine.Factor(10, 110), 1e-15);
        Assert.Equal(0.55, cosine.Factor(60, 110), 1e-12);
        Assert.Equal(0.1, cosine.Factor(110, 110), 1e-12);
        Assert.Equal(0.3 * 0.3, new StepSchedule(100, 0.3).Factor(250, 1000), 1e-15);
        Assert.Equal(1, new ConstantSchedule().Factor(5, 10));
    }

    [Fact]
    public void Step_RestartEvery_ForgetsTheMoments()
    {
        // Adam's first update has the size of the rate, whatever the gradient: after a restart it has it again.
        using var source = new ToySource();
        using MetaTrainer trainer = Toy.Trainer(source, Toy.Spec with { RestartEvery = 3 });
        for (int s = 0; s < 7; s++)
        {
            float before = trainer.Parameters["layer0.bias"][0, 0];
            trainer.Step();
            double size = Math.Abs(trainer.Parameters["layer0.bias"][0, 0] - before);
            Assert.Equal(s % 3 == 0, Math.Abs(size - 0.01) < 1e-6);
        }
    }

    [Theory]
    [InlineData(float.NaN, 1)]
    [InlineData(float.PositiveInfinity, 1)]
    [InlineData(float.NaN, 3)]
    public void Step_NonFiniteMetaGradient_StopsWithStepAndSeedAndKeepsTheLastGoodState(float bad, int threads)
    {
        using var source = new ToySource();
        using MetaTrainer trainer = Toy.Trainer(
            source, Toy.Spec with { LifetimesPerOuterStep = 2 }, threads, seed: 77,
                new Dictionary<float, float> { [(float)ToySource.TargetOf(7)] = bad });
        for (int s = 0; s < 3; s++) trainer.Step();
        float[] before = Toy.Numbers(trainer.Parameters);

        var error = Assert.Throws<NonFiniteException>(() => trainer.Step());

        Assert.Equal(("meta-gradient", 3L, 77UL), (error.Quantity, error.OuterStep, error.Seed));
        Assert.Equal(before, Toy.Numbers(trainer.Parameters));
        Assert.Equal(3, trainer.OuterStepsDone);
    }

    [Theory]
    [InlineData("feedforward", "W (with b) has grown")]
    [InlineData("feedback", "B (with c) has grown")]
    [InlineData("plasticity", "α has grown")]
    [InlineData("strength", "β has grown")]
    [InlineData("none", "No group of meta-parameters has grown tenfold")]
    public void Step_OfARunThatExplodes_CountsFromOneAndNamesTheGroupThatGrew(string group, string expected)
    {
        const double High = 1e6, Low = 1e-9;
        using var source = new ToySource();
        var rates = new MetaRates
        {
            Feedforward = group == "feedforward" ? High : Low,
            Feedback = group == "feedback" ? High : Low,
            HiddenPlasticity = group == "plasticity" ? High : Low,
            ReadoutPlasticity = Low,
            FeedbackStrength = group == "strength" ? High : Low,
        };
        using MetaTrainer trainer = Toy.Trainer(source, Toy.Spec
            with
        { Rates = rates }, injected: new Dictionary<float, float> { [(float)ToySource.TargetOf(1)] = float.NaN });
        trainer.Step();

        var error = Assert.Throws<NonFiniteException>(() => trainer.Step());

        Assert.Contains($"outer step 2, seed 1; expected finite numbers. {expected}", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, error.OuterStep);
    }

    [Fact]
    public void Step_UpdateOverflows_PutsParametersAndMomentsBack()
    {
        // A finite gradient whose square is not: the second moment overflows.
        using var source = new ToySource();
        using MetaTrainer trainer = Toy.Trainer(source, injected: new Dictionary<float, float> { [(float)ToySource.TargetOf(2)] = 1e25f });
        trainer.Step();
        trainer.Step();
        float[] before = Toy.Numbers(trainer.Parameters);
        string path = Path.GetTempFileName();
        try
        {
            trainer.Capture().Write(path);
            byte[] good = File.ReadAllBytes(path);

            Assert.Throws<NonFiniteException>(() => trainer.Step());

            Assert.Equal(before, Toy.Numbers(trainer.Parameters));
            trainer.Capture().Write(path);
            Assert.Equal(good, File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(1, 4, new[] { 4 })]
    [InlineData(3, 4, new[] { 2, 1, 1 })]
    [InlineData(8, 2, new[] { 1, 1 })]
    [InlineData(2, 5, new[] { 3, 2 })]
    public void Trainer_Threads_AreDividedBetweenLifetimesAndEngines(int lifetimes, int threads, int[] expected)
    {
        var found = new List<int>();
        var engines = new List<ToyEngine>();
        using var source = new ToySource();
        using (var trainer = new MetaTrainer(Toy.Layout, new InitializationSpec(), Toy.Spec
            with
        { LifetimesPerOuterStep = lifetimes }, source, 1, threads, (layout, perEngine) =>
        {
            found.Add(perEngine);
            engines.Add(new ToyEngine(layout));
            return engines[^1];
        }))
        {
            trainer.Step();
        }

        Assert.Equal(expected, found);
        Assert.All(engines, e => Assert.True(e.Disposed));
    }

    [Fact]
    public void Step_AfterTheLast_IsRefused()
    {
        using var source = new ToySource();
        using MetaTrainer trainer = Toy.Trainer(source, Toy.Spec with { OuterSteps = 1 });
        trainer.Step();
        Assert.True(trainer.IsDone);
        Assert.Throws<InvalidOperationException>(() => trainer.Step());
    }

    [Fact]
    public void Step_OnceWarm_AllocatesNothing()
    {
        using var arena = new Arena();
        var lifetime = new Lifetime<float>(0, 1, default, default, arena.Allocate<float>(1, 3), arena.Allocate<float>(1, 1));
        using var trainer = new MetaTrainer(
            Toy.Layout, new InitializationSpec(), Toy.Spec
                with
            { LifetimesPerOuterStep = 2 }, new OneLifetime(lifetime), 1, 1, (layout, _) => new ToyEngine(layout));
        trainer.Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        trainer.Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    public static TheoryData<MetaTrainingSpec, string> BadSettings { get; } = new()
    {
        { Toy.Spec with { OuterSteps = -1 }, "OuterSteps = -1" },
        { Toy.Spec with { LifetimesPerOuterStep = 0 }, "LifetimesPerOuterStep = 0" },
        { Toy.Spec with { Optimizer = new AdamOptimizer { SecondDecay = 1 } },
            "Found 1 for SecondDecay of AdamOptimizer, expected 0 to below 1" },
        { Toy.Spec with { Optimizer = new AdamOptimizer { Epsilon = double.NaN } }, "Epsilon" },
        { Toy.Spec with { ClipNorm = 0 }, "ClipNorm = 0" },
        { Toy.Spec with { ClipNorm = double.NaN }, "ClipNorm = NaN" },
        { Toy.Spec with { RestartEvery = 0 }, "RestartEvery = 0" },
        { Toy.Spec with { Rates = new MetaRates { Feedback = -1 } }, "Feedback = -1" },
        { Toy.Spec with { Rates = new MetaRates { Feedforward = double.NaN } }, "Feedforward = NaN" },
        { Toy.Spec with { Schedule = new CosineSchedule(-1, 0) }, "WarmupSteps = -1" },
        { Toy.Spec with { Schedule = new StepSchedule(0, 0.5) }, "PeriodSteps = 0" },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void Trainer_SettingOutOfRange_NamesIt(MetaTrainingSpec spec, string message)
    {
        using var source = new ToySource();
        Assert.Contains(message, Assert.ThrowsAny<EngramException>(() => Toy.Trainer(source, spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trainer_NoThreads_IsRefused()
    {
        using var source = new ToySource();
        Assert.Throws<SettingException>(() => Toy.Trainer(source, threads: 0));
    }

    private sealed class OneLifetime(Lifetime<float> lifetime) : IMetaTrainingSource<float>
    {
        public Lifetime<float> Get(ulong index, int slot) => lifetime;
    }
}
