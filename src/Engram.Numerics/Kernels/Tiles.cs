using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>How the left factor of a product lies in memory.</summary>
/// <remarks>The two forms differ in addresses only; the constant <c>row</c> folds away in compilation.</remarks>
internal unsafe interface ILeftFactor<T>
    where T : unmanaged
{
    /// <summary>Address of a row's first element, relative to row 0.</summary>
    static abstract T* Row(T* origin, nint stride, nint row);

    /// <summary>Elements from one summand to the next.</summary>
    static abstract nint Step(nint stride);

    /// <summary>Elements from row 0 to row 1, 2 and 3, for one of the two to keep in registers.</summary>
    static abstract nint RowStep(nint stride, int rows);
}

/// <summary>A[row, k]: sums run along rows in memory.</summary>
internal readonly unsafe struct LeftByRows<T> : ILeftFactor<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Row(T* origin, nint stride, nint row) => origin + (row * stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Step(nint stride) => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint RowStep(nint stride, int rows) => rows * stride;
}

/// <summary>A[k, row]: the left factor lies transposed, sums run down its columns.</summary>
internal readonly unsafe struct LeftByColumns<T> : ILeftFactor<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Row(T* origin, nint stride, nint row) => origin + row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Step(nint stride) => stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint RowStep(nint stride, int rows) => rows;
}

/// <summary>The summands of a product: <paramref name="Blocks"/> runs of <paramref name="Depth"/>, each starting a step after the one
/// before.</summary>
/// <param name="Depth">Summands in a run.</param>
/// <param name="Blocks">Runs.</param>
/// <param name="LeftStep">Elements from one run of the left factor to the next.</param>
/// <param name="RightStep">Elements from one run of the right factor to the next.</param>
internal readonly record struct Summands(nint Depth, nint Blocks = 1, nint LeftStep = 0, nint RightStep = 0);

