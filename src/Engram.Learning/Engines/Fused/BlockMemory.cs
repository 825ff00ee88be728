using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Fused;

/// <summary>Blocks of one layer's activity: each [units][width], one after the other.</summary>
internal readonly unsafe struct Blocks<T>(T* pointer, int units, int width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a block.</summary>
    public int Units { get; } = units;

    /// <summary>Elements of a row.</summary>
    public int Width { get; } = width;

    /// <summary>Elements from one block to the next.</summary>
    public nint Step => (nint)Units * Width;

    /// <summary>A block's first element.</summary>
    public T* this[int block] => pointer + (block * Step);

    /// <summary>Takes zeroed blocks from an arena.</summary>
    /// <exception cref="OverflowException">They have more rows than an int counts.</exception>
    public static Blocks<T> Allocate(Arena arena, int count, int units, int width) =>
        new(arena.Allocate<T>(checked(count * units), width).Pointer, units, width);
}

/// <summary>Rows of numbers used by one layer of a dense stack.</summary>
internal readonly record struct DenseLayer<T>(
    int Inputs, int Outputs, Activation Activation, Tensor<T> Weights, Tensor<T> Bias, Tensor<T> WeightGradient, Tensor<T> BiasGradient)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
