using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Kernels;

/// <summary>Matrix products in plain loops: what every fast kernel is tested against.</summary>
/// <remarks>
/// C = op(A) op(B), or C += op(A) op(B), where op is the matrix itself or its transpose. Each element is the sum of its products in
/// ascending
/// order of the inner index, in the element type, without fused multiply-add.
/// </remarks>
internal static unsafe class MatrixProductReference
{
    /// <summary>C = op(A) op(B), or C += op(A) op(B).</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="left">A: [m, k], or [k, m] if transposed.</param>
    /// <param name="transposeLeft">Whether op(A) = Aᵀ.</param>
    /// <param name="right">B: [k, n], or [n, k] if transposed.</param>
    /// <param name="transposeRight">Whether op(B) = Bᵀ.</param>
    /// <param name="result">C: [m, n]; must not overlap A or B.</param>
    /// <param name="accumulate">Whether the product is added to what C holds.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Multiply<T>(
        Tensor<T> left, bool transposeLeft, Tensor<T> right, bool transposeRight, Tensor<T> result, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int m, int inner) = transposeLeft ? (left.Columns, left.Rows) : (left.Rows, left.Columns);
        (int innerRight, int n) = transposeRight ? (right.Columns, right.Rows) : (right.Rows, right.Columns);
        if (inner != innerRight || result.Rows != m || result.Columns != n)
        {
            throw new ArgumentException(
                $"Found a product of {m}×{inner} and {innerRight}×{n} into {result.Rows}×{result.Columns}, expected {m}×k and k×{n} " +
                $"into {m}×{n}.", nameof(result));
        }

        if (!accumulate)
        {
            result.Clear();
        }

        if (transposeRight)
        {
            DotProducts(left, transposeLeft, right, result, inner);
        }
        else
        {
            RowUpdates(left, transposeLeft, right, result, inner);
        }
    }

    // op(B) = B: a row of C is a sum of multiples of rows of B, so that the inner loop walks along rows.
    private static void RowUpdates<T>(Tensor<T> left, bool transposeLeft, Tensor<T> right, Tensor<T> result, int inner)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = result.Columns;
        for (int i = 0; i < result.Rows; i++)
        {
            T* c = result.RowPointer(i);
            for (int k = 0; k < inner; k++)
            {
                T a = transposeLeft ? left.RowPointer(k)[i] : left.RowPointer(i)[k];
                T* b = right.RowPointer(k);
                for (int j = 0; j < n; j++)
                {
                    c[j] += a * b[j];
                }
            }
        }
    }

    // op(B) = Bᵀ: an element of C is the dot product of a row of op(A) and a row of B.
    private static void DotProducts<T>(Tensor<T> left, bool transposeLeft, Tensor<T> right, Tensor<T> result, int inner)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < result.Rows; i++)
        {
            T* c = result.RowPointer(i);
            T* a = transposeLeft ? left.Pointer + i : left.RowPointer(i);
            nint step = transposeLeft ? left.Stride : 1;
            for (int j = 0; j < result.Columns; j++)
            {
                T* b = right.RowPointer(j);
                T sum = c[j];
                for (int k = 0; k < inner; k++)
                {
                    sum += a[k * step] * b[k];
                }

                c[j] = sum;
            }
        }
    }
}
