using System.Globalization;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Rules;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class TrainerStateTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();
    private readonly ToySource source = new();

    public void Dispose()
    {
        source.Dispose();
        File.Delete(path);
    }

    [Fact]
    public void Restore_ToyEngine_ReportsAndParametersEqualNeverStopping()
    {
        MetaTrainingSpec spec = Toy.Spec
            with
        { LifetimesPerOuterStep = 3, ClipNorm = 5, Schedule = new CosineSchedule(4, 0.1), RestartEvery = 11 };
        using MetaTrainer whole = Toy.Trainer(source, spec, threads: 2), first = Toy.Trainer(source, spec),
            second = Toy.Trainer(source, spec, threads: 3);
        OuterStepReport[] expected = [.. Enumerable.Range(0, 25).Select(_ => whole.Step())];
        for (int s = 0; s < 14; s++) first.Step();
        first.Capture().Write(path);
        second.Restore(TrainerState.Read(path));

        Assert.Equal(expected[14..], Enumerable.Range(14, 11).Select(_ => second.Step()));
        Assert.Equal(Toy.Numbers(whole.Parameters), Toy.Numbers(second.Parameters));
    }

    [Fact]
    public void Restore_RealEngine_EqualsNeverStopping()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 8, 6, 1], 2), new LocalLearnerSpec());
        var initialization = new InitializationSpec { HiddenPlasticity = 1e-3, ReadoutPlasticity = 1e-3 };
        var spec = new MetaTrainingSpec
        { OuterSteps = 10, LifetimesPerOuterStep = 2, Rates = new MetaRates { HiddenPlasticity = 1e-5, ReadoutPlasticity = 1e-5 } };
        using var lifetimes = new NoisyLines();
        MetaTrainer Make(int threads) =>
            new(layout, initialization, spec, lifetimes, 4, threads, (l, _) => new TapeLifetimeEngine<float>(l));

        using MetaTrainer whole = Make(1), first = Make(2), second = Make(2);
        for (int s = 0; s < 10; s++) whole.Step();
        for (int s = 0; s < 4; s++) first.Step();
        first.Capture().Write(path);
        second.Restore(TrainerState.Read(path));
        while (!second.IsDone) second.Step();

        Assert.Equal(Toy.Numbers(whole.Parameters), Toy.Numbers(second.Parameters));
        Assert.NotEqual(Toy.Numbers(whole.Parameters), Toy.Numbers(first.Parameters));
    }

    [Fact]
    public void Capture_ThenMoreSteps_StaysWhatItWas()
    {
        using MetaTrainer trainer = Toy.Trainer(source);
        trainer.Step();
        float[] then = Toy.Numbers(trainer.Parameters);
        TrainerState state = trainer.Capture();
        trainer.Step();
        trainer.Restore(state);
        Assert.Equal(then, Toy.Numbers(trainer.Parameters));
        Assert.Equal(1, trainer.OuterStepsDone);
    }

    [Fact]
    public void Write_Checkpoint_IsAlsoAFileOfMetaParametersWithTheCallersMetadata()
    {
        using MetaTrainer trainer = Toy.Trainer(source);
        trainer.Step();
        trainer.Capture().Write(path, [new("recipe", "sines")]);

        SafetensorsFile file = SafetensorsFile.Read(path, verifyChecksum: true);
        using var read = new MetaParameters<double>(Toy.Layout);
        MetaParameterFiles.CopyTo(file, read);

        Assert.Equal("sines", file.MetadataOf("recipe"));
        Assert.Equal(trainer.Parameters["layer1.weight"].ToArray(), read["layer1.weight"].ToArray().Select(v => (float)v));
        Assert.Equal([17, 21], file["layer1.weight"].Shape.ToArray());
        Assert.Equal([21], file["optimizer.second_moment.layer0.bias"].Shape.ToArray());
    }

    [Fact]
    public void Write_UnderAnotherCulture_ReadsBackTheSame()
    {
        CultureInfo culture = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = commas;
            using MetaTrainer one = Toy.Trainer(source);
            one.Capture().Write(path);
            CultureInfo.CurrentCulture = culture;
            using MetaTrainer other = Toy.Trainer(source);
            other.Restore(TrainerState.Read(path));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Restore_LongerRun_IsAllowedUnlessRatesDependOnItsLength()
    {
        using MetaTrainer shorter = Toy.Trainer(source), longer = Toy.Trainer(source, Toy.Spec with { OuterSteps = 400 });
        longer.Restore(shorter.Capture());

        MetaTrainingSpec cosine = Toy.Spec with { Schedule = new CosineSchedule(0, 0) };
        using MetaTrainer a = Toy.Trainer(source, cosine), b = Toy.Trainer(source, cosine with { OuterSteps = 400 });
        Assert.Contains("outer-steps = 40", Assert.Throws<EngramException>(() => b.Restore(a.Capture())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_OtherSettings_NamesTheSectionAndTheFirstDifference()
    {
        using MetaTrainer plain = Toy.Trainer(source),
            stepped = Toy.Trainer(source, Toy.Spec with { Schedule = new StepSchedule(5, 0.5) }),
            slower = Toy.Trainer(source, Toy.Spec with { Schedule = new StepSchedule(9, 0.5) });

        Assert.Equal(
            "Found other meta-training settings in 'the captured state' (schedule = step) than the recipe's (schedule = constant), " +
                "expected the same; resume with the settings it was made with, or start a new run.",
            Assert.Throws<EngramException>(() => plain.Restore(stepped.Capture())).Message);
        Assert.Contains(
            "(schedule.period-steps = 9) than the recipe's (schedule.period-steps = 5)",
            Assert.Throws<EngramException>(() => stepped.Restore(slower.Capture())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_AnotherRunsState_IsRefusedAndChangesNothing()
    {
        using MetaTrainer trainer = Toy.Trainer(source);
        trainer.Step();
        float[] before = Toy.Numbers(trainer.Parameters);
        ParameterLayout wider = ParameterLayout.For(NetworkSpec.Feedforward([3, 22, 17, 1], 2), new LocalLearnerSpec());
        ParameterLayout hebb = ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec { Rule = new HebbRule() });
        foreach ((MetaTrainer other, string message) in ((MetaTrainer, string)[])[
            (Toy.Trainer(source, seed: 2), "seed 2"),
            (Toy.Trainer(source, Toy.Spec with { Optimizer = new GradientDescentOptimizer() }),
                "(optimizer = sgd) than the recipe's (optimizer = adam)"),
            (Toy.Trainer(source, Toy.Spec with { Optimizer = new AdamOptimizer { SecondDecay = 0.99 } }),
                "(optimizer.second-decay = 0.99) than the recipe's (optimizer.second-decay = 0.999)"),
            (Toy.Trainer(source, Toy.Spec with { LifetimesPerOuterStep = 2 }), "lifetimes-per-outer-step = 2"),
            (new MetaTrainer(wider, new InitializationSpec(), Toy.Spec, source, 1, 1, (l, _) => new ToyEngine(l)), "layers.0.outputs = 22"),
            (new MetaTrainer(hebb, new InitializationSpec(), Toy.Spec, source, 1, 1, (l, _) => new ToyEngine(l)), "rule = hebb")])
        {
            using (other)
            {
                var error = Assert.Throws<EngramException>(() => trainer.Restore(other.Capture()));
                Assert.Contains(message, error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(before, Toy.Numbers(trainer.Parameters));
        Assert.Equal(1, trainer.OuterStepsDone);
    }

    [Fact]
    public void Read_FlippedByteOrPlainTensorFile_IsRefused()
    {
        using MetaTrainer trainer = Toy.Trainer(source);
        trainer.Capture().Write(path);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 4;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("checksum", Assert.Throws<EngramException>(() => TrainerState.Read(path)).Message, StringComparison.Ordinal);

        var writer = new SafetensorsWriter();
        writer.Add<float>("layer0.weight", [1], [1]);
        writer.Write(path, checksum: true);
        Assert.Contains(
            "checkpoint_version", Assert.Throws<EngramException>(() => TrainerState.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MetaParameterFiles_MissingOrMisshapenTensor_IsNamed()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("init.layer0.weight", [3, 21], new float[63]);
        writer.Write(path);
        using var target = new MetaParameters<float>(Toy.Layout);
        SafetensorsFile file = SafetensorsFile.Read(path);
        Assert.Contains(
            "[21, 3]", Assert.Throws<EngramException>(() => MetaParameterFiles.CopyTo(file, target, "init.")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "'init.layer0.weight'", Assert.Throws<EngramException>(() => MetaParameterFiles.CopyTo(file, target)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Small regression lifetimes for a real engine.</summary>
    private sealed class NoisyLines : IMetaTrainingSource<float>, IDisposable
    {
        private readonly Arena arena = new();
        private readonly Lifetime<float>[] slots;

        internal NoisyLines() => slots = [.. Enumerable.Range(0, 2).Select(_ => new Lifetime<float>(
            6, 2, arena.Allocate<float>(12, 3), arena.Allocate<float>(12, 1), arena.Allocate<float>(5, 3), arena.Allocate<float>(5, 1)))];

        public Lifetime<float> Get(ulong index, int slot)
        {
            RandomStream random = new RandomStream(8).Split(index);
            Lifetime<float> lifetime = slots[slot];
            foreach (Tensor<float> tensor in (Tensor<float>[])[lifetime.StreamInputs, lifetime.StreamTargets, lifetime.QueryInputs,
                lifetime.QueryTargets])
            {
                for (int r = 0; r < tensor.Rows; r++) random.FillNormal(tensor.Row(r), 1);
            }

            return lifetime;
        }

        public void Dispose() => arena.Dispose();
    }
}
