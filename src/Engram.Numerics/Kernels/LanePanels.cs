using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics;

/// <summary>One, two or three registers side by side: a row of a matrix-product tile.</summary>
internal unsafe interface ILanePanel<TSelf, TLanes, T>
    where TSelf : unmanaged, ILanePanel<TSelf, TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Registers in the panel.</summary>
    static abstract int Registers { get; }

    static abstract TSelf Load(T* source);

    /// <summary>x b + c with x in every lane.</summary>
    static abstract TSelf MultiplyAdd(TLanes x, TSelf b, TSelf c);

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

    public static int Registers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel1<TLanes, T> Load(T* source)
    {
        Panel1<TLanes, T> panel;
        panel.first = TLanes.Load(source);
        return panel;
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

    public static int Registers => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Panel2<TLanes, T> Load(T* source)
    {
        Panel2<TLanes, T> panel;
        panel.first = TLanes.Load(source);
        panel.second = TLanes.Load(source + TLanes.Count);
        return panel;
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

    public static int Registers => 3;

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
