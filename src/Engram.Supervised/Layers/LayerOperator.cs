using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>The linear map of one layer, on batches, with any weights of its shape: all that methods of credit assignment need of a kind of
/// layer.</summary>
/// <remarks>
/// Batches stand with one example a column, [units, n]: weights are read as they lie in every direction, and rows of units are shared out
/// to the team's threads.
/// Weights are matrices of <see cref="LayerSpec.WeightRows"/> × <see cref="LayerSpec.WeightColumns"/>. What each thread computes depends on
/// no other, so results have the
/// same bits for every number of threads. n may be anything up to the operator's capacity. Buffers are the operator's own: it is not for
/// use by several threads at once.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public abstract class LayerOperator<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Notes the layer.</summary>
    private protected LayerOperator(LayerSpec spec) => Spec = spec;

    /// <summary>The layer.</summary>
    public LayerSpec Spec { get; }

    /// <summary>Makes the operator of a layer.</summary>
    /// <param name="spec">The layer.</param>
    /// <param name="capacity">Most examples of a batch.</param>
    /// <param name="team">The threads that share the work; not disposed of.</param>
    /// <param name="width">Vector width; null for <see cref="VectorWidths.Current"/>.</param>
    /// <exception cref="EngramException">There is no operator for such layers.</exception>
    public static LayerOperator<T> For(LayerSpec spec, int capacity, WorkerTeam team, VectorWidth? width = null) =>
        (width ?? VectorWidths.Current) switch
        {
            VectorWidth.Bits512 => Make<Lanes512<T>>(spec, capacity, team),
            VectorWidth.Bits256 => Make<Lanes256<T>>(spec, capacity, team),
            VectorWidth.Bits128 => Make<Lanes128<T>>(spec, capacity, team),
            _ => Make<Lanes1<T>>(spec, capacity, team),
        };

    /// <summary>z = W h + b.</summary>
    /// <param name="weights">W.</param>
    /// <param name="biases">b, [1, WeightRows]; an empty view for none.</param>
    /// <param name="input">h, [in, n].</param>
    /// <param name="output">z, [out, n].</param>
    public abstract void Forward(Tensor<T> weights, Tensor<T> biases, Tensor<T> input, Tensor<T> output);

    /// <summary>Wᵀ δ: an error on its way back, through W or through feedback weights of its shape (whose transpose is then the B of the
    /// literature).</summary>
    /// <param name="weights">W.</param>
    /// <param name="delta">δ, [out, n].</param>
    /// <param name="result">Wᵀ δ, [in, n].</param>
    public abstract void Transport(Tensor<T> weights, Tensor<T> delta, Tensor<T> result);

    /// <summary>δ hᵀ, summed over the batch (and over the positions that share a weight): the gradient of Σ δ ∘ z with respect to
    /// W.</summary>
    /// <param name="delta">δ, [out, n].</param>
    /// <param name="input">h, [in, n].</param>
    /// <param name="result">What is overwritten, of W's shape.</param>
    public abstract void WeightGradient(Tensor<T> delta, Tensor<T> input, Tensor<T> result);

    /// <summary>Σ δ over the batch (and over the positions that share a bias): the gradient of Σ δ ∘ z with respect to b.</summary>
    /// <param name="delta">δ, [out, n].</param>
    /// <param name="result">What is overwritten, [1, WeightRows].</param>
    public abstract void BiasGradient(Tensor<T> delta, Tensor<T> result);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees buffers.</summary>
    protected abstract void Dispose(bool disposing);

    private static LayerOperator<T> Make<TLanes>(LayerSpec spec, int capacity, WorkerTeam team)
        where TLanes : unmanaged, ILanes<TLanes, T> => spec switch
        {
            LinearSpec linear => new DenseOperator<TLanes, T>(linear, capacity, team),
            ConvolutionSpec convolution => new ConvolutionOperator<TLanes, T>(convolution, capacity, team),
            LocallyConnectedSpec local => new LocallyConnectedOperator<TLanes, T>(local, capacity, team),
            _ =>
                throw new EngramException(
                $"Found a layer of kind {spec.GetType().Name}, expected {nameof(LinearSpec)}, {nameof(ConvolutionSpec)} or " +
                $"{nameof(LocallyConnectedSpec)}."),
        };
}
