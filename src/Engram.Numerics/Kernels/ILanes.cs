using System.Numerics;

namespace Engram.Numerics.Kernels;

/// <summary>
/// A register's worth of numbers. Every kernel is written once against this and compiled for 512, 256 and 128 bits and for one number at a
/// time;
/// the JIT turns each instantiation into straight vector code.
/// </summary>
/// <remarks>Kernels whose lanes run along independent elements give the same bits at every width, because they add in the same
/// order.</remarks>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many numbers.</summary>
    static abstract int Count { get; }

    /// <summary>Accumulators of a matrix-product tile that fit the registers of this width beside its factors: 24 or 12.</summary>
    static abstract int Accumulators { get; }

    static abstract TSelf Load(T* source);

    static abstract void Store(TSelf lanes, T* destination);

    static abstract TSelf Splat(T scalar);

    /// <summary>a b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger; NaN where either is.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The lanes where the condition is above 0, else 0.</summary>
    static abstract TSelf WherePositive(TSelf condition, TSelf lanes);

    /// <summary>Sum of all lanes.</summary>
    static abstract T Sum(TSelf lanes);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);
}
