using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Kernels;

/// <summary>Matrix products in every transposition, on the fast tiles: what tapes compute with.</summary>
/// <remarks>
/// C = op(A) op(B), or C += op(A) op(B). Each element is one chain of fused multiply-adds in ascending order of the inner index, so a
/// product has the same bits at every
/// vector width. A transposed right factor is copied first; a transposed left one is read where it lies. Plain form:
/// <see cref="MatrixProductReference"/>.
/// </remarks>
internal static unsafe class MatrixProduct
{
    [ThreadStatic]
    private static Arena? scratch;

    /// <summary>C = op(A) op(B), or C += op(A) op(B).</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="left">A: [m, k], or [k, m] if transposed.</param>
    /// <param name="transposeLeft">Whether op(A) = Aᵀ.</param>
    /// <param name="right">B: [k, n], or [n, k] if transposed.</param>
    /// <param name="transposeRight">Whether op(B) = Bᵀ.</param>
    /// <param name="result">C: [m, n]; must not overlap A or B.</param>
    /// <param name="accumulate">Whether the product is added to what C holds.</param>
    /// <param name="width">Vector width; null for <see cref="VectorWidths.Current"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Multiply<T>(
        Tensor<T> left, bool transposeLeft, Tensor<T> right, bool transposeRight, Tensor<T> result, bool accumulate = false,
            VectorWidth? width = null)
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

        int padded = Tensor<T>.StrideFor(n);
        if (result.Stride < padded || (!transposeRight && right.Stride < padded))
        {
            // A view without padding: whole registers would run over its rows.
            MatrixProductReference.Multiply(left, transposeLeft, right, transposeRight, result, accumulate);
            return;
        }

        if (transposeRight)
        {
            Arena memory = scratch ??= new Arena();
            Arena.Mark mark = memory.Position;
            Tensor<T> turned = memory.Allocate<T>(inner, n);
            Transposition.Copy(right.Pointer, right.Stride, right.Rows, right.Columns, turned.Pointer, turned.Stride);
            Multiply(left, transposeLeft, turned, result, accumulate, width);
            memory.Release(mark);
        }
        else
        {
            Multiply(left, transposeLeft, right, result, accumulate, width);
        }
    }

    private static void Multiply<T>(
        Tensor<T> left, bool transposeLeft, Tensor<T> right, Tensor<T> result, bool accumulate, VectorWidth? width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (width ?? Current)
        {
            case VectorWidth.Bits512: Run<Lanes512<T>, T>(left, transposeLeft, right, result, accumulate); break;
            case VectorWidth.Bits256: Run<Lanes256<T>, T>(left, transposeLeft, right, result, accumulate); break;
            case VectorWidth.Bits128: Run<Lanes128<T>, T>(left, transposeLeft, right, result, accumulate); break;
            default: Run<Lanes1<T>, T>(left, transposeLeft, right, result, accumulate); break;
        }
    }

    /// <summary>Read once: looking up an environment variable costs more than a small product.</summary>
    private static VectorWidth Current { get; } = VectorWidths.Current;

    private static void Run<TLanes, T>(Tensor<T> left, bool transposeLeft, Tensor<T> right, Tensor<T> result, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (transposeLeft)
        {
            Run<TLanes, LeftByColumns<T>, T>(left, left.Rows, right, result, accumulate);
        }
        else
        {
            Run<TLanes, LeftByRows<T>, T>(left, left.Columns, right, result, accumulate);
        }
    }

    private static void Run<TLanes, TLeft, T>(Tensor<T> left, int inner, Tensor<T> right, Tensor<T> result, bool accumulate)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where TLeft : struct, ILeftFactor<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = new Summands(inner);
        if (accumulate)
        {
            PanelProduct<TLanes, T>.Run<TLeft, Accumulate<TLanes, T>>(
                0, result.Rows, result.Columns, sum, left.Pointer, left.Stride, right.Pointer, right.Stride,
                    new(result.Pointer, result.Stride));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<TLeft, Overwrite<TLanes, T>>(
                0, result.Rows, result.Columns, sum, left.Pointer, left.Stride, right.Pointer, right.Stride,
                    new(result.Pointer, result.Stride));
        }
    }
}
