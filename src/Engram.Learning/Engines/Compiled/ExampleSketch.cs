using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Programs;

namespace Engram.Learning.Engines.Compiled;

/// <summary>What a step and the query are recorded from: meta-parameters, states, and examples with their targets.</summary>
internal sealed class ExampleSketch
{
    private readonly Var[] meta, state;

    /// <summary>Lays the leaves out.</summary>
    /// <param name="layout">The learner on its network.</param>
    /// <param name="units">Features of an example.</param>
    /// <param name="examples">Examples.</param>
    /// <param name="masked">Whether targets may be missing.</param>
    public ExampleSketch(ParameterLayout layout, int units, int examples, bool masked)
    {
        Graph = new Graph(Sketch);
        meta = [.. layout.Parameters.Select(p => Sketch.Leaf(p.Rows, p.Columns))];
        state = [.. layout.State.Specs.Select(s => Sketch.Leaf(s.Rows, s.Columns))];
        (Input, Target) = (Sketch.Leaf(examples, units), Sketch.Leaf(examples, layout.Network.Outputs));
        Graph.Declare(Input, batchRows: true, flipped: true);
        Graph.Declare(Target, batchRows: true);
        if (masked)
        {
            Var mask = Sketch.Leaf(examples, layout.Network.Outputs);
            Graph.Declare(mask, batchRows: true);
            Mask = mask;
        }

        (Meta, State) = (new MetaVars(layout.Index, meta), new LifeState(layout.State, [.. state]));
    }

    /// <summary>Where it is recorded.</summary>
    public Sketch Sketch { get; } = new();

    /// <summary>What is made of it.</summary>
    public Graph Graph { get; }

    /// <summary>All meta-parameters.</summary>
    public MetaVars Meta { get; }

    /// <summary>What changes in life.</summary>
    public LifeState State { get; }

    /// <summary>Features of the examples, a row of memory a unit.</summary>
    public Var Input { get; }

    /// <summary>What the output should be.</summary>
    public Var Target { get; }

    /// <summary>Which targets there are; null where all are.</summary>
    public Var? Mask { get; }

    /// <summary>A program that is given all of it. One example's targets are mostly 0 where there are many.</summary>
    public ProgramDraft Draft() => Target is { Rows: 1, Columns: > 1 } ? AllGiven().Gate(Graph.LeafOf(Target)) : AllGiven();

    private ProgramDraft AllGiven() => new ProgramDraft(Graph)
        .Given(Kinds.State, state.Select(Graph.LeafOf)).Given(Kinds.Meta, meta.Select(Graph.LeafOf))
        .Given(Kinds.Input, [Graph.LeafOf(Input)]).Given(Kinds.Target, [Graph.LeafOf(Target)])
        .Given(Kinds.Mask, Mask is { } mask ? [Graph.LeafOf(mask)] : []);

    /// <summary>Records the way back from some outputs to states, features and meta-parameters.</summary>
    public WayBack GoBack(ReadOnlySpan<Var> outputs, ReadOnlySpan<Var> seeds)
    {
        Var?[] found = Sketch.VectorJacobianProduct(outputs, seeds, [.. state, Input, .. meta]);
        GraphNode?[] nodes = [.. found.Select(v => v is { } value ? Graph[value] : null)];
        return new WayBack(
            [.. nodes[..state.Length].Select((n, i) => n ?? Graph[Sketch.Constant(state[i].Rows, state[i].Columns, 0)])],
            nodes[state.Length],
            [.. nodes[(state.Length + 1)..]]);
    }
}

/// <summary>What the way back computes.</summary>
/// <param name="States">The adjoint of each state; zeros where nothing reaches it.</param>
/// <param name="Input">The adjoint of the features; null where nothing reaches them.</param>
/// <param name="Meta">What is added to the gradient of each meta-parameter; null for nothing.</param>
internal sealed record WayBack(ImmutableArray<GraphNode> States, GraphNode? Input, ImmutableArray<GraphNode?> Meta)
{
    /// <summary>All of it.</summary>
    public IEnumerable<GraphNode> All => States.Concat(Meta.Append(Input).OfType<GraphNode>());

    /// <summary>A program that puts it out.</summary>
    public ProgramDraft AddTo(ProgramDraft draft) =>
        draft.OutputByRows(Kinds.Before, States).OutputByRows(Kinds.MetaGradient, Meta, accumulate: true)
            .OutputByColumns(Kinds.InputAdjoint, Input);
}