/// <summary>
/// The innermost loops of all matrix products: a tile of rows × (1 to 3 registers, in <see cref="WideTiles{TLeft, TLanes, T}"/> 4) of C = A
/// B stays in registers while all summands pass.
/// </summary>
/// <remarks>B's rows lie along memory and are read a register at a time; each element of A is spread over a register. Every element of C is
/// one chain of fused multiply-adds in the order of the summands, so it has the same bits whatever tile, thread or vector width it fell
/// to.</remarks>
internal static unsafe class Tiles<TPanel, TLeft, TLanes, T>
    where TPanel : unmanaged, ILanePanel<TPanel, TLanes, T>
    where TLeft : struct, ILeftFactor<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Eight<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        nint begin = (row * start.Stride) + column;
        TPanel c0 = TPanel.Begin(start, begin);
        TPanel c1 = TPanel.Begin(start, begin + start.Stride);
        TPanel c2 = TPanel.Begin(start, begin + (2 * start.Stride));
        TPanel c3 = TPanel.Begin(start, begin + (3 * start.Stride));
        TPanel c4 = TPanel.Begin(start, begin + (4 * start.Stride));
        TPanel c5 = TPanel.Begin(start, begin + (5 * start.Stride));
        TPanel c6 = TPanel.Begin(start, begin + (6 * start.Stride));
        TPanel c7 = TPanel.Begin(start, begin + (7 * start.Stride));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), s3 = TLeft.RowStep(strideA, 3), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        T* low = TLeft.Row(a, strideA, row);
        T* high = TLeft.Row(a, strideA, row + 4);
        b += column;
        if (TStore.ReadsAhead)
        {
            nint ahead = (row * store.Stride) + column;
            TPanel.Ahead(store, ahead);
            TPanel.Ahead(store, ahead + store.Stride);
            TPanel.Ahead(store, ahead + (2 * store.Stride));
            TPanel.Ahead(store, ahead + (3 * store.Stride));
            TPanel.Ahead(store, ahead + (4 * store.Stride));
            TPanel.Ahead(store, ahead + (5 * store.Stride));
            TPanel.Ahead(store, ahead + (6 * store.Stride));
            TPanel.Ahead(store, ahead + (7 * store.Stride));
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            for (nint k = depth; k > 0; k--)
            {
                TPanel right = TPanel.Load(b);
                c0 = TPanel.MultiplyAdd(TLanes.Splat(*low), right, c0);
                c1 = TPanel.MultiplyAdd(TLanes.Splat(low[s1]), right, c1);
                c2 = TPanel.MultiplyAdd(TLanes.Splat(low[s2]), right, c2);
                c3 = TPanel.MultiplyAdd(TLanes.Splat(low[s3]), right, c3);
                c4 = TPanel.MultiplyAdd(TLanes.Splat(*high), right, c4);
                c5 = TPanel.MultiplyAdd(TLanes.Splat(high[s1]), right, c5);
                c6 = TPanel.MultiplyAdd(TLanes.Splat(high[s2]), right, c6);
                c7 = TPanel.MultiplyAdd(TLanes.Splat(high[s3]), right, c7);
                low += step;
                high += step;
                b += strideB;
            }

            low += leftSkip;
            high += leftSkip;
            b += rightSkip;
        }

        nint offset = (row * store.Stride) + column;
        TPanel.Put(c0, store, offset, row);
        TPanel.Put(c1, store, offset + store.Stride, row + 1);
        offset += 2 * store.Stride;
        TPanel.Put(c2, store, offset, row + 2);
        TPanel.Put(c3, store, offset + store.Stride, row + 3);
        offset += 2 * store.Stride;
        TPanel.Put(c4, store, offset, row + 4);
        TPanel.Put(c5, store, offset + store.Stride, row + 5);
        offset += 2 * store.Stride;
        TPanel.Put(c6, store, offset, row + 6);
        TPanel.Put(c7, store, offset + store.Stride, row + 7);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Six<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        nint begin = (row * start.Stride) + column;
        TPanel c0 = TPanel.Begin(start, begin);
        TPanel c1 = TPanel.Begin(start, begin + start.Stride);
        TPanel c2 = TPanel.Begin(start, begin + (2 * start.Stride));
        TPanel c3 = TPanel.Begin(start, begin + (3 * start.Stride));
        TPanel c4 = TPanel.Begin(start, begin + (4 * start.Stride));
        TPanel c5 = TPanel.Begin(start, begin + (5 * start.Stride));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        T* low = TLeft.Row(a, strideA, row);
        T* high = TLeft.Row(a, strideA, row + 3);
        b += column;
        if (TStore.ReadsAhead)
        {
            nint ahead = (row * store.Stride) + column;
            TPanel.Ahead(store, ahead);
            TPanel.Ahead(store, ahead + store.Stride);
            TPanel.Ahead(store, ahead + (2 * store.Stride));
            TPanel.Ahead(store, ahead + (3 * store.Stride));
            TPanel.Ahead(store, ahead + (4 * store.Stride));
            TPanel.Ahead(store, ahead + (5 * store.Stride));
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            for (nint k = depth; k > 0; k--)
            {
                TPanel right = TPanel.Load(b);
                c0 = TPanel.MultiplyAdd(TLanes.Splat(*low), right, c0);
                c1 = TPanel.MultiplyAdd(TLanes.Splat(low[s1]), right, c1);
                c2 = TPanel.MultiplyAdd(TLanes.Splat(low[s2]), right, c2);
                c3 = TPanel.MultiplyAdd(TLanes.Splat(*high), right, c3);
                c4 = TPanel.MultiplyAdd(TLanes.Splat(high[s1]), right, c4);
                c5 = TPanel.MultiplyAdd(TLanes.Splat(high[s2]), right, c5);
                low += step;
                high += step;
                b += strideB;
            }

            low += leftSkip;
            high += leftSkip;
            b += rightSkip;
        }

        nint offset = (row * store.Stride) + column;
        TPanel.Put(c0, store, offset, row);
        TPanel.Put(c1, store, offset + store.Stride, row + 1);
        offset += 2 * store.Stride;
        TPanel.Put(c2, store, offset, row + 2);
        TPanel.Put(c3, store, offset + store.Stride, row + 3);
        offset += 2 * store.Stride;
        TPanel.Put(c4, store, offset, row + 4);
        TPanel.Put(c5, store, offset + store.Stride, row + 5);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Four<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        nint begin = (row * start.Stride) + column;
        TPanel c0 = TPanel.Begin(start, begin);
        TPanel c1 = TPanel.Begin(start, begin + start.Stride);
        TPanel c2 = TPanel.Begin(start, begin + (2 * start.Stride));
        TPanel c3 = TPanel.Begin(start, begin + (3 * start.Stride));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), s3 = TLeft.RowStep(strideA, 3), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        T* low = TLeft.Row(a, strideA, row);
        b += column;
        if (TStore.ReadsAhead)
        {
            nint ahead = (row * store.Stride) + column;
            TPanel.Ahead(store, ahead);
            TPanel.Ahead(store, ahead + store.Stride);
            TPanel.Ahead(store, ahead + (2 * store.Stride));
            TPanel.Ahead(store, ahead + (3 * store.Stride));
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            for (nint k = depth; k > 0; k--)
            {
                TPanel right = TPanel.Load(b);
                c0 = TPanel.MultiplyAdd(TLanes.Splat(*low), right, c0);
                c1 = TPanel.MultiplyAdd(TLanes.Splat(low[s1]), right, c1);
                c2 = TPanel.MultiplyAdd(TLanes.Splat(low[s2]), right, c2);
                c3 = TPanel.MultiplyAdd(TLanes.Splat(low[s3]), right, c3);
                low += step;
                b += strideB;
            }

            low += leftSkip;
            b += rightSkip;
        }

        nint offset = (row * store.Stride) + column;
        TPanel.Put(c0, store, offset, row);
        TPanel.Put(c1, store, offset + store.Stride, row + 1);
        offset += 2 * store.Stride;
        TPanel.Put(c2, store, offset, row + 2);
        TPanel.Put(c3, store, offset + store.Stride, row + 3);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void One<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        nint begin = (row * start.Stride) + column;
        TPanel c0 = TPanel.Begin(start, begin);
        nint step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        T* low = TLeft.Row(a, strideA, row);
        b += column;
        if (TStore.ReadsAhead)
        {
            nint ahead = (row * store.Stride) + column;
            TPanel.Ahead(store, ahead);
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            for (nint k = depth; k > 0; k--)
            {
                c0 = TPanel.MultiplyAdd(TLanes.Splat(*low), TPanel.Load(b), c0);
                low += step;
                b += strideB;
            }

            low += leftSkip;
            b += rightSkip;
        }

        TPanel.Put(c0, store, (row * store.Stride) + column, row);
    }
}

