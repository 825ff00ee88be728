using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Register = System.Runtime.Intrinsics.Vector256<float>;

namespace Engram.Numerics.Kernels;

/// <summary>
/// The three tiles of <see cref="Tiles{TPanel, TLeft, TLanes, T}"/> and <see cref="WideTiles{TLeft, TLanes, T}"/> that single precision at
/// 256 bits lives in, with as few instructions as there can be: the same sums in the same order, so the same bits.
/// </summary>
/// <remarks>
/// <para>A step of a tile is 12 multiply-adds, which keep both multipliers busy for six cycles, and seven or eight loads. Everything else
/// competes for the slots in which a core takes up instructions, and where two threads share a core each has half of them. So four steps
/// are written out, and sums are variables of the register's own type: held in a structure around it, the JIT adds into a factor's register
/// and copies the sum back, six more instructions a step.</para>
/// <para>Only for <typeparamref name="TLanes"/> of <see cref="Lanes256{T}"/> of float.</para>
/// </remarks>
internal static unsafe class SingleTiles256<TLeft, TLanes, T>
    where TLeft : struct, ILeftFactor<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Count = 8;

    /// <summary>Three rows of four registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ThreeByFour<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        TStart begin = start;
        nint at = (row * begin.Stride) + column;
        Register a0 = Register256(begin.Get(at));
        Register a1 = Register256(begin.Get(at + Count));
        Register a2 = Register256(begin.Get(at + (2 * Count)));
        Register a3 = Register256(begin.Get(at + (3 * Count)));
        at += begin.Stride;
        Register b0 = Register256(begin.Get(at));
        Register b1 = Register256(begin.Get(at + Count));
        Register b2 = Register256(begin.Get(at + (2 * Count)));
        Register b3 = Register256(begin.Get(at + (3 * Count)));
        at += begin.Stride;
        Register c0 = Register256(begin.Get(at));
        Register c1 = Register256(begin.Get(at + Count));
        Register c2 = Register256(begin.Get(at + (2 * Count)));
        Register c3 = Register256(begin.Get(at + (3 * Count)));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        float* low = (float*)TLeft.Row(a, strideA, row);
        float* right = (float*)(b + column);
        AheadLeft(low, step, strideA, 3);
        if (TStore.ReadsAhead)
        {
            Ahead(store, ((row + 3) * store.Stride) + column, 3, 4);
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            nint k = depth;
            for (; k >= 4; k -= 4)
            {
                Step(low, s1, s2, right, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3);
                right += strideB;
                Step(
                    low + step, s1, s2, right, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2,
                    ref c3);
                right += strideB;
                Step(
                    low + (2 * step), s1, s2, right, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1,
                    ref c2, ref c3);
                right += strideB;
                Step(
                    low + (3 * step), s1, s2, right, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1,
                    ref c2, ref c3);
                right += strideB;
                low += 4 * step;
            }

            for (; k > 0; k--)
            {
                Step(low, s1, s2, right, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3, ref c0, ref c1, ref c2, ref c3);
                right += strideB;
                low += step;
            }

            low += leftSkip;
            right += rightSkip;
        }

        TStore last = store;
        nint offset = (row * last.Stride) + column;
        last.Put(offset, row, Lanes(a0));
        last.Put(offset + Count, row, Lanes(a1));
        last.Put(offset + (2 * Count), row, Lanes(a2));
        last.Put(offset + (3 * Count), row, Lanes(a3));
        offset += last.Stride;
        last.Put(offset, row + 1, Lanes(b0));
        last.Put(offset + Count, row + 1, Lanes(b1));
        last.Put(offset + (2 * Count), row + 1, Lanes(b2));
        last.Put(offset + (3 * Count), row + 1, Lanes(b3));
        offset += last.Stride;
        last.Put(offset, row + 2, Lanes(c0));
        last.Put(offset + Count, row + 2, Lanes(c1));
        last.Put(offset + (2 * Count), row + 2, Lanes(c2));
        last.Put(offset + (3 * Count), row + 2, Lanes(c3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        float* low, nint s1, nint s2, float* right, ref Register a0, ref Register a1, ref Register a2, ref Register a3, ref Register b0,
        ref Register b1, ref Register b2, ref Register b3, ref Register c0, ref Register c1, ref Register c2, ref Register c3)
    {
        Register x0 = Vector256.Create(*low);
        Register x1 = Vector256.Create(low[s1]);
        Register x2 = Vector256.Create(low[s2]);
        Register r = Vector256.Load(right);
        a0 = Vector256.FusedMultiplyAdd(x0, r, a0);
        b0 = Vector256.FusedMultiplyAdd(x1, r, b0);
        c0 = Vector256.FusedMultiplyAdd(x2, r, c0);
        r = Vector256.Load(right + Count);
        a1 = Vector256.FusedMultiplyAdd(x0, r, a1);
        b1 = Vector256.FusedMultiplyAdd(x1, r, b1);
        c1 = Vector256.FusedMultiplyAdd(x2, r, c1);
        r = Vector256.Load(right + (2 * Count));
        a2 = Vector256.FusedMultiplyAdd(x0, r, a2);
        b2 = Vector256.FusedMultiplyAdd(x1, r, b2);
        c2 = Vector256.FusedMultiplyAdd(x2, r, c2);
        r = Vector256.Load(right + (3 * Count));
        a3 = Vector256.FusedMultiplyAdd(x0, r, a3);
        b3 = Vector256.FusedMultiplyAdd(x1, r, b3);
        c3 = Vector256.FusedMultiplyAdd(x2, r, c3);
    }

    /// <summary>Four rows of three registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void FourByThree<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        TStart begin = start;
        nint at = (row * begin.Stride) + column;
        Register a0 = Register256(begin.Get(at));
        Register a1 = Register256(begin.Get(at + Count));
        Register a2 = Register256(begin.Get(at + (2 * Count)));
        at += begin.Stride;
        Register b0 = Register256(begin.Get(at));
        Register b1 = Register256(begin.Get(at + Count));
        Register b2 = Register256(begin.Get(at + (2 * Count)));
        at += begin.Stride;
        Register c0 = Register256(begin.Get(at));
        Register c1 = Register256(begin.Get(at + Count));
        Register c2 = Register256(begin.Get(at + (2 * Count)));
        at += begin.Stride;
        Register d0 = Register256(begin.Get(at));
        Register d1 = Register256(begin.Get(at + Count));
        Register d2 = Register256(begin.Get(at + (2 * Count)));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), s3 = TLeft.RowStep(strideA, 3), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        float* low = (float*)TLeft.Row(a, strideA, row);
        float* right = (float*)(b + column);
        AheadLeft(low, step, strideA, 4);
        if (TStore.ReadsAhead)
        {
            Ahead(store, (row * store.Stride) + column + (3 * Count), 4, 3);
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            nint k = depth;
            for (; k >= 4; k -= 4)
            {
                Step(
                    low, s1, s2, s3, right, ref a0, ref a1, ref a2, ref b0, ref b1, ref b2, ref c0, ref c1, ref c2, ref d0, ref d1,
                    ref d2);
                right += strideB;
                Step(
                    low + step, s1, s2, s3, right, ref a0, ref a1, ref a2, ref b0, ref b1, ref b2, ref c0, ref c1, ref c2, ref d0,
                    ref d1, ref d2);
                right += strideB;
                Step(
                    low + (2 * step), s1, s2, s3, right, ref a0, ref a1, ref a2, ref b0, ref b1, ref b2, ref c0, ref c1, ref c2, ref d0,
                    ref d1, ref d2);
                right += strideB;
                Step(
                    low + (3 * step), s1, s2, s3, right, ref a0, ref a1, ref a2, ref b0, ref b1, ref b2, ref c0, ref c1, ref c2, ref d0,
                    ref d1, ref d2);
                right += strideB;
                low += 4 * step;
            }

            for (; k > 0; k--)
            {
                Step(
                    low, s1, s2, s3, right, ref a0, ref a1, ref a2, ref b0, ref b1, ref b2, ref c0, ref c1, ref c2, ref d0, ref d1,
                    ref d2);
                right += strideB;
                low += step;
            }

            low += leftSkip;
            right += rightSkip;
        }

        TStore last = store;
        nint offset = (row * last.Stride) + column;
        last.Put(offset, row, Lanes(a0));
        last.Put(offset + Count, row, Lanes(a1));
        last.Put(offset + (2 * Count), row, Lanes(a2));
        offset += last.Stride;
        last.Put(offset, row + 1, Lanes(b0));
        last.Put(offset + Count, row + 1, Lanes(b1));
        last.Put(offset + (2 * Count), row + 1, Lanes(b2));
        offset += last.Stride;
        last.Put(offset, row + 2, Lanes(c0));
        last.Put(offset + Count, row + 2, Lanes(c1));
        last.Put(offset + (2 * Count), row + 2, Lanes(c2));
        offset += last.Stride;
        last.Put(offset, row + 3, Lanes(d0));
        last.Put(offset + Count, row + 3, Lanes(d1));
        last.Put(offset + (2 * Count), row + 3, Lanes(d2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        float* low, nint s1, nint s2, nint s3, float* right, ref Register a0, ref Register a1, ref Register a2, ref Register b0,
        ref Register b1, ref Register b2, ref Register c0, ref Register c1, ref Register c2, ref Register d0, ref Register d1,
        ref Register d2)
    {
        Register r0 = Vector256.Load(right);
        Register r1 = Vector256.Load(right + Count);
        Register r2 = Vector256.Load(right + (2 * Count));
        Register x = Vector256.Create(*low);
        a0 = Vector256.FusedMultiplyAdd(x, r0, a0);
        a1 = Vector256.FusedMultiplyAdd(x, r1, a1);
        a2 = Vector256.FusedMultiplyAdd(x, r2, a2);
        x = Vector256.Create(low[s1]);
        b0 = Vector256.FusedMultiplyAdd(x, r0, b0);
        b1 = Vector256.FusedMultiplyAdd(x, r1, b1);
        b2 = Vector256.FusedMultiplyAdd(x, r2, b2);
        x = Vector256.Create(low[s2]);
        c0 = Vector256.FusedMultiplyAdd(x, r0, c0);
        c1 = Vector256.FusedMultiplyAdd(x, r1, c1);
        c2 = Vector256.FusedMultiplyAdd(x, r2, c2);
        x = Vector256.Create(low[s3]);
        d0 = Vector256.FusedMultiplyAdd(x, r0, d0);
        d1 = Vector256.FusedMultiplyAdd(x, r1, d1);
        d2 = Vector256.FusedMultiplyAdd(x, r2, d2);
    }

    /// <summary>Six rows of two registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void SixByTwo<TStart, TStore>(
        in Summands sum, T* a, nint strideA, T* b, nint strideB, in TStart start, in TStore store, nint row, nint column)
        where TStart : struct, ITileStart<TLanes, T>
        where TStore : struct, ITileStore<TLanes, T>
    {
        TStart begin = start;
        nint at = (row * begin.Stride) + column;
        Register a0 = Register256(begin.Get(at));
        Register a1 = Register256(begin.Get(at + Count));
        at += begin.Stride;
        Register b0 = Register256(begin.Get(at));
        Register b1 = Register256(begin.Get(at + Count));
        at += begin.Stride;
        Register c0 = Register256(begin.Get(at));
        Register c1 = Register256(begin.Get(at + Count));
        at += begin.Stride;
        Register d0 = Register256(begin.Get(at));
        Register d1 = Register256(begin.Get(at + Count));
        at += begin.Stride;
        Register e0 = Register256(begin.Get(at));
        Register e1 = Register256(begin.Get(at + Count));
        at += begin.Stride;
        Register f0 = Register256(begin.Get(at));
        Register f1 = Register256(begin.Get(at + Count));
        nint s1 = TLeft.RowStep(strideA, 1), s2 = TLeft.RowStep(strideA, 2), step = TLeft.Step(strideA);
        nint depth = sum.Depth;
        nint leftSkip = sum.LeftStep - (depth * step);
        nint rightSkip = sum.RightStep - (depth * strideB);
        float* low = (float*)TLeft.Row(a, strideA, row);
        float* high = (float*)TLeft.Row(a, strideA, row + 3);
        float* right = (float*)(b + column);
        AheadLeft(low, step, strideA, 6);
        if (TStore.ReadsAhead)
        {
            Ahead(store, ((row + 6) * store.Stride) + column, 6, 2);
        }

        for (nint block = sum.Blocks; block > 0; block--)
        {
            nint k = depth;
            for (; k >= 4; k -= 4)
            {
                Step(
                    low, high, s1, s2, right, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1, ref e0, ref e1, ref f0,
                    ref f1);
                right += strideB;
                Step(
                    low + step, high + step, s1, s2, right, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1, ref e0,
                    ref e1, ref f0, ref f1);
                right += strideB;
                Step(
                    low + (2 * step), high + (2 * step), s1, s2, right, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1,
                    ref e0, ref e1, ref f0, ref f1);
                right += strideB;
                Step(
                    low + (3 * step), high + (3 * step), s1, s2, right, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1,
                    ref e0, ref e1, ref f0, ref f1);
                right += strideB;
                low += 4 * step;
                high += 4 * step;
            }

            for (; k > 0; k--)
            {
                Step(
                    low, high, s1, s2, right, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1, ref d0, ref d1, ref e0, ref e1, ref f0,
                    ref f1);
                right += strideB;
                low += step;
                high += step;
            }

            low += leftSkip;
            high += leftSkip;
            right += rightSkip;
        }

        TStore last = store;
        nint offset = (row * last.Stride) + column;
        last.Put(offset, row, Lanes(a0));
        last.Put(offset + Count, row, Lanes(a1));
        offset += last.Stride;
        last.Put(offset, row + 1, Lanes(b0));
        last.Put(offset + Count, row + 1, Lanes(b1));
        offset += last.Stride;
        last.Put(offset, row + 2, Lanes(c0));
        last.Put(offset + Count, row + 2, Lanes(c1));
        offset += last.Stride;
        last.Put(offset, row + 3, Lanes(d0));
        last.Put(offset + Count, row + 3, Lanes(d1));
        offset += last.Stride;
        last.Put(offset, row + 4, Lanes(e0));
        last.Put(offset + Count, row + 4, Lanes(e1));
        offset += last.Stride;
        last.Put(offset, row + 5, Lanes(f0));
        last.Put(offset + Count, row + 5, Lanes(f1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        float* low, float* high, nint s1, nint s2, float* right, ref Register a0, ref Register a1, ref Register b0, ref Register b1,
        ref Register c0, ref Register c1, ref Register d0, ref Register d1, ref Register e0, ref Register e1, ref Register f0,
        ref Register f1)
    {
        Register r0 = Vector256.Load(right);
        Register r1 = Vector256.Load(right + Count);
        Register x = Vector256.Create(*low);
        a0 = Vector256.FusedMultiplyAdd(x, r0, a0);
        a1 = Vector256.FusedMultiplyAdd(x, r1, a1);
        x = Vector256.Create(low[s1]);
        b0 = Vector256.FusedMultiplyAdd(x, r0, b0);
        b1 = Vector256.FusedMultiplyAdd(x, r1, b1);
        x = Vector256.Create(low[s2]);
        c0 = Vector256.FusedMultiplyAdd(x, r0, c0);
        c1 = Vector256.FusedMultiplyAdd(x, r1, c1);
        x = Vector256.Create(*high);
        d0 = Vector256.FusedMultiplyAdd(x, r0, d0);
        d1 = Vector256.FusedMultiplyAdd(x, r1, d1);
        x = Vector256.Create(high[s1]);
        e0 = Vector256.FusedMultiplyAdd(x, r0, e0);
        e1 = Vector256.FusedMultiplyAdd(x, r1, e1);
        x = Vector256.Create(high[s2]);
        f0 = Vector256.FusedMultiplyAdd(x, r0, f0);
        f1 = Vector256.FusedMultiplyAdd(x, r1, f1);
    }

    /// <summary>Asks for what the store of the next tile will read, two registers to a line of the cache. The next tile lies below where
    /// rows are no wider than this one, as with three by four and six by two, and to the right for four by three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead<TStore>(in TStore store, nint offset, int rows, int registers)
        where TStore : struct, ITileStore<TLanes, T>
    {
        TStore own = store;
        for (int row = 0; row < rows; row++)
        {
            own.Ahead(offset);
            if (registers > 2)
            {
                own.Ahead(offset + (2 * Count));
            }

            offset += own.Stride;
        }
    }

    /// <summary>Asks for the beginnings of the left factor's next rows, which nothing else would have fetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AheadLeft(float* low, nint step, nint stride, int rows)
    {
        if (step == 1)
        {
            for (int row = rows; row < 2 * rows; row++)
            {
                Prefetch.Line(low + (row * stride));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register Register256(TLanes lanes) => Unsafe.BitCast<TLanes, Register>(lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Lanes(Register sums) => Unsafe.BitCast<Register, TLanes>(sums);
}
