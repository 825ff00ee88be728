using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Numerics.Convolutions;

/// <summary>
/// Convolution with a kernel of 3×3 at stride 1, and its gradients, with 16 multiplications for every four positions instead of 36:
/// Winograd's minimal filtering F(2×2, 3×3).
/// </summary>
/// <remarks>
/// <para>A tile is two by two positions; it sees the four by four pixels d. With g the kernel and ⊙ the elementwise product,
/// y = Aᵀ [Σ over channels of (G g Gᵀ) ⊙ (Bᵀ d B)] A, so ∂d is the same with the kernel turned round, and
/// ∂g = Gᵀ [Σ over tiles and images of (A ∂y Aᵀ) ⊙ (Bᵀ d B)] G. For each of the 16 elements of ⊙ (a <i>point</i>) the sum is a matrix
/// product.
/// Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1], G = [1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1], Aᵀ = [1 1 1 0; 0 1 −1 −1].</para>
/// <para>Maps are those of <see cref="ConvolutionKernels{TLanes, T}"/>. Images lie side by side, so d is 16 runs of numbers and both
/// transformations are sums of runs. Columns are (tile, image), taken a panel at a time, so that transforms stay in the nearer
/// caches.</para>
/// <para>Every element is a sum in an order that does not depend on the number of threads, nor on the width of a register, but in another
/// order than the direct kernels': results differ from theirs by some 1e-6 of the largest. Plain form: <see cref="ConvolutionReference"/>.
/// Source: Lavin and Gray 2016, "Fast algorithms for convolutional neural networks".</para>
/// </remarks>
internal static unsafe class WinogradKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Points = 16;

    /// <summary>Most columns of a panel.</summary>
    private const int MostColumns = 96;

    /// <summary>Output channels whose products wait for their transformation at a time.</summary>
    private const int OutputRows = 32;

    /// <summary>Columns that the weight gradient sums over in one product.</summary>
    private const int WeightRun = 128;

    /// <summary>Whether fewer multiplications are worth the transformations. The same for every width and any number of threads.</summary>
    public static bool Pays(in ConvolutionShape shape, int images)
    {
        if (shape.Kernel != 3 || shape.Stride != 1 || shape.Channels < 16 || shape.OutputChannels < 16 || images < 16)
        {
            return false;
        }

        // 36 multiplications a tile directly, 16 here; tiles over the edge are partly for nothing.
        return 36.0 / 16 * shape.Positions / (4.0 * Tiles(shape.OutputHeight) * Tiles(shape.OutputWidth)) >= 1.25;
    }

    /// <summary>G g Gᵀ of every kernel: [16 × output channels, channels].</summary>
    public static Tensor<T> AllocateFactors(Arena arena, in ConvolutionShape shape) =>
        arena.Allocate<T>(Points * shape.OutputChannels, shape.Channels);

    /// <summary>The same of the kernels turned round, for the way back: [16 × channels, output channels].</summary>
    public static Tensor<T> AllocateTurnedFactors(Arena arena, in ConvolutionShape shape) =>
        arena.Allocate<T>(Points * shape.Channels, shape.OutputChannels);

    /// <summary>Elements that <see cref="WeightSums"/> writes.</summary>
    public static int Sums(in ConvolutionShape shape) => Points * shape.OutputChannels * Tensor<T>.StrideFor(shape.Channels);

    /// <summary>Elements of scratch that every method needs.</summary>
    public static int Scratch(in ConvolutionShape shape)
    {
        int most = Math.Max(shape.Channels, shape.OutputChannels);
        int panels = Points * (most + OutputRows) * MostColumns;
        int runs = 4 * WeightRun * (shape.OutputChannels + Tensor<T>.StrideFor(shape.Channels));
        return Math.Max(panels, runs) + Zeros(shape);
    }

    /// <summary>A share of the factors that <see cref="Forward"/> reads.</summary>
    public static void Transform(in ConvolutionShape shape, int part, int parts, Tensor<T> weights, Tensor<T> factors)
    {
        (int first, int end) = WorkerTeam.Share(shape.OutputChannels, part, parts, 1);
        for (int o = first; o < end; o++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                Transform(weights.RowPointer(o) + (c * 9), 1, factors.RowPointer(o) + c, shape.OutputChannels * (nint)factors.Stride);
            }
        }
    }

    /// <summary>A share of the factors that <see cref="InputGradient"/> reads.</summary>
    public static void TransformTurned(in ConvolutionShape shape, int part, int parts, Tensor<T> weights, Tensor<T> factors)
    {
        (int first, int end) = WorkerTeam.Share(shape.Channels, part, parts, 1);
        for (int c = first; c < end; c++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                Transform(weights.RowPointer(o) + (c * 9) + 8, -1, factors.RowPointer(c) + o, shape.Channels * (nint)factors.Stride);
            }
        }
    }

    /// <summary>z = σ(W ⋆ x + b) for a share of the tiles.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="x">Maps of the input.</param>
    /// <param name="factors">What <see cref="Transform(in ConvolutionShape, int, int, Tensor{T}, Tensor{T})"/> wrote.</param>
    /// <param name="bias">b.</param>
    /// <param name="rectify">Whether σ is ReLU; the identity otherwise.</param>
    /// <param name="z">Maps of the output.</param>
    /// <param name="scratch">The caller's own.</param>
    public static void Forward(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> x, Tensor<T> factors, T* bias, bool rectify, Tensor<T> z,
        T* scratch) =>
        Convolve(
            new Grid(shape.Height, shape.Width, shape.OutputHeight, shape.OutputWidth, shape.Padding, images), part, parts,
            shape.Channels, x, factors, shape.OutputChannels, new Finish(bias, rectify, default), z, scratch, Zeros(shape));

    /// <summary>∂x of ∂z, for a share of the tiles; gated by x &gt; 0 where the layer below is rectified.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, maps.</param>
    /// <param name="factors">What <see cref="TransformTurned"/> wrote.</param>
    /// <param name="gate">x, or a default view where nothing is gated.</param>
    /// <param name="below">∂L/∂x, maps; overwritten.</param>
    /// <param name="scratch">The caller's own.</param>
    public static void InputGradient(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> above, Tensor<T> factors, Tensor<T> gate, Tensor<T> below,
        T* scratch) =>
        Convolve(
            new Grid(shape.OutputHeight, shape.OutputWidth, shape.Height, shape.Width, 2 - shape.Padding, images), part, parts,
            shape.OutputChannels, above, factors, shape.Channels, new Finish(null, false, gate), below, scratch, Zeros(shape));

    /// <summary>Σ over tiles and images of (A ∂z Aᵀ) ⊙ (Bᵀ x B), for a share of the points.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, maps.</param>
    /// <param name="rows">What <see cref="ConvolutionKernels{TLanes, T}.LayOut"/> wrote.</param>
    /// <param name="sums">Where the <see cref="Sums"/> go, [16 × output channels, channels] with padded rows; overwritten.</param>
    /// <param name="scratch">The caller's own.</param>
    public static void WeightSums(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> above, T* rows, T* sums, T* scratch)
    {
        (int firstPoint, int endPoint) = WorkerTeam.Share(Points, part, parts, 1);
        if (firstPoint == endPoint)
        {
            return;
        }

        int outputs = shape.OutputChannels;
        int stride = Tensor<T>.StrideFor(shape.Channels);
        T* zeros = scratch;
        T* left = scratch + Zeros(shape);
        T* right = left + (4 * outputs * WeightRun);
        new Span<T>(zeros, Zeros(shape)).Clear();
        new Tensor<T>(sums + ((nint)firstPoint * outputs * stride), (endPoint - firstPoint) * outputs, shape.Channels, stride).Clear();
        var grid = new Grid(shape.Height, shape.Width, shape.OutputHeight, shape.OutputWidth, shape.Padding, images);
        Span<TilePiece> pieces = stackalloc TilePiece[WeightRun];
        for (int column = 0; column < grid.Columns; column += WeightRun)
        {
            int count = Math.Min(WeightRun, grid.Columns - column);
            int found = grid.Cut(column, count, pieces);
            for (int a = firstPoint / 4; a <= (endPoint - 1) / 4; a++)
            {
                foreach (ref readonly TilePiece piece in pieces[..found])
                {
                    SpreadOutputs(grid, piece, a, above, zeros, left);
                    SpreadPixels(grid, piece, a, shape.Channels, rows, zeros, right);
                }

                for (int point = Math.Max(firstPoint, 4 * a); point < Math.Min(endPoint, (4 * a) + 4); point++)
                {
                    T* sum = sums + ((nint)point * outputs * stride);
                    PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                        0, outputs, shape.Channels, new Summands(count), left + ((point - (4 * a)) * outputs * WeightRun), WeightRun,
                        right + ((nint)(point - (4 * a)) * WeightRun * stride), stride, new(sum, stride));
                }
            }
        }
    }

    /// <summary>∂W += Gᵀ sums G and ∂b += Σ ∂z, for a share of the output channels.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="above">∂L/∂z, maps.</param>
    /// <param name="sums">What all parts' <see cref="WeightSums"/> wrote.</param>
    /// <param name="weightGradient">∂L/∂W, [output channels, C k k].</param>
    /// <param name="biasGradient">∂L/∂b.</param>
    public static void WeightGradient(
        in ConvolutionShape shape, int images, int part, int parts, Tensor<T> above, T* sums, Tensor<T> weightGradient, T* biasGradient)
    {
        (int first, int end) = WorkerTeam.Share(shape.OutputChannels, part, parts, 1);
        nint stride = Tensor<T>.StrideFor(shape.Channels);
        nint step = shape.OutputChannels * stride;
        T half = T.CreateChecked(0.5);
        T* turned = stackalloc T[12];
        for (int o = first; o < end; o++)
        {
            T* target = weightGradient.RowPointer(o);
            for (int c = 0; c < shape.Channels; c++)
            {
                T* source = sums + (o * stride) + c;
                for (int b = 0; b < 4; b++)
                {
                    T* at = source + (b * step);
                    (T sum, T difference) = (half * (at[4 * step] + at[8 * step]), half * (at[4 * step] - at[8 * step]));
                    (turned[b], turned[4 + b], turned[8 + b]) = (at[0] + sum, difference, sum + at[12 * step]);
                }

                for (int u = 0; u < 3; u++)
                {
                    T* at = turned + (4 * u);
                    (T sum, T difference) = (half * (at[1] + at[2]), half * (at[1] - at[2]));
                    target[0] += at[0] + sum;
                    target[1] += difference;
                    target[2] += sum + at[3];
                    target += 3;
                }
            }

            biasGradient[o] += RowKernels<TLanes, T>.SumInChains(above.RowPointer(o), shape.Positions * images);
        }
    }

    private static int Tiles(int positions) => (positions + 1) / 2;

    /// <summary>Columns of a panel, on which no result depends: every panel passes over all factors, which grow with the square of
    /// channels.</summary>
    private static int PanelColumns(int inputs) => inputs >= 128 ? MostColumns : 64;

    /// <summary>The widest registers that a run fills one of, where 512 bits stand for those of <typeparamref name="TLanes"/>.</summary>
    private static VectorWidth RunLanes(int length) =>
        length >= TLanes.Count ? VectorWidth.Bits512
        : length >= Lanes256<T>.Count && TLanes.Count > Lanes256<T>.Count ? VectorWidth.Bits256
        : length >= Lanes128<T>.Count && TLanes.Count > Lanes128<T>.Count ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    private static int Zeros(in ConvolutionShape shape) =>
        Tensor<T>.StrideFor(Math.Max(Math.Max(MostColumns, WeightRun), shape.Channels));

    /// <summary>G g Gᵀ, its points a step apart; g's nine numbers are read in the given direction.</summary>
    private static void Transform(T* kernel, int direction, T* to, nint step)
    {
        T half = T.CreateChecked(0.5);
        T* turned = stackalloc T[12];
        for (int v = 0; v < 3; v++)
        {
            (T first, T second, T third) = (kernel[direction * v], kernel[direction * (3 + v)], kernel[direction * (6 + v)]);
            (turned[v], turned[9 + v]) = (first, third);
            (turned[3 + v], turned[6 + v]) = (half * (first + third + second), half * (first + third - second));
        }

        for (int a = 0; a < 4; a++)
        {
            (T first, T second, T third) = (turned[3 * a], turned[(3 * a) + 1], turned[(3 * a) + 2]);
            (to[0], to[3 * step]) = (first, third);
            (to[step], to[2 * step]) = (half * (first + third + second), half * (first + third - second));
            to += 4 * step;
        }
    }

    /// <summary>A convolution over this part's panels of columns.</summary>
    private static void Convolve(
        in Grid grid, int part, int parts, int inputs, Tensor<T> x, Tensor<T> factors, int outputs, in Finish finish, Tensor<T> z,
        T* scratch, int zeroCount)
    {
        int width = PanelColumns(inputs);
        T* zeros = scratch;
        T* panel = scratch + zeroCount;
        T* products = panel + (Points * inputs * width);
        new Span<T>(zeros, zeroCount).Clear();
        (int first, int end) = WorkerTeam.Share((grid.Columns + width - 1) / width, part, parts, 1);
        Span<TilePiece> pieces = stackalloc TilePiece[MostColumns];
        for (int number = first; number < end; number++)
        {
            int column = number * width;
            int count = Math.Min(width, grid.Columns - column);
            int found = grid.Cut(column, count, pieces);
            foreach (ref readonly TilePiece piece in pieces[..found])
            {
                SpreadTile(grid, piece, inputs, x, zeros, panel, width);
            }

            for (int row = 0; row < outputs; row += OutputRows)
            {
                int rows = Math.Min(OutputRows, outputs - row);
                for (int point = 0; point < Points; point++)
                {
                    PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
                        0, rows, count, new Summands(inputs), factors.RowPointer((point * outputs) + row), factors.Stride,
                        panel + (point * inputs * width), width,
                        new(products + (point * OutputRows * width), width));
                }

                foreach (ref readonly TilePiece piece in pieces[..found])
                {
                    for (int o = 0; o < rows; o++)
                    {
                        Gather(grid, piece, products + (o * width) + piece.Offset, finish, row + o, z, width);
                    }
                }
            }
        }
    }

    /// <summary>Bᵀ d B of a tile, all channels.</summary>
    private static void SpreadTile(in Grid grid, in TilePiece piece, int channels, Tensor<T> x, T* zeros, T* panel, int width)
    {
        nint* offsets = stackalloc nint[Points];
        T** from = stackalloc T*[Points];
        for (int i = 0; i < Points; i++)
        {
            offsets[i] = grid.Pixel(piece, i / 4, i % 4);
        }

        nint step = (nint)channels * width;
        for (int c = 0; c < channels; c++)
        {
            T* map = x.RowPointer(c);
            for (int i = 0; i < Points; i++)
            {
                from[i] = offsets[i] < 0 ? zeros : map + offsets[i];
            }

            T* to = panel + ((nint)c * width) + piece.Offset;
            switch (RunLanes(piece.Length))
            {
                case VectorWidth.Scalar: SpreadTile<Lanes1<T>>(from, to, step, piece.Length); break;
                case VectorWidth.Bits128: SpreadTile<Lanes128<T>>(from, to, step, piece.Length); break;
                case VectorWidth.Bits256: SpreadTile<Lanes256<T>>(from, to, step, piece.Length); break;
                default: SpreadTile<TLanes>(from, to, step, piece.Length); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadTile<TRun>(T** from, T* to, nint step, int length)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        for (int i = 0; i < length; i += TRun.Count)
        {
            // The last register of a run overlaps the one before, and so writes nothing but what belongs to the run.
            int at = Math.Min(i, length - TRun.Count);
            T* row = to + at;
            Spread(
                row, step, Load<TRun>(from, 0, at) - Load<TRun>(from, 8, at), Load<TRun>(from, 1, at) - Load<TRun>(from, 9, at),
                Load<TRun>(from, 2, at) - Load<TRun>(from, 10, at), Load<TRun>(from, 3, at) - Load<TRun>(from, 11, at));
            row += 4 * step;
            Spread(
                row, step, Load<TRun>(from, 4, at) + Load<TRun>(from, 8, at), Load<TRun>(from, 5, at) + Load<TRun>(from, 9, at),
                Load<TRun>(from, 6, at) + Load<TRun>(from, 10, at), Load<TRun>(from, 7, at) + Load<TRun>(from, 11, at));
            row += 4 * step;
            Spread(
                row, step, Load<TRun>(from, 8, at) - Load<TRun>(from, 4, at), Load<TRun>(from, 9, at) - Load<TRun>(from, 5, at),
                Load<TRun>(from, 10, at) - Load<TRun>(from, 6, at), Load<TRun>(from, 11, at) - Load<TRun>(from, 7, at));
            row += 4 * step;
            Spread(
                row, step, Load<TRun>(from, 4, at) - Load<TRun>(from, 12, at), Load<TRun>(from, 5, at) - Load<TRun>(from, 13, at),
                Load<TRun>(from, 6, at) - Load<TRun>(from, 14, at), Load<TRun>(from, 7, at) - Load<TRun>(from, 15, at));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRun Load<TRun>(T** from, int point, int at)
        where TRun : unmanaged, ILanes<TRun, T> => TRun.Load(from[point] + at);

    /// <summary>A row times B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<TRun>(T* to, nint step, TRun t0, TRun t1, TRun t2, TRun t3)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        TRun.Store(t0 - t2, to);
        TRun.Store(t1 + t2, to + step);
        TRun.Store(t2 - t1, to + (2 * step));
        TRun.Store(t1 - t3, to + (3 * step));
    }

    /// <summary>Aᵀ m A of a tile and what becomes of it, one channel.</summary>
    private static void Gather(in Grid grid, in TilePiece piece, T* products, in Finish finish, int channel, Tensor<T> z, int width)
    {
        T bias = finish.Bias == null ? T.Zero : finish.Bias[channel];
        T* gate = finish.Gate.IsEmpty ? null : finish.Gate.RowPointer(channel);
        T* map = z.RowPointer(channel);
        nint step = OutputRows * (nint)width;
        switch (RunLanes(piece.Length))
        {
            case VectorWidth.Scalar: Gather<Lanes1<T>>(grid, piece, products, bias, finish.Rectify, gate, map, step); break;
            case VectorWidth.Bits128: Gather<Lanes128<T>>(grid, piece, products, bias, finish.Rectify, gate, map, step); break;
            case VectorWidth.Bits256: Gather<Lanes256<T>>(grid, piece, products, bias, finish.Rectify, gate, map, step); break;
            default: Gather<TLanes>(grid, piece, products, bias, finish.Rectify, gate, map, step); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<TRun>(in Grid grid, in TilePiece piece, T* products, T bias, bool rectify, T* gate, T* map, nint step)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        nint first = grid.Position(piece, 0, 0), second = grid.Position(piece, 0, 1);
        nint third = grid.Position(piece, 1, 0), fourth = grid.Position(piece, 1, 1);
        TRun added = TRun.Splat(bias);
        for (int i = 0; i < piece.Length; i += TRun.Count)
        {
            int at = Math.Min(i, piece.Length - TRun.Count);
            T* m = products + at;
            Columns(m, 4 * step, out TRun a0, out TRun b0);
            Columns(m + step, 4 * step, out TRun a1, out TRun b1);
            Columns(m + (2 * step), 4 * step, out TRun a2, out TRun b2);
            Columns(m + (3 * step), 4 * step, out TRun a3, out TRun b3);
            Put(a0 + a1 + a2 + added, rectify, gate, map, first, at);
            Put(a1 - a2 - a3 + added, rectify, gate, map, second, at);
            Put(b0 + b1 + b2 + added, rectify, gate, map, third, at);
            Put(b1 - b2 - b3 + added, rectify, gate, map, fourth, at);
        }
    }

    /// <summary>Aᵀ times a column of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns<TRun>(T* m, nint row, out TRun upper, out TRun lower)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        TRun second = TRun.Load(m + row), third = TRun.Load(m + (2 * row));
        upper = TRun.Load(m) + second + third;
        lower = second - third - TRun.Load(m + (3 * row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TRun>(TRun sums, bool rectify, T* gate, T* map, nint position, int at)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        if (position >= 0)
        {
            TRun result = rectify ? TRun.Max(sums, default)
                : gate != null ? TRun.WherePositive(TRun.Load(gate + position + at), sums)
                : sums;
            TRun.Store(result, map + position + at);
        }
    }

    /// <summary>Row a of A ∂y Aᵀ of a tile, all channels: four points, [point, channel, column].</summary>
    private static void SpreadOutputs(in Grid grid, in TilePiece piece, int a, Tensor<T> above, T* zeros, T* to)
    {
        nint first = grid.Position(piece, 0, 0), second = grid.Position(piece, 0, 1);
        nint third = grid.Position(piece, 1, 0), fourth = grid.Position(piece, 1, 1);
        nint step = (nint)above.Rows * WeightRun;
        for (int o = 0; o < above.Rows; o++)
        {
            T* map = above.RowPointer(o);
            T* y0 = first < 0 ? zeros : map + first;
            T* y1 = second < 0 ? zeros : map + second;
            T* y2 = third < 0 ? zeros : map + third;
            T* y3 = fourth < 0 ? zeros : map + fourth;
            T* row = to + ((nint)o * WeightRun) + piece.Offset;
            switch (RunLanes(piece.Length))
            {
                case VectorWidth.Scalar: SpreadOutputs<Lanes1<T>>(a, y0, y1, y2, y3, row, step, piece.Length); break;
                case VectorWidth.Bits128: SpreadOutputs<Lanes128<T>>(a, y0, y1, y2, y3, row, step, piece.Length); break;
                case VectorWidth.Bits256: SpreadOutputs<Lanes256<T>>(a, y0, y1, y2, y3, row, step, piece.Length); break;
                default: SpreadOutputs<TLanes>(a, y0, y1, y2, y3, row, step, piece.Length); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadOutputs<TRun>(int a, T* y0, T* y1, T* y2, T* y3, T* to, nint step, int length)
        where TRun : unmanaged, ILanes<TRun, T>
    {
        for (int i = 0; i < length; i += TRun.Count)
        {
            int at = Math.Min(i, length - TRun.Count);
            (TRun left, TRun right) = a switch
            {
                0 => (TRun.Load(y0 + at), TRun.Load(y1 + at)),
                1 => (TRun.Load(y0 + at) + TRun.Load(y2 + at), TRun.Load(y1 + at) + TRun.Load(y3 + at)),
                2 => (TRun.Load(y0 + at) - TRun.Load(y2 + at), TRun.Load(y1 + at) - TRun.Load(y3 + at)),
                _ => (default(TRun) - TRun.Load(y2 + at), default(TRun) - TRun.Load(y3 + at)),
            };
            TRun.Store(left, to + at);
            TRun.Store(left + right, to + step + at);
            TRun.Store(left - right, to + (2 * step) + at);
            TRun.Store(default(TRun) - right, to + (3 * step) + at);
        }
    }

    /// <summary>Row a of Bᵀ d B of a tile, its channels side by side: four points, [point, column, channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SpreadPixels(in Grid grid, in TilePiece piece, int a, int channels, T* rows, T* zeros, T* to)
    {
        int stride = Tensor<T>.StrideFor(channels);
        nint step = (nint)WeightRun * stride;
        (int upper, int lower) = a switch { 0 => (0, 2), 1 => (1, 2), 2 => (2, 1), _ => (1, 3) };
        nint* offsets = stackalloc nint[8];
        for (int v = 0; v < 4; v++)
        {
            (offsets[v], offsets[4 + v]) = (grid.PaddedPixel(piece, upper, v), grid.PaddedPixel(piece, lower, v));
        }

        T** from = stackalloc T*[8];
        for (int image = 0; image < piece.Length; image++)
        {
            for (int i = 0; i < 8; i++)
            {
                from[i] = offsets[i] < 0 ? zeros : rows + ((offsets[i] + image) * stride);
            }

            T* row = to + ((nint)(piece.Offset + image) * stride);
            for (int c = 0; c < stride; c += TLanes.Count)
            {
                TLanes t0 = Load<TLanes>(from, 0, c), t1 = Load<TLanes>(from, 1, c);
                TLanes t2 = Load<TLanes>(from, 2, c), t3 = Load<TLanes>(from, 3, c);
                if (a == 1)
                {
                    Spread(
                        row + c, step, t0 + Load<TLanes>(from, 4, c), t1 + Load<TLanes>(from, 5, c), t2 + Load<TLanes>(from, 6, c),
                        t3 + Load<TLanes>(from, 7, c));
                }
                else
                {
                    Spread(
                        row + c, step, t0 - Load<TLanes>(from, 4, c), t1 - Load<TLanes>(from, 5, c), t2 - Load<TLanes>(from, 6, c),
                        t3 - Load<TLanes>(from, 7, c));
                }
            }
        }
    }

    /// <summary>What becomes of a convolution's sums.</summary>
    private readonly struct Finish(T* bias, bool rectify, Tensor<T> gate)
    {
        public T* Bias { get; } = bias;

        public bool Rectify { get; } = rectify;

        public Tensor<T> Gate { get; } = gate;
    }

    /// <summary>Images of one tile, side by side.</summary>
    /// <param name="Offset">First column, from the start of the panel.</param>
    /// <param name="Length">Images.</param>
    /// <param name="Row">Row of the tile's first position.</param>
    /// <param name="Column">Column of the tile's first position.</param>
    /// <param name="Image">First image.</param>
    private readonly record struct TilePiece(int Offset, int Length, int Row, int Column, int Image);

    /// <summary>Where tiles lie in maps.</summary>
    private readonly record struct Grid(int Height, int Width, int OutputHeight, int OutputWidth, int Padding, int Images)
    {
        /// <summary>Tiles × images.</summary>
        public int Columns => Tiles(OutputHeight) * Tiles(OutputWidth) * Images;

        /// <summary>Cuts columns [first, first + count), which are tile × n + image, into tiles; returns how many there are.</summary>
        public int Cut(int first, int count, Span<TilePiece> pieces)
        {
            int found = 0;
            for (int offset = 0; offset < count;)
            {
                (int tile, int image) = int.DivRem(first + offset, Images);
                (int y, int x) = int.DivRem(tile, Tiles(OutputWidth));
                int length = Math.Min(count - offset, Images - image);
                pieces[found++] = new TilePiece(offset, length, 2 * y, 2 * x, image);
                offset += length;
            }

            return found;
        }

        /// <summary>Column of the input's maps under a tile's pixel (u, v); −1 outside the image.</summary>
        public nint Pixel(in TilePiece piece, int u, int v)
        {
            (int y, int x) = (piece.Row + u - Padding, piece.Column + v - Padding);
            return (uint)y < (uint)Height && (uint)x < (uint)Width ? ((((nint)y * Width) + x) * Images) + piece.Image : -1;
        }

        /// <summary>The same in the padded image; −1 outside of that.</summary>
        public nint PaddedPixel(in TilePiece piece, int u, int v)
        {
            (int y, int x) = (piece.Row + u, piece.Column + v);
            (int height, int width) = (Height + (2 * Padding), Width + (2 * Padding));
            return y < height && x < width ? ((((nint)y * width) + x) * Images) + piece.Image : -1;
        }

        /// <summary>Column of the output's maps at a tile's position (r, c); −1 where there is none.</summary>
        public nint Position(in TilePiece piece, int r, int c)
        {
            (int y, int x) = (piece.Row + r, piece.Column + c);
            return y < OutputHeight && x < OutputWidth ? ((((nint)y * OutputWidth) + x) * Images) + piece.Image : -1;
        }
    }
}
