using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Supervised;

/// <summary>Softmax of batches with one example a column.</summary>
internal static unsafe class Softmax<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>p = exp(z) / Σ exp(z) of a column; in place too.</summary>
    /// <returns>ln Σ exp(z).</returns>
    public static T Column(Tensor<T> from, Tensor<T> to, int column)
    {
        T max = from.Pointer[column], sum = T.Zero;
        for (int k = 1; k < from.Rows; k++)
        {
            max = T.Max(max, from.RowPointer(k)[column]);
        }

        for (int k = 0; k < from.Rows; k++)
        {
            T p = T.Exp(from.RowPointer(k)[column] - max);
            to.RowPointer(k)[column] = p;
            sum += p;
        }

        for (int k = 0; k < from.Rows; k++)
        {
            to.RowPointer(k)[column] /= sum;
        }

        return T.Log(sum) + max;
    }
}
