using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Numerics.Autodiff;

/// <summary>Records operations on matrices as they are computed, and differentiates what it recorded.</summary>
/// <remarks>
/// Derivatives are recorded too, so that they can be differentiated again. Not safe for use by several threads at once.
/// What is independent of the element type lives here; <see cref="Tape{T}"/> has the numbers.
/// </remarks>
public abstract class Tape : IDisposable
{
    private const int None = -1;
    private readonly List<Node> nodes = [];
    private int generation;

    /// <summary>How many values are recorded.</summary>
    public int Count => nodes.Count;

    /// <summary>A 1×1 constant.</summary>
    public Var Constant(double value) => Constant(1, 1, value);

    /// <summary>A constant of equal elements.</summary>
    public abstract Var Constant(int rows, int columns, double value);

    /// <summary>One element of a recorded value.</summary>
    public abstract double ElementOf(Var value, int row, int column);

    /// <summary>The only element of a 1×1 value.</summary>
    /// <exception cref="EngramException">The value has another shape.</exception>
    public double ScalarOf(Var value) => ShapeOf(value) == (1, 1)
        ? ElementOf(value, 0, 0)
        : throw new EngramException($"Found a value of {value.Rows}×{value.Columns}, expected 1×1; sum it first.");

    /// <summary>∂loss/∂variable of each variable.</summary>
    /// <param name="loss">A 1×1 value.</param>
    /// <param name="variables">What to differentiate by: leaves, or anything recorded before the loss.</param>
    /// <returns>A recorded value of each variable's shape; zeros where the loss does not depend on it.</returns>
    /// <exception cref="EngramException">The loss is not 1×1.</exception>
    public Var[] Gradient(Var loss, params ReadOnlySpan<Var> variables)
    {
        if (ShapeOf(loss) != (1, 1))
        {
            throw new EngramException($"Gradient: found a loss of {loss.Rows}×{loss.Columns}, expected 1×1; sum it first.");
        }

        Var?[] found = VectorJacobianProduct([loss], [Constant(1)], variables);
        var result = new Var[found.Length];
        for (int i = 0; i < found.Length; i++)
        {
            result[i] = found[i] ?? Constant(variables[i].Rows, variables[i].Columns, 0);
        }

        return result;
    }

    /// <summary>Σ over outputs of ⟨seed, ∂output/∂variable⟩, for each variable.</summary>
    /// <param name="outputs">What to differentiate.</param>
    /// <param name="seeds">The adjoint of each output, of its shape.</param>
    /// <param name="variables">What to differentiate by; an output may be among them.</param>
    /// <returns>A recorded value of each variable's shape; null where no output depends on it.</returns>
    /// <exception cref="EngramException">A seed's shape is not its output's.</exception>
    public Var?[] VectorJacobianProduct(ReadOnlySpan<Var> outputs, ReadOnlySpan<Var> seeds, ReadOnlySpan<Var> variables) =>
        VectorJacobianProduct(outputs, seeds, variables, through: true);

    /// <summary>The same, where it is said whether adjoints go through variables to others that they were computed from.</summary>
    internal Var?[] VectorJacobianProduct(ReadOnlySpan<Var> outputs, ReadOnlySpan<Var> seeds, ReadOnlySpan<Var> variables, bool through)
    {
        int count = nodes.Count;
        bool[] depends = DependsOn(variables, count);
        bool[] ends = new bool[count];
        foreach (Var variable in variables)
        {
            ends[variable.Id] = !through;
        }

        var adjoints = new Var?[count];
        for (int i = 0; i < outputs.Length; i++)
        {
            Var output = Own(outputs[i]);
            if (ShapeOf(output) != ShapeOf(seeds[i]))
            {
                throw new EngramException(
                    $"VectorJacobianProduct: found shapes {output.Rows}×{output.Columns} and {seeds[i].Rows}×{seeds[i].Columns}, " +
                    $"expected a seed of its output's shape.");
            }

            if (depends[output.Id])
            {
                Add(ref adjoints[output.Id], seeds[i]);
            }
        }

        for (int id = count - 1; id >= 0; id--)
        {
            if (adjoints[id] is not { } adjoint)
            {
                continue;
            }

            Node node = nodes[id];
            if (node.X == None || ends[id])
            {
                continue;
            }

            (VectorJacobian? ruleX, VectorJacobian? ruleY) = DerivativeTable.Rules[node.Operation.Kind];
            var recorded = new Recorded(node.Operation, At(node.X), node.Y == None ? default : At(node.Y), At(id));
            if (ruleX is not null && depends[node.X])
            {
                Add(ref adjoints[node.X], ruleX(recorded, adjoint));
            }

            if (ruleY is not null && depends[node.Y])
            {
                Add(ref adjoints[node.Y], ruleY(recorded, adjoint));
            }
        }

        var result = new Var?[variables.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = adjoints[variables[i].Id];
        }

        return result;
    }

