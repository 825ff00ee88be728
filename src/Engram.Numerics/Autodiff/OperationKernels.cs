using System.Numerics;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Autodiff;

/// <summary>Computes what the operations of a tape say, in plain loops.</summary>
internal static unsafe class OperationKernels
{
    // Products of fewer multiplications than this are plain loops: what small checks compare engines with shares no kernel with them.
    private const long PlainProducts = 1 << 14;

    /// <summary>The result of an operation, in new memory of the arena unless it is a view of an input.</summary>
    public static Tensor<T> Evaluate<T>(in Operation operation, Tensor<T> x, Tensor<T> y, int rows, int columns, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (operation.Kind)
        {
            case OperationKind.StopGradient: return x;
            case OperationKind.SliceRows: return x.Slice(operation.FirstRow, operation.Rows);
        }

        Tensor<T> result = arena.Allocate<T>(rows, columns);
        Evaluate(operation, x, y, result);
        return result;
    }

    /// <summary>Whether the result of an operation is its input's memory, or a part of it.</summary>
    public static bool IsView(OperationKind kind) => kind is OperationKind.StopGradient or OperationKind.SliceRows;

    /// <summary>The result of an operation that is no view, over what a tensor held before.</summary>
    public static void Evaluate<T>(in Operation operation, Tensor<T> x, Tensor<T> y, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (operation.Kind)
        {
            case OperationKind.Add: Elementwise.Binary(x, y, result, default(Elementwise.Add<T>)); break;
            case OperationKind.Subtract: Elementwise.Binary(x, y, result, default(Elementwise.Subtract<T>)); break;
            case OperationKind.Multiply: Elementwise.Binary(x, y, result, default(Elementwise.Multiply<T>)); break;
            case OperationKind.Divide: Elementwise.Binary(x, y, result, default(Elementwise.Divide<T>)); break;
            case OperationKind.BroadcastTo: Elementwise.Binary(x, result, result, default(Elementwise.Left<T>)); break;
            case OperationKind.Negate: Elementwise.Unary(x, result, default(Elementwise.Negate<T>)); break;
            case OperationKind.Scale: Elementwise.Unary(x, result, new Elementwise.Scale<T>(T.CreateChecked(operation.Number))); break;
            case OperationKind.Offset: Elementwise.Unary(x, result, new Elementwise.Offset<T>(T.CreateChecked(operation.Number))); break;
            case OperationKind.Relu: Elementwise.Unary(x, result, default(Elementwise.Relu<T>)); break;
            case OperationKind.Step: Elementwise.Unary(x, result, default(Elementwise.Step<T>)); break;
            case OperationKind.Abs: Elementwise.Unary(x, result, default(Elementwise.Abs<T>)); break;
            case OperationKind.Sign: Elementwise.Unary(x, result, default(Elementwise.Sign<T>)); break;
            case OperationKind.Exp: Elementwise.Unary(x, result, default(Elementwise.Exp<T>)); break;
            case OperationKind.Log: Elementwise.Unary(x, result, default(Elementwise.Log<T>)); break;
            case OperationKind.Sqrt: Elementwise.Unary(x, result, default(Elementwise.Sqrt<T>)); break;
            case OperationKind.Tanh: Elementwise.Unary(x, result, default(Elementwise.Tanh<T>)); break;
            case OperationKind.Square: Elementwise.Unary(x, result, default(Elementwise.Square<T>)); break;
            case OperationKind.MatMul: MatMul(operation, x, y, result); break;
            case OperationKind.Transpose: Transpose(x, result); break;
            case OperationKind.Reshape: Reshape(x, result); break;
            case OperationKind.SumTo: SumTo(x, result); break;
            case OperationKind.PadRows: PadRows(operation, x, result); break;
            case OperationKind.SliceRows: result.CopyFrom(x.Slice(operation.FirstRow, operation.Rows)); break;
            case OperationKind.LogSoftmax: LogSoftmax(x, result); break;
            case OperationKind.GatherPatches: Patches.Gather(operation.Convolution, x, result); break;
            case OperationKind.ScatterPatches:
                Clear(result);
                Patches.Scatter(operation.Convolution, x, result);
                break;
            case OperationKind.ChannelsFirst: Patches.ToChannelsFirst(x, result); break;
            case OperationKind.ChannelsLast: Patches.ToChannelsLast(x, result); break;
            default: throw new InvalidOperationException($"Found no way to compute {operation.Kind}.");
        }
    }

    private static void MatMul<T>(in Operation operation, Tensor<T> x, Tensor<T> y, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long work = result.Count * (operation.TransposeLeft ? x.Rows : x.Columns);
        if (work < PlainProducts)
        {
            MatrixProductReference.Multiply(x, operation.TransposeLeft, y, operation.TransposeRight, result);
        }
        else
        {
            MatrixProduct.Multiply(x, operation.TransposeLeft, y, operation.TransposeRight, result);
        }
    }

    private static void Transpose<T>(Tensor<T> x, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < x.Rows; r++)
        {
            T* row = x.RowPointer(r);
            for (int c = 0; c < x.Columns; c++)
            {
                result.RowPointer(c)[r] = row[c];
            }
        }
    }

    private static void Reshape<T>(Tensor<T> x, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int row, int column) = (0, 0);
        for (int r = 0; r < x.Rows; r++)
        {
            foreach (T value in x.Row(r))
            {
                result.RowPointer(row)[column++] = value;
                if (column == result.Columns)
                {
                    (row, column) = (row + 1, 0);
                }
            }
        }
    }

    private static void PadRows<T>(in Operation operation, Tensor<T> x, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Clear(result);
        result.Slice(operation.FirstRow, x.Rows).CopyFrom(x);
    }

    private static void Clear<T>(Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < result.Rows; r++)
        {
            result.Row(r).Clear();
        }
    }

    private static void SumTo<T>(Tensor<T> x, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Clear(result);
        bool alongRows = result.Columns == 1 && x.Columns != 1;
        for (int r = 0; r < x.Rows; r++)
        {
            T* row = x.RowPointer(r);
            T* target = result.RowPointer(result.Rows == 1 ? 0 : r);
            for (int c = 0; c < x.Columns; c++)
            {
                target[alongRows ? 0 : c] += row[c];
            }
        }
    }

    private static void LogSoftmax<T>(Tensor<T> x, Tensor<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < x.Rows; r++)
        {
            Span<T> row = x.Row(r);
            T largest = row[0];
            foreach (T value in row)
            {
                largest = T.Max(largest, value);
            }

            T sum = T.Zero;
            foreach (T value in row)
            {
                sum += T.Exp(value - largest);
            }

            T logarithm = T.Log(sum) + largest;
            Span<T> target = result.Row(r);
            for (int c = 0; c < row.Length; c++)
            {
                target[c] = row[c] - logarithm;
            }
        }
    }
}
