using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Kernels;

/// <summary>One <typeparamref name="T"/>: the scalar form of every kernel.</summary>
internal readonly unsafe struct Lanes1<T> : ILanes<Lanes1<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes1(T value) => this.value = value;

    public static int Count => 1;

    public static int Accumulators => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Load(T* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes1<T> lanes, T* destination) => *destination = lanes.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Splat(T scalar) => new(scalar);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> MultiplyAdd(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c) => new(T.FusedMultiplyAdd(a.value, b.value, c.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Max(Lanes1<T> a, Lanes1<T> b) => new(T.Max(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> WherePositive(Lanes1<T> condition, Lanes1<T> lanes) => condition.value > T.Zero ? lanes : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes1<T> lanes) => lanes.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator +(Lanes1<T> a, Lanes1<T> b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator -(Lanes1<T> a, Lanes1<T> b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator *(Lanes1<T> a, Lanes1<T> b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator /(Lanes1<T> a, Lanes1<T> b) => new(a.value / b.value);
}
