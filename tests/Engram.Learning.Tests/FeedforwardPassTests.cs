using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Learning.Tests;

public class FeedforwardPassTests
{
    [Fact]
    public void Run_TwoLayers_GivesTheHandWorkedActivities()
    {
        using var arena = new Arena();
        LayerSpec[] layers = [new LinearSpec(2, 2, Activation.Relu), new LinearSpec(2, 1, Activation.Identity)];
        Tensor<double>[] activities = FeedforwardPass.Run(
            layers,
            [Of(arena, 2, [1.0, 0, 0, -1]), Of(arena, 2, [1.0, 2])],
            [Of(arena, 2, [0.0, 1]), Of(arena, 1, [-1.0])],
            Of(arena, 2, [1.0, 2, 3, -1]),
            arena);

        // z₁ = (1, −1) and (3, 2).
        Assert.Equal([1, 0, 3, 2], activities[0].ToArray());
        Assert.Equal([0, 6], activities[1].ToArray());
    }

    [Fact]
    public void Run_UndefinedInput_StaysUndefined()
    {
        using var arena = new Arena();
        Tensor<float> output = FeedforwardPass.Run<float>(
            [new LinearSpec(1, 1, Activation.Relu)], [Of(arena, 1, [1f])], [Of(arena, 1, [0f])], Of(arena, 1, [float.NaN]), arena)[0];
        Assert.True(float.IsNaN(output[0, 0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_AtTheBeginningAndEndOfLife_AgreesWithTheEngine(int plasticLayers)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([5, 7, 6, 3], plasticLayers), new LocalLearnerSpec
        { Objective = Objective.MeanSquaredError });
        using var point = new RandomPoint(layout, 4, innerSteps: 2, batchSize: 3, queries: 11);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        using var arena = new Arena();
        Lifetime<double> life = point.Lifetime;

        Lifetime<double> unlived = life
            with
        { InnerSteps = 0, StreamInputs = arena.Allocate<double>(0, 5), StreamTargets = arena.Allocate<double>(0, 3) };
        Tensor<double> first = FeedforwardPass.Run(point.Parameters, life.QueryInputs, arena)[^1];
        Assert.Equal(engine.Live(point.Parameters, unlived).QueryLoss, MeanSquaredError(first, life.QueryTargets), 1e-12);

        var last = new LastWeights(arena);
        double loss = engine.Live(point.Parameters, life, null, last).QueryLoss;
        Tensor<double>[] frozen = FeedforwardPass.RunFrozen(point.Parameters, life.QueryInputs, arena);
        Assert.Equal(3 - plasticLayers, frozen.Length);
        Tensor<double> features = frozen.Length == 0 ? life.QueryInputs : frozen[^1];
        Tensor<double> output = FeedforwardPass.RunPlastic(layout.Network, last.Weights, last.Biases, features, arena)[^1];
        Assert.Equal(loss, MeanSquaredError(output, life.QueryTargets), 1e-12);
        Assert.NotEqual(loss, MeanSquaredError(first, life.QueryTargets), 1e-6);
    }

    [Fact]
    public void Run_WeightsOfAnotherShape_AreRefused()
    {
        using var arena = new Arena();
        LayerSpec[] layers = [new LinearSpec(2, 1, Activation.Relu)];
        var error = Assert.Throws<ArgumentException>(
            () => FeedforwardPass.Run(layers, [Of(arena, 1, [1.0])], [Of(arena, 1, [0.0])], Of(arena, 2, [1.0, 2]), arena));
        Assert.Contains("Found weights of 1×1 for layer 0, expected 1×2.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FeedforwardPass.Run<double>(layers, [], [], Of(arena, 2, [1.0, 2]), arena));
    }

    private static double MeanSquaredError(Tensor<double> outputs, Tensor<double> targets) =>
        outputs.ToArray().Zip(targets.ToArray(), (a, b) => (a - b) * (a - b)).Average();

    private static Tensor<T> Of<T>(Arena arena, int columns, T[] values)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> tensor = arena.Allocate<T>(values.Length / columns, columns);
        tensor.CopyFrom(values);
        return tensor;
    }

    private sealed class LastWeights(Arena arena) : ILifetimeObserver<double>
    {
        public Tensor<double>[] Weights { get; private set; } = [];

        public Tensor<double>[] Biases { get; private set; } = [];

        public void OnState(int innerStep, LifeTensors<double> state) => (Weights, Biases) = (Copy(state.Weights), Copy(state.Biases));

        private Tensor<double>[] Copy(ReadOnlySpan<Tensor<double>> tensors)
        {
            var copies = new Tensor<double>[tensors.Length];
            for (int i = 0; i < copies.Length; i++)
            {
                copies[i] = arena.Allocate<double>(tensors[i].Rows, tensors[i].Columns);
                copies[i].CopyFrom(tensors[i]);
            }

            return copies;
        }
    }
}
