using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>
/// C = A B over a range of rows, the sums handed to a store: the product that lifetimes are made of.
/// </summary>
/// <remarks>
/// <para>A's rows (or columns, with <see cref="LeftByColumns{T}"/>) and B's rows lie where they are; nothing is packed. Columns are taken a
/// whole register
/// at a time, so B and what the store writes need rows padded to 64 bytes. Its plain reference is MatrixProductReference.</para>
/// <para>B is read once for every few rows of C. Where it is larger than the nearest cache and sums are deep, the product is cut into
/// blocks whose part
/// of B is not, by columns and by summands, with what a stretch of summands came to kept for the next. Each element stays one chain of sums
/// in the same order.
/// At 512 bits products stay whole: eight rows pass for every reading of B instead of three to six. Blocks were not measured there.</para>
/// </remarks>
internal static unsafe class PanelProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int DeepSum = 192;

    /// <summary>Sums of no more than this are not cut: what their stores read and write is more than B, and goes fastest along whole
    /// rows.</summary>
    private const int ShallowSum = 64;

    /// <summary>Rows that read B too few times for blocks to pay.</summary>
    private const int FewRows = 8;

    /// <summary>Bytes of B that stay in the nearest cache (32 KiB on the processors of the last decade) beside what passes through
    /// it.</summary>
    private const int NearestCache = 16 * 1024;

    /// <summary>Bytes of unfinished sums, of 156 rows at 256 bits: they pass through the nearest cache once for every stretch of
    /// summands.</summary>
    private const int PartialBytes = 20 * 1024;

    /// <summary>Rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLeft, TStore>(
        int firstRow, int endRow, int columns, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store)
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        int registers = (columns + TLanes.Count - 1) / TLanes.Count;
        nint depth = sum.Depth * sum.Blocks;
        bool fits = depth * registers * TLanes.Count * sizeof(T) <= NearestCache;
        if (TLanes.Accumulators == 24 || fits || depth <= ShallowSum || endRow - firstRow <= FewRows)
        {
            (int tallest, int widest) = TileShape<TStore>(registers, depth);
            Tiled<TLeft, FromZero<TLanes, T>, TStore>(
                firstRow, endRow, 0, registers, tallest, widest, sum, a, strideA, b, strideB, default, store);
        }
        else
        {
            Blocked<TLeft, TStore>(firstRow, endRow, registers, sum, a, strideA, b, strideB, store);
        }
    }

    /// <summary>Blocks of rows × four registers × a stretch of the summands.</summary>
    [SkipLocalsInit]
    private static void Blocked<TLeft, TStore>(
        int firstRow, int endRow, int registers, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store)
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        const int Panel = 4;
        int panelColumns = Panel * TLanes.Count;
        int rowBytes = panelColumns * sizeof(T);
        int rows = PartialBytes / rowBytes / 12 * 12;
        byte* memory = stackalloc byte[PartialBytes + 64];
        T* partial = (T*)(((nuint)memory + 63) & ~(nuint)63);

        // A piece is a stretch of one run, or several whole runs.
        nint stretch = NearestCache / rowBytes;
        nint runs = Math.Max(1, stretch / sum.Depth);
        nint cuts = sum.Depth <= stretch ? 1 : (sum.Depth + stretch - 1) / stretch;
        nint cut = (sum.Depth + cuts - 1) / cuts;
        nint leftStep = TLeft.Step(strideA);
        for (int first = 0; first < registers; first += Panel)
        {
            int end = Math.Min(first + Panel, registers);
            (int tallest, int widest) = TileShape<TStore>(end - first, sum.Depth * sum.Blocks);
            for (int row = firstRow; row < endRow; row += rows)
            {
                int last = Math.Min(row + rows, endRow);

                // Addressed as C is, though only this block of it exists.
                T* sums = partial - ((nint)row * panelColumns) - ((nint)first * TLanes.Count);
                var begun = new FromPartial<TLanes, T>(sums, panelColumns);
                var kept = new Overwrite<TLanes, T>(sums, panelColumns);
                for (nint block = 0; block < sum.Blocks; block += runs)
                {
                    nint blocks = Math.Min(runs, sum.Blocks - block);
                    for (nint start = 0; start < sum.Depth; start += cut)
                    {
                        var piece = new Summands(Math.Min(cut, sum.Depth - start), blocks, sum.LeftStep, sum.RightStep);
                        T* left = a + (block * sum.LeftStep) + (start * leftStep);
                        T* right = b + (block * sum.RightStep) + (start * strideB);
                        bool finished = block + blocks == sum.Blocks && start + piece.Depth == sum.Depth;
                        if (block == 0 && start == 0)
                        {
                            if (finished)
                            {
                                Tiled<TLeft, FromZero<TLanes, T>, TStore>(
                                    row, last, first, end, tallest, widest, piece, left, strideA, right, strideB, default, store);
                            }
                            else
                            {
                                Tiled<TLeft, FromZero<TLanes, T>, Overwrite<TLanes, T>>(
                                    row, last, first, end, tallest, widest, piece, left, strideA, right, strideB, default, kept);
                            }
                        }
                        else if (finished)
                        {
                            Tiled<TLeft, FromPartial<TLanes, T>, TStore>(
                                row, last, first, end, tallest, widest, piece, left, strideA, right, strideB, begun, store);
                        }
                        else
                        {
                            Tiled<TLeft, FromPartial<TLanes, T>, Overwrite<TLanes, T>>(
                                row, last, first, end, tallest, widest, piece, left, strideA, right, strideB, begun, kept);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiled<TLeft, TStart, TStore>(
        int firstRow, int endRow, int firstRegister, int endRegister, int tallest, int widest, in Summands sum, T* a, nint strideA, T* b,
            nint strideB, in TStart start, in TStore store)
        where TLeft : struct, ILeftFactor<T>
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        for (int row = firstRow; row < endRow;)
        {
            int height = Height(endRow - row, tallest);
            int most = height == tallest ? widest : 3;
            for (int done = firstRegister; done < endRegister;)
            {
                nint column = (nint)done * TLanes.Count;
                int remaining = endRegister - done;
                int width = most == 3 && remaining == 4 ? 2 : Math.Min(remaining, most);
                if (typeof(TLanes) == typeof(Lanes256<float>) && width * height == TLanes.Accumulators)
                {
                    Full256<TLeft, TStart, TStore>(width, sum, a, strideA, b, strideB, start, store, row, column);
                    done += width;
                    continue;
                }

                switch (width)
                {
                    case 4: WideTiles<TLeft, TLanes, T>.Three(sum, a, strideA, b, strideB, start, store, row, column); break;
                    case 3:
                        Tile<Panel3<TLanes, T>, TLeft, TStart, TStore>(
                        height, sum, a, strideA, b, strideB, start, store, row, column); break;
                    case 2:
                        Tile<Panel2<TLanes, T>, TLeft, TStart, TStore>(
                        height, sum, a, strideA, b, strideB, start, store, row, column); break;
                    default:
                        Tile<Panel1<TLanes, T>, TLeft, TStart, TStore>(
                        height, sum, a, strideA, b, strideB, start, store, row, column); break;
                }

                done += width;
            }

            row += height;
        }
    }

    // With 12 accumulators the form matters: B is read once per row of tiles, so a right factor of four registers wants them side by side;
    // a deep one leaves the nearest cache,
    // and wants many rows for every reading of it; a shallow one is its stores, and wants them along rows.
    private static (int Tallest, int Widest) TileShape<TStore>(int registers, nint depth)
        where TStore : struct, ITileStore<TLanes, T> =>
        TLanes.Accumulators == 24 ? (TStore.MostRows, 3)
        : registers == 4 ? (3, 4)
        : registers <= 2 || (registers > 4 && depth >= DeepSum) ? (6, 2)
        : (4, 3);

    // One row at a time is slow: of what tiles of three or six would leave one or two rows of, tiles of four take the last four or eight.
    private static int Height(int left, int tallest) =>
        left >= tallest && (tallest is not (3 or 6) || left is not (4 or 8)) ? tallest
        : left >= 4 ? 4
        : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Full256<TLeft, TStart, TStore>(
        int width, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TLeft : struct, ILeftFactor<T>
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        switch (width)
        {
            case 4: SingleTiles256<TLeft, TLanes, T>.ThreeByFour(sum, a, strideA, b, strideB, start, store, row, column); break;
            case 3: SingleTiles256<TLeft, TLanes, T>.FourByThree(sum, a, strideA, b, strideB, start, store, row, column); break;
            default: SingleTiles256<TLeft, TLanes, T>.SixByTwo(sum, a, strideA, b, strideB, start, store, row, column); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TPanel, TLeft, TStart, TStore>(
        int height, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TPanel : unmanaged, ILanePanel<TPanel, TLanes, T>
        where TLeft : struct, ILeftFactor<T>
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        switch (height)
        {
            case 8: Tiles<TPanel, TLeft, TLanes, T>.Eight(sum, a, strideA, b, strideB, start, store, row, column); break;
            case 6: Tiles<TPanel, TLeft, TLanes, T>.Six(sum, a, strideA, b, strideB, start, store, row, column); break;
            case 4: Tiles<TPanel, TLeft, TLanes, T>.Four(sum, a, strideA, b, strideB, start, store, row, column); break;
            default: Tiles<TPanel, TLeft, TLanes, T>.One(sum, a, strideA, b, strideB, start, store, row, column); break;
        }
    }
}