    /// <summary>Forgets everything and gives its memory back for what is recorded next; handles from before become invalid.</summary>
    public virtual void Clear()
    {
        nodes.Clear();
        generation++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal (int Rows, int Columns) ShapeOf(Var value)
    {
        Node node = nodes[Own(value).Id];
        return (node.Rows, node.Columns);
    }

    internal Var Record(in Operation operation, Var x)
    {
        (int rows, int columns) = OperationShapes.Infer(operation, ShapeOf(x), default);
        return Append(new Node(operation, x.Id, None, rows, columns));
    }

    internal Var Record(in Operation operation, Var x, Var y)
    {
        (int rows, int columns) = OperationShapes.Infer(operation, ShapeOf(x), ShapeOf(y));
        return Append(new Node(operation, x.Id, y.Id, rows, columns));
    }

    /// <summary>Records op(x) op(y), looking through transposes that were recorded before.</summary>
    internal Var RecordProduct(Var x, bool transposeX, Var y, bool transposeY)
    {
        (Var left, bool transposeLeft) = SeeThroughTransposes(x, transposeX);
        (Var right, bool transposeRight) = SeeThroughTransposes(y, transposeY);
        return Record(new Operation(OperationKind.MatMul) { TransposeLeft = transposeLeft, TransposeRight = transposeRight }, left, right);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);

    private protected Var AppendLeaf(int rows, int columns) =>
        Append(new Node(new Operation(OperationKind.Leaf), None, None, rows, columns), evaluate: false);

    internal Node NodeAt(int id) => nodes[id];

    private protected Var Own(Var value)
    {
        if (!ReferenceEquals(value.Tape, this))
        {
            throw new InvalidOperationException("Found variables of two tapes in one operation, expected one tape.");
        }

        return value.Generation == generation
            ? value
            : throw new InvalidOperationException("Found a variable from before the tape was cleared, expected one recorded since.");
    }

    /// <summary>Computes the value of the node that was appended last.</summary>
    private protected abstract void Evaluate(int id);

    private Var Append(in Node node, bool evaluate = true)
    {
        nodes.Add(node);
        if (evaluate)
        {
            Evaluate(nodes.Count - 1);
        }

        return At(nodes.Count - 1);
    }

    private protected Var At(int id) => new(this, id, generation);

    private (Var Source, bool Transposed) SeeThroughTransposes(Var value, bool transposed)
    {
        Node node = nodes[Own(value).Id];
        while (node.Operation.Kind == OperationKind.Transpose)
        {
            value = At(node.X);
            node = nodes[node.X];
            transposed = !transposed;
        }

        return (value, transposed);
    }

    private bool[] DependsOn(ReadOnlySpan<Var> variables, int count)
    {
        var depends = new bool[count];
        foreach (Var variable in variables)
        {
            depends[Own(variable).Id] = true;
        }

        for (int id = 0; id < count; id++)
        {
            Node node = nodes[id];
            (VectorJacobian? ruleX, VectorJacobian? ruleY) = DerivativeTable.Rules[node.Operation.Kind];
            depends[id] |= (ruleX is not null && depends[node.X]) || (ruleY is not null && depends[node.Y]);
        }

        return depends;
    }

    private static void Add(ref Var? sum, Var term) => sum = sum is { } so ? so + term : term;

    /// <summary>An operation with its inputs (−1 for none) and the shape of its result.</summary>
    internal readonly record struct Node(Operation Operation, int X, int Y, int Rows, int Columns);
}

/// <summary>A tape with numbers of one type.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class Tape<T> : Tape
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly List<Tensor<T>> values = [];

    /// <summary>A leaf: numbers from outside, as a view. They must stay alive and unchanged until the tape is cleared.</summary>
    public Var Leaf(Tensor<T> view)
    {
        values.Add(view);
        return AppendLeaf(view.Rows, view.Columns);
    }

    /// <inheritdoc/>
    public override Var Constant(int rows, int columns, double value)
    {
        Tensor<T> tensor = arena.Allocate<T>(rows, columns);
        if (value != 0)
        {
            tensor.Fill(T.CreateChecked(value));
        }

        return Leaf(tensor);
    }

    /// <summary>How often numbers were read since the tape was cleared: what is recorded next may depend on them in ways that it does not
    /// know.</summary>
    internal long Reads { get; private set; }

    /// <summary>The numbers of a recorded value; valid until the tape is cleared.</summary>
    public Tensor<T> ValueOf(Var value)
    {
        Reads++;
        return Materialize(Own(value).Id);
    }

    /// <inheritdoc/>
    public override double ElementOf(Var value, int row, int column) => double.CreateChecked(ValueOf(value)[row, column]);

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        values.Clear();
        arena.Reset();
        Reads = 0;
    }

    /// <summary>Computes everything again, in the same places, from what the leaves hold now.</summary>
    internal void Recompute()
    {
        for (int id = 0; id < values.Count; id++)
        {
            Node node = NodeAt(id);
            if (!values[id].IsEmpty && node.X >= 0 && !OperationKernels.IsView(node.Operation.Kind))
            {
                OperationKernels.Evaluate(node.Operation, values[node.X], node.Y >= 0 ? values[node.Y] : default, values[id]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            arena.Dispose();
        }
    }

    /// <inheritdoc/>
    private protected override void Evaluate(int id)
    {
        values.Add(default);
        if (NodeAt(id).Operation.Kind != OperationKind.Transpose)
        {
            Materialize(id);
        }
    }

    // A transpose is only computed if something other than a matrix product wants it.
    private Tensor<T> Materialize(int id)
    {
        if (values[id].IsEmpty)
        {
            Node node = NodeAt(id);
            Tensor<T> x = Materialize(node.X);
            Tensor<T> y = node.Y >= 0 ? Materialize(node.Y) : default;
            values[id] = OperationKernels.Evaluate(node.Operation, x, y, node.Rows, node.Columns, arena);
        }

        return values[id];
    }
}
