using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>What a tile's sums begin with: nothing, or what an earlier stretch of the same sums came to.</summary>
internal interface ITileStart<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements from one row to the next.</summary>
    nint Stride { get; }

    /// <summary>The sums at row × <see cref="Stride"/> + column.</summary>
    TLanes Get(nint offset);
}

/// <summary>Sums that begin here.</summary>
internal readonly struct FromZero<TLanes, T> : ITileStart<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public nint Stride
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Get(nint offset) => default;
}

/// <summary>Sums that go on from where an earlier stretch left them.</summary>
internal readonly unsafe struct FromPartial<TLanes, T>(T* partial, nint stride) : ITileStart<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* partial = partial;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Get(nint offset) => TLanes.Load(partial + offset);
}
