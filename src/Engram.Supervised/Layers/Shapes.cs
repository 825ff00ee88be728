using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Memory;

namespace Engram.Supervised.Layers;

/// <summary>Refuses tensors that do not fit before kernels run over their ends.</summary>
internal static class Shapes
{
    /// <summary>Checks a tensor's shape, and that whole registers may run over the ends of its rows.</summary>
    /// <exception cref="ArgumentException">It has another.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Expect<T>(Tensor<T> found, int rows, int columns, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (found.Rows != rows || found.Columns != columns || found.Stride < Tensor<T>.StrideFor(columns))
        {
            throw new ArgumentException(
                $"Found {found.Rows}×{found.Columns} (stride {found.Stride}), expected {rows}×{columns} with rows padded to 64 bytes.",
                name);
        }
    }
}