/// <summary>The tile of three rows × four registers: all 16 registers of 256 bits at work, and the most columns of B for every reading of
/// them.</summary>
internal static unsafe class WideTiles<TLeft, TLanes, T>
    where TLeft : struct, ILeftFactor<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Three<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        nint begin = (row * start.Stride) + column;
        Panel4<TLanes, T> c0 = Panel4<TLanes, T>.Begin(start, begin);
        Panel4<TLanes, T> c1 = Panel4<TLanes, T>.Begin(start, begin + start.Stride);
        Panel4<TLanes, T> c2 = Panel4<TLanes, T>.Begin(start, begin + (2 * start.Stride));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        T* low = TLeft.Row(a, strideA, row);
        b += column;
        if (TStore.ReadsAhead)
        {
            nint ahead = (row * store.Stride) + column;
            Panel4<TLanes, T>.Ahead(store, ahead);
            Panel4<TLanes, T>.Ahead(store, ahead + store.Stride);
            Panel4<TLanes, T>.Ahead(store, ahead + (2 * store.Stride));
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            for (nint k = depth; k > 0; k--)
            {
                Panel4<TLanes, T>.MultiplyAdd(TLanes.Splat(*low), TLanes.Splat(low[s1]), TLanes.Splat(low[s2]), b, ref c0, ref c1, ref c2);
                low += step;
                b += strideB;
            }

            low += leftSkip;
            b += rightSkip;
        }

        nint offset = (row * store.Stride) + column;
        Panel4<TLanes, T>.Put(c0, store, offset, row);
        Panel4<TLanes, T>.Put(c1, store, offset + store.Stride, row + 1);
        Panel4<TLanes, T>.Put(c2, store, offset + (2 * store.Stride), row + 2);
    }
}
