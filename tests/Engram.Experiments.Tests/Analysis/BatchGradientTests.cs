using Engram.Experiments.Analysis;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Tests;

public sealed class BatchGradientTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Theory]
    [InlineData(Objective.MeanSquaredError)]
    [InlineData(Objective.CrossEntropy)]
    public void Of_RandomNetwork_IsTheCentralDifference(Objective objective)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            ExpectCentralDifference(NetworkSpec.Feedforward([3, 5, 4, 2], 2), objective, seed);
        }
    }

    // Two convolutions and a readout; the first has two channels, a stride and a border.
    [Fact]
    public void Of_Convolutions_IsTheCentralDifference()
    {
        LayerSpec[] layers =
        [
            new ConvolutionSpec(
                new ConvolutionShape(Channels: 2, Height: 5, Width: 4, OutputChannels: 3, Kernel: 3, Stride: 2, Padding: 1),
                Activation.Relu),
            new ConvolutionSpec(
                new ConvolutionShape(Channels: 3, Height: 3, Width: 2, OutputChannels: 2, Kernel: 2, Stride: 1, Padding: 0),
                Activation.Relu),
            new LinearSpec(4, 2, Activation.Identity),
        ];
        for (int plastic = 1; plastic <= 3; plastic++)
        {
            ExpectCentralDifference(new NetworkSpec(layers, plastic), Objective.CrossEntropy, 7);
        }
    }

    private void ExpectCentralDifference(NetworkSpec network, Objective objective, ulong seed)
    {
        LayerSpec[] plastic = [.. network.Layers.Skip(network.FrozenLayers)];
        Tensor<double>[] weights = [.. plastic.Select((l, j) => arena.Normal(seed + (100 * (ulong)j), l.WeightRows, l.WeightColumns))];
        Tensor<double>[] biases = [.. plastic.Select((l, j) => arena.Normal(seed + 1000 + (100 * (ulong)j), 1, l.WeightRows))];
        Tensor<double> features = arena.Normal(seed + 2000, 6, plastic[0].Inputs);
        Tensor<double> targets = objective == Objective.CrossEntropy ? arena.Values(2, 1.0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1)
            : arena.Normal(seed + 3000, 6, 2);

        (Tensor<double>[] weightGradients, Tensor<double>[] biasGradients) =
            BatchGradient.Of<double>(network, objective, weights, biases, features, targets, arena);

        foreach ((Tensor<double> values, Tensor<double> gradient) in weights.Zip(weightGradients).Concat(biases.Zip(biasGradients)))
        {
            Assert.Contains(gradient.ToArray(), g => g != 0);
            for (int r = 0; r < values.Rows; r++)
            {
                for (int c = 0; c < values.Columns; c++)
                {
                    double kept = values[r, c];
                    values[r, c] = kept + 1e-6;
                    double above = Loss();
                    values[r, c] = kept - 1e-6;
                    double below = Loss();
                    values[r, c] = kept;
                    Assert.True(
                        Math.Abs(((above - below) / 2e-6) - gradient[r, c]) < 1e-7,
                        $"seed {seed}, [{r}, {c}]: {(above - below) / 2e-6} and {gradient[r, c]}");
                }
            }
        }

        double Loss()
        {
            Tensor<double> outputs = FeedforwardPass.RunPlastic<double>(network, weights, biases, features, arena)[^1];
            double sum = 0;
            for (int r = 0; r < outputs.Rows; r++)
            {
                double[] y = targets.Row(r).ToArray(), found = outputs.Row(r).ToArray();
                sum += objective == Objective.MeanSquaredError
                    ? y.Zip(found, (a, b) => (a - b) * (a - b)).Sum() / outputs.Count
                    : -y.Zip(found, (a, b) => a * (b - Math.Log(found.Sum(Math.Exp)))).Sum() / outputs.Rows;
            }

            return sum;
        }
    }
}
