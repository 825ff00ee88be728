using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>One, two or three registers side by side: a row of a matrix-product tile.</summary>
internal unsafe interface ILanePanel<TSelf, TLanes, T>
    where TSelf : unmanaged, ILanePanel<TSelf, TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract TSelf Load(T* source);

    /// <summary>What the sums begin with, leftmost first.</summary>
    static abstract TSelf Begin<TStart>(in TStart start, nint offset)
        where TStart : struct, ITileStart<TLanes, T>;

    /// <summary>x b + c with x in every lane.</summary>
    static abstract TSelf MultiplyAdd(TLanes x, TSelf b, TSelf c);

    /// <summary>Asks for what the store will read.</summary>
    static abstract void Ahead<TStore>(in TStore store, nint offset)
        where TStore : struct, ITileStore<TLanes, T>;

    /// <summary>Hands every register to the store, leftmost first.</summary>
    static abstract void Put<TStore>(TSelf panel, in TStore store, nint offset, nint row)
        where TStore : struct, ITileStore<TLanes, T>;
}

/// <inheritdoc/>
internal unsafe struct Panel1<TLanes, T> : ILanePanel<Panel1<TLanes, T>, TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TLanes first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel1<TLanes, T> Load(T* source)
    {
        Panel1<TLanes, T> panel;
        panel.first = TLanes.Load(source);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel1<TLanes, T> Begin<TStart>(in TStart start, nint offset)
        where TStart : struct, ITileStart<TLanes, T>
    {
        Panel1<TLanes, T> panel;
        panel.first = start.Get(offset);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<TStore>(in TStore store, nint offset)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Ahead(offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel1<TLanes, T> MultiplyAdd(TLanes x, Panel1<TLanes, T> b, Panel1<TLanes, T> c)
    {
        Panel1<TLanes, T> panel;
        panel.first = TLanes.MultiplyAdd(x, b.first, c.first);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<TStore>(Panel1<TLanes, T> panel, in TStore store, nint offset, nint row)
        where TStore : struct, ITileStore<TLanes, T> => store.Put(offset, row, panel.first);
}

/// <inheritdoc/>
internal unsafe struct Panel2<TLanes, T> : ILanePanel<Panel2<TLanes, T>, TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TLanes first;
    private TLanes second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel2<TLanes, T> Load(T* source)
    {
        Panel2<TLanes, T> panel;
        panel.first = TLanes.Load(source);
        panel.second = TLanes.Load(source + TLanes.Count);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel2<TLanes, T> Begin<TStart>(in TStart start, nint offset)
        where TStart : struct, ITileStart<TLanes, T>
    {
        Panel2<TLanes, T> panel;
        panel.first = start.Get(offset);
        panel.second = start.Get(offset + TLanes.Count);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<TStore>(in TStore store, nint offset)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Ahead(offset);
        store.Ahead(offset + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel2<TLanes, T> MultiplyAdd(TLanes x, Panel2<TLanes, T> b, Panel2<TLanes, T> c)
    {
        Panel2<TLanes, T> panel;
        panel.first = TLanes.MultiplyAdd(x, b.first, c.first);
        panel.second = TLanes.MultiplyAdd(x, b.second, c.second);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<TStore>(Panel2<TLanes, T> panel, in TStore store, nint offset, nint row)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Put(offset, row, panel.first);
        store.Put(offset + TLanes.Count, row, panel.second);
    }
}

/// <inheritdoc/>
internal unsafe struct Panel3<TLanes, T> : ILanePanel<Panel3<TLanes, T>, TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TLanes first;
    private TLanes second;
    private TLanes third;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel3<TLanes, T> Load(T* source)
    {
        Panel3<TLanes, T> panel;
        panel.first = TLanes.Load(source);
        panel.second = TLanes.Load(source + TLanes.Count);
        panel.third = TLanes.Load(source + (2 * TLanes.Count));
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel3<TLanes, T> Begin<TStart>(in TStart start, nint offset)
        where TStart : struct, ITileStart<TLanes, T>
    {
        Panel3<TLanes, T> panel;
        panel.first = start.Get(offset);
        panel.second = start.Get(offset + TLanes.Count);
        panel.third = start.Get(offset + (2 * TLanes.Count));
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<TStore>(in TStore store, nint offset)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Ahead(offset);
        if (TLanes.Count * sizeof(T) == 64)
        {
            store.Ahead(offset + TLanes.Count);
        }

        store.Ahead(offset + (2 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel3<TLanes, T> MultiplyAdd(TLanes x, Panel3<TLanes, T> b, Panel3<TLanes, T> c)
    {
        Panel3<TLanes, T> panel;
        panel.first = TLanes.MultiplyAdd(x, b.first, c.first);
        panel.second = TLanes.MultiplyAdd(x, b.second, c.second);
        panel.third = TLanes.MultiplyAdd(x, b.third, c.third);
        return panel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<TStore>(Panel3<TLanes, T> panel, in TStore store, nint offset, nint row)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Put(offset, row, panel.first);
        store.Put(offset + TLanes.Count, row, panel.second);
        store.Put(offset + (2 * TLanes.Count), row, panel.third);
    }
}

/// <summary>Four registers side by side: a row of the tile of three rows, which takes b a register at a time, for there is none left to
/// hold more of it.</summary>
internal unsafe struct Panel4<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TLanes first;
    private TLanes second;
    private TLanes third;
    private TLanes fourth;

    /// <summary>What the sums begin with, leftmost first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel4<TLanes, T> Begin<TStart>(in TStart start, nint offset)
        where TStart : struct, ITileStart<TLanes, T>
    {
        Panel4<TLanes, T> panel;
        panel.first = start.Get(offset);
        panel.second = start.Get(offset + TLanes.Count);
        panel.third = start.Get(offset + (2 * TLanes.Count));
        panel.fourth = start.Get(offset + (3 * TLanes.Count));
        return panel;
    }

    /// <summary>Asks for what the store will read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead<TStore>(in TStore store, nint offset)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Ahead(offset);
        store.Ahead(offset + (2 * TLanes.Count));
    }

    /// <summary>x b + c in three rows, each with its x in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(
        TLanes x0, TLanes x1, TLanes x2, T* b, ref Panel4<TLanes, T> c0, ref Panel4<TLanes, T> c1, ref Panel4<TLanes, T> c2)
    {
        TLanes right = TLanes.Load(b);
        c0.first = TLanes.MultiplyAdd(x0, right, c0.first);
        c1.first = TLanes.MultiplyAdd(x1, right, c1.first);
        c2.first = TLanes.MultiplyAdd(x2, right, c2.first);
        right = TLanes.Load(b + TLanes.Count);
        c0.second = TLanes.MultiplyAdd(x0, right, c0.second);
        c1.second = TLanes.MultiplyAdd(x1, right, c1.second);
        c2.second = TLanes.MultiplyAdd(x2, right, c2.second);
        right = TLanes.Load(b + (2 * TLanes.Count));
        c0.third = TLanes.MultiplyAdd(x0, right, c0.third);
        c1.third = TLanes.MultiplyAdd(x1, right, c1.third);
        c2.third = TLanes.MultiplyAdd(x2, right, c2.third);
        right = TLanes.Load(b + (3 * TLanes.Count));
        c0.fourth = TLanes.MultiplyAdd(x0, right, c0.fourth);
        c1.fourth = TLanes.MultiplyAdd(x1, right, c1.fourth);
        c2.fourth = TLanes.MultiplyAdd(x2, right, c2.fourth);
    }

    /// <summary>Hands every register to the store, leftmost first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<TStore>(Panel4<TLanes, T> panel, in TStore store, nint offset, nint row)
        where TStore : struct, ITileStore<TLanes, T>
    {
        store.Put(offset, row, panel.first);
        store.Put(offset + TLanes.Count, row, panel.second);
        store.Put(offset + (2 * TLanes.Count), row, panel.third);
        store.Put(offset + (3 * TLanes.Count), row, panel.fourth);
    }
}
