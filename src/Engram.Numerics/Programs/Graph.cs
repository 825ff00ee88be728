using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>What a sketch recorded, simplified: equal parts once, constants folded, products of vectors as sums of elementwise
/// products.</summary>
/// <remarks>
/// A product of which one side is one number everywhere is a sum; one with an inner or outer length of 1 is elementwise work with, perhaps,
/// a sum, so that batches of one need no kernels of their
/// own: W is passed over once for all that is done with a row of it.
/// </remarks>
internal sealed class Graph
{
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<Key, GraphNode> known = [];
    private readonly List<GraphNode> ofSketch = [];
    private readonly Sketch sketch;
    private readonly Dictionary<int, (bool BatchRows, bool Flipped)> leaves = [];

    /// <summary>A graph of what a sketch has recorded so far, and will have.</summary>
    public Graph(Sketch sketch) => this.sketch = sketch;

    /// <summary>All nodes, inputs before what is computed from them.</summary>
    public IReadOnlyList<GraphNode> Nodes => nodes;

    /// <summary>Says how a leaf's numbers lie, before any node is asked for.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="batchRows">Whether its rows are examples of a batch.</param>
    /// <param name="flipped">Whether it lies in memory column by column.</param>
    public void Declare(Var leaf, bool batchRows, bool flipped = false) => leaves[leaf.Id] = (batchRows, flipped);

    /// <summary>The node of a recorded value.</summary>
    public GraphNode this[Var value]
    {
        get
        {
            for (int id = ofSketch.Count; id < sketch.Count; id++)
            {
                ofSketch.Add(Translate(id));
            }

            return ofSketch[value.Id];
        }
    }

    /// <summary>Decides which products and sums are one operation, once and for all programs that are made of the graph: all compute the
    /// same bits.</summary>
    public void Freeze()
    {
        foreach (GraphNode node in nodes)
        {
            if (node.Role == NodeRole.Elementwise && node.Operation.Kind is OperationKind.Add or OperationKind.Subtract)
            {
                node.Merges = IsMergeable(node, node.X!) ? 1 : IsMergeable(node, node.Y!) ? 2 : 0;
            }
        }
    }

    /// <summary>The same numbers once more, as a node of its own that is stored where it is told.</summary>
    public GraphNode Identity(GraphNode x) => Append(new GraphNode
    {
        Index = nodes.Count,
        Operation = new Operation(OperationKind.BroadcastTo) { Rows = x.Rows, Columns = x.Columns },
        Role = NodeRole.Elementwise,
        X = x,
        Rows = x.Rows,
        Columns = x.Columns,
        BatchRows = x.BatchRows,
        BatchColumns = x.BatchColumns,
        Flipped = x.Flipped,
    });

    /// <summary>The leaf that a sketch's leaf is.</summary>
    public GraphNode LeafOf(Var leaf)
    {
        GraphNode node = this[leaf];
        return node.Role == NodeRole.Copy ? node.X! : node;
    }

    /// <summary>The same numbers lying that way.</summary>
    public GraphNode Lying(GraphNode x, bool flipped) => !x.IsMatrix || x.Flipped == flipped ? x : Copy(x, flipped);

    private GraphNode Copy(GraphNode x, bool flipped) =>
        Add(new Operation(OperationKind.Transpose), NodeRole.Copy, x, null, x.Rows, x.Columns, x.BatchRows, x.BatchColumns, flipped);

    private GraphNode Translate(int id)
    {
        Tape.Node node = sketch.NodeAt(id);
        if (node.Operation.Kind == OperationKind.Leaf)
        {
            if (sketch.ConstantAt(id) is { } number)
            {
                return Fill(number, node.Rows, node.Columns);
            }

            (bool batchRows, bool flipped) = leaves.GetValueOrDefault(id);
            bool isMatrix = node.Rows > 1 && node.Columns > 1;
            bool isColumn = flipped ? node.Rows == 1 && node.Columns > 1 : node.Rows > 1 && node.Columns == 1;
            GraphNode leaf = Append(new GraphNode
            {
                Index = nodes.Count,
                Operation = node.Operation,
                Role = NodeRole.Leaf,
                Rows = node.Rows,
                Columns = node.Columns,
                BatchRows = batchRows,
                Flipped = flipped && isMatrix,
                LiesAsColumn = isColumn,
            });

            // A column from outside has a row of memory for each element; inside, vectors lie in one run.
            return isColumn ? Copy(leaf, false) : leaf;
        }

        return Make(node.Operation, ofSketch[node.X], node.Y < 0 ? null : ofSketch[node.Y], node.Rows, node.Columns);
    }

