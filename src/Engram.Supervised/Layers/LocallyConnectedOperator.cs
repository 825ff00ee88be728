using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>A locally connected layer: z_p = W_p · patch_p + b_p, W [positions × output channels, C k k].</summary>
internal sealed unsafe class LocallyConnectedOperator<TLanes, T> : LayerOperator<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly ConvolutionShape shape;
    private readonly WorkerTeam team;
    private readonly Tensor<T> scratch;
    private readonly Action<int> forward, transport, weightGradient;
    private Tensor<T> weights, biases, from, to;

    public LocallyConnectedOperator(LocallyConnectedSpec spec, int capacity, WorkerTeam team)
        : base(spec)
    {
        (shape, this.team) = (spec.Shape, team);
        scratch = arena.Allocate<T>(team.Parts, LocallyConnectedKernels<TLanes, T>.Scratch(shape, capacity));
        forward = part =>
            LocallyConnectedKernels<TLanes, T>.Forward(
            shape, part, team.Parts, from, weights, biases.Pointer, to, scratch.RowPointer(part));
        transport = part =>
            LocallyConnectedKernels<TLanes, T>.InputGradient(shape, part, team.Parts, from, weights, to, scratch.RowPointer(part));
        weightGradient = part =>
            LocallyConnectedKernels<TLanes, T>.WeightGradient(shape, part, team.Parts, from, weights, to, scratch.RowPointer(part));
    }

    /// <inheritdoc/>
    public override void Forward(Tensor<T> weights, Tensor<T> biases, Tensor<T> input, Tensor<T> output)
    {
        Shapes.Expect(weights, Spec.WeightRows, Spec.WeightColumns, nameof(weights));
        Shapes.Expect(input, Spec.Inputs, output.Columns, nameof(input));
        Shapes.Expect(output, Spec.Outputs, input.Columns, nameof(output));
        (this.weights, this.biases, from, to) = (weights, biases, input, output);
        team.Run(forward);
    }

    /// <inheritdoc/>
    public override void Transport(Tensor<T> weights, Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(weights, Spec.WeightRows, Spec.WeightColumns, nameof(weights));
        Shapes.Expect(delta, Spec.Outputs, result.Columns, nameof(delta));
        Shapes.Expect(result, Spec.Inputs, delta.Columns, nameof(result));
        (this.weights, from, to) = (weights, delta, result);
        team.Run(transport);
    }

    /// <inheritdoc/>
    public override void WeightGradient(Tensor<T> delta, Tensor<T> input, Tensor<T> result)
    {
        Shapes.Expect(delta, Spec.Outputs, input.Columns, nameof(delta));
        Shapes.Expect(input, Spec.Inputs, delta.Columns, nameof(input));
        Shapes.Expect(result, Spec.WeightRows, Spec.WeightColumns, nameof(result));
        (from, weights, to) = (delta, input, result);
        team.Run(weightGradient);
    }

    /// <inheritdoc/>
    public override void BiasGradient(Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(delta, Spec.Outputs, delta.Columns, nameof(delta));
        Shapes.Expect(result, 1, Spec.WeightRows, nameof(result));
        for (int row = 0; row < result.Columns; row++)
        {
            (int position, int channel) = int.DivRem(row, shape.OutputChannels);
            result.Pointer[row] =
                RowKernels<TLanes, T>.SumInChains(delta.RowPointer((channel * shape.Positions) + position), delta.Columns);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => arena.Dispose();
}
