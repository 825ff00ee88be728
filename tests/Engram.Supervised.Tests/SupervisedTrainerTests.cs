using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

public class SupervisedTrainerTests
{
    private static readonly SupervisedNetworkSpec Small = SupervisedNetworkSpec.Dense([20, 12, 3], Activation.Tanh);

    [Fact]
    public void Step_AnEpoch_SeesEveryExampleOnce()
    {
        var examples = new Counting(new Blobs(70, 20, 3, 1));
        using var trainer =
            new SupervisedTrainer(Small, new BackpropagationSpec(), new() { BatchSize = 32, Epochs = 2 }, examples, seed: 1, threads: 1);
        SupervisedStepReport[] reports = [trainer.Step(), trainer.Step(), trainer.Step()];

        Assert.Equal([32, 32, 6], reports.Select(r => r.Examples));
        Assert.Equal(Enumerable.Range(0, 70), examples.Seen.Order());
        int[] first = [.. examples.Seen];
        examples.Seen.Clear();
        Assert.Equal(1, trainer.EpochsDone);
        _ = trainer.Step();
        _ = trainer.Step();
        _ = trainer.Step();
        Assert.Equal(Enumerable.Range(0, 70), examples.Seen.Order());
        Assert.NotEqual(first, examples.Seen);
        Assert.True(trainer.IsDone);
        Assert.Throws<InvalidOperationException>(() => trainer.Step());
    }

    [Fact]
    public void Seed_AllMethods_StartFromTheSameWeights()
    {
        var examples = new Blobs(70, 20, 3, 1);
        using SupervisedTrainer a = Make(new BackpropagationSpec(), 3), b = Make(new FeedbackAlignmentSpec(), 3),
            c = Make(new BackpropagationSpec(), 4);

        Assert.Equal(a.Network.Layers[0].Weights.ToArray(), b.Network.Layers[0].Weights.ToArray());
        Assert.NotEqual(a.Network.Layers[0].Weights.ToArray(), c.Network.Layers[0].Weights.ToArray());

        SupervisedTrainer Make(CreditAssignmentSpec method, ulong seed) => new(Small, method, new(), examples, seed, threads: 1);
    }

    [Fact]
    public void Step_NotFinite_SaysWhere()
    {
        using var trainer = new SupervisedTrainer(
            SupervisedNetworkSpec.Dense([20, 12, 3], Activation.Relu), new BackpropagationSpec(), new()
            { BatchSize = 10, Epochs = 100, Optimizer = "sgd", Rate = 1e30 }, new Blobs(70, 20, 3, 1), seed: 9, threads: 1);
        NonFiniteException failure = Assert.Throws<NonFiniteException>(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                _ = trainer.Step();
            }
        });

        Assert.Contains("seed 9", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"step {trainer.StepsDone + 1}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_OtherSettings_IsRefused()
    {
        var examples = new Blobs(70, 20, 3, 1);
        using var trainer = new SupervisedTrainer(Small, new BackpropagationSpec(), new(), examples, seed: 1, threads: 1);
        using var other = new SupervisedTrainer(Small, new FeedbackAlignmentSpec(), new(), examples, seed: 1, threads: 1);
        using var seeded = new SupervisedTrainer(Small, new BackpropagationSpec(), new(), examples, seed: 2, threads: 1);
        _ = trainer.Step();
        SupervisedState state = trainer.Capture();

        Assert.Contains("method", Assert.Throws<EngramException>(() => other.Restore(state)).Message, StringComparison.Ordinal);
        Assert.Contains("seed 1", Assert.Throws<EngramException>(() => seeded.Restore(state)).Message, StringComparison.Ordinal);
        Assert.Equal(0, other.StepsDone);
    }

    [Fact]
    public void WeightDecay_NoGradient_ShrinksWeightsOnly()
    {
        // Rate r and decay λ with directions of zero: W ← (1 − r λ) W.
        var spec = new SupervisedTrainingSpec { BatchSize = 70, Optimizer = "sgd", Rate = 0.1, WeightDecay = 0.5 };
        using var trainer = new SupervisedTrainer(Small, new Silent(), spec, new Blobs(70, 20, 3, 1), seed: 1, threads: 1);
        trainer.Network.Layers[0].Biases.Fill(1);
        float[] before = trainer.Network.Layers[0].Weights.ToArray();
        _ = trainer.Step();

        Assert.All(before.Zip(trainer.Network.Layers[0].Weights.ToArray()), p => Assert.Equal(0.95f * p.First, p.Second));
        Assert.All(trainer.Network.Layers[0].Biases.ToArray(), b => Assert.Equal(1, b));
    }

    [Fact]
    public void Phases_OwnParameters_MoveBetweenThem()
    {
        using var trainer = new SupervisedTrainer(Small, new Alternating(), new()
        { BatchSize = 70, OwnOptimizer = "sgd", OwnRate = 0.5 }, new Blobs(70, 20, 3, 1), seed: 1, threads: 1);
        var observer = new Watching();
        _ = trainer.Step(observer);

        Assert.Equal([1f], observer.Seen);
        _ = trainer.Step(observer);
        Assert.Equal([1f, 0.5f], observer.Seen);
    }

    [Fact]
    public void Examples_OfAnotherShape_AreRefused()
    {
        EngramException failure = Assert.Throws<EngramException>(
            () => new SupervisedTrainer(Small, new BackpropagationSpec(), new(), new Blobs(70, 19, 3, 1), seed: 1, threads: 1));
        Assert.Contains("19 inputs", failure.Message, StringComparison.Ordinal);
    }

    private sealed class Counting(IExamples inner) : IExamples
    {
        public List<int> Seen { get; } = [];

        public int Count => inner.Count;

        public int Inputs => inner.Inputs;

        public int Outputs => inner.Outputs;

        public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets)
        {
            Seen.AddRange(examples);
            inner.Read(examples, inputs, targets);
        }
    }

    private sealed record Silent : CreditAssignmentSpec
    {
        public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) => new Method<T>();

        private sealed class Method<T> : ICreditAssignment<T>
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            public Updates Step(in CreditStep<T> step) => Updates.Forward;

            public void Dispose()
            {
            }
        }
    }

    /// <summary>Moves a parameter of its own first: 2 → 1 → 0.5, by its value as direction at rate 0.5.</summary>
    private sealed record Alternating : CreditAssignmentSpec
    {
        public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) => new Method<T>();

        private sealed class Method<T> : ICreditAssignment<T>
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            private readonly Arena arena = new();

            public Method()
            {
                Parameters = [new("own", 0, arena.Allocate<T>(1, 1), arena.Allocate<T>(1, 1), ParameterPace.Own)];
                Parameters[0].Values.Fill(T.CreateChecked(2));
            }

            public System.Collections.Immutable.ImmutableArray<MethodParameter<T>> Parameters { get; }

            public int Phases => 2;

            public Updates Step(in CreditStep<T> step)
            {
                Parameters[0].Direction.CopyFrom(Parameters[0].Values);
                return step.Phase == 0 ? Updates.Own : Updates.Forward;
            }

            public void Dispose() => arena.Dispose();
        }
    }

    private sealed class Watching : IStepObserver
    {
        public List<float> Seen { get; } = [];

        public void Observe(SupervisedNetwork<float> network, ICreditAssignment<float> method, in CreditStep<float> step, bool directed) =>
            Seen.Add(method.Parameters[0].Values[0, 0]);
    }
}