    private GraphNode Make(in Operation operation, GraphNode x, GraphNode? y, int rows, int columns)
    {
        switch (operation.Kind)
        {
            case OperationKind.StopGradient:
                return x;
            case OperationKind.BroadcastTo:
                return Broadcast(x, rows, columns);
            case OperationKind.Negate:
                return Scale(x, -1);
            case OperationKind.Scale:
                return Scale(x, operation.Number);
            case OperationKind.Offset:
                return Offset(x, operation.Number);
            case OperationKind.Add:
                return Sum(x, y!, rows, columns);
            case OperationKind.Subtract:
                return Difference(x, y!, rows, columns);
            case OperationKind.Multiply:
                return Multiply(x, y!, rows, columns);
            case OperationKind.SumTo:
                return SumTo(x, rows, columns);
            case OperationKind.MatMul:
                return MatMul(x, operation.TransposeLeft, y!, operation.TransposeRight);
            case OperationKind.Transpose:
                return Transpose(x);
            case OperationKind.Reshape:
                return Reshape(x, rows, columns);
            case OperationKind.SliceRows:
                return SliceRows(operation, x, rows, columns);
            case OperationKind.PadRows:
            case OperationKind.GatherPatches:
            case OperationKind.ScatterPatches:
            case OperationKind.ChannelsFirst:
            case OperationKind.ChannelsLast:
                return Whole(operation, x, rows, columns);
            case OperationKind.LogSoftmax:
                return Add(operation, NodeRole.Whole, x, null, rows, columns, x.BatchRows, x.BatchColumns, x.Flipped);
            case OperationKind.Square when x.Role == NodeRole.Fill:
                return Fill(x.Number * x.Number, rows, columns);
            default:
                return Elementwise(operation, x, y, rows, columns);
        }
    }

    private GraphNode Fill(double number, int rows, int columns)
    {
        var key = new Key(new Operation(OperationKind.Leaf)
        { Number = number, Rows = rows, Columns = columns }, NodeRole.Fill, -1, -1, rows, columns, false);
        return known.TryGetValue(key, out GraphNode? found) ? found
            : known[key] = Append(new GraphNode
            { Index = nodes.Count, Operation = key.Operation, Role = NodeRole.Fill, Rows = rows, Columns = columns, Number = number });
    }

    private GraphNode Broadcast(GraphNode x, int rows, int columns) =>
        x.Rows == rows && x.Columns == columns ? x
        : x.Role == NodeRole.Fill ? Fill(x.Number, rows, columns)
        : Elementwise(new Operation(OperationKind.BroadcastTo) { Rows = rows, Columns = columns }, x, null, rows, columns);

    private GraphNode Scale(GraphNode x, double number) =>
        number == 1 ? x
        : x.Role == NodeRole.Fill ? Fill(x.Number * number, x.Rows, x.Columns)
        : x.Role == NodeRole.Elementwise && x.Operation.Kind == OperationKind.Scale ? Scale(x.X!, x.Operation.Number * number)
        : Elementwise(new Operation(OperationKind.Scale) { Number = number }, x, null, x.Rows, x.Columns);

    private GraphNode Offset(GraphNode x, double number) =>
        number == 0 ? x
        : x.Role == NodeRole.Fill ? Fill(x.Number + number, x.Rows, x.Columns)
        : Elementwise(new Operation(OperationKind.Offset) { Number = number }, x, null, x.Rows, x.Columns);

    private GraphNode Sum(GraphNode x, GraphNode y, int rows, int columns) =>
        y.Role == NodeRole.Fill ? Broadcast(Offset(x, y.Number), rows, columns)
        : x.Role == NodeRole.Fill ? Broadcast(Offset(y, x.Number), rows, columns)
        : IsNegative(y) ? Elementwise(new Operation(OperationKind.Subtract), x, y.X, rows, columns)
        : IsNegative(x) ? Elementwise(new Operation(OperationKind.Subtract), y, x.X, rows, columns)
        : Elementwise(new Operation(OperationKind.Add), x, y, rows, columns);

    private GraphNode Difference(GraphNode x, GraphNode y, int rows, int columns) =>
        y.Role == NodeRole.Fill ? Broadcast(Offset(x, -y.Number), rows, columns)
        : x.Role == NodeRole.Fill ? Broadcast(Offset(Scale(y, -1), x.Number), rows, columns)
        : Elementwise(new Operation(OperationKind.Subtract), x, y, rows, columns);

    private GraphNode Multiply(GraphNode x, GraphNode y, int rows, int columns) =>
        y.Role == NodeRole.Fill ? Broadcast(Scale(x, y.Number), rows, columns)
        : x.Role == NodeRole.Fill ? Broadcast(Scale(y, x.Number), rows, columns)
        : Elementwise(new Operation(OperationKind.Multiply), x, y, rows, columns);

