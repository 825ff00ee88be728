using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>Multiplies tensors by a number, a vector at a time, and shrinks them towards zero.</summary>
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

    /// <summary>values ← sign(values) max(|values| − threshold, 0), the proximal step of threshold · |values|₁; nothing is touched where
    /// threshold is 0.</summary>
    public static void Shrink(Tensor<float> values, float threshold)
    {
        for (int r = 0; threshold > 0 && r < values.Rows; r++)
        {
            foreach (ref float value in values.Row(r))
            {
                // A number that is not finite stays so: it is for the trainer to stop at.
                value = float.IsFinite(value) ? MathF.CopySign(MathF.Max(MathF.Abs(value) - threshold, 0), value) : value;
            }
        }
    }
}
