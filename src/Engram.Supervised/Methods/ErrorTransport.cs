using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Supervised.Methods;

/// <summary>The descent that backpropagation and its kin share: δ_L = e, δ_l = (M_{l+1}ᵀ δ_{l+1}) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ
/// δ_l, with any matrices M of W's shapes.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class ErrorTransport<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly Tensor<T>[] deltas;

    /// <summary>Makes buffers for the errors of a network.</summary>
    public ErrorTransport(SupervisedNetwork<T> network)
    {
        this.network = network;
        deltas = [.. network.Layers.Take(network.Layers.Length - 1).Select(l => arena.Allocate<T>(l.Spec.Outputs, network.Capacity))];
    }

    /// <summary>Fills the directions of all layers.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="through">M of each layer, of W's shape; that of the first is not read.</param>
    /// <param name="directions">What is filled.</param>
    public void Descend(ForwardPass<T> pass, ReadOnlySpan<Tensor<T>> through, LayerDirections<T> directions)
    {
        Tensor<T> delta = pass.Error;
        for (int l = network.Layers.Length - 1; l >= 0; l--)
        {
            directions.Fill(l, network.Layers[l], delta, pass.Activity(l));
            if (l > 0)
            {
                Tensor<T> below = pass.Current(deltas[l - 1]);
                network.Layers[l].Map.Transport(through[l], delta, below);
                network.Layers[l - 1].Derive(pass.Activity(l), below);
                delta = below;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
