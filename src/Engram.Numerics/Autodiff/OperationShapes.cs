using Engram.Numerics.Text;

namespace Engram.Numerics.Autodiff;

/// <summary>Which shape an operation's result has, and whether its inputs fit.</summary>
internal static class OperationShapes
{
    /// <summary>Rows and columns of the result.</summary>
    /// <exception cref="EngramException">The shapes do not fit; the message names the operation and both.</exception>
    public static (int Rows, int Columns) Infer(in Operation operation, (int Rows, int Columns) x, (int Rows, int Columns) y) =>
        operation.Kind switch
        {
            OperationKind.Add or OperationKind.Subtract or OperationKind.Multiply or OperationKind.Divide =>
                (Broadcast(operation, x.Rows, y.Rows, x, y), Broadcast(operation, x.Columns, y.Columns, x, y)),
            OperationKind.MatMul => MatMul(operation, x, y),
            OperationKind.Transpose => (x.Columns, x.Rows),
            OperationKind.Reshape => (long)operation.Rows * operation.Columns == (long)x.Rows * x.Columns
                ? (operation.Rows, operation.Columns)
                : throw Mismatch(operation, x, (operation.Rows, operation.Columns), "the same number of elements"),
            OperationKind.SumTo => Reaches(x, operation) ? (operation.Rows, operation.Columns)
                : throw Mismatch(
                    operation, x, (operation.Rows, operation.Columns), "a target that is as long as the input, or 1, along each axis"),
            OperationKind.BroadcastTo => (x.Rows == operation.Rows || x.Rows == 1) && (x.Columns == operation.Columns || x.Columns == 1)
                ? (operation.Rows, operation.Columns)
                : throw Mismatch(
                    operation, x, (operation.Rows, operation.Columns), "an input that is as long as the target, or 1, along each axis"),
            OperationKind.SliceRows => operation.FirstRow >= 0 && operation.Rows >= 0 && operation.FirstRow + operation.Rows <= x.Rows
                ? (operation.Rows, x.Columns)
                : throw new EngramException(
                    $"SliceRows: found rows {operation.FirstRow} to {operation.FirstRow + operation.Rows - 1} of a {x.Rows}×{x.Columns} " +
                    $"matrix, expected rows between 0 and {x.Rows - 1}."),
            OperationKind.PadRows => (operation.Rows, x.Columns),
            OperationKind.GatherPatches => x.Columns == operation.Convolution.Inputs
                ? (x.Rows * operation.Convolution.Positions, operation.Convolution.PatchSize)
                : throw Mismatch(operation, x, (x.Rows, operation.Convolution.Inputs), "an image in each row"),
            OperationKind.ScatterPatches => x.Columns == operation.Convolution.PatchSize && x.Rows % operation.Convolution.Positions == 0
                ? (x.Rows / operation.Convolution.Positions, operation.Convolution.Inputs)
                : throw Mismatch(
                    operation, x, (operation.Convolution.Positions, operation.Convolution.PatchSize), "the patches of whole images"),
            OperationKind.ChannelsFirst => operation.Rows > 0 && x.Rows % operation.Rows == 0
                ? (operation.Rows, x.Rows / operation.Rows * x.Columns)
                : throw Mismatch(operation, x, (operation.Rows, x.Columns), "equally many positions of every image"),
            OperationKind.ChannelsLast => operation.Columns > 0 && x.Columns % operation.Columns == 0
                ? (x.Rows * (x.Columns / operation.Columns), operation.Columns)
                : throw Mismatch(operation, x, (x.Rows, operation.Columns), "equally many positions of every channel"),
            _ => x,
        };

    private static bool Reaches((int Rows, int Columns) x, in Operation operation) =>
        (operation.Rows == x.Rows || operation.Rows == 1) && (operation.Columns == x.Columns || operation.Columns == 1);

    private static int Broadcast(in Operation operation, int a, int b, (int Rows, int Columns) x, (int Rows, int Columns) y) =>
        a == b || b == 1 ? a : a == 1 ? b : throw Mismatch(operation, x, y, "equal lengths, or 1, along each axis");

    private static (int Rows, int Columns) MatMul(in Operation operation, (int Rows, int Columns) x, (int Rows, int Columns) y)
    {
        (int Rows, int Columns) left = operation.TransposeLeft ? (x.Columns, x.Rows) : x;
        (int Rows, int Columns) right = operation.TransposeRight ? (y.Columns, y.Rows) : y;
        return left.Columns == right.Rows
            ? (left.Rows, right.Columns)
            : throw Mismatch(operation, left, right, "as many columns on the left as rows on the right");
    }

    private static EngramException Mismatch(
        in Operation operation, (int Rows, int Columns) x, (int Rows, int Columns) y, string expected) =>
        new($"{operation.Kind}: found shapes {x.Rows}×{x.Columns} and {y.Rows}×{y.Columns}, expected {expected}.");
}
