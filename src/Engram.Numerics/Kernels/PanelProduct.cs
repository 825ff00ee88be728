using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>
/// C = A B over a range of rows, the sums handed to a store: the product that lifetimes are made of.
/// </summary>
/// <remarks>
/// A's rows (or columns, with <see cref="LeftByColumns{T}"/>) and B's rows lie where they are; nothing is packed. Columns are taken a whole register
/// at a time, so B and what the store writes need rows padded to 64 bytes. Its plain reference is MatrixProductReference.
/// </remarks>
internal static unsafe class PanelProduct<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int DeepSum = 192;

    /// <summary>Rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLeft, TStore>(int firstRow, int endRow, int columns, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store)
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        int registers = (columns + TLanes.Count - 1) / TLanes.Count;
        (int tallest, int widest) = TileShape<TStore>(registers, sum.Depth * sum.Blocks);
        for (int row = firstRow; row < endRow;)
        {
            int height = Height(endRow - row, tallest);
            int most = height == tallest ? widest : 3;
            for (int done = 0; done < registers;)
            {
                nint column = (nint)done * TLanes.Count;
                int remaining = registers - done;
                int width = most == 3 && remaining == 4 ? 2 : Math.Min(remaining, most);
                switch (width)
                {
                    case 4: WideTiles<TLeft, TLanes, T>.Three(sum, a, strideA, b, strideB, store, row, column); break;
                    case 3: Tile<Panel3<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column); break;
                    case 2: Tile<Panel2<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column); break;
                    default: Tile<Panel1<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column); break;
                }

                done += width;
            }

            row += height;
        }
    }

    // With 12 accumulators the form matters: B is read once per row of tiles, so a right factor of four registers wants them side by side; a deep one leaves the nearest cache,
    // and wants many rows for every reading of it; a shallow one is its stores, and wants them along rows.
    private static (int Tallest, int Widest) TileShape<TStore>(int registers, nint depth)
        where TStore : struct, ITileStore<TLanes, T> =>
        TLanes.Accumulators == 24 ? (TStore.MostRows, 3)
        : registers == 4 ? (3, 4)
        : registers <= 2 || (registers > 4 && depth >= DeepSum) ? (6, 2)
        : (4, 3);

    // One row at a time is slow: of what tiles of three would leave one or two rows of, tiles of four take the last four or eight.
    private static int Height(int left, int tallest) =>
        left >= tallest && (tallest > 3 || left is not (4 or 8)) ? tallest
        : left >= 4 ? 4
        : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TPanel, TLeft, TStore>(int height, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store, nint row, nint column)
        where TPanel : unmanaged, ILanePanel<TPanel, TLanes, T>
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        switch (height)
        {
            case 8: Tiles<TPanel, TLeft, TLanes, T>.Eight(sum, a, strideA, b, strideB, store, row, column); break;
            case 6: Tiles<TPanel, TLeft, TLanes, T>.Six(sum, a, strideA, b, strideB, store, row, column); break;
            case 4: Tiles<TPanel, TLeft, TLanes, T>.Four(sum, a, strideA, b, strideB, store, row, column); break;
            default: Tiles<TPanel, TLeft, TLanes, T>.One(sum, a, strideA, b, strideB, store, row, column); break;
        }
    }
}
