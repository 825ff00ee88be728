namespace Engram.Numerics.Autodiff;

/// <summary>A recorded operation, as its derivative rule sees it: r = operation(x, y).</summary>
internal readonly record struct Recorded(Operation Operation, Var X, Var Y, Var R);

/// <summary>The vector-Jacobian product with respect to one input: (recorded operation, adjoint g of its result) → adjoint of the
/// input.</summary>
internal delegate Var VectorJacobian(Recorded o, Var g);

/// <summary>
/// The derivative of every operation, in one place. A rule is written in recorded operations itself, so that derivatives can be
/// differentiated again.
/// </summary>
/// <remarks>At a kink the derivative is that of the left side for <c>Relu</c> (0) and 0 for <c>Abs</c>; <c>Step</c> and <c>Sign</c> are
/// flat everywhere.</remarks>
internal static class DerivativeTable
{
    /// <summary>The rules for x and y; null where the result does not depend on that input, or counts as constant.</summary>
    public static IReadOnlyDictionary<OperationKind, (VectorJacobian? X, VectorJacobian? Y)> Rules { get; } =
        new Dictionary<OperationKind, (VectorJacobian? X, VectorJacobian? Y)>
        {
            [OperationKind.Leaf] = (null, null),
            [OperationKind.StopGradient] = (null, null),
            [OperationKind.Step] = (null, null),
            [OperationKind.Sign] = (null, null),

            [OperationKind.Add] = ((o, g) => g.SumLike(o.X), (o, g) => g.SumLike(o.Y)),
            [OperationKind.Subtract] = ((o, g) => g.SumLike(o.X), (o, g) => -g.SumLike(o.Y)),
            [OperationKind.Multiply] = ((o, g) => (g * o.Y).SumLike(o.X), (o, g) => (g * o.X).SumLike(o.Y)),
            [OperationKind.Divide] = ((o, g) => (g / o.Y).SumLike(o.X), (o, g) => -(g * o.R / o.Y).SumLike(o.Y)),
            [OperationKind.Negate] = ((_, g) => -g, null),
            [OperationKind.Scale] = ((o, g) => g * o.Operation.Number, null),
            [OperationKind.Offset] = ((_, g) => g, null),

            // With X = op(x) and Y = op(y): ∂X = g Yᵀ and ∂Y = Xᵀ g; transposed where op transposes.
            [OperationKind.MatMul] = (
                (o, g) => o.Operation.TransposeLeft
                    ? Var.Product(o.Y, o.Operation.TransposeRight, g, true)
                    : Var.Product(g, false, o.Y, !o.Operation.TransposeRight),
                (o, g) => o.Operation.TransposeRight
                    ? Var.Product(g, true, o.X, o.Operation.TransposeLeft)
                    : Var.Product(o.X, !o.Operation.TransposeLeft, g, false)),
            [OperationKind.Transpose] = ((_, g) => g.Transpose(), null),
            [OperationKind.Reshape] = ((o, g) => g.Reshape(o.X.Rows, o.X.Columns), null),
            [OperationKind.SumTo] = ((o, g) => g.BroadcastTo(o.X.Rows, o.X.Columns), null),
            [OperationKind.BroadcastTo] = ((o, g) => g.SumLike(o.X), null),
            [OperationKind.SliceRows] = ((o, g) => g.PadRows(o.Operation.FirstRow, o.X.Rows), null),
            [OperationKind.PadRows] = ((o, g) => g.SliceRows(o.Operation.FirstRow, o.X.Rows), null),

            [OperationKind.GatherPatches] = ((o, g) => g.ScatterPatches(o.Operation.Convolution), null),
            [OperationKind.ScatterPatches] = ((o, g) => g.GatherPatches(o.Operation.Convolution), null),
            [OperationKind.ChannelsFirst] = ((o, g) => g.ChannelsLast(o.X.Columns), null),
            [OperationKind.ChannelsLast] = ((o, g) => g.ChannelsFirst(o.X.Rows), null),

            [OperationKind.Relu] = ((o, g) => g * o.X.Step(), null),
            [OperationKind.Abs] = ((o, g) => g * o.X.Sign(), null),
            [OperationKind.Exp] = ((o, g) => g * o.R, null),
            [OperationKind.Log] = ((o, g) => g / o.X, null),
            [OperationKind.Sqrt] = ((o, g) => g / o.R * 0.5, null),
            [OperationKind.Tanh] = ((o, g) => g - (g * o.R.Square()), null),
            [OperationKind.Square] = ((o, g) => g * o.X * 2, null),
            [OperationKind.LogSoftmax] = ((o, g) => g - (o.R.Exp() * g.Sum(axis: 1)), null),
        };
}
