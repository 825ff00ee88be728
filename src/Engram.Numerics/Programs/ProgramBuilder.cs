using System.Diagnostics;
using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>Plans how some nodes of a graph are computed from others: what is fused with what, where it lies, and where threads must
/// meet.</summary>
/// <remarks>
/// <para>Threads share out rows of memory. Work on a row that needs only the same row of what was computed before needs no meeting, so a
/// level is as much as can be done between two meetings. Within a
/// level everything over the same rows is done for a few rows at a time, products and elementwise work in turn, so that what passes between
/// them stays in the nearest cache.</para>
/// <para>Small elementwise expressions are computed again where they are needed instead of stored. Nothing depends on the number of
/// threads.</para>
/// </remarks>
internal sealed class ProgramBuilder
{
    private const int InlineCost = 4;
    private const int OwnBytes = 24 << 10;
    private const int MostBlockRows = 64;
    private readonly Graph graph;
    private readonly List<ProgramBuffer> buffers = [];
    private readonly Dictionary<GraphNode, ProgramBuffer> given = [];
    private readonly List<(GraphNode Node, ProgramBuffer Target, bool Accumulate)> outputs = [];
    private readonly Dictionary<GraphNode, Planned> planned = [];
    private readonly List<Planned> order = [];
    private readonly Dictionary<ProgramBuffer, ProgramBuffer> standing = [];
    private GraphNode? gate;

    /// <summary>Makes a builder on a graph.</summary>
    public ProgramBuilder(Graph graph) => this.graph = graph;

    /// <summary>A node's numbers come from outside.</summary>
    /// <returns>Position among the tensors of a run: [stored rows, stored columns] of a matrix, [1, count] of what is not a leaf.</returns>
    public int Given(GraphNode node)
    {
        if (given.TryGetValue(node, out ProgramBuffer? found))
        {
            return found.Index;
        }

        ProgramBuffer buffer = External(node, node.LiesAsColumn);
        given.Add(node, buffer);
        return buffer.Index;
    }

    /// <summary>A node's numbers go outside, as they lie.</summary>
    /// <returns>Position among the tensors of a run: [stored rows, stored columns] of a matrix, [1, count] of a vector.</returns>
    public int Output(GraphNode node) => Output(node, false, false);

    /// <summary>A node's numbers go outside, row by row.</summary>
    /// <param name="node">The node.</param>
    /// <param name="accumulate">Whether they are added to what is there.</param>
    /// <returns>Position among the tensors of a run: [rows, columns].</returns>
    public int OutputByRows(GraphNode node, bool accumulate) =>
        Output(graph.Lying(node, false), node.Rows > 1 && node.Columns == 1, accumulate);

    /// <summary>A node's numbers go outside, column by column.</summary>
    /// <returns>Position among the tensors of a run: [columns, rows].</returns>
    public int OutputByColumns(GraphNode node) => Output(graph.Lying(node, true), node.Rows == 1 && node.Columns > 1, false);

    /// <summary>Most elements of a vector that is given are 0: what they leave as it is need not be done.</summary>
    public void Gate(GraphNode vector) => gate = vector;

    /// <summary>The caller has put an output's rows where they belong that equal the input's where the gate is 0.</summary>
    /// <param name="input">Position of the input among the tensors of a run.</param>
    /// <param name="output">Position of the output.</param>
    public void LeaveStanding(int input, int output) => standing.Add(buffers[output], buffers[input]);

    /// <summary>The plan.</summary>
    /// <param name="tileRows">Rows that products are computed fastest by.</param>
    /// <param name="elementBytes">Bytes of a number.</param>
    public ProgramPlan Build(int tileRows, int elementBytes)
    {
        int externals = buffers.Count;
        Arrange();
        foreach (GraphNode node in Needed())
        {
            var plan = new Planned(node);
            planned.Add(node, plan);
            order.Add(plan);
        }

        MarkInline();
        foreach (Planned plan in order)
        {
            FindDependencies(plan);
        }

        FindLevels();
        Sink();
        FindPhases();
        SinkPhases();
        AssignBuffers(tileRows);
        InstructionGroup[][] levels = [.. order.Where(p => !p.Inline).GroupBy(p => p.Level).OrderBy(g => g.Key)
            .Select(level => level.GroupBy(p => p.Space).OrderByDescending(g => g.Key)
                .Select(g => GroupOf(g.Key, [.. g], tileRows, elementBytes)).ToArray())];
        ProgramBuffer? vector = gate is null ? null : given[gate];
        return new ProgramPlan(
            [.. buffers], externals, levels, vector,
            vector is null ? new Dictionary<int, bool>() : StandingRows.Find(levels, vector, standing));
    }

