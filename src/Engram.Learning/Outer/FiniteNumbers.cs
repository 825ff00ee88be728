using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>Looks for numbers that are not finite, a vector at a time.</summary>
internal static class FiniteNumbers
{
    /// <summary>Whether every element is finite.</summary>
    public static bool Fill(Tensor<float> tensor)
    {
        for (int r = 0; r < tensor.Rows; r++)
        {
            // x − x is 0 for a finite x and NaN otherwise.
            ReadOnlySpan<float> row = tensor.Row(r);
            ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
            Vector<float> rest = Vector<float>.Zero;
            foreach (Vector<float> v in vectors)
            {
                rest += v - v;
            }

            bool allFinite = rest == Vector<float>.Zero;
            foreach (float v in row[(vectors.Length * Vector<float>.Count)..])
            {
                allFinite &= float.IsFinite(v);
            }

            if (!allFinite)
            {
                return false;
            }
        }

        return true;
    }
}
