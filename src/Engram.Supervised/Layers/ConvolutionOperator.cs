using System.Globalization;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>A convolution: z = W ⋆ h + b, W [output channels, C k k].</summary>
/// <remarks>
/// The kernels take maps, [channels, positions × images] with images side by side. A batch with one example a column is such maps if its
/// padding counts as images, so nothing is copied: rows
/// are whole cache lines, which is also why pieces of rows never run over their ends. What the padding holds is set to 0 where sums run
/// over images.
/// </remarks>
internal sealed unsafe class ConvolutionOperator<TLanes, T> : LayerOperator<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly ConvolutionShape shape;
    private readonly WorkerTeam team;
    private readonly int most;
    private readonly Tensor<T> scratch, rows, sums, none;
    private readonly Action<int> forward, transport, layOut, weightGradient;
    private Tensor<T> weights, biases, below, above, gradient;
    private int images;

    public ConvolutionOperator(ConvolutionSpec spec, int capacity, WorkerTeam team)
        : base(spec)
    {
        (shape, this.team) = (spec.Shape, team);
        most = Tensor<T>.StrideFor(capacity);
        long columns = Math.Max((long)shape.Height * shape.Width, shape.Positions) * most;
        if (columns > int.MaxValue)
        {
            throw new EngramException(
                string.Create(CultureInfo.InvariantCulture,
                $"Found {shape.Height} × {shape.Width} pixels in batches of {capacity}: {columns:N0} side by side, expected at most " +
                $"{int.MaxValue:N0}; lower the batch size."));
        }

        int weightColumns = ConvolutionKernels<TLanes, T>.WeightColumns(shape);
        scratch = arena.Allocate<T>(
            team.Parts,
            Math.Max(ConvolutionKernels<TLanes, T>.ForwardScratch(shape), ConvolutionKernels<TLanes, T>.InputGradientScratch(shape)));
        rows = arena.Allocate<T>(ConvolutionKernels<TLanes, T>.WeightRows(shape, most), weightColumns);
        sums = arena.Allocate<T>(shape.OutputChannels, shape.Kernel * shape.Kernel * Tensor<T>.StrideFor(weightColumns));
        none = arena.Allocate<T>(1, shape.OutputChannels);
        forward = part => ConvolutionKernels<TLanes, T>.Forward(
            shape, images, part, team.Parts, below, weights, (biases.IsEmpty ? none : biases).Pointer, false, above,
                scratch.RowPointer(part));
        transport = part =>
            ConvolutionKernels<TLanes, T>.InputGradient(
            shape, images, part, team.Parts, above, weights, default, below, scratch.RowPointer(part));
        layOut = part =>
            ConvolutionKernels<TLanes, T>.LayOut(shape, images, part, team.Parts, below, rows.Pointer, scratch.RowPointer(part));
        weightGradient = part =>
            ConvolutionKernels<TLanes, T>.WeightGradient(
            shape, images, part, team.Parts, above, rows.Pointer, sums, gradient, biases.Pointer);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor<T> weights, Tensor<T> biases, Tensor<T> input, Tensor<T> output)
    {
        Shapes.Expect(weights, Spec.WeightRows, Spec.WeightColumns, nameof(weights));
        Bind(input, output);
        (this.weights, this.biases) = (weights, biases);
        team.Run(forward);
    }

    /// <inheritdoc/>
    public override void Transport(Tensor<T> weights, Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(weights, Spec.WeightRows, Spec.WeightColumns, nameof(weights));
        Bind(result, delta);
        this.weights = weights;
        team.Run(transport);
    }

    /// <inheritdoc/>
    public override void WeightGradient(Tensor<T> delta, Tensor<T> input, Tensor<T> result)
    {
        Shapes.Expect(result, Spec.WeightRows, Spec.WeightColumns, nameof(result));
        ClearPadding(delta);
        ClearPadding(input);
        Bind(input, delta);
        result.Clear();
        (gradient, biases) = (result, none);
        team.Run(layOut);
        team.Run(weightGradient);
        none.Clear();
    }

    /// <inheritdoc/>
    public override void BiasGradient(Tensor<T> delta, Tensor<T> result)
    {
        Shapes.Expect(delta, Spec.Outputs, delta.Columns, nameof(delta));
        Shapes.Expect(result, 1, Spec.WeightRows, nameof(result));
        ClearPadding(delta);
        for (int channel = 0; channel < shape.OutputChannels; channel++)
        {
            result.Pointer[channel] =
                RowKernels<TLanes, T>.SumInChains(delta.RowPointer(channel * shape.Positions), shape.Positions * delta.Stride);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => arena.Dispose();

    private static void ClearPadding(Tensor<T> units)
    {
        for (int r = 0; r < units.Rows; r++)
        {
            new Span<T>(units.RowPointer(r) + units.Columns, units.Stride - units.Columns).Clear();
        }
    }

    private void Bind(Tensor<T> input, Tensor<T> output)
    {
        Shapes.Expect(input, Spec.Inputs, output.Columns, nameof(input));
        Shapes.Expect(output, Spec.Outputs, input.Columns, nameof(output));
        if (input.Stride != output.Stride || input.Stride > most)
        {
            throw new ArgumentException(
                $"Found strides {input.Stride} and {output.Stride}, expected the same, of at most {most}.", nameof(input));
        }

        images = input.Stride;
        int pixels = shape.Height * shape.Width * images, positions = shape.Positions * images;
        (below, above) = (new Tensor<T>(input.Pointer, shape.Channels, pixels, pixels),
            new Tensor<T>(output.Pointer, shape.OutputChannels, positions, positions));
    }
}
