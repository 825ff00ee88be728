using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Experiments.Tests;

internal static class TensorsOf
{
    public static Tensor<T> Values<T>(this Arena arena, int columns, params T[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> tensor = arena.Allocate<T>(values.Length / columns, columns);
        tensor.CopyFrom(values);
        return tensor;
    }

    public static Tensor<double> Normal(this Arena arena, ulong seed, int rows, int columns, double scale = 1)
    {
        var random = new RandomStream(seed);
        var values = new double[rows * columns];
        random.FillNormal<double>(values, scale);
        return arena.Values(columns, values);
    }
}
