using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

/// <summary>What every registered method is held to, without anyone asking.</summary>
public class CreditAssignmentConformanceTests
{
    public static TheoryData<string, Activation, Objective> Cases()
    {
        var data = new TheoryData<string, Activation, Objective>();
        foreach (string name in CreditAssignments.Registry.Names)
        {
            foreach (Activation hidden in new[] { Activation.Tanh, Activation.Relu })
            {
                foreach (Objective objective in Enum.GetValues<Objective>())
                {
                    if (Fits(name, Spec(hidden, objective)))
                    {
                        data.Add(name, hidden, objective);
                    }
                }
            }
        }

        return data;
    }

    public static TheoryData<string> Methods() => [.. CreditAssignments.Registry.Names];

    [Fact]
    public void Cases_EveryMethod_HasOne() =>
        Assert.Equal(CreditAssignments.Registry.Names, Cases().Select(c => (string)c[0]).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Directions_Claims_AreGradients(string name, Activation hidden, Objective objective)
    {
        foreach (SupervisedNetworkSpec spec in new[] { Spec(hidden, objective), OnImages(hidden, objective) }.Where(s => Fits(name, s)))
        {
            CheckClaims(name, CreditAssignments.Registry.Get(name), spec);
        }
    }

    [Fact]
    public void Directions_ClaimsOfOtherSettings_AreGradients()
    {
        (string Name, CreditAssignmentSpec Method)[] others =
        [
            ("counter-current, each its own", new CounterCurrentLearningSpec { AgainstClasses = false, LossScale = 0.7 }),
            ("dfc, voltages", new DeepFeedbackControlSpec { Rule = ControlRule.Voltages }),
            ("dfc, all feedback", new DeepFeedbackControlSpec
                { OutputFeedbackLearns = true, FeedbackStart = FeedbackStart.Random, Leak = 2, FeedbackDecay = 0 }),
            ("dfc, fixed", new DeepFeedbackControlSpec { FeedbackLearns = false, ControlSteps = 2 }),
        ];
        foreach ((string name, CreditAssignmentSpec method) in others)
        {
            CheckClaims(name, method, Spec(Activation.Tanh, Objective.CrossEntropy));
            CheckClaims(name, method, OnImages(Activation.Relu, Objective.MeanSquaredError));
        }

        CheckClaims("forward-forward, all alike", new ForwardForwardSpec { HardNegatives = false, Threshold = 0.5 },
            Spec(Activation.Relu, Objective.CrossEntropy));
    }

    private static void CheckClaims(string name, CreditAssignmentSpec method, SupervisedNetworkSpec spec)
    {
        using var bench = new Bench(spec, method);
        CreditStep<double> step = bench.Step();
        List<GradientClaim<double>> claims = [.. bench.Method.Claims(step)];
        if (method.LastLayerDescendsLoss)
        {
            int last = bench.Network.Layers.Length - 1;
            claims.Add(new("loss by W", bench.Network.Layers[last].Weights, bench.Directions.Weights(last), Loss));
            claims.Add(new("loss by b", bench.Network.Layers[last].Biases, bench.Directions.Biases(last), Loss));
        }

        foreach (GradientClaim<double> claim in claims)
        {
            const double Distance = 1e-5;
            double worst = 0, largest = 0;
            for (int r = 0; r < claim.Parameter.Rows; r++)
            {
                for (int c = 0; c < claim.Parameter.Columns; c++)
                {
                    double kept = claim.Parameter[r, c];
                    claim.Parameter[r, c] = kept + Distance;
                    double above = claim.Value();
                    claim.Parameter[r, c] = kept - Distance;
                    double below = claim.Value();
                    claim.Parameter[r, c] = kept;
                    worst = Math.Max(worst, Math.Abs(((above - below) / (2 * Distance)) - claim.Direction[r, c]));
                    largest = Math.Max(largest, Math.Abs(claim.Direction[r, c]));
                }
            }

            // Central differences of numbers of order 1: rounding 1e-16 / 1e-5, curvature 1e-10.
            Assert.True(largest > 0, $"{name}: the direction of '{claim.Name}' is all zeros.");
            Assert.True(worst < 1e-8, $"{name}: '{claim.Name}' is off by {worst:g3}, its largest element {largest:g3}.");
        }

        double Loss()
        {
            bench.Network.Forward(bench.Pass);
            return bench.Pass.Loss;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_OneThreadOrThree_GivesTheSameBits(string name)
    {
        using SupervisedTrainer one = Trainer(name, threads: 1), three = Trainer(name, threads: 3);
        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(one.Step(), three.Step());
        }

        AssertSame(one, three);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_EveryVectorWidth_GivesTheSameBits(string name)
    {
        using SupervisedTrainer plain = Trainer(name, width: VectorWidth.Scalar);
        SupervisedStepReport[] expected = [.. Enumerable.Range(0, 7).Select(_ => plain.Step())];
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Except([VectorWidth.Scalar]))
        {
            using SupervisedTrainer wide = Trainer(name, width: width);
            Assert.Equal(expected, Enumerable.Range(0, 7).Select(_ => wide.Step()));
            AssertSame(plain, wide);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Step_AfterTheFirst_AllocatesNothing(string name)
    {
        using SupervisedTrainer trainer = Trainer(name);
        for (int i = 0; i < 3; i++)
        {
            _ = trainer.Step();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = trainer.Step();

        // The control runs on a tape, as its docs say.
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(name == "local-plasticity" ? bytes > 0 : bytes == 0, $"{name}: {bytes} bytes.");
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_ResumedFromAFile_EqualsNeverHavingStopped(string name)
    {
        string path = Path.Combine(Path.GetTempPath(), $"engram-{Guid.NewGuid():N}.safetensors");
        try
        {
            using SupervisedTrainer through = Trainer(name), stopped = Trainer(name), resumed = Trainer(name);
            for (int i = 0; i < 7; i++)
            {
                _ = through.Step();
                _ = stopped.Step();
            }

            stopped.Capture().Write(path);
            resumed.Restore(SupervisedState.Read(path));
            Assert.Equal(7, resumed.StepsDone);
            for (int i = 0; i < 6; i++)
            {
                Assert.Equal(through.Step(), resumed.Step());
            }

            AssertSame(through, resumed);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(TargetSchedule.Parallel)]
    [InlineData(TargetSchedule.AlternatingSteps)]
    [InlineData(TargetSchedule.AlternatingEpochs)]
    public void Training_ResumedInAForwardEpoch_ReportsTheSameMeasures(TargetSchedule schedule)
    {
        var method = new AuxiliaryTargetPropagationSpec { AuxiliaryOutputs = 9, Schedule = schedule };
        using SupervisedTrainer through = Trainer(method), resumed = Trainer(method);
        for (int i = 0; i < 7; i++)
        {
            _ = through.Step();
        }

        Assert.Equal((1, 5), (through.EpochsDone, through.StepsPerEpoch));
        resumed.Restore(through.Capture());
        for (int i = 0; i < 6; i++)
        {
            _ = through.Step();
            _ = resumed.Step();
            Assert.Equal(through.Method.Measures(), resumed.Method.Measures());
            bool inverses = schedule != TargetSchedule.AlternatingEpochs || (through.StepsDone - 1) / 5 % 2 == 0,
                forward = schedule != TargetSchedule.AlternatingEpochs || !inverses;
            Assert.All(through.Method.Measures(),
                m => Assert.Equal(m.Name == "inverse loss" ? inverses : forward, double.IsFinite(m.Value)));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_Separable_LearnsBetterThanChance(string name)
    {
        using SupervisedTrainer trainer = Trainer(name, epochs: 60);
        var test = new Blobs(150, 20, 3, seed: 5);
        while (!trainer.IsDone)
        {
            _ = trainer.Step();
        }

        SupervisedScore after = trainer.Evaluate(test);
        Assert.True(after.ErrorPercent < 34, $"{name}: {after.ErrorPercent}% wrong of three classes.");
    }

    /// <summary>Two hidden layers wide enough that work is shared between threads.</summary>
    private static SupervisedTrainer Trainer(string name, int threads = 1, int epochs = 4, VectorWidth? width = null) =>
        Trainer(CreditAssignments.Registry.Get(name), threads, epochs, width);

    private static SupervisedTrainer Trainer(CreditAssignmentSpec method, int threads = 1, int epochs = 4, VectorWidth? width = null)
    {
        SupervisedNetworkSpec network = new[] { Activation.Tanh, Activation.Relu }.Select(
            a => SupervisedNetworkSpec.Dense([20, 48, 40, 3], a)).First(s => Fits(method, s));
        bool plain = !method.LastLayerDescendsLoss;
        var training = new SupervisedTrainingSpec
        { BatchSize = 32, Epochs = epochs, Optimizer = plain ? "sgd" : "adam", Rate = plain ? 0.05 : 2e-3 };
        return new SupervisedTrainer(network, method, training, new Blobs(150, 20, 3, seed: 5), seed: 11, threads, width);
    }

    private static SupervisedNetworkSpec Spec(Activation hidden, Objective objective) => SupervisedNetworkSpec.Dense([5, 6, 4, 3], hidden)
        with
    { Objective = objective };

    private static SupervisedNetworkSpec OnImages(Activation hidden, Objective objective) => new(
    [
        new LocallyConnectedSpec(new ConvolutionShape(2, 5, 4, 2, 3, 2, 1), hidden),
            new ConvolutionSpec(new ConvolutionShape(2, 3, 2, 3, 2, 1, 0), hidden),
        new LocallyConnectedSpec(new ConvolutionShape(3, 2, 1, 4, 1, 1, 0), hidden), new LinearSpec(8, 3, Activation.Identity),
    ])
    { Objective = objective };

    private static bool Fits(string name, SupervisedNetworkSpec network) => Fits(CreditAssignments.Registry.Get(name), network);

    private static bool Fits(CreditAssignmentSpec method, SupervisedNetworkSpec network)
    {
        try
        {
            method.Validate(network);
            return true;
        }
        catch (EngramException)
        {
            return false;
        }
    }

    private static void AssertSame(SupervisedTrainer expected, SupervisedTrainer found)
    {
        for (int l = 0; l < expected.Network.Layers.Length; l++)
        {
            Assert.Equal(expected.Network.Layers[l].Weights.ToArray(), found.Network.Layers[l].Weights.ToArray());
            Assert.Equal(expected.Network.Layers[l].Biases.ToArray(), found.Network.Layers[l].Biases.ToArray());
        }

        Assert.Equal(expected.Method.Measures(), found.Method.Measures());
        Assert.Equal(expected.Method.Parameters.Select(p => p.Values.ToArray()), found.Method.Parameters.Select(p => p.Values.ToArray()));
        Assert.Equal(expected.Method.Memory.Select(p => p.Values.ToArray()), found.Method.Memory.Select(p => p.Values.ToArray()));
    }
}
