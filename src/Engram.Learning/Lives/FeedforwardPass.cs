using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Learning.Lives;

/// <summary>What a network computes with given weights, apart from any learning: for looking at it from outside a lifetime.</summary>
/// <remarks>
/// x₀ the inputs, x_i = σ(x_{i−1} W_iᵀ + b_i), or σ(W_i ⋆ x_{i−1} + b_i) for a convolution. Activities are taken from the caller's arena,
/// and live as long as it keeps them. Engines have kernels of
/// their own; these results agree with theirs up to rounding.
/// </remarks>
public static class FeedforwardPass
{
    /// <summary>Activities of some consecutive layers.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="layers">The layers, first to be computed first.</param>
    /// <param name="weights">W of each, [out, in]; [output channels, C k k] of a convolution.</param>
    /// <param name="biases">b of each, [1, out].</param>
    /// <param name="inputs">[n, in of the first layer].</param>
    /// <param name="arena">Where the activities go.</param>
    /// <returns>x of every layer, [n, out] each; the last is the output.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor<T>[] Run<T>(
        ReadOnlySpan<LayerSpec> layers, ReadOnlySpan<Tensor<T>> weights, ReadOnlySpan<Tensor<T>> biases, Tensor<T> inputs, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (weights.Length != layers.Length || biases.Length != layers.Length)
        {
            throw new ArgumentException(
                $"Found {weights.Length} weights and {biases.Length} biases for {layers.Length} layers, expected one of each for each " +
                $"layer.", nameof(weights));
        }

        var activities = new Tensor<T>[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            Expect("weights", weights[i], layers[i].WeightRows, layers[i].WeightColumns, i);
            Expect("biases", biases[i], 1, layers[i].WeightRows, i);
            activities[i] = arena.Allocate<T>(inputs.Rows, layers[i].Outputs);
            Tensor<T> input = i == 0 ? inputs : activities[i - 1];
            if (layers[i] is ConvolutionSpec convolution)
            {
                Convolution.Forward(convolution.Shape, input, weights[i], biases[i], activities[i]);
                Finish(activities[i], default, layers[i].Activation);
            }
            else
            {
                MatrixProduct.Multiply(input, false, weights[i], true, activities[i]);
                Finish(activities[i], biases[i].Row(0), layers[i].Activation);
            }
        }

        return activities;
    }

    /// <summary>Activities of all layers of a network at the beginning of life.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">Whose initial weights and biases.</param>
    /// <param name="inputs">[n, inputs].</param>
    /// <param name="arena">Where the activities go.</param>
    public static Tensor<T>[] Run<T>(MetaParameters<T> parameters, Tensor<T> inputs, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(parameters, 0, parameters.Layout.Network.Layers.Length, inputs, arena);

    /// <summary>Activities of the frozen layers: what the plastic layers learn from. Where no layer is frozen there are none, and the
    /// inputs themselves enter the plastic layers.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">Whose weights and biases.</param>
    /// <param name="inputs">[n, inputs].</param>
    /// <param name="arena">Where the activities go.</param>
    public static Tensor<T>[] RunFrozen<T>(MetaParameters<T> parameters, Tensor<T> inputs, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Run(parameters, 0, parameters.Layout.Network.FrozenLayers, inputs, arena);

    /// <summary>Activities of the plastic layers with the weights of some moment of life, as an <see cref="ILifetimeObserver{T}"/> sees
    /// them.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">The network.</param>
    /// <param name="weights">W of every plastic layer.</param>
    /// <param name="biases">b of every plastic layer, [1, out] each.</param>
    /// <param name="features">Activity of the last frozen layer, or the inputs where no layer is frozen.</param>
    /// <param name="arena">Where the activities go.</param>
    public static Tensor<T>[] RunPlastic<T>(
        NetworkSpec network, ReadOnlySpan<Tensor<T>> weights, ReadOnlySpan<Tensor<T>> biases, Tensor<T> features, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            Run(network.Layers.AsSpan()[network.FrozenLayers..], weights, biases, features, arena);

    private static Tensor<T>[] Run<T>(MetaParameters<T> parameters, int first, int count, Tensor<T> inputs, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var weights = new Tensor<T>[count];
        var biases = new Tensor<T>[count];
        for (int i = 0; i < count; i++)
        {
            (weights[i], biases[i]) = (parameters[$"layer{first + i}.weight"], parameters[$"layer{first + i}.bias"]);
        }

        ReadOnlySpan<LayerSpec> layers = parameters.Layout.Network.Layers.AsSpan().Slice(first, count);
        int frozen = parameters.Layout.Network.FrozenLayers - first;
        if (parameters.Layout.Learner.FeatureLength is null || frozen < 0 || frozen > count)
        {
            return Run(layers, weights, biases, inputs, arena);
        }

        Tensor<T>[] below = Run(layers[..frozen], weights.AsSpan()[..frozen], biases.AsSpan()[..frozen], inputs, arena);
        Tensor<T> features = Scaled(parameters, below is [.., var last] ? last : inputs, arena);
        Tensor<T>[] above = Run(layers[frozen..], weights.AsSpan()[frozen..], biases.AsSpan()[frozen..], features, arena);
        return [.. below.Length == 0 ? below : [.. below[..^1], features], .. above];
    }

    /// <summary>Features as the plastic layers see them: of the length that the learner scales them to, or as they are.</summary>
    /// <param name="parameters">Whose learner.</param>
    /// <param name="features">Activity of the last frozen layer, or the inputs where no layer is frozen, [n, units].</param>
    /// <param name="arena">Where scaled features go.</param>
    internal static Tensor<T> Scaled<T>(MetaParameters<T> parameters, Tensor<T> features, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (parameters.Layout.Learner.FeatureLength is not { } length)
        {
            return features;
        }

        Tensor<T> scaled = arena.Allocate<T>(features.Rows, features.Columns);
        for (int r = 0; r < features.Rows; r++)
        {
            T squares = T.CreateChecked(1e-12);
            foreach (T value in features.Row(r))
            {
                squares += value * value;
            }

            T factor = T.CreateChecked(length) / T.Sqrt(squares);
            Span<T> row = scaled.Row(r);
            for (int j = 0; j < row.Length; j++)
            {
                row[j] = factor * features[r, j];
            }
        }

        return scaled;
    }

    private static void Finish<T>(Tensor<T> activity, ReadOnlySpan<T> bias, Activation activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < activity.Rows; r++)
        {
            Span<T> row = activity.Row(r);
            for (int j = 0; j < row.Length; j++)
            {
                T z = bias.IsEmpty ? row[j] : row[j] + bias[j];
                row[j] = activation switch
                {
                    // A NaN stays a NaN.
                    Activation.Relu => z <= T.Zero ? T.Zero : z,
                    Activation.Identity => z,
                    Activation.Tanh => T.Tanh(z),
                    _ => throw new InvalidOperationException($"Found no way to compute the activation {activation}."),
                };
            }
        }
    }

    private static void Expect<T>(string what, Tensor<T> found, int rows, int columns, int layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (found.Rows != rows || found.Columns != columns)
        {
            throw new ArgumentException(
                $"Found {what} of {found.Rows}×{found.Columns} for layer {layer}, expected {rows}×{columns}.", what);
        }
    }
}
