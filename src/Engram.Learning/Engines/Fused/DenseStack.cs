using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>
/// Fully connected layers whose weights stand still, over many blocks at once: the frozen layers of a segment, and all layers at the query.
/// </summary>
/// <remarks>Every part of the team calls the same methods with its own number.</remarks>
internal sealed unsafe class DenseStack<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayerSpec[] specs;
    private readonly DenseLayer<T>[] layers;
    private readonly WorkerTeam team;
    private readonly Tensor<T>[] natural;
    private readonly Blocks<T>[] gradients;
    private readonly int width;

    /// <summary>Makes a stack with room for gradients of that many blocks.</summary>
    public DenseStack(IEnumerable<LayerSpec> layers, WorkerTeam team, Arena arena, int blocks, int columns, int width)
    {
        specs = [.. layers];
        this.layers = new DenseLayer<T>[specs.Length];
        this.team = team;
        this.width = width;
        int widest = specs.Length == 0 ? 0 : specs.Max(l => Math.Max(l.Inputs, l.Outputs));
        natural = [arena.Allocate<T>(blocks * columns, widest), arena.Allocate<T>(blocks * columns, widest)];
        gradients = [Blocks<T>.Allocate(arena, blocks, widest, width), Blocks<T>.Allocate(arena, blocks, widest, width)];
    }

    /// <summary>Sets where a layer's weights lie, and where its gradients go (nowhere, for a stack that only runs forward).</summary>
    public void Bind(int layer, Tensor<T> weights, Tensor<T> bias, Tensor<T> weightGradient, Tensor<T> biasGradient) =>
        layers[layer] = new DenseLayer<T>(
            specs[layer].Inputs, specs[layer].Outputs, specs[layer].Activation, weights, bias, weightGradient, biasGradient);

    /// <summary>x_i = σ(W_i x_{i−1} + b_i) for this part's share of the blocks.</summary>
    public void Forward(int part, Blocks<T>[] activity, int blocks)
    {
        (int first, int end) = WorkerTeam.Share(blocks, part, team.Parts, 1);
        for (int i = 0; i < layers.Length; i++)
        {
            DenseLayer<T> layer = layers[i];
            for (int block = first; block < end; block++)
            {
                LayerKernels<TLanes, T>.Forward(
                    0, layer.Outputs, layer.Inputs, layer.Weights, layer.Bias, layer.Activation, activity[i][block],
                    activity[i + 1][block], width);
            }
        }
    }

    /// <summary>
    /// Adds to the gradients of W and b and carries ∂L/∂z of the last layer down to the layer below the first.
    /// </summary>
    /// <param name="part">The caller's part.</param>
    /// <param name="activity">x_0 … x_L.</param>
    /// <param name="top">∂L/∂z of the last layer; padding columns of a partly filled last block are zero. Complete when all parts
    /// call.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="columns">Real columns of a block.</param>
    /// <param name="below">Where ∂L/∂x_0 goes, or no blocks where nobody needs it.</param>
    /// <param name="gateBelow">Whether ∂L/∂x_0 is gated by x_0 &gt; 0, which makes it ∂L/∂z of a ReLU layer below.</param>
    public void Backward(int part, Blocks<T>[] activity, Blocks<T> top, int blocks, int columns, Blocks<T>? below, bool gateBelow)
    {
        (int first, int end) = WorkerTeam.Share(blocks, part, team.Parts, 1);
        Blocks<T> above = top;
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            DenseLayer<T> layer = layers[i];
            T* rows = natural[i & 1].Pointer;
            int stride = Tensor<T>.StrideFor(layer.Inputs);
            for (int block = first; block < end; block++)
            {
                Transposition.Copy(activity[i][block], width, layer.Inputs, columns, rows + ((nint)block * columns * stride), stride);
                for (int c = 0; c < columns; c++)
                {
                    new Span<T>(rows + ((((nint)block * columns) + c) * stride) + layer.Inputs, stride - layer.Inputs).Clear();
                }
            }

            team.Barrier();
            (int firstRow, int endRow) = WorkerTeam.Share(layer.Outputs, part, team.Parts);
            var sum = new Summands(columns, blocks, above.Step, (nint)columns * stride);
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                firstRow, endRow, layer.Inputs, sum, above[0], width, rows, stride,
                    new(layer.WeightGradient.Pointer, layer.WeightGradient.Stride));
            for (int row = firstRow; row < endRow; row++)
            {
                T total = layer.BiasGradient.Pointer[row];
                for (int block = 0; block < blocks; block++)
                {
                    total += RowKernels<TLanes, T>.Sum(above[block] + (row * width), columns);
                }

                layer.BiasGradient.Pointer[row] = total;
            }

            Blocks<T>? next = i > 0 ? new Blocks<T>(gradients[i & 1][0], layer.Inputs, width) : below;
            if (next is not { } lower)
            {
                break;
            }

            bool gate = i > 0 ? layers[i - 1].Activation == Activation.Relu : gateBelow;
            for (int block = first; block < end; block++)
            {
                LayerKernels<TLanes, T>.InputGradient(
                    0, layer.Inputs, layer.Outputs, layer.Weights, above[block], gate ? activity[i][block] : null, lower[block], width);
            }

            above = lower;
        }

        team.Barrier();
    }
}

/// <summary>One layer, one block, some rows.</summary>
internal static unsafe class LayerKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y = σ(W x + b), rows [first, end).</summary>
    public static void Forward(
        int first, int end, int inputs, Tensor<T> weights, Tensor<T> bias, Activation activation, T* x, T* y, int width)
    {
        if (activation == Activation.Relu)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBiasRectify<TLanes, T>>(
                first, end, width, new Summands(inputs), weights.Pointer, weights.Stride, x, width, new(y, width, bias.Pointer));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
                first, end, width, new Summands(inputs), weights.Pointer, weights.Stride, x, width, new(y, width, bias.Pointer));
        }
    }

    /// <summary>∂x = Wᵀ ∂z, rows [first, end) of it, gated by x &gt; 0 where a gate is given.</summary>
    public static void InputGradient(int first, int end, int outputs, Tensor<T> weights, T* above, T* gate, T* below, int width)
    {
        if (gate != null)
        {
            PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Gate<TLanes, T>>(
                first, end, width, new Summands(outputs), weights.Pointer, weights.Stride, above, width, new(below, width, gate));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
                first, end, width, new Summands(outputs), weights.Pointer, weights.Stride, above, width, new(below, width));
        }
    }
}