    private static bool IsNegative(GraphNode x) =>
        x.Role == NodeRole.Elementwise && x.Operation.Kind == OperationKind.Scale && x.Operation.Number == -1;

    private GraphNode Transpose(GraphNode x)
    {
        if (!x.IsMatrix)
        {
            return Reshape(x, x.Columns, x.Rows);
        }

        if (x.Role == NodeRole.Fill)
        {
            return Fill(x.Number, x.Columns, x.Rows);
        }

        if (x.Operation.Kind == OperationKind.Transpose && x.Role == NodeRole.Alias)
        {
            return x.X!;
        }

        // What lies one way is its transpose the other way.
        return Add(new Operation(OperationKind.Transpose), NodeRole.Alias, x, null, x.Columns, x.Rows, x.BatchColumns, x.BatchRows,
            !x.Flipped);
    }

    private GraphNode Reshape(GraphNode x, int rows, int columns)
    {
        if (x.Rows == rows && x.Columns == columns)
        {
            return x;
        }

        var operation = new Operation(OperationKind.Reshape) { Rows = rows, Columns = columns };
        if (x.Role == NodeRole.Fill)
        {
            return Fill(x.Number, rows, columns);
        }

        if (x.IsMatrix || (rows > 1 && columns > 1))
        {
            return Whole(operation, x, rows, columns);
        }

        if (x.Operation.Kind == OperationKind.Reshape && x.Role == NodeRole.Alias)
        {
            return Reshape(x.X!, rows, columns);
        }

        bool batch = (x.Rows > 1 && x.BatchRows) || (x.Columns > 1 && x.BatchColumns);
        return Add(operation, NodeRole.Alias, x, null, rows, columns, batch && rows > 1, batch && columns > 1, false);
    }

    private GraphNode SliceRows(in Operation operation, GraphNode x, int rows, int columns)
    {
        if (x.Rows == rows)
        {
            return x;
        }

        if (x.Role == NodeRole.Fill)
        {
            return Fill(x.Number, rows, columns);
        }

        // Rows of a matrix that lies row by row, or elements of a column.
        return x.Flipped ? Whole(operation, x, rows, columns)
            : Add(operation, NodeRole.Alias, x, null, rows, columns, x.BatchRows, x.BatchColumns, false);
    }

    private GraphNode Whole(in Operation operation, GraphNode x, int rows, int columns) =>
        Add(operation, NodeRole.Whole, Lying(x, false), null, rows, columns, false, false, false);

    private GraphNode SumTo(GraphNode x, int rows, int columns)
    {
        if (x.Rows == rows && x.Columns == columns)
        {
            return x;
        }

        if (x.Role == NodeRole.Fill)
        {
            return Fill(x.Number * ((double)x.Rows * x.Columns / ((double)rows * columns)), rows, columns);
        }

        if (x.Role == NodeRole.Elementwise && x.Operation.Kind == OperationKind.Scale)
        {
            return Scale(SumTo(x.X!, rows, columns), x.Operation.Number);
        }

        var operation = new Operation(OperationKind.SumTo) { Rows = rows, Columns = columns };
        if (!x.IsMatrix)
        {
            return Add(operation, NodeRole.VectorSum, x, null, 1, 1, false, false, false);
        }

        if (rows == 1 && columns == 1)
        {
            (int sumRows, int sumColumns) = x.Flipped ? (1, x.Columns) : (x.Rows, 1);
            return SumTo(SumTo(x, sumRows, sumColumns), 1, 1);
        }

        bool alongRows = (columns == 1) != x.Flipped;
        if (alongRows)
        {
            return Add(operation, NodeRole.RowSum, x, null, rows, columns, x.BatchRows && rows > 1, x.BatchColumns && columns > 1, false);
        }

        GraphNode partials = Add(operation, NodeRole.ColumnPartials, x, null, rows, columns, false, false, false);
        return Add(operation, NodeRole.ColumnSum, partials, null, rows, columns, x.BatchRows && rows > 1, x.BatchColumns && columns > 1,
            false);
    }

