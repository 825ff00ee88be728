using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Supervised.Layers;

namespace Engram.Supervised;

/// <summary>For each layer of a network what an optimizer takes for ∂L/∂W and ∂L/∂b, whether or not it is one.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class LayerDirections<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tensor<T>[] weights, biases;

    /// <summary>Makes zeros.</summary>
    public LayerDirections(SupervisedNetworkSpec network)
    {
        weights = [.. network.Layers.Select(l => arena.Allocate<T>(l.WeightRows, l.WeightColumns))];
        biases = [.. network.Layers.Select(l => arena.Allocate<T>(1, l.WeightRows))];
    }

    /// <summary>The direction of a layer's W, of its shape.</summary>
    public Tensor<T> Weights(int layer) => weights[layer];

    /// <summary>The direction of a layer's b, [1, <see cref="LayerSpec.WeightRows"/>].</summary>
    public Tensor<T> Biases(int layer) => biases[layer];

    /// <summary>Fills a layer's directions with δ hᵀ and Σ δ.</summary>
    /// <param name="index">Index of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="delta">δ, [out, n].</param>
    /// <param name="input">h of the layer below, [in, n].</param>
    public void Fill(int index, SupervisedLayer<T> layer, Tensor<T> delta, Tensor<T> input)
    {
        layer.Map.WeightGradient(delta, input, weights[index]);
        layer.Map.BiasGradient(delta, biases[index]);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