    private int Output(GraphNode node, bool isColumn, bool accumulate)
    {
        ProgramBuffer target = External(node, isColumn);
        outputs.Add((node, target, accumulate));
        return target.Index;
    }

    private ProgramBuffer External(GraphNode node, bool isColumn)
    {
        var buffer = new ProgramBuffer
        {
            Index = buffers.Count,
            Kind = BufferKind.External,
            Rows = node.IsMatrix ? node.StoredRows : 1,
            Columns = node.IsMatrix ? node.StoredColumns : (int)node.Count,
            IsVector = !node.IsMatrix,
            IsColumn = isColumn,
        };
        buffers.Add(buffer);
        return buffer;
    }

    // Whatever cannot be written where it belongs as it is computed is copied there by a kernel.
    private void Arrange()
    {
        var targets = new HashSet<GraphNode>();
        Dictionary<GraphNode, int> uses = CountUses();
        for (int i = 0; i < outputs.Count; i++)
        {
            (GraphNode node, ProgramBuffer target, bool accumulate) = outputs[i];
            bool isProduct = node.Role == NodeRole.Product;
            // Nobody reads a column of memory but the one who asked for it.
            bool direct = !given.ContainsKey(node) && (!target.IsColumn || uses[node] == 1)
                && (accumulate ? isProduct && uses[node] == 1 : isProduct || node.Role is NodeRole.Elementwise or NodeRole.Copy)
                && targets.Add(node);
            if (!direct)
            {
                outputs[i] = (graph.Identity(node), target, accumulate);
            }
        }
    }

    // How often a node is read or put out.
    private Dictionary<GraphNode, int> CountUses()
    {
        var uses = new Dictionary<GraphNode, int>();
        void Count(GraphNode? node)
        {
            if (node is not null)
            {
                uses[node] = uses.GetValueOrDefault(node) + 1;
            }
        }

        outputs.ForEach(o => Count(o.Node));
        foreach (GraphNode node in Needed(aliases: true))
        {
            Count(node.X);
            Count(node.Y);
        }

        return uses;
    }

    private List<GraphNode> Needed(bool aliases = false)
    {
        var seen = new HashSet<GraphNode>();
        var stack = new Stack<GraphNode>(outputs.Select(o => o.Node));
        while (stack.TryPop(out GraphNode? node))
        {
            if (IsGiven(node) || !seen.Add(node))
            {
                continue;
            }

            if (node.X is { } x)
            {
                stack.Push(x);
            }

            if (node.Y is { } y)
            {
                stack.Push(y);
            }
        }

        return [.. seen.Where(n => aliases || n.Role != NodeRole.Alias).OrderBy(n => n.Index)];
    }

    private bool IsGiven(GraphNode node)
    {
        if (node.Role == NodeRole.Leaf && !given.ContainsKey(node))
        {
            throw new InvalidOperationException($"Found a leaf ({node}) that a program reads and nobody gives.");
        }

        return node.Role == NodeRole.Fill || given.ContainsKey(node);
    }

    /// <summary>The node whose memory an alias sees, and from where.</summary>
    private (GraphNode Root, int RowOffset, int ElementOffset) Resolve(GraphNode node)
    {
        (int rows, int elements) = (0, 0);
        while (node.Role == NodeRole.Alias && !given.ContainsKey(node))
        {
            if (node.Operation.Kind == OperationKind.SliceRows)
            {
                (rows, elements) = node.X!.IsMatrix ? (rows + node.Operation.FirstRow, elements)
                    : (rows, elements + node.Operation.FirstRow);
            }

            node = node.X!;
        }

        return (node, rows, elements);
    }

