using Engram.Numerics.Convolutions;
using Engram.Numerics.Text;

namespace Engram.Numerics.Autodiff;

/// <summary>A matrix on a <see cref="Engram.Numerics.Autodiff.Tape"/>: what plasticity rules and losses are written with, once for every
/// element type.</summary>
/// <remarks>
/// A handle: copying it copies no numbers. Elementwise operations of two matrices broadcast along an axis where one of them has length 1.
/// All operations throw <see cref="EngramException"/> with the operation and both shapes where shapes do not fit, and
/// <see cref="InvalidOperationException"/> where the operands are of different tapes or were recorded before <see cref="Tape.Clear"/>.
/// </remarks>
public readonly record struct Var
{
    private readonly Tape? tape;

    internal Var(Tape tape, int id, int generation)
    {
        this.tape = tape;
        Id = id;
        Generation = generation;
    }

    /// <summary>The tape it was recorded on.</summary>
    public Tape Tape =>
        tape ?? throw new InvalidOperationException("Found a variable that no tape recorded; make one with Tape.Leaf or Tape.Constant.");

    /// <summary>Number of rows.</summary>
    public int Rows => Tape.ShapeOf(this).Rows;

    /// <summary>Number of columns.</summary>
    public int Columns => Tape.ShapeOf(this).Columns;

    internal int Id { get; }

    internal int Generation { get; }

    /// <summary>x + y.</summary>
    public static Var operator +(Var x, Var y) => Binary(OperationKind.Add, x, y);

    /// <summary>x + c, elementwise.</summary>
    public static Var operator +(Var x, double c) => x.Unary(new Operation(OperationKind.Offset) { Number = c });

    /// <summary>c + x, elementwise.</summary>
    public static Var operator +(double c, Var x) => x + c;

    /// <summary>x − y.</summary>
    public static Var operator -(Var x, Var y) => Binary(OperationKind.Subtract, x, y);

    /// <summary>x − c, elementwise.</summary>
    public static Var operator -(Var x, double c) => x + -c;

    /// <summary>c − x, elementwise.</summary>
    public static Var operator -(double c, Var x) => -x + c;

    /// <summary>−x.</summary>
    public static Var operator -(Var x) => x.Unary(OperationKind.Negate);

    /// <summary>x ∘ y, the elementwise product.</summary>
    public static Var operator *(Var x, Var y) => Binary(OperationKind.Multiply, x, y);

    /// <summary>c x.</summary>
    public static Var operator *(Var x, double c) => x.Unary(new Operation(OperationKind.Scale) { Number = c });

    /// <summary>c x.</summary>
    public static Var operator *(double c, Var x) => x * c;

    /// <summary>x / y, elementwise.</summary>
    public static Var operator /(Var x, Var y) => Binary(OperationKind.Divide, x, y);

    /// <summary>x / c.</summary>
    public static Var operator /(Var x, double c) => x * (1 / c);

    /// <summary>The matrix product x y. A transposed operand is not copied.</summary>
    public Var MatMul(Var right) => Product(this, false, right, false);

    /// <summary>xᵀ.</summary>
    public Var Transpose() => Unary(OperationKind.Transpose);

    /// <summary>The same numbers, row after row, as one column.</summary>
    public Var Column() => Reshape(checked(Rows * Columns), 1);

    /// <summary>The same numbers, row after row, as one row.</summary>
    public Var Row() => Reshape(1, checked(Rows * Columns));

    /// <summary>The same numbers, row after row, in another shape.</summary>
    public Var Reshape(int rows, int columns) =>
        Rows == rows && Columns == columns ? this : Unary(new Operation(OperationKind.Reshape) { Rows = rows, Columns = columns });

    /// <summary>The sum of all elements, 1×1.</summary>
    public Var Sum() => SumTo(1, 1);

    /// <summary>Sums over the rows (<paramref name="axis"/> 0: the result is 1×columns) or along them (axis 1: rows×1).</summary>
    public Var Sum(int axis) => axis switch
    {
        0 => SumTo(1, Columns),
        1 => SumTo(Rows, 1),
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "Expected axis 0 or 1."),
    };

    /// <summary>The mean of all elements, 1×1.</summary>
    public Var Mean() => Sum() / ((double)Rows * Columns);

    /// <summary>Means over the rows (<paramref name="axis"/> 0: the result is 1×columns) or along them (axis 1: rows×1).</summary>
    public Var Mean(int axis) => Sum(axis) / (axis == 0 ? Rows : Columns);

    /// <summary>The sum of the squares of all elements, 1×1.</summary>
    public Var SumOfSquares() => Square().Sum();

    /// <summary>Sums of squares over the rows (<paramref name="axis"/> 0: the result is 1×columns) or along them (axis 1:
    /// rows×1).</summary>
    public Var SumOfSquares(int axis) => Square().Sum(axis);

    /// <summary>Repeats rows or columns, of which there is one, until the shape is reached.</summary>
    public Var BroadcastTo(int rows, int columns) =>
        Rows == rows && Columns == columns ? this : Unary(new Operation(OperationKind.BroadcastTo) { Rows = rows, Columns = columns });

    /// <summary>Consecutive rows.</summary>
    public Var SliceRows(int firstRow, int rows) => Unary(new Operation(OperationKind.SliceRows) { FirstRow = firstRow, Rows = rows });

    /// <summary>max(x, 0); its derivative at 0 is 0.</summary>
    public Var Relu() => Unary(OperationKind.Relu);

    /// <summary>1 where x &gt; 0, else 0; flat everywhere.</summary>
    public Var Step() => Unary(OperationKind.Step);

    /// <summary>|x|; its derivative at 0 is 0.</summary>
    public Var Abs() => Unary(OperationKind.Abs);

    /// <summary>1, 0 or −1; flat everywhere.</summary>
    public Var Sign() => Unary(OperationKind.Sign);

    /// <summary>eˣ.</summary>
    public Var Exp() => Unary(OperationKind.Exp);

    /// <summary>ln x.</summary>
    public Var Log() => Unary(OperationKind.Log);

    /// <summary>√x.</summary>
    public Var Sqrt() => Unary(OperationKind.Sqrt);

    /// <summary>tanh x.</summary>
    public Var Tanh() => Unary(OperationKind.Tanh);

    /// <summary>x².</summary>
    public Var Square() => Unary(OperationKind.Square);

    /// <summary>x, which counts as a constant in derivatives.</summary>
    public Var StopGradient() => Unary(OperationKind.StopGradient);

    /// <summary>x − ln Σ eˣ, row by row.</summary>
    public Var LogSoftmax() => Unary(OperationKind.LogSoftmax);

    /// <summary>eˣ / Σ eˣ, row by row.</summary>
    public Var Softmax() => LogSoftmax().Exp();

    /// <summary>The mean of (x − target)² over all elements, 1×1.</summary>
    public Var MeanSquaredError(Var target) => (this - target).Square().Mean();

    /// <summary>−Σ target ∘ ln softmax(x), mean over rows, 1×1: cross-entropy of logits x and one-hot (or any) distributions in the rows of
    /// the target.</summary>
    public Var CrossEntropy(Var target) => (target * LogSoftmax()).Sum() / -(double)Rows;

    /// <summary>Images [n, C H W] as the patches that a convolution's kernel sees, [n H' W', C k k]; zeros where it leaves the
    /// image.</summary>
    public Var GatherPatches(ConvolutionShape convolution) =>
        Unary(new Operation(OperationKind.GatherPatches) { Convolution = convolution });

    /// <summary>Patches [n H' W', C k k] summed into the images [n, C H W] that they are of: the transpose of
    /// <see cref="GatherPatches"/>.</summary>
    public Var ScatterPatches(ConvolutionShape convolution) =>
        Unary(new Operation(OperationKind.ScatterPatches) { Convolution = convolution });

    /// <summary>[n P, C], position after position, as images [n, C P], channel after channel.</summary>
    public Var ChannelsFirst(int images) => Unary(new Operation(OperationKind.ChannelsFirst) { Rows = images });

    /// <summary>Images [n, C P], channel after channel, as [n P, C], position after position.</summary>
    public Var ChannelsLast(int channels) => Unary(new Operation(OperationKind.ChannelsLast) { Columns = channels });

    /// <inheritdoc/>
    public override string ToString() => tape is null ? "Var (none)" : $"Var {Rows}×{Columns}";

    internal static Var Product(Var left, bool transposeLeft, Var right, bool transposeRight) =>
        left.Tape.RecordProduct(left, transposeLeft, right, transposeRight);

    internal Var SumTo(int rows, int columns) =>
        Rows == rows && Columns == columns ? this : Unary(new Operation(OperationKind.SumTo) { Rows = rows, Columns = columns });

    internal Var SumLike(Var other) => SumTo(other.Rows, other.Columns);

    internal Var PadRows(int firstRow, int rows) => Unary(new Operation(OperationKind.PadRows) { FirstRow = firstRow, Rows = rows });

    private static Var Binary(OperationKind kind, Var x, Var y) => x.Tape.Record(new Operation(kind), x, y);

    private Var Unary(OperationKind kind) => Tape.Record(new Operation(kind), this);

    private Var Unary(in Operation operation) => Tape.Record(operation, this);
}
