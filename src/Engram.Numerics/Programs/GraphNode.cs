using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>How a node of a graph comes by its numbers.</summary>
internal enum NodeRole
{
    /// <summary>From outside.</summary>
    Leaf,

    /// <summary>One number everywhere.</summary>
    Fill,

    /// <summary>It is another node's memory, seen in another shape.</summary>
    Alias,

    /// <summary>Element by element, in a kernel with its neighbours.</summary>
    Elementwise,

    /// <summary>A matrix product.</summary>
    Product,

    /// <summary>Sums along the rows in memory.</summary>
    RowSum,

    /// <summary>Sums down the columns in memory, by blocks of rows.</summary>
    ColumnPartials,

    /// <summary>The sum of such blocks.</summary>
    ColumnSum,

    /// <summary>The sum of a vector.</summary>
    VectorSum,

    /// <summary>A copy whose memory lies otherwise.</summary>
    Copy,

    /// <summary>An operation as a tape computes it, by one thread.</summary>
    Whole,
}

/// <summary>A matrix that a program computes.</summary>
/// <remarks>
/// Matrices with more than one row and column lie in memory row by row or, <see cref="Flipped"/>, column by column: activities [n, units]
/// lie flipped, a row of memory a unit, so that they share
/// rows with the weights [units, inputs] that act on them. Vectors lie in one run whichever way they stand.
/// </remarks>
internal sealed class GraphNode
{
    /// <summary>Position in the graph; inputs have lower ones.</summary>
    public required int Index { get; init; }

    /// <summary>What is computed.</summary>
    public required Operation Operation { get; init; }

    /// <summary>How.</summary>
    public required NodeRole Role { get; init; }

    /// <summary>First input.</summary>
    public GraphNode? X { get; init; }

    /// <summary>Second input.</summary>
    public GraphNode? Y { get; init; }

    /// <summary>Rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns.</summary>
    public required int Columns { get; init; }

    /// <summary>Whether rows are examples of the batch.</summary>
    public bool BatchRows { get; init; }

    /// <summary>Whether columns are examples of the batch.</summary>
    public bool BatchColumns { get; init; }

    /// <summary>Whether it lies in memory column by column.</summary>
    public bool Flipped { get; init; }

    /// <summary>Whether it is a vector from outside whose elements are a row of memory apart.</summary>
    public bool LiesAsColumn { get; init; }

    /// <summary>The number of a fill.</summary>
    public double Number { get; init; }

    /// <summary>How many nodes read it.</summary>
    public int Uses { get; set; }

    /// <summary>Of a sum or difference: 1 where its first term is a product that nobody else reads, 2 where its second is; the two are one
    /// fused multiply-add.</summary>
    public int Merges { get; set; }

    public bool IsMatrix => Rows > 1 && Columns > 1;

    public bool IsScalar => Rows == 1 && Columns == 1;

    public bool IsVector => !IsMatrix && !IsScalar;

    public long Count => (long)Rows * Columns;

    /// <summary>Rows in memory; of a vector its elements.</summary>
    public int StoredRows => IsMatrix ? (Flipped ? Columns : Rows) : Rows * Columns;

    /// <summary>Columns in memory; of a vector 1.</summary>
    public int StoredColumns => IsMatrix ? (Flipped ? Rows : Columns) : 1;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Index}: {Role} {Operation.Kind}({X?.Index}, {Y?.Index}) [{Rows}, {Columns}]{(Flipped ? " flipped" : string.Empty)}";
}