    private void MarkInline()
    {
        var outside = outputs.Select(o => o.Node).ToHashSet();
        var needed = new HashSet<GraphNode>(outside);
        foreach (Planned plan in order)
        {
            GraphNode node = plan.Node;
            foreach (GraphNode? input in new[] { node.X, node.Y })
            {
                if (input is null)
                {
                    continue;
                }

                // What is seen in another shape, or not element by element, must lie somewhere.
                if (input.Role == NodeRole.Alias)
                {
                    needed.Add(Resolve(input).Root);
                }
                else if (node.Role is not (NodeRole.Elementwise or NodeRole.RowSum or NodeRole.ColumnPartials))
                {
                    needed.Add(input);
                }
            }
        }

        foreach (Planned plan in order)
        {
            if (plan.Node.Role != NodeRole.Elementwise)
            {
                continue;
            }

            plan.Cost = OwnCost(plan.Node.Operation.Kind) + CostOf(plan.Node.X) + CostOf(plan.Node.Y);
            plan.FullLoads = FullLoads(plan.Node, plan.Node.X) + FullLoads(plan.Node, plan.Node.Y);
            plan.Inline = !needed.Contains(plan.Node) && plan.Cost <= InlineCost && plan.FullLoads <= 1;
        }
    }

    private static int OwnCost(OperationKind kind) => kind switch
    {
        OperationKind.BroadcastTo => 0,
        OperationKind.Exp or OperationKind.Log or OperationKind.Tanh or OperationKind.Divide or OperationKind.Sqrt => InlineCost + 1,
        _ => 1,
    };

    private int CostOf(GraphNode? input) =>
        input is not null && planned.TryGetValue(input, out Planned? plan) && plan.Inline ? plan.Cost : 0;

    // Whole rows that are read for a node's own rows; single numbers a row cost nothing.
    private int FullLoads(GraphNode node, GraphNode? input) =>
        input is null || input.Role == NodeRole.Fill || input.IsScalar || (node.IsMatrix && !input.IsMatrix) ? 0
        : planned.TryGetValue(input, out Planned? plan) && plan.Inline ? plan.FullLoads
        : 1;

    private void FindDependencies(Planned plan)
    {
        if (plan.Inline)
        {
            return;
        }

        GraphNode node = plan.Node;
        switch (node.Role)
        {
            case NodeRole.Elementwise:
                plan.Columns = node.StoredColumns;
                plan.Space = node.IsScalar ? 0 : node.StoredRows;
                AddLoads(plan, node, node.X);
                AddLoads(plan, node, node.Y);
                break;
            case NodeRole.RowSum or NodeRole.ColumnPartials:
                plan.Columns = node.X!.StoredColumns;
                plan.Space = node.X.StoredRows;
                AddLoads(plan, node.X, node.X);
                break;
            case NodeRole.Product:
                plan.Space = node.StoredRows;
                (GraphNode left, GraphNode right) = node.Flipped ? (node.Y!, node.X!) : (node.X!, node.Y!);
                AddDependency(plan, left, LeftByRows(node));
                AddDependency(plan, right, false);
                break;
            case NodeRole.ColumnSum or NodeRole.Copy:
                plan.Space = node.StoredRows;
                AddDependency(plan, node.X!, false);
                break;
            default:
                AddDependency(plan, node.X!, false);
                break;
        }
    }

    private static bool LeftByRows(GraphNode product) =>
        product.Flipped ? product.Y!.Flipped != product.Operation.TransposeRight : product.X!.Flipped == product.Operation.TransposeLeft;

    private void AddLoads(Planned consumer, GraphNode space, GraphNode? input)
    {
        if (input is null)
        {
            return;
        }

        if (planned.TryGetValue(input, out Planned? plan) && plan.Inline)
        {
            AddLoads(consumer, space, plan.Node.X);
            AddLoads(consumer, space, plan.Node.Y);
            return;
        }

        AddDependency(consumer, input, AccessOf(space, input) is Access.Matrix or Access.AlongRows);
    }

    private void AddDependency(Planned consumer, GraphNode input, bool rowLocal)
    {
        (GraphNode root, int rows, int elements) = Resolve(input);
        if (planned.TryGetValue(root, out Planned? plan))
        {
            consumer.Dependencies.Add((plan, rowLocal && rows == 0 && elements == 0, root == input));
        }
    }

    private static Access AccessOf(GraphNode space, GraphNode node) =>
        node.IsScalar ? Access.Scalar
        : node.IsMatrix ? Access.Matrix
        : !space.IsMatrix ? Access.AlongRows
        : (node.Rows > 1) == space.Flipped ? Access.AlongColumns
        : Access.AlongRows;

    private void FindLevels()
    {
        foreach (Planned plan in order)
        {
            foreach ((Planned before, bool rowLocal, _) in plan.Dependencies)
            {
                plan.Level = Math.Max(plan.Level, IsNear(plan, before, rowLocal) ? before.Level : before.Level + 1);
            }
        }
    }

