using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>A fully connected layer: z = W h + b, W [out, in].</summary>
internal sealed unsafe class DenseOperator<TLanes, T> : LayerOperator<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SharedRows rows;
    private readonly Tensor<T> turned;
    private readonly Action<int, int> forward, transport, turn, weightGradient, biasGradient;
    private Tensor<T> weights, biases, from, to, examples;

    public DenseOperator(LinearSpec spec, int capacity, WorkerTeam team)
        : base(spec)
    {
        rows = new SharedRows(team);
        turned = arena.Allocate<T>(capacity, spec.Inputs);
        (forward, transport, turn, weightGradient, biasGradient) = (Forward, Transport, Turn, WeightGradient, BiasGradient);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor<T> weights, Tensor<T> biases, Tensor<T> input, Tensor<T> output)
    {
        Shapes.Expect(weights, Spec.Outputs, Spec.Inputs, nameof(weights));
        Shapes.Expect(input, Spec.Inputs, output.Columns, nameof(input));
        Shapes.Expect(output, Spec.Outputs, input.Columns, nameof(output));
        (this.weights, this.biases, from, to) = (weights, biases, input, output);
        rows.Run(Spec.Outputs, Work(input.Columns), forward);
    }

    /// <inheritdoc/>
    public override void Transport(Tensor<T> weights, Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(weights, Spec.Outputs, Spec.Inputs, nameof(weights));
        Shapes.Expect(delta, Spec.Outputs, result.Columns, nameof(delta));
        Shapes.Expect(result, Spec.Inputs, delta.Columns, nameof(result));
        (this.weights, from, to) = (weights, delta, result);
        rows.Run(Spec.Inputs, Work(delta.Columns), transport);
    }

    /// <inheritdoc/>
    public override void WeightGradient(Tensor<T> delta, Tensor<T> input, Tensor<T> result)
    {
        Shapes.Expect(delta, Spec.Outputs, input.Columns, nameof(delta));
        Shapes.Expect(input, Spec.Inputs, delta.Columns, nameof(input));
        Shapes.Expect(result, Spec.Outputs, Spec.Inputs, nameof(result));
        (from, to, examples) = (delta, result, turned.Slice(0, input.Columns));
        weights = input;
        rows.Run(input.Rows, (long)input.Rows * input.Columns, turn);
        rows.Run(Spec.Outputs, Work(input.Columns), weightGradient);
    }

    /// <inheritdoc/>
    public override void BiasGradient(Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(delta, Spec.Outputs, delta.Columns, nameof(delta));
        Shapes.Expect(result, 1, Spec.Outputs, nameof(result));
        (from, to) = (delta, result);
        rows.Run(Spec.Outputs, delta.Count, biasGradient);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => arena.Dispose();

    private long Work(int columns) => (long)Spec.Outputs * Spec.Inputs * columns;

    private void Forward(int first, int end)
    {
        var sum = new Summands(Spec.Inputs);
        if (biases.IsEmpty)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
                first, end, to.Columns, sum, weights.Pointer, weights.Stride, from.Pointer, from.Stride, new(to.Pointer, to.Stride));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
                first, end, to.Columns, sum, weights.Pointer, weights.Stride, from.Pointer, from.Stride,
                    new(to.Pointer, to.Stride, biases.Pointer));
        }
    }

    private void Transport(int first, int end) => PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
        first, end, to.Columns, new Summands(Spec.Outputs), weights.Pointer, weights.Stride, from.Pointer, from.Stride,
            new(to.Pointer, to.Stride));

    // One example a row: what the products of a gradient read along memory.
    private void Turn(int first, int end) =>
        Transposition.Copy(
            weights.RowPointer(first), weights.Stride, end - first, weights.Columns, examples.Pointer + first, examples.Stride);

    private void WeightGradient(int first, int end) => PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
        first, end, Spec.Inputs, new Summands(from.Columns), from.Pointer, from.Stride, examples.Pointer, examples.Stride,
            new(to.Pointer, to.Stride));

    private void BiasGradient(int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            to.Pointer[row] = RowKernels<TLanes, T>.SumInChains(from.RowPointer(row), from.Columns);
        }
    }
}
