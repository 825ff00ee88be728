using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics;

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
    /// <summary>Rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) of the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLeft, TStore>(int firstRow, int endRow, int columns, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store)
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        int registers = (columns + TLanes.Count - 1) / TLanes.Count;
        for (int row = firstRow; row < endRow;)
        {
            int left = endRow - row;
            int height = left >= 8 && TLanes.TileRows == 8 && TStore.MostRows == 8 ? 8 : left >= 4 ? 4 : 1;
            int done = 0;
            while (done < registers)
            {
                nint column = (nint)done * TLanes.Count;
                int remaining = registers - done;
                if (remaining is 3 or > 4)
                {
                    Tile<Panel3<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column);
                    done += 3;
                }
                else if (remaining >= 2)
                {
                    Tile<Panel2<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column);
                    done += 2;
                }
                else
                {
                    Tile<Panel1<TLanes, T>, TLeft, TStore>(height, sum, a, strideA, b, strideB, store, row, column);
                    done++;
                }
            }

            row += height;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TPanel, TLeft, TStore>(int height, in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStore store, nint row, nint column)
        where TPanel : unmanaged, ILanePanel<TPanel, TLanes, T>
        where TLeft : struct, ILeftFactor<T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        switch (height)
        {
            case 8: Tiles<TPanel, TLeft, TLanes, T>.Eight(sum, a, strideA, b, strideB, store, row, column); break;
            case 4: Tiles<TPanel, TLeft, TLanes, T>.Four(sum, a, strideA, b, strideB, store, row, column); break;
            default: Tiles<TPanel, TLeft, TLanes, T>.One(sum, a, strideA, b, strideB, store, row, column); break;
        }
    }
}
