using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Numerics.Convolutions;

/// <summary>A locally connected layer over a batch: at every position one small matrix product, on the tiles of matrix products.</summary>
/// <remarks>
/// <para>Layouts as <see cref="LocallyConnectedReference"/> says: one example a column, so that these layers and fully connected ones read
/// each other's activity, and weights are read where they lie.
/// What a position sees of the image is copied to a panel that stays in the nearest caches, some columns at a time, which costs one copy
/// for as many multiply-adds as there are output channels.</para>
/// <para>Every element is a sum in an order that does not depend on the number of parts, nor on the width of a register. Plain form:
/// <see cref="LocallyConnectedReference"/>.</para>
/// </remarks>
internal static unsafe class LocallyConnectedKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Examples of a panel: one tile of the widest registers.</summary>
    private const int PanelColumns = 48;

    /// <summary>Channels whose input gradient is computed before it is spread over the image, so that it is still in the nearest
    /// cache.</summary>
    private const int ScatterChannels = 8;

    /// <summary>Taps of a run of the weight gradient: whole tiles of every width, few enough for the second-level cache with their
    /// examples.</summary>
    private const int TapRun = 240;

    /// <summary>Elements of scratch that any of the kernels needs, for each part.</summary>
    public static int Scratch(in ConvolutionShape shape, int examples)
    {
        int forward = shape.PatchSize * PanelColumns;
        int input = (shape.OutputChannels + (Math.Min(ScatterChannels, shape.Channels) * shape.Kernel * shape.Kernel)) * PanelColumns;
        int run = Math.Min(TapRun, shape.PatchSize);
        int weight = (run * Tensor<T>.StrideFor(examples)) + (examples * Tensor<T>.StrideFor(run));
        return Math.Max(Math.Max(forward, input), weight);
    }

    /// <summary>z = W_p · patch_p + b_p for a share of the positions.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="x">Activity below, [C H W, n].</param>
    /// <param name="weights">W, [P O, C k k].</param>
    /// <param name="bias">b, P O; null for none.</param>
    /// <param name="z">[O P, n].</param>
    /// <param name="scratch">The part's own.</param>
    public static void Forward(
        in ConvolutionShape shape, int part, int parts, Tensor<T> x, Tensor<T> weights, T* bias, Tensor<T> z, T* scratch)
    {
        int units = shape.OutputChannels;
        nint stride = (nint)shape.Positions * z.Stride;
        var sum = new Summands(shape.PatchSize);
        (int first, int end) = WorkerTeam.Share(shape.Positions, part, parts, 1);
        for (int position = first; position < end; position++)
        {
            T* w = weights.RowPointer(position * units);
            for (int column = 0; column < x.Columns; column += PanelColumns)
            {
                int count = Math.Min(PanelColumns, x.Columns - column);
                Gather(shape, position, 0, shape.PatchSize, x, column, count, scratch, PanelColumns);
                T* target = z.RowPointer(position) + column;
                if (bias == null)
                {
                    PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
                        0, units, count, sum, w, weights.Stride, scratch, PanelColumns, new(target, stride));
                }
                else
                {
                    PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
                        0, units, count, sum, w, weights.Stride, scratch, PanelColumns,
                            new(target, stride, bias + ((nint)position * units)));
                }
            }
        }
    }

    /// <summary>∂x = Σ_p W_pᵀ ∂z_p for a share of the input's channels.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, [O P, n].</param>
    /// <param name="weights">W, or what stands for it on the way back.</param>
    /// <param name="below">∂L/∂x, [C H W, n]; overwritten.</param>
    /// <param name="scratch">The part's own.</param>
    public static void InputGradient(
        in ConvolutionShape shape, int part, int parts, Tensor<T> above, Tensor<T> weights, Tensor<T> below, T* scratch)
    {
        (int units, int taps, int pixels) = (shape.OutputChannels, shape.Kernel * shape.Kernel, shape.Height * shape.Width);
        (int first, int end) = WorkerTeam.Share(shape.Channels, part, parts, 1);
        if (end == first)
        {
            return;
        }

        below.Slice(first * pixels, (end - first) * pixels).Clear();
        T* product = scratch + ((nint)units * PanelColumns);
        for (int position = 0; position < shape.Positions; position++)
        {
            T* w = weights.RowPointer(position * units);
            for (int column = 0; column < above.Columns; column += PanelColumns)
            {
                int count = Math.Min(PanelColumns, above.Columns - column);
                for (int o = 0; o < units; o++)
                {
                    Copy(above.RowPointer((o * shape.Positions) + position) + column, scratch + ((nint)o * PanelColumns), count);
                }

                for (int channel = first; channel < end; channel += ScatterChannels)
                {
                    int channels = Math.Min(ScatterChannels, end - channel);
                    PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
                        0, channels * taps, count, new Summands(units), w + (channel * taps), weights.Stride, scratch, PanelColumns,
                            new(product, PanelColumns));
                    Scatter(shape, position, channel, channel + channels, product, below, column, count);
                }
            }
        }
    }

    /// <summary>∂W for a share of the positions.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, [O P, n].</param>
    /// <param name="x">Activity below, [C H W, n].</param>
    /// <param name="weightGradient">∂L/∂W, [P O, C k k]; overwritten.</param>
    /// <param name="scratch">The part's own.</param>
    public static void WeightGradient(
        in ConvolutionShape shape, int part, int parts, Tensor<T> above, Tensor<T> x, Tensor<T> weightGradient, T* scratch)
    {
        int units = shape.OutputChannels;
        int run = Math.Min(TapRun, shape.PatchSize);
        (int columns, int stride) = (Tensor<T>.StrideFor(x.Columns), Tensor<T>.StrideFor(run));
        T* rows = scratch + ((nint)run * columns);
        (int first, int end) = WorkerTeam.Share(shape.Positions, part, parts, 1);
        for (int position = first; position < end; position++)
        {
            for (int tap = 0; tap < shape.PatchSize; tap += run)
            {
                int count = Math.Min(run, shape.PatchSize - tap);
                Gather(shape, position, tap, tap + count, x, 0, x.Columns, scratch, columns);
                Transposition.Copy(scratch, columns, count, x.Columns, rows, stride);
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
                    0, units, count, new Summands(x.Columns), above.RowPointer(position), (nint)shape.Positions * above.Stride, rows,
                        stride,
                    new(weightGradient.RowPointer(position * units) + tap, weightGradient.Stride));
            }
        }
    }

    /// <summary>panel[tap − first, column] = the pixel under each tap, 0 outside the image.</summary>
    private static void Gather(
        in ConvolutionShape shape, int position, int first, int end, Tensor<T> x, int column, int count, T* panel, int stride)
    {
        for (int tap = first; tap < end; tap++)
        {
            int row = PixelUnder(shape, position, tap);
            if (row >= 0)
            {
                Copy(x.RowPointer(row) + column, panel, count);
            }
            else
            {
                new Span<T>(panel, stride).Clear();
            }

            panel += stride;
        }
    }

    /// <summary>Adds the rows of some channels' product to the pixels under their taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(
        in ConvolutionShape shape, int position, int firstChannel, int endChannel, T* product, Tensor<T> below, int column, int count)
    {
        int taps = shape.Kernel * shape.Kernel;
        for (int tap = firstChannel * taps; tap < endChannel * taps; tap++)
        {
            int row = PixelUnder(shape, position, tap);
            if (row >= 0)
            {
                T* to = below.RowPointer(row) + column;
                for (int i = 0; i < count; i += TLanes.Count)
                {
                    TLanes.Store(TLanes.Load(to + i) + TLanes.Load(product + i), to + i);
                }
            }

            product += PanelColumns;
        }
    }

    /// <summary>The number of the image under a tap at a position; −1 outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PixelUnder(in ConvolutionShape shape, int position, int tap)
    {
        (int y, int x) = int.DivRem(position, shape.OutputWidth);
        (int channel, int inside) = int.DivRem(tap, shape.Kernel * shape.Kernel);
        (int u, int v) = int.DivRem(inside, shape.Kernel);
        (y, x) = ((y * shape.Stride) + u - shape.Padding, (x * shape.Stride) + v - shape.Padding);
        return (uint)y < (uint)shape.Height && (uint)x < (uint)shape.Width ? (((channel * shape.Height) + y) * shape.Width) + x : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(T* source, T* destination, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.Load(source + i), destination + i);
        }
    }
}