    // What one thread does it does in order; what threads share they may use at once only if it is in their own rows.
    private static bool IsNear(Planned plan, Planned before, bool rowLocal) => plan.Space == before.Space && (rowLocal || plan.Space == 0);

    // Work moves to where its result is used, so that it need not be kept for long.
    private void Sink()
    {
        var latest = new Dictionary<Planned, int>();
        foreach (Planned plan in order.AsEnumerable().Reverse())
        {
            if (plan.Inline)
            {
                continue;
            }

            if (plan.Node.Role is NodeRole.Elementwise or NodeRole.Product && latest.TryGetValue(plan, out int level) && level > plan.Level)
            {
                plan.Level = level;
            }

            foreach ((Planned before, bool rowLocal, _) in plan.Dependencies)
            {
                int wanted = IsNear(plan, before, rowLocal) ? plan.Level : -1;
                latest[before] = Math.Min(latest.GetValueOrDefault(before, int.MaxValue), wanted);
            }
        }
    }

    private void FindPhases()
    {
        foreach (Planned plan in order)
        {
            foreach ((Planned before, _, bool direct) in plan.Dependencies)
            {
                if (before.Level == plan.Level && before.Space == plan.Space)
                {
                    plan.Phase = Math.Max(plan.Phase, direct && SharesKernel(plan, before) ? before.Phase : before.Phase + 1);
                }
            }
        }
    }

    // What only a later kernel reads moves into it.
    private void SinkPhases()
    {
        var latest = new Dictionary<Planned, int>();
        foreach (Planned plan in order.AsEnumerable().Reverse())
        {
            if (plan.Node.Role == NodeRole.Elementwise && latest.TryGetValue(plan, out int phase) && phase > plan.Phase)
            {
                plan.Phase = phase;
            }

            foreach ((Planned before, _, bool direct) in plan.Dependencies)
            {
                bool shares = direct && before.Level == plan.Level && before.Space == plan.Space && SharesKernel(plan, before);
                latest[before] = Math.Min(latest.GetValueOrDefault(before, int.MaxValue), shares ? plan.Phase : -1);
            }
        }
    }

    private static bool IsInKernel(Planned plan) => plan.Node.Role is NodeRole.Elementwise or NodeRole.RowSum or NodeRole.ColumnPartials;

    private static bool SharesKernel(Planned plan, Planned before) =>
        IsInKernel(plan) && before.Node.Role == NodeRole.Elementwise && plan.Columns == before.Columns;

    private void AssignBuffers(int tileRows)
    {
        Dictionary<GraphNode, ProgramBuffer> targets = outputs.ToDictionary(o => o.Node, o => o.Target);
        ILookup<Planned, (Planned Consumer, bool RowLocal, bool Direct)> consumers =
            order.SelectMany(p => p.Dependencies.Select(d => (d.Before, Use: (p, d.RowLocal, d.Direct))))
                .ToLookup(u => u.Before, u => u.Use);
        foreach (Planned plan in order)
        {
            GraphNode node = plan.Node;
            if (plan.Inline)
            {
                continue;
            }

            if (targets.TryGetValue(node, out ProgramBuffer? target))
            {
                plan.Buffer = target;
                continue;
            }

            bool isElementwise = node.Role == NodeRole.Elementwise;
            if (isElementwise
                && consumers[plan]
                .All(u => u.Consumer.Level == plan.Level && u.Consumer.Space == plan.Space && u.Consumer.Phase == plan.Phase && u.Direct
                && SharesKernel(u.Consumer, plan)))
            {
                continue;
            }

            bool own = plan.Space > 0
                && consumers[plan].All(u => u.RowLocal && u.Consumer.Level == plan.Level && u.Consumer.Space == plan.Space)
                && node.Role is not (NodeRole.ColumnPartials or NodeRole.Whole);
            bool partials = node.Role == NodeRole.ColumnPartials;
            plan.Buffer = new ProgramBuffer
            {
                Index = buffers.Count,
                Kind = own ? BufferKind.Own : BufferKind.Shared,
                Rows = partials ? (plan.Space + tileRows - 1) / tileRows : node.IsMatrix ? node.StoredRows : 1,
                Columns = partials ? plan.Columns : node.IsMatrix ? node.StoredColumns : (int)node.Count,
                IsVector = !partials && !node.IsMatrix,
            };
            buffers.Add(plan.Buffer);
        }
    }