    private GraphNode MatMul(GraphNode x, bool transposeX, GraphNode y, bool transposeY)
    {
        (int m, int inner) = transposeX ? (x.Columns, x.Rows) : (x.Rows, x.Columns);
        int p = transposeY ? y.Rows : y.Columns;
        if (x.Role == NodeRole.Fill || y.Role == NodeRole.Fill)
        {
            return WithFill(x, transposeX, y, transposeY, m, inner, p);
        }

        if (inner == 1)
        {
            return Multiply(Reshape(x, m, 1), Reshape(y, 1, p), m, p);
        }

        if (p == 1)
        {
            return Reshape(transposeX
                ? SumTo(Multiply(x, Reshape(y, inner, 1), inner, m), 1, m)
                : SumTo(Multiply(x, Reshape(y, 1, inner), m, inner), m, 1), m, 1);
        }

        if (m == 1)
        {
            return Reshape(transposeY
                ? SumTo(Multiply(y, Reshape(x, 1, inner), p, inner), p, 1)
                : SumTo(Multiply(y, Reshape(x, inner, 1), inner, p), 1, p), 1, p);
        }

        bool batchRows = transposeX ? x.BatchColumns : x.BatchRows;
        bool batchColumns = transposeY ? y.BatchRows : y.BatchColumns;
        bool flipped = batchRows && !batchColumns;

        // C = A B, or Cᵀ = Bᵀ Aᵀ where it lies flipped. The right factor must lie as it is read.
        if (flipped)
        {
            x = Lying(x, !transposeX);
        }
        else
        {
            y = Lying(y, transposeY);
        }

        var operation = new Operation(OperationKind.MatMul) { TransposeLeft = transposeX, TransposeRight = transposeY };
        return Add(operation, NodeRole.Product, x, y, m, p, batchRows, batchColumns, flipped);
    }

    private GraphNode WithFill(GraphNode x, bool transposeX, GraphNode y, bool transposeY, int m, int inner, int p)
    {
        if (x.Role == NodeRole.Fill && y.Role == NodeRole.Fill)
        {
            return Fill(x.Number * y.Number * inner, m, p);
        }

        if (y.Role == NodeRole.Fill)
        {
            GraphNode sums = Reshape(transposeX ? SumTo(x, 1, m) : SumTo(x, m, 1), m, 1);
            return Broadcast(Scale(sums, y.Number), m, p);
        }

        GraphNode down = Reshape(transposeY ? SumTo(y, p, 1) : SumTo(y, 1, p), 1, p);
        return Broadcast(Scale(down, x.Number), m, p);
    }

    private GraphNode Elementwise(in Operation operation, GraphNode x, GraphNode? y, int rows, int columns)
    {
        bool matrix = rows > 1 && columns > 1;
        bool batchRows = (x.BatchRows && x.Rows == rows) || (y is { BatchRows: true } && y.Rows == rows);
        bool batchColumns = (x.BatchColumns && x.Columns == columns) || (y is { BatchColumns: true } && y.Columns == columns);
        bool flipped = matrix && (batchRows || batchColumns
            ? batchRows && !batchColumns
            : (x.IsMatrix && x.Flipped) || (y is { IsMatrix: true } && y.Flipped && !x.IsMatrix));
        return Add(operation, NodeRole.Elementwise, Lying(x, flipped), y is null ? null : Lying(y, flipped), rows, columns, batchRows,
            batchColumns, flipped);
    }

    private GraphNode Add(
        in Operation operation, NodeRole role, GraphNode x, GraphNode? y, int rows, int columns, bool batchRows, bool batchColumns,
        bool flipped)
    {
        // What reads memory needs numbers that lie there.
        x = x.Role == NodeRole.Fill && role is (NodeRole.Copy or NodeRole.Whole) ? Identity(x) : x;

        // Sums and products of two elements do not mind their order.
        bool swaps = role == NodeRole.Elementwise && operation.Kind is OperationKind.Add or OperationKind.Multiply && y!.Index < x.Index;
        (GraphNode first, GraphNode? second) = swaps ? (y!, x) : (x, y);
        var key = new Key(operation, role, first.Index, second?.Index ?? -1, rows, columns, flipped);
        return known.TryGetValue(key, out GraphNode? found) ? found : known[key] = Append(new GraphNode
        {
            Index = nodes.Count,
            Operation = operation,
            Role = role,
            X = first,
            Y = second,
            Rows = rows,
            Columns = columns,
            BatchRows = batchRows,
            BatchColumns = batchColumns,
            Flipped = flipped,
        });
    }

    private static bool IsMergeable(GraphNode sum, GraphNode product) =>
        product.Role == NodeRole.Elementwise && product.Operation.Kind is OperationKind.Multiply or OperationKind.Scale
            && product.Uses == 1 && (product.Rows, product.Columns) == (sum.Rows, sum.Columns);

    private GraphNode Append(GraphNode node)
    {
        nodes.Add(node);
        foreach (GraphNode? input in new[] { node.X, node.Y })
        {
            if (input is not null)
            {
                input.Uses++;
            }
        }

        return node;
    }

    private readonly record struct Key(Operation Operation, NodeRole Role, int X, int Y, int Rows, int Columns, bool Flipped);
}
