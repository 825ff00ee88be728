using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning.Supervised;

/// <summary>Small loops over batches, [units, n], that methods share.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal static class BatchArithmetic<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>result = x + factor y.</summary>
    public static void Add(Tensor<T> x, T factor, Tensor<T> y, Tensor<T> result)
    {
        for (int r = 0; r < result.Rows; r++)
        {
            Span<T> to = result.Row(r);
            ReadOnlySpan<T> a = x.Row(r), b = y.Row(r);
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = a[i] + (factor * b[i]);
            }
        }
    }

    /// <summary>result = factor (x − y).</summary>
    /// <returns>Σ (x − y)².</returns>
    public static double Difference(T factor, Tensor<T> x, Tensor<T> y, Tensor<T> result)
    {
        T squares = T.Zero;
        for (int r = 0; r < result.Rows; r++)
        {
            Span<T> to = result.Row(r);
            ReadOnlySpan<T> a = x.Row(r), b = y.Row(r);
            for (int i = 0; i < to.Length; i++)
            {
                T difference = a[i] - b[i];
                squares += difference * difference;
                to[i] = factor * difference;
            }
        }

        return double.CreateTruncating(squares);
    }

    /// <summary>units[j, ·] += b[j].</summary>
    public static void AddBias(Tensor<T> biases, Tensor<T> units)
    {
        ReadOnlySpan<T> b = biases.Row(0);
        for (int r = 0; r < units.Rows; r++)
        {
            foreach (ref T unit in units.Row(r))
            {
                unit += b[r];
            }
        }
    }

    /// <summary>result[j] = Σ units[j, ·].</summary>
    public static void SumRows(Tensor<T> units, Tensor<T> result)
    {
        Span<T> sums = result.Row(0);
        for (int r = 0; r < units.Rows; r++)
        {
            T sum = T.Zero;
            foreach (T unit in units.Row(r))
            {
                sum += unit;
            }

            sums[r] = sum;
        }
    }

    /// <summary>Softmax of every column, in place.</summary>
    public static unsafe void Softmax(Tensor<T> units)
    {
        for (int n = 0; n < units.Columns; n++)
        {
            T max = units.Pointer[n], sum = T.Zero;
            for (int k = 1; k < units.Rows; k++)
            {
                max = T.Max(max, units.RowPointer(k)[n]);
            }

            for (int k = 0; k < units.Rows; k++)
            {
                T p = T.Exp(units.RowPointer(k)[n] - max);
                units.RowPointer(k)[n] = p;
                sum += p;
            }

            for (int k = 0; k < units.Rows; k++)
            {
                units.RowPointer(k)[n] /= sum;
            }
        }
    }
}
