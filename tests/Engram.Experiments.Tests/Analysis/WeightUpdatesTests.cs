using Engram.Experiments.Analysis;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Tests;

/// <summary>
/// Two layers, two steps, by hand. ŷ = W₂ ReLU(W₁ x + b₁) + b₂ with b₁ = (0, 1), b₂ = −1 and the examples (1, 2) and (3, −1).
/// Before: W₁ = (1 0; 0 −1), W₂ = (1 2): ŷ = 0, 6. Step 1 sets W₁ = (1 1; 0 −1): ŷ = 2, 5. Step 2 sets W₂ = (0 2): ŷ = −1, 3.
/// </summary>
public sealed class WeightUpdatesTests : IDisposable
{
    private readonly Arena arena = new();
    private readonly NetworkSpec network = NetworkSpec.Feedforward([2, 2, 1], plasticLayers: 2);

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Interference_TwoLayersTwoSteps_Agrees()
    {
        Tensor<double>[][] weights = Weights<double>();
        Tensor<double>[] biases = [arena.Values(2, 0.0, 1), arena.Values(1, -1.0)];
        Tensor<double> examples = arena.Values(2, 1.0, 2, 3, -1);
        double Between(int from, int to) =>
            WeightUpdates.Interference<double>(network, weights[from], biases, weights[to], biases, examples);
        Assert.Equal((4 + 1) / 2.0, Between(0, 1));
        Assert.Equal((9 + 4) / 2.0, Between(1, 2));
        Assert.Equal((1 + 9) / 2.0, Between(0, 2));
        Assert.Equal(0, Between(1, 1));
    }

    [Fact]
    public void Interference_InSinglePrecision_Agrees()
    {
        Tensor<float>[][] weights = Weights<float>();
        Tensor<float>[] biases = [arena.Values(2, 0f, 1), arena.Values(1, -1f)];
        Assert.Equal(
            2.5, WeightUpdates.Interference<float>(network, weights[0], biases, weights[1], biases, arena.Values(2, 1f, 2, 3, -1)));
    }

    [Fact]
    public void Size_TwoLayersTwoSteps_Agrees()
    {
        Tensor<double>[][] weights = Weights<double>();
        Assert.Equal(new UpdateSize(1, 1 / Math.Sqrt(2)), WeightUpdates.Size(weights[0][0], weights[1][0]));
        Assert.Equal(new UpdateSize(0, 0), WeightUpdates.Size(weights[0][1], weights[1][1]));
        Assert.Equal(new UpdateSize(0, 0), WeightUpdates.Size(weights[1][0], weights[2][0]));
        UpdateSize second = WeightUpdates.Size(weights[1][1], weights[2][1]);
        Assert.Equal(1, second.Norm);
        Assert.Equal(1 / Math.Sqrt(5), second.Relative, 1e-15);
    }

    [Fact]
    public void Size_OfWeightsThatAreZero_HasNoRelativeValue()
    {
        UpdateSize size = WeightUpdates.Size(arena.Allocate<double>(1, 2), arena.Values(2, 3.0, 4));
        Assert.Equal(5, size.Norm);
        Assert.True(double.IsNaN(size.Relative));
        Assert.True(double.IsNaN(WeightUpdates.Size(arena.Values(1, 1.0), arena.Values(1, double.NaN)).Norm));
    }

    [Fact]
    public void Difference_Steps_PointWhereTheWeightsWent()
    {
        Tensor<double>[][] weights = Weights<double>();
        Tensor<double> first = WeightUpdates.Difference(weights[0][0], weights[1][0], arena);
        Assert.Equal([0, 1, 0, 0], first.ToArray());

        // With the gradient (1 1; 0 0) that update makes 45°; the readout's, which does not move, makes none.
        Assert.Equal(45, Alignment.AngleDegrees(first, arena.Values(2, 1.0, 1, 0, 0)), 1e-12);
        Assert.True(
            double.IsNaN(Alignment.AngleDegrees(WeightUpdates.Difference(weights[0][1], weights[1][1], arena), arena.Values(2, 1.0, 1))));
    }

    [Fact]
    public void MeanSquaredChange_SeveralOutputs_IsTheMeanOverAll()
    {
        Assert.Equal((1 + 4 + 9 + 0) / 4.0, WeightUpdates.MeanSquaredChange(arena.Values(2, 1f, 2, 3, 4), arena.Values(2, 2f, 4, 0, 4)));
        Assert.True(double.IsNaN(WeightUpdates.MeanSquaredChange(arena.Allocate<float>(0, 2), arena.Allocate<float>(0, 2))));
        Assert.Throws<ArgumentException>(() => WeightUpdates.MeanSquaredChange(arena.Values(2, 1f, 2), arena.Values(1, 1f, 2)));
    }

    private Tensor<T>[][] Weights<T>()
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> Of(int columns, params double[] values) => arena.Values(columns, [.. values.Select(T.CreateChecked)]);
        return [[Of(2, 1, 0, 0, -1), Of(2, 1, 2)], [Of(2, 1, 1, 0, -1), Of(2, 1, 2)], [Of(2, 1, 1, 0, -1), Of(2, 0, 2)]];
    }
}
