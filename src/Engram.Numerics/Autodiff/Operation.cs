using Engram.Numerics.Convolutions;

namespace Engram.Numerics.Autodiff;

/// <summary>What a node of a tape computes from its inputs x and y. <see cref="DerivativeTable"/> has the derivative of each.</summary>
internal enum OperationKind
{
    /// <summary>Numbers from outside.</summary>
    Leaf,

    /// <summary>x, which counts as a constant.</summary>
    StopGradient,

    /// <summary>x + y, broadcast.</summary>
    Add,

    /// <summary>x − y, broadcast.</summary>
    Subtract,

    /// <summary>x ∘ y, broadcast.</summary>
    Multiply,

    /// <summary>x / y, broadcast.</summary>
    Divide,

    /// <summary>−x.</summary>
    Negate,

    /// <summary>c x.</summary>
    Scale,

    /// <summary>x + c.</summary>
    Offset,

    /// <summary>op(x) op(y), where op may transpose.</summary>
    MatMul,

    /// <summary>xᵀ.</summary>
    Transpose,

    /// <summary>The same numbers, row after row, in another shape.</summary>
    Reshape,

    /// <summary>Sums over the axes along which the result has length 1.</summary>
    SumTo,

    /// <summary>Repeats along the axes along which x has length 1.</summary>
    BroadcastTo,

    /// <summary>Some consecutive rows.</summary>
    SliceRows,

    /// <summary>x as some consecutive rows of a matrix of zeros.</summary>
    PadRows,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>1 where x &gt; 0, else 0.</summary>
    Step,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>1, 0 or −1.</summary>
    Sign,

    /// <summary>eˣ.</summary>
    Exp,

    /// <summary>ln x.</summary>
    Log,

    /// <summary>√x.</summary>
    Sqrt,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>x².</summary>
    Square,

    /// <summary>x − ln Σ eˣ, row by row.</summary>
    LogSoftmax,

    /// <summary>Images as the patches that a convolution's kernel sees.</summary>
    GatherPatches,

    /// <summary>Patches summed into the images that they are of.</summary>
    ScatterPatches,

    /// <summary>[n P, C] as [n, C P].</summary>
    ChannelsFirst,

    /// <summary>[n, C P] as [n P, C].</summary>
    ChannelsLast,
}

/// <summary>An operation with its settings.</summary>
internal readonly record struct Operation(OperationKind Kind)
{
    /// <summary>c of <see cref="OperationKind.Scale"/> and <see cref="OperationKind.Offset"/>.</summary>
    public double Number { get; init; }

    /// <summary>Rows of the result, where the operation is told them.</summary>
    public int Rows { get; init; }

    /// <summary>Columns of the result, where the operation is told them.</summary>
    public int Columns { get; init; }

    /// <summary>Geometry of the operations on patches.</summary>
    public ConvolutionShape Convolution { get; init; }

    /// <summary>First row of a slice.</summary>
    public int FirstRow { get; init; }

    /// <summary>Whether a product transposes x.</summary>
    public bool TransposeLeft { get; init; }

    /// <summary>Whether a product transposes y.</summary>
    public bool TransposeRight { get; init; }
}