    private InstructionGroup GroupOf(int space, Planned[] members, int tileRows, int elementBytes)
    {
        var instructions = new List<Instruction>();
        foreach (IGrouping<int, Planned> phase in members.GroupBy(p => p.Phase).OrderBy(g => g.Key))
        {
            // Products first: of two things that do not mind each other, the one that fills the cache.
            instructions.AddRange(phase.Where(p => !IsInKernel(p)).Select(Single));
            instructions.AddRange(phase.Where(IsInKernel).GroupBy(p => p.Columns).Select(g => Kernel([.. g])));
        }

        ProgramBuffer[] own = [.. members.Select(p => p.Buffer).OfType<ProgramBuffer>().Where(b => b.Kind == BufferKind.Own)];
        ProgramBuffer[] passed = [.. own.Union(
            members.SelectMany(p => p.Dependencies).Where(d => d.RowLocal && d.Before.Level == members[0].Level && d.Before.Space == space)
            .Select(d => d.Before.Buffer).OfType<ProgramBuffer>())];
        int block = MostBlockRows / tileRows * tileRows;
        if (members.Any(p => p.Node.Role == NodeRole.ColumnPartials))
        {
            block = tileRows;
        }
        else if (passed.Length > 0)
        {
            long bytes = passed.Sum(b => b.IsVector ? elementBytes : (long)b.Columns * elementBytes);
            block = (int)Math.Clamp(OwnBytes / bytes / tileRows * tileRows, tileRows, block);
        }

        foreach (ProgramBuffer buffer in own)
        {
            buffer.Rows = buffer.IsVector ? 1 : block;
        }

        return new InstructionGroup(space, block, [.. instructions]);
    }

    private Instruction Single(Planned plan)
    {
        GraphNode node = plan.Node;
        var result = new Operand(new Place(plan.Buffer!), node.IsMatrix ? Access.Matrix : node.IsScalar ? Access.Scalar : Access.AlongRows);
        switch (node.Role)
        {
            case NodeRole.Product:
                (GraphNode left, GraphNode right) = node.Flipped ? (node.Y!, node.X!) : (node.X!, node.Y!);
                bool byRows = LeftByRows(node);
                int depth = node.Operation.TransposeLeft ? node.X!.Rows : node.X!.Columns;
                return new ProductInstruction(
                    byRows, outputs.Any(o => o.Node == node && o.Accumulate), depth, node.StoredColumns,
                    [new(PlaceOf(left), byRows ? Access.Matrix : Access.AlongColumns), new(PlaceOf(right), Access.AlongColumns), result]);
            case NodeRole.Copy:
                return new CopyInstruction(
                    node.StoredColumns, [new(PlaceOf(node.X!), node.IsMatrix ? Access.AlongColumns : Access.AlongRows), result]);
            case NodeRole.ColumnSum:
                return new ColumnSumInstruction(planned[node.X!].Buffer!.Rows, [new(PlaceOf(node.X!), Access.AlongColumns), result]);
            case NodeRole.VectorSum:
                return new VectorSumInstruction((int)node.X!.Count, [new(PlaceOf(node.X!), Access.AlongRows), result]);
            case NodeRole.Whole:
                return new WholeInstruction(node, [new(PlaceOf(node.X!), node.X!.IsMatrix ? Access.Matrix : Access.AlongRows), result]);
            default:
                throw new UnreachableException($"Found no instruction for {node}.");
        }
    }

    private Place PlaceOf(GraphNode node)
    {
        (GraphNode root, int rows, int elements) = Resolve(node);
        ProgramBuffer buffer = given.TryGetValue(root, out ProgramBuffer? outside) ? outside : planned[root].Buffer
            ?? throw new UnreachableException($"Found no memory for {root}.");
        return new Place(buffer, rows, elements);
    }

    private KernelInstruction Kernel(Planned[] members)
    {
        var kernel = new KernelWriter(this, members);
        return kernel.Write();
    }

    /// <summary>A node with what is decided about it.</summary>
    private sealed class Planned(GraphNode node)
    {
        public GraphNode Node { get; } = node;

        /// <summary>What it needs, whether in its own rows alone, and whether not through an alias.</summary>
        public List<(Planned Before, bool RowLocal, bool Direct)> Dependencies { get; } = [];

        /// <summary>Rows that its work is shared out by; 0 for one thread's work.</summary>
        public int Space { get; set; }

        /// <summary>Elements of a row of its kernel.</summary>
        public int Columns { get; set; }

