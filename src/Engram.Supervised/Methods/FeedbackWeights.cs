using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Feedback weights of the shape of W for every layer but the first: Bᵀ of the literature, [out, in], drawn as W is.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class FeedbackWeights<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tensor<T>[] tensors;

    /// <summary>Draws feedback weights for a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="random">Where they come from: each layer's from the split of its name.</param>
    /// <param name="scale">What they are multiplied by.</param>
    public FeedbackWeights(SupervisedNetworkSpec network, RandomStream random, double scale = 1)
    {
        tensors = new Tensor<T>[network.Layers.Length];
        for (int l = 1; l < tensors.Length; l++)
        {
            LayerSpec layer = network.Layers[l];
            tensors[l] = arena.Allocate<T>(layer.WeightRows, layer.WeightColumns);
            WeightInitializers.Fill(tensors[l], layer, network.Initialization, random.Split(Name(l)), scale);
        }
    }

    /// <summary>Of every layer; an empty view for the first.</summary>
    public ReadOnlySpan<Tensor<T>> All => tensors;

    /// <summary>All of them under their names in checkpoints.</summary>
    public ImmutableArray<MethodTensor<T>> Memory =>
        [.. Enumerable.Range(1, tensors.Length - 1).Select(l => new MethodTensor<T>(Name(l), tensors[l]))];

    /// <summary>Of one layer; an empty view for the first.</summary>
    public Tensor<T> this[int layer] => tensors[layer];

    /// <summary>Name in checkpoints.</summary>
    public static string Name(int layer) => $"layer{layer}.feedback";

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
