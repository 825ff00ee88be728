using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Numerics.Memory;

namespace Engram.Figures.Summaries;

/// <summary>Tensors as plain numbers in double precision.</summary>
internal static class TensorNumbers
{
    /// <summary>From 1 to the next double.</summary>
    public const double Rounding = 2.220446049250313e-16;

    /// <summary>All elements, row after row, tensor after tensor.</summary>
    public static double[] ToDoubles<T>(params ReadOnlySpan<Tensor<T>> tensors)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long count = 0;
        foreach (Tensor<T> tensor in tensors)
        {
            count += tensor.Count;
        }

        var values = new double[checked((int)count)];
        int at = 0;
        foreach (Tensor<T> tensor in tensors)
        {
            for (int r = 0; r < tensor.Rows; r++)
            {
                foreach (T value in tensor.Row(r))
                {
                    values[at++] = double.CreateChecked(value);
                }
            }
        }

        return values;
    }

    /// <summary>⟨a, b⟩: four partial sums, so that the order of summation is the same on every machine.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> sums = Vector256<double>.Zero;
        ReadOnlySpan<Vector256<double>> va = MemoryMarshal.Cast<double, Vector256<double>>(a);
        ReadOnlySpan<Vector256<double>> vb = MemoryMarshal.Cast<double, Vector256<double>>(b);
        for (int i = 0; i < va.Length; i++)
        {
            sums += va[i] * vb[i];
        }

        double sum = Vector256.Sum(sums);
        for (int i = 4 * va.Length; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>y ← y + factor x.</summary>
    public static void AddMultiple(Span<double> y, double factor, ReadOnlySpan<double> x)
    {
        Span<Vector256<double>> vy = MemoryMarshal.Cast<double, Vector256<double>>(y);
        ReadOnlySpan<Vector256<double>> vx = MemoryMarshal.Cast<double, Vector256<double>>(x);
        for (int i = 0; i < vy.Length; i++)
        {
            vy[i] += factor * vx[i];
        }

        for (int i = 4 * vy.Length; i < y.Length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    /// <summary>Euclidean norm, whatever the elements' size; 0 of no elements.</summary>
    public static double Norm(ReadOnlySpan<double> values)
    {
        double norm = ScaledNorm(values, out double largest);
        return largest == 0 ? 0 : largest * norm;
    }

    /// <summary>Euclidean norm over the largest absolute value, and that value: by it elements are scaled so that no square over- or
    /// underflows. NaN of zeros.</summary>
    public static double ScaledNorm(ReadOnlySpan<double> values, out double largest)
    {
        largest = 0;
        foreach (double value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        double sum = 0;
        foreach (double value in values)
        {
            sum += value / largest * (value / largest);
        }

        return values.IsEmpty ? double.NaN : Math.Sqrt(sum);
    }

    public static void ExpectSameShape<T>(Tensor<T> first, Tensor<T> second, string parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (first.Rows != second.Rows || first.Columns != second.Columns)
        {
            throw new ArgumentException(
                $"Found tensors of {first.Rows}×{first.Columns} and {second.Rows}×{second.Columns}, expected one shape.", parameter);
        }
    }
}
