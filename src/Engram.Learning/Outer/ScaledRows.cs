using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>Multiplies tensors by a number, a vector at a time.</summary>
internal static class ScaledRows
{
    /// <summary>values ← scale values; nothing is touched where scale is 1.</summary>
    public static void Multiply(Tensor<float> values, float scale)
    {
        for (int r = 0; scale != 1 && r < values.Rows; r++)
        {
            Span<float> row = values.Row(r);
            Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
            for (int i = 0; i < vectors.Length; i++)
            {
                vectors[i] *= scale;
            }

            for (int i = vectors.Length * Vector<float>.Count; i < row.Length; i++)
            {
                row[i] *= scale;
            }
        }
    }
}
