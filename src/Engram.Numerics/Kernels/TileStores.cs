using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Numerics.Kernels;

/// <summary>
/// What becomes of a matrix product's sums: every register of a finished tile passes through <see cref="Put"/> once, so that work on the
/// result (an activation, a plasticity rule) costs no pass of its own.
/// </summary>
/// <remarks>Keep it free of branches: anything but straight-line code after the tile's loop makes the JIT spill the sums inside
/// it.</remarks>
internal interface ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Rows of a tile: 8, or 4 for stores of so many operations that the JIT would not inline eight rows' worth and call functions instead.
    /// </summary>
    static virtual int MostRows => 8;

    /// <summary>Elements from one row of the result to the next.</summary>
    nint Stride { get; }

    /// <summary>Whether the store reads matrices too large for the nearest caches, which are then fetched while the sums pass.</summary>
    static virtual bool ReadsAhead => false;

    /// <summary>Asks for what <see cref="Put"/> will read there.</summary>
    void Ahead(nint offset);

    /// <summary>Takes sums.</summary>
    /// <param name="offset">Where they belong: row × <see cref="Stride"/> + column.</param>
    /// <param name="row">Their row.</param>
    /// <param name="sums">The sums.</param>
    void Put(nint offset, nint row, TLanes sums);
}

/// <summary>C = sums.</summary>
internal readonly unsafe struct Overwrite<TLanes, T>(T* destination, nint stride) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* destination = destination;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) => TLanes.Store(sums, destination + offset);
}

/// <summary>C += sums.</summary>
internal readonly unsafe struct Accumulate<TLanes, T>(T* destination, nint stride) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* destination = destination;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) => TLanes.Store(TLanes.Load(destination + offset) + sums, destination + offset);
}

/// <summary>C = sums + bias of the row.</summary>
internal readonly unsafe struct AddBias<TLanes, T>(T* destination, nint stride, T* bias) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* destination = destination;
    private readonly T* bias = bias;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) => TLanes.Store(sums + TLanes.Splat(bias[row]), destination + offset);
}

/// <summary>C = ReLU(sums + bias of the row).</summary>
internal readonly unsafe struct AddBiasRectify<TLanes, T>(T* destination, nint stride, T* bias) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* destination = destination;
    private readonly T* bias = bias;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) =>
        TLanes.Store(TLanes.Max(sums + TLanes.Splat(bias[row]), default), destination + offset);
}

/// <summary>C = sums where the gate is above 0, else 0: a gradient on its way back through a ReLU.</summary>
internal readonly unsafe struct Gate<TLanes, T>(T* destination, nint stride, T* gate) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* destination = destination;
    private readonly T* gate = gate;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) =>
        TLanes.Store(TLanes.WherePositive(TLanes.Load(gate + offset), sums), destination + offset);
}

/// <summary>Asking for memory before it is read.</summary>
internal static unsafe class Prefetch
{
    /// <summary>The line of the cache that holds an address, into the nearest cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