        /// <summary>Whether it is computed wherever it is needed.</summary>
        public bool Inline { get; set; }

        /// <summary>Operations of its expression.</summary>
        public int Cost { get; set; }

        /// <summary>Rows that its expression reads for a row.</summary>
        public int FullLoads { get; set; }

        /// <summary>How many times threads meet before it.</summary>
        public int Level { get; set; }

        /// <summary>Order within the level.</summary>
        public int Phase { get; set; }

        /// <summary>Where it lies; null for what stays in registers.</summary>
        public ProgramBuffer? Buffer { get; set; }
    }

    /// <summary>Writes one kernel.</summary>
    private sealed class KernelWriter(ProgramBuilder builder, Planned[] members)
    {
        private readonly List<Operand> loads = [];
        private readonly List<KernelOperation> operations = [];
        private readonly Dictionary<(GraphNode Node, Access Access), int> values = [];
        private readonly HashSet<GraphNode> inside = [.. members.Select(m => m.Node)];

        // While writing, operations are numbered from here; then from the number of loads.
        private const int FirstOperation = 1 << 20;

        public KernelInstruction Write()
        {
            var results = new List<(int Value, KernelResult Result, Operand Operand)>();
            foreach (Planned member in members)
            {
                GraphNode node = member.Node;
                bool sums = node.Role != NodeRole.Elementwise;
                if (member.Buffer is not { } buffer)
                {
                    continue;
                }

                GraphNode shape = sums ? node.X! : node;
                int value = Visit(shape, shape);

                results.Add(node.Role switch
                {
                    NodeRole.RowSum => (value, KernelResult.RowSum, new Operand(new Place(buffer), Access.AlongRows)),
                    NodeRole.ColumnPartials => (value, KernelResult.ColumnSum, new Operand(new Place(buffer), Access.AlongColumns)),
                    _ => (value, builder.outputs.Any(o => o.Node == node && o.Accumulate) ? KernelResult.Accumulate : KernelResult.Store,
                        new Operand(new Place(buffer), AccessOf(node, node))),
                });
            }

            int Number(int value) => value >= FirstOperation ? value - FirstOperation + loads.Count : value;
            KernelOperation[] numbered = [.. operations.Select(o => o with { X = Number(o.X), Y = Number(o.Y), Z = Number(o.Z) })];
            var body = new KernelBody(
                [.. loads.Select(l => l.Access)], numbered, [.. results.Select(r => (Number(r.Value), r.Result, r.Operand.Access))]);
            return new KernelInstruction(body, members[0].Columns, [.. loads, .. results.Select(r => r.Operand)]);
        }

        private int Visit(GraphNode space, GraphNode node)
        {
            Access access = AccessOf(space, node);
            if (values.TryGetValue((node, access), out int known))
            {
                return known;
            }

            int value;
            if (node.Role == NodeRole.Fill)
            {
                value = Append(new KernelOperation(OperationKind.Leaf, node.Number, -1, -1));
            }
            else if (IsComputed(node))
            {
                value = Compute(space, node);
            }
            else
            {
                value = loads.Count;
                loads.Add(new Operand(builder.PlaceOf(node), access));
            }

            values.Add((node, access), value);
            return value;
        }

        private bool IsComputed(GraphNode node) =>
            node.Role == NodeRole.Elementwise
                && (inside.Contains(node) || (builder.planned.TryGetValue(node, out Planned? plan) && plan.Inline));

        private int Compute(GraphNode space, GraphNode node)
        {
            GraphNode? product = node.Merges == 1 ? node.X : node.Merges == 2 ? node.Y : null;
            if (product is not null && IsComputed(product))
            {
                int first = Visit(space, product.X!);
                int second = product.Y is { } factor ? Visit(space, factor) : -1;
                int other = Visit(space, node.Merges == 1 ? node.Y! : node.X!);
                return Append(new KernelOperation(node.Operation.Kind, product.Operation.Number, first, second, other, node.Merges));
            }

            int x = Visit(space, node.X!);
            int y = node.Y is { } right ? Visit(space, right) : -1;
            return node.Operation.Kind == OperationKind.BroadcastTo ? x
                : Append(new KernelOperation(node.Operation.Kind, node.Operation.Number, x, y));
        }

        private int Append(KernelOperation operation)
        {
            operations.Add(operation);
            return FirstOperation + operations.Count - 1;
        }
    }
}
