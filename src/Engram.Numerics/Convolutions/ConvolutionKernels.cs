using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Numerics.Convolutions;

/// <summary>
/// Convolution and its gradients over many images at once, on the tiles of matrix products.
/// </summary>
/// <remarks>
/// <para><b>Maps</b> are [channels, positions × n] with images side by side: column (y W + x) n + i is pixel (y, x) of image i. A row is
/// followed by at least one register of slack
/// (<see cref="AllocateMaps"/>), because pieces of rows are moved a register at a time.</para>
/// <para>Forward, the patches under a panel of columns are gathered, C k k rows that stay in the second-level cache, and multiplied by W:
/// an im2col that never leaves the cache.
/// Backward to the input, Wᵀ ∂z of a panel is scattered to the pixels it came from. Backward to the weights, ∂z multiplies the input laid
/// out with its channels
/// side by side, one tap of the kernel at a time; nothing is gathered.</para>
/// <para>Every element is a sum in an order that does not depend on the number of threads, nor on the width of a register. Plain form:
/// <see cref="ConvolutionReference"/>.</para>
/// </remarks>
internal static unsafe class ConvolutionKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a summand run of the weight gradient: as many pixels with all their channels as the second-level cache holds
    /// twice.</summary>
    private const int WeightRun = 512;

    /// <summary>Channels whose input gradient is computed before it is scattered, so that it is still in the nearest cache.</summary>
    private const int ScatterChannels = 8;

    /// <summary>Columns of a panel: one tile of the widest registers, and the same at every width, because panels order the sums of the
    /// input gradient.</summary>
    private const int PanelColumns = 48;

    /// <summary>Whether so few numbers make a patch that the weight gradient multiplies whole patches rather than one tap at a
    /// time.</summary>
    public static bool FewTaps(in ConvolutionShape shape) => shape.PatchSize <= 64;

    /// <summary>Maps of that many channels and columns, with the slack that the kernels need.</summary>
    public static Tensor<T> AllocateMaps(Arena arena, int channels, int columns)
    {
        Tensor<T> whole = arena.Allocate<T>(channels, columns + Tensor<T>.StrideFor(1));
        return new Tensor<T>(whole.Pointer, channels, columns, whole.Stride);
    }

    /// <summary>Elements of scratch that <see cref="Forward"/> needs.</summary>
    public static int ForwardScratch(in ConvolutionShape shape) => (shape.PatchSize + 1) * PanelColumns;

    /// <summary>Elements of scratch that <see cref="InputGradient"/> needs.</summary>
    public static int InputGradientScratch(in ConvolutionShape shape) =>
        (shape.OutputChannels + (Math.Min(ScatterChannels, shape.Channels) * shape.Kernel * shape.Kernel) + 1) * PanelColumns;

    /// <summary>z = σ(W ⋆ x + b) for a share of the columns.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="x">Maps of the input.</param>
    /// <param name="weights">W, [output channels, C k k].</param>
    /// <param name="bias">b.</param>
    /// <param name="rectify">Whether σ is ReLU; the identity otherwise.</param>
    /// <param name="z">Maps of the output.</param>
    /// <param name="scratch">The caller's own.</param>
    public static void Forward(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> x, Tensor<T> weights, T* bias, bool rectify, Tensor<T> z,
        T* scratch)
    {
        int columns = shape.Positions * images;
        int width = PanelColumns;
        (int first, int end) = WorkerTeam.Share((columns + width - 1) / width, part, parts, 1);
        var sum = new Summands(shape.PatchSize);
        for (int panel = first; panel < end; panel++)
        {
            int column = panel * width;
            int count = Math.Min(width, columns - column);
            Gather(shape, images, x, column, count, scratch, width);
            if (rectify)
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBiasRectify<TLanes, T>>(
                    0, shape.OutputChannels, count, sum, weights.Pointer, weights.Stride, scratch, width,
                        new(z.Pointer + column, z.Stride, bias));
            }
            else
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
                    0, shape.OutputChannels, count, sum, weights.Pointer, weights.Stride, scratch, width,
                        new(z.Pointer + column, z.Stride, bias));
            }
        }
    }

    /// <summary>∂x = Wᵀ ∂z, scattered, for a share of the input's channels; gated by x &gt; 0 where the layer below is rectified.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, maps.</param>
    /// <param name="weights">W, [output channels, C k k].</param>
    /// <param name="gate">x, or a default view where nothing is gated.</param>
    /// <param name="below">∂L/∂x, maps; overwritten.</param>
    /// <param name="scratch">The caller's own.</param>
    public static void InputGradient(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> above, Tensor<T> weights, Tensor<T> gate, Tensor<T> below,
        T* scratch)
    {
        int width = PanelColumns;
        int columns = shape.Positions * images;
        int taps = shape.Kernel * shape.Kernel;
        (int first, int end) = WorkerTeam.Share(shape.Channels, part, parts, ScatterChannels);
        if (end == first)
        {
            return;
        }

        new Tensor<T>(below.RowPointer(first), end - first, below.Columns, below.Stride).Clear();
        T* panel = scratch;
        T* product = scratch + ((nint)shape.OutputChannels * width);
        Span<ColumnPiece> pieces = stackalloc ColumnPiece[ColumnPieces.Most(width)];
        T* firsts = stackalloc T[2 * TLanes.Count];
        for (int i = 0; i < 2 * TLanes.Count; i++)
        {
            firsts[i] = i < TLanes.Count ? T.One : T.Zero;
        }

        for (int column = 0; column < columns; column += width)
        {
            int count = Math.Min(width, columns - column);
            int found = ColumnPieces.Cut(shape, images, column, count, pieces);
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                Copy(above.RowPointer(o) + column, panel + ((nint)o * width), count);
            }

            for (int channel = first; channel < end; channel += ScatterChannels)
            {
                int channels = Math.Min(ScatterChannels, end - channel);
                PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
                    0, channels * taps, count, new Summands(shape.OutputChannels), weights.Pointer + (channel * taps), weights.Stride,
                        panel, width, new(product, width));
                for (int c = 0; c < channels; c++)
                {
                    Scatter(shape, images, product + ((nint)c * taps * width), width, pieces[..found], firsts,
                        below.RowPointer(channel + c));
                }
            }
        }

        if (!gate.IsEmpty)
        {
            for (int channel = first; channel < end; channel++)
            {
                RowKernels<TLanes, T>.Gate(gate.RowPointer(channel), below.RowPointer(channel), below.RowPointer(channel), below.Columns);
            }
        }
    }

    /// <summary>A share of the input as the weight gradient reads it: [pixels of the padded image × n, channels], or whole patches where
    /// they are small.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="x">Maps of the input.</param>
    /// <param name="rows">Where it goes, <see cref="WeightRows"/> × <see cref="WeightColumns"/>.</param>
    /// <param name="scratch">The caller's own, as for <see cref="Forward"/>.</param>
    public static void LayOut(in ConvolutionShape shape, int images, int part, int parts, Tensor<T> x, T* rows, T* scratch)
    {
        int stride = Tensor<T>.StrideFor(WeightColumns(shape));
        if (FewTaps(shape))
        {
            int columns = shape.Positions * images;
            int width = PanelColumns;
            (int firstPanel, int endPanel) = WorkerTeam.Share((columns + width - 1) / width, part, parts, 1);
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int column = panel * width;
                int count = Math.Min(width, columns - column);
                Gather(shape, images, x, column, count, scratch, width);
                Transposition.Copy(scratch, width, shape.PatchSize, count, rows + ((nint)column * stride), stride);
                ClearPadding(rows + ((nint)column * stride), stride, shape.PatchSize, count);
            }

            return;
        }

        int paddedWidth = shape.Width + (2 * shape.Padding);
        int paddedHeight = shape.Height + (2 * shape.Padding);
        (int first, int end) = WorkerTeam.Share(paddedHeight, part, parts, 1);
        nint edge = (nint)shape.Padding * images * stride;
        for (int y = first; y < end; y++)
        {
            T* row = rows + ((nint)y * paddedWidth * images * stride);
            int source = y - shape.Padding;
            if (source < 0 || source >= shape.Height)
            {
                new Span<T>(row, paddedWidth * images * stride).Clear();
                continue;
            }

            int pixels = shape.Width * images;
            new Span<T>(row, (int)edge).Clear();
            Transposition.Copy(x.Pointer + ((nint)source * pixels), x.Stride, shape.Channels, pixels, row + edge, stride);
            ClearPadding(row + edge, stride, shape.Channels, pixels);
            new Span<T>(row + edge + ((nint)pixels * stride), (int)edge).Clear();
        }
    }

    /// <summary>Rows that <see cref="LayOut"/> writes.</summary>
    public static int WeightRows(in ConvolutionShape shape, int images) =>
        images * (FewTaps(shape) ? shape.Positions : (shape.Height + (2 * shape.Padding)) * (shape.Width + (2 * shape.Padding)));

    /// <summary>Columns that <see cref="LayOut"/> writes.</summary>
    public static int WeightColumns(in ConvolutionShape shape) => FewTaps(shape) ? shape.PatchSize : shape.Channels;

    /// <summary>∂W += ∂z ⋆ x and ∂b += Σ ∂z, for a share of the output channels.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, maps.</param>
    /// <param name="rows">What <see cref="LayOut"/> wrote.</param>
    /// <param name="sums">Scratch that all parts share, [output channels, taps × (padded columns)].</param>
    /// <param name="weightGradient">∂L/∂W, [output channels, C k k].</param>
    /// <param name="biasGradient">∂L/∂b.</param>
    public static void WeightGradient(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> above, T* rows, Tensor<T> sums, Tensor<T> weightGradient,
        T* biasGradient)
    {
        (int first, int end) = WorkerTeam.Share(shape.OutputChannels, part, parts);
        if (end == first)
        {
            return;
        }

        int columns = WeightColumns(shape);
        nint stride = Tensor<T>.StrideFor(columns);
        int kernel = FewTaps(shape) ? 1 : shape.Kernel;
        int taps = kernel * kernel;
        for (int o = first; o < end; o++)
        {
            new Span<T>(sums.RowPointer(o), (int)(taps * stride)).Clear();
        }

        if (FewTaps(shape))
        {
            int total = shape.Positions * images;
            for (int at = 0; at < total; at += WeightRun)
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                    first, end, columns, new Summands(Math.Min(WeightRun, total - at)), above.Pointer + at, above.Stride, rows
                        + (at * stride), stride, new(sums.Pointer, sums.Stride));
            }
        }
        else
        {
            TapByTap(shape, images, first, end, above, rows, sums);
        }

        for (int o = first; o < end; o++)
        {
            T* target = weightGradient.RowPointer(o);
            T* source = sums.RowPointer(o);
            for (int tap = 0; tap < taps; tap++)
            {
                for (int c = 0; c < columns; c++)
                {
                    target[((nint)c * taps) + tap] += source[(tap * stride) + c];
                }
            }

            biasGradient[o] += RowKernels<TLanes, T>.SumInChains(above.RowPointer(o), shape.Positions * images);
        }
    }

    private static void TapByTap(in ConvolutionShape shape, int images, int first, int end, Tensor<T> above, T* rows, Tensor<T> sums)
    {
        nint stride = Tensor<T>.StrideFor(shape.Channels);
        int paddedWidth = shape.Width + (2 * shape.Padding);
        int run = Math.Clamp(WeightRun / images, 1, shape.OutputWidth);
        for (int y = 0; y < shape.OutputHeight; y++)
        {
            for (int x = 0; x < shape.OutputWidth; x += run)
            {
                int positions = Math.Min(run, shape.OutputWidth - x);
                Summands sum = shape.Stride == 1
                    ? new Summands(positions * images)
                    : new Summands(images, positions, images, shape.Stride * images * stride);
                T* left = above.Pointer + ((((nint)y * shape.OutputWidth) + x) * images);
                for (int tap = 0; tap < shape.Kernel * shape.Kernel; tap++)
                {
                    (int u, int v) = (tap / shape.Kernel, tap % shape.Kernel);
                    nint pixel = ((((nint)y * shape.Stride) + u) * paddedWidth) + (x * shape.Stride) + v;
                    PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                        first, end, shape.Channels, sum, left, above.Stride, rows + (pixel * images * stride), stride,
                            new(sums.Pointer + (tap * stride), sums.Stride));
                }
            }
        }
    }

    /// <summary>panel[tap of a channel, column] = the pixel under it, 0 outside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(in ConvolutionShape shape, int images, Tensor<T> x, int column, int count, T* panel, int width)
    {
        Span<ColumnPiece> pieces = stackalloc ColumnPiece[ColumnPieces.Most(PanelColumns)];
        int found = ColumnPieces.Cut(shape, images, column, count, pieces);
        (int kernel, int height, int pixels) = (shape.Kernel, shape.Height, shape.Width);
        T* destination = panel;
        for (int c = 0; c < shape.Channels; c++)
        {
            T* map = x.RowPointer(c);
            for (int u = 0; u < kernel; u++)
            {
                for (int v = 0; v < kernel; v++)
                {
                    for (int p = 0; p < found; p++)
                    {
                        ref readonly ColumnPiece piece = ref pieces[p];
                        (int row, int left) = (piece.Top + u, piece.Left + v);
                        T* to = destination + piece.Offset;
                        if ((uint)row < (uint)height && (uint)left < (uint)pixels)
                        {
                            // What is written past the piece's end is the next piece's, or the next row's, which come later.
                            T* from = map + ((((nint)row * pixels) + left) * images) + piece.Image;
                            for (int i = 0; i < piece.Length; i += TLanes.Count)
                            {
                                TLanes.Store(TLanes.Load(from + i), to + i);
                            }
                        }
                        else
                        {
                            for (int i = 0; i < piece.Length; i += TLanes.Count)
                            {
                                TLanes.Store(default, to + i);
                            }
                        }
                    }

                    destination += width;
                }
            }
        }
    }

    /// <summary>
    /// Adds one channel's rows of a product to the pixels that they came from. A piece's last register adds zeros past its end, as
    /// <paramref name="firsts"/>, a register of ones and then one
    /// of zeros, says.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(
        in ConvolutionShape shape, int images, T* product, int width, ReadOnlySpan<ColumnPiece> pieces, T* firsts, T* map)
    {
        (int kernel, int height, int pixels) = (shape.Kernel, shape.Height, shape.Width);
        for (int u = 0; u < kernel; u++)
        {
            for (int v = 0; v < kernel; v++)
            {
                foreach (ref readonly ColumnPiece piece in pieces)
                {
                    (int row, int left) = (piece.Top + u, piece.Left + v);
                    if ((uint)row >= (uint)height || (uint)left >= (uint)pixels)
                    {
                        continue;
                    }

                    T* from = product + piece.Offset;
                    T* to = map + ((((nint)row * pixels) + left) * images) + piece.Image;
                    int i = 0;
                    for (; i + TLanes.Count <= piece.Length; i += TLanes.Count)
                    {
                        TLanes.Store(TLanes.Load(to + i) + TLanes.Load(from + i), to + i);
                    }

                    if (i < piece.Length)
                    {
                        TLanes rest = TLanes.WherePositive(TLanes.Load(firsts + TLanes.Count - (piece.Length - i)), TLanes.Load(from + i));
                        TLanes.Store(TLanes.Load(to + i) + rest, to + i);
                    }
                }

                product += width;
            }
        }
    }

    private static void Copy(T* source, T* destination, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.Load(source + i), destination + i);
        }
    }

    private static void ClearPadding(T* rows, nint stride, int columns, int count)
    {
        int padding = (int)stride - columns;
        for (int r = 0; padding > 0 && r < count; r++)
        {
            new Span<T>(rows + (r * stride) + columns, padding).Clear();
        }
    }
}
