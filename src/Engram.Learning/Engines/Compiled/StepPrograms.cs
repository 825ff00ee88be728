using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Compiled;

/// <summary>The names that programs know tensors by.</summary>
internal static class Kinds
{
    public const string State = "state", Meta = "meta", Input = "input", Target = "target", Mask = "mask", Kept = "kept",
        Recorded = "recorded", After = "after", Shown = "shown";
    public const string Adjoint = "adjoint", Before = "before", MetaGradient = "meta-gradient", InputAdjoint = "input-adjoint",
        Loss = "loss", Output = "output", Seed = "seed";
    public const string Noise = "noise", Born = "born", BornGradient = "born-gradient", Features = "features";
}

/// <summary>An inner step, recorded once for a batch of some length: the programs that advance, replay and reverse it.</summary>
internal sealed class StepPrograms<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly WorkerTeam team;
    private readonly Arena arena;
    private readonly Graph graph;
    private readonly ExampleSketch leaves;
    private readonly WayBack back;
    private readonly GraphNode[] after, adjoint;
    private readonly KeptNodes chosen;
    private readonly int[] standing = [];
    private BoundProgram<TLanes, T>? advance, advanceAndKeep, show, replay, replayAll, record, recordAll, reverse;

    /// <summary>Records a step.</summary>
    /// <param name="layout">The learner on its network.</param>
    /// <param name="units">Features of an example.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="masked">Whether targets may be missing.</param>
    /// <param name="mayStand">Whether to look for states most of whose rows an example leaves alone.</param>
    /// <param name="team">Who runs the programs.</param>
    /// <param name="arena">Where their memory comes from.</param>
    public StepPrograms(ParameterLayout layout, int units, int batch, bool masked, bool mayStand, WorkerTeam team, Arena arena)
    {
        (this.team, this.arena) = (team, arena);
        leaves = new ExampleSketch(layout, units, batch, masked);
        graph = leaves.Graph;
        var probe = new Names();
        LifeState end = layout.Dynamics.Step(
            new StepInputs(leaves.State, leaves.Meta, leaves.Input, leaves.Target, leaves.Mask, StopOnTape.Instance, probe));
        after = [.. end.Values.Select(v => graph[v])];
        ShownNames = [.. probe.Shown.Keys];
        ShownNodes = [.. probe.Shown.Values.Select(v => graph[v])];
        int forwardNodes = graph.Nodes.Count;

        Var[] adjointVars = [.. layout.State.Specs.Select(s => leaves.Sketch.Leaf(s.Rows, s.Columns))];
        back = leaves.GoBack(end.Values.AsSpan(), adjointVars);
        adjoint = [.. adjointVars.Select(graph.LeafOf)];
        graph.Freeze();
        long widest = layout.Parameters.Select(p => Math.Max(p.Rows, p.Columns))
            .Concat(layout.State.Specs.Select(s => Math.Max(s.Rows, s.Columns))).DefaultIfEmpty(1).Max();
        chosen = KeptNodes.Choose(after, back.All, forwardNodes, batch * widest, [], replays: true);
        if (mayStand)
        {
            standing = [.. Enumerable.Range(0, layout.State.Specs.Length)
                .Where(i => layout.State.Specs[i] is { Columns: > 1 } s && s.Rows == layout.Network.Outputs)];
            foreach (Func<ProgramDraft> draft in new[] { Advances, AdvancesAndKeeps, Replays, ReplaysAll })
            {
                standing = standing.Length == 0 ? [] : draft().Standing<TLanes, T>(Kinds.After, standing, inPlace: true);
            }

            standing = standing.Length == 0 ? [] : Reverses().Standing<TLanes, T>(Kinds.Before, standing, inPlace: false);
        }
    }

    /// <summary>States of which a step stores only the rows whose target is not 0. The state after lies where the state before lies; the
    /// adjoint of the state before has the other rows already, for they are those of the adjoint of the state after.</summary>
    public ReadOnlySpan<int> Standing => standing;

    /// <summary>What the step shows, by name.</summary>
    public string[] ShownNames { get; }

    /// <summary>What the step shows.</summary>
    public GraphNode[] ShownNodes { get; }

    /// <summary>Whether anything reaches the features on the way back.</summary>
    public bool ReachesInput => back.Input is not null;

    /// <summary>What is kept of each step for life.</summary>
    public GraphNode[] Kept => chosen.Kept;

    /// <summary>What is kept of each step of the segment that is reversed.</summary>
    public GraphNode[] Recorded => chosen.Recorded;

    /// <summary>State → state.</summary>
    public BoundProgram<TLanes, T> Advance => advance ??= Advances().Compile<TLanes, T>(team, arena);

    /// <summary>State → state, with what is kept.</summary>
    public BoundProgram<TLanes, T> AdvanceAndKeep =>
        advanceAndKeep ??= AdvancesAndKeeps().Compile<TLanes, T>(team, arena);

    /// <summary>State → what the step shows.</summary>
    public BoundProgram<TLanes, T> Show =>
        show ??= leaves.Draft().OutputByRows(Kinds.Shown, ShownNodes).Compile<TLanes, T>(team, arena);

    /// <summary>State and what is kept → state and what is recorded.</summary>
    public BoundProgram<TLanes, T> Replay => replay ??= Replays().Compile<TLanes, T>(team, arena);

    /// <summary>State → state, what is kept and what is recorded.</summary>
    public BoundProgram<TLanes, T> ReplayAll => replayAll ??= ReplaysAll().Compile<TLanes, T>(team, arena);

    /// <summary>State and what is kept → what is recorded: a segment's last step, after which no state is asked for.</summary>
    public BoundProgram<TLanes, T> Record =>
        record ??= leaves.Draft().Given(Kinds.Kept, chosen.Kept).Output(Kinds.Recorded, chosen.Recorded).Compile<TLanes, T>(team, arena);

    /// <summary>State → what is kept and what is recorded.</summary>
    public BoundProgram<TLanes, T> RecordAll =>
        recordAll ??= leaves.Draft().Output(Kinds.Kept, chosen.Kept).Output(Kinds.Recorded, chosen.Recorded)
            .Compile<TLanes, T>(team, arena);

    /// <summary>Adjoint of the state after → adjoint of the state before, of the features, and what is added to the
    /// meta-gradient.</summary>
    public BoundProgram<TLanes, T> Reverse => reverse ??= Reverses().Compile<TLanes, T>(team, arena);

    private ProgramDraft Advances() => LeadOn(leaves.Draft());

    private ProgramDraft AdvancesAndKeeps() => Advances().Output(Kinds.Kept, chosen.Kept);

    private ProgramDraft Replays() =>
        LeadOn(leaves.Draft().Given(Kinds.Kept, chosen.Kept)).Output(Kinds.Recorded, chosen.Recorded);

    private ProgramDraft ReplaysAll() => AdvancesAndKeeps().Output(Kinds.Recorded, chosen.Recorded);

    private ProgramDraft Reverses() =>
        back.AddTo(leaves.Draft().Given(Kinds.Kept, chosen.Kept).Given(Kinds.Recorded, chosen.Recorded).Given(Kinds.Adjoint, adjoint))
            .LeaveStanding(Kinds.Adjoint, Kinds.Before, standing);

    private ProgramDraft LeadOn(ProgramDraft draft) =>
        draft.OutputByRows(Kinds.After, after).LeaveStanding(Kinds.State, Kinds.After, standing);

    private sealed class Names : IStepProbe
    {
        public OrderedDictionary<string, Var> Shown { get; } = new(StringComparer.Ordinal);

        public void Show(string name, Var value) => Shown[name] = value;
    }
}

/// <summary>The query, recorded once for a number of questions: the programs that answer it and go back from its loss.</summary>
internal sealed class QueryPrograms<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly WorkerTeam team;
    private readonly Arena arena;
    private readonly ExampleSketch leaves;
    private readonly WayBack back;
    private readonly GraphNode output, loss, seed;
    private BoundProgram<TLanes, T>? judge, reverse;

    /// <summary>Records the query. The loss is of one term where some are missing: it is divided by their number outside.</summary>
    public QueryPrograms(ParameterLayout layout, int units, int questions, bool masked, WorkerTeam team, Arena arena)
    {
        (this.team, this.arena) = (team, arena);
        leaves = new ExampleSketch(layout, units, questions, masked);
        Var outputVar = layout.Dynamics.Output(new OutputInputs(leaves.State, leaves.Meta, leaves.Input));
        Var lossVar = layout.Learner.Objective.Loss(outputVar, leaves.Target, leaves.Mask, masked ? 1 : null);
        Var seedVar = leaves.Sketch.Leaf(1, 1);
        back = leaves.GoBack([lossVar], [seedVar]);
        Graph graph = leaves.Graph;
        (output, loss, seed) = (graph[outputVar], graph[lossVar], graph.LeafOf(seedVar));
        graph.Freeze();
    }

    /// <summary>Whether anything reaches the features on the way back.</summary>
    public bool ReachesInput => back.Input is not null;

    /// <summary>State → outputs and loss.</summary>
    public BoundProgram<TLanes, T> Judge => judge ??= Answer().Compile<TLanes, T>(team, arena);

    /// <summary>State → outputs, loss, adjoint of the state and of the features, and what is added to the meta-gradient.</summary>
    public BoundProgram<TLanes, T> Reverse => reverse ??= back.AddTo(Answer().Given(Kinds.Seed, [seed])).Compile<TLanes, T>(team, arena);

    private ProgramDraft Answer() => leaves.Draft().OutputByRows(Kinds.Output, [output]).OutputByRows(Kinds.Loss, [loss]);
}

/// <summary>Birth and features, recorded once for blocks of some examples.</summary>
internal sealed class BirthPrograms<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly WorkerTeam team;
    private readonly Arena arena;
    private readonly Graph graph;
    private readonly List<(string Name, Var Value)> noise = [];
    private readonly GraphNode[] meta, state, born, adjoint, bornAdjoint, metaGradient, featuresMetaGradient, bornGradient;
    private readonly GraphNode input, features, featuresAdjoint;
    private readonly GraphNode? inputGradient;
    private readonly KeptNodes chosen;
    private BoundProgram<TLanes, T>? birth, birthReverse, forward, forwardAndKeep, reverse, reverseAll;

    /// <summary>Records a birth.</summary>
    public BirthPrograms(ParameterLayout layout, int block, WorkerTeam team, Arena arena)
    {
        (this.team, this.arena) = (team, arena);
        var sketch = new Sketch();
        graph = new Graph(sketch);
        Var[] metaVars = [.. layout.Parameters.Select(p => sketch.Leaf(p.Rows, p.Columns))];
        LifeBirth recorded = layout.Dynamics.Birth(new BirthInputs(new MetaVars(layout.Index, metaVars), (name, rows, columns) =>
        {
            int known = noise.FindIndex(n => n.Name == name);
            if (known < 0)
            {
                noise.Add((name, sketch.Leaf(rows, columns)));
            }

            return noise[known < 0 ? ^1 : known].Value;
        }));
        FrozenConvolutions? convolutions = recorded.Convolutions;
        Var inputVar = sketch.Leaf(block, convolutions is null ? layout.Network.Inputs : convolutions.Layers[^1].Outputs);
        graph.Declare(inputVar, batchRows: true, flipped: true);
        Var featuresVar = convolutions is null ? recorded.Features(inputVar) : convolutions.Above(inputVar);
        Units = featuresVar.Columns;
        Var[] frontier = Frontier(sketch, inputVar, convolutions);
        Var[] adjointVars = [.. layout.State.Specs.Select(s => sketch.Leaf(s.Rows, s.Columns))];
        Var[] frontierAdjoints = [.. frontier.Select(f => sketch.Leaf(f.Rows, f.Columns))];
        Var featuresAdjointVar = sketch.Leaf(block, Units);
        graph.Declare(featuresAdjointVar, batchRows: true, flipped: true);
        Var?[] ofFeatures =
            sketch.VectorJacobianProduct([featuresVar], [featuresAdjointVar], [.. metaVars, .. frontier, inputVar], through: false);
        Var?[] ofBirth =
            sketch.VectorJacobianProduct([.. recorded.State.Values, .. frontier], [.. adjointVars, .. frontierAdjoints], metaVars);

        (meta, state, born) =
            ([.. metaVars.Select(graph.LeafOf)], [.. recorded.State.Values.Select(v => graph[v])], [.. frontier.Select(f => graph[f])]);
        (adjoint, bornAdjoint) = ([.. adjointVars.Select(graph.LeafOf)], [.. frontierAdjoints.Select(graph.LeafOf)]);
        (input, features, featuresAdjoint) = (graph.LeafOf(inputVar), graph[featuresVar], graph.LeafOf(featuresAdjointVar));
        metaGradient = [.. ofBirth.Select(v => v is { } value ? graph[value] : null!)];
        featuresMetaGradient = [.. ofFeatures[..metaVars.Length].Select(v => v is { } value ? graph[value] : null!)];
        bornGradient = [.. ofFeatures[metaVars.Length..^1].Select(v => v is { } value ? graph[value] : null!)];
        inputGradient = convolutions is not null && ofFeatures[^1] is { } reached ? graph[reached] : null;
        Convolutions = convolutions is null ? [] : [.. convolutions.Layers.Select((layer, i) =>
            (layer, Source(convolutions.Weights[i], metaVars, frontier), Source(convolutions.Biases[i], metaVars, frontier)))];
        HasFeatureGradient = inputGradient is not null || ofFeatures[..^1].Any(v => v is not null);
        NoiseLeaves = [.. noise.Select(n => (n.Name, graph.LeafOf(n.Value)))];
        graph.Freeze();
        long widest = layout.Parameters.Select(p => Math.Max(p.Rows, p.Columns)).DefaultIfEmpty(1).Max();
        GraphNode[] backward = [.. featuresMetaGradient.Concat(bornGradient).Append(inputGradient!).Where(g => g is not null)];
        chosen = KeptNodes.Choose([features], backward, 0, block * widest, born, replays: false);
    }

    /// <summary>Features of an example.</summary>
    public int Units { get; }

    /// <summary>The noise of a birth.</summary>
    public (string Name, GraphNode Leaf)[] NoiseLeaves { get; }

    /// <summary>What features are computed with that is computed at birth.</summary>
    public GraphNode[] Born => born;

    /// <summary>What is kept of each block of features.</summary>
    public GraphNode[] Kept => chosen.Kept;

    /// <summary>The convolutions that features begin with, and where their W and b lie: among the meta-parameters or, from −1 down, among
    /// what is born.</summary>
    public (ConvolutionSpec Layer, int Weights, int Biases)[] Convolutions { get; }

    /// <summary>Units that features are computed from: pixels, or what convolutions make of them.</summary>
    public int InputUnits => input.Columns;

    /// <summary>Whether features lead back to anything.</summary>
    public bool HasFeatureGradient { get; }

    /// <summary>Meta-parameters and noise → state and what features need.</summary>
    public BoundProgram<TLanes, T> Birth =>
        birth ??= new ProgramDraft(graph).Given(Kinds.Meta, meta).Given(Kinds.Noise, NoiseLeaves.Select(n => n.Leaf))
        .OutputByRows(Kinds.State, state).Output(Kinds.Born, born).Compile<TLanes, T>(team, arena);

    /// <summary>Adjoints of the state and of what features need → what is added to the meta-gradient.</summary>
    public BoundProgram<TLanes, T> BirthReverse =>
        birthReverse ??= new ProgramDraft(graph).Given(Kinds.Meta, meta).Given(Kinds.Noise, NoiseLeaves.Select(n => n.Leaf))
        .Given(Kinds.Adjoint, adjoint).Given(Kinds.BornGradient, bornAdjoint)
            .OutputByRows(Kinds.MetaGradient, metaGradient, accumulate: true).Compile<TLanes, T>(team, arena);

    /// <summary>Inputs → features.</summary>
    public BoundProgram<TLanes, T> Forward =>
        forward ??= FeatureLeaves().OutputByColumns(Kinds.Features, features).Compile<TLanes, T>(team, arena);

    /// <summary>Inputs → features, with what is kept.</summary>
    public BoundProgram<TLanes, T> ForwardAndKeep =>
        forwardAndKeep ??= FeatureLeaves().OutputByColumns(Kinds.Features, features).Output(Kinds.Kept, chosen.Kept)
            .Compile<TLanes, T>(team, arena);

    /// <summary>Adjoint of the features, with what is kept → what is added to the meta-gradient and to the adjoint of what was
    /// born.</summary>
    public BoundProgram<TLanes, T> Reverse => reverse ??= Back(FeatureLeaves().Given(Kinds.Kept, chosen.Kept));

    /// <summary>The same without what is kept.</summary>
    public BoundProgram<TLanes, T> ReverseAll => reverseAll ??= Back(FeatureLeaves());

    private BoundProgram<TLanes, T> Back(ProgramDraft draft) =>
        draft.Given(Kinds.Adjoint, [featuresAdjoint]).OutputByRows(Kinds.MetaGradient, featuresMetaGradient, accumulate: true)
        .OutputByRows(Kinds.BornGradient, bornGradient, accumulate: true).OutputByColumns(Kinds.InputAdjoint, inputGradient)
            .Compile<TLanes, T>(team, arena);

    private static int Source(Var value, Var[] meta, Var[] born) =>
        Array.IndexOf(meta, value) is >= 0 and var i ? i : -1 - Array.IndexOf(born, value);

    private ProgramDraft FeatureLeaves() =>
        new ProgramDraft(graph).Given(Kinds.Meta, meta).Given(Kinds.Noise, NoiseLeaves.Select(n => n.Leaf)).Given(Kinds.Born, born)
        .Given(Kinds.Input, [input]);

    // What features need that does not depend on the input and is no leaf.
    private static Var[] Frontier(Sketch sketch, Var input, FrozenConvolutions? convolutions)
    {
        int count = sketch.Count;
        var depends = new bool[count];
        var found = new SortedSet<int>();
        depends[input.Id] = true;
        found.UnionWith(
            (convolutions is null ? [] : convolutions.Weights.AddRange(convolutions.Biases))
            .Where(v => sketch.NodeAt(v.Id).Operation.Kind != OperationKind.Leaf).Select(v => v.Id));
        for (int id = 0; id < count; id++)
        {
            var node = sketch.NodeAt(id);
            if (node.Operation.Kind == OperationKind.Leaf)
            {
                continue;
            }

            depends[id] = depends[node.X] || (node.Y >= 0 && depends[node.Y]);
            if (depends[id])
            {
                foreach (int from in new[] { node.X, node.Y })
                {
                    if (from >= 0 && !depends[from] && sketch.NodeAt(from).Operation.Kind != OperationKind.Leaf)
                    {
                        found.Add(from);
                    }
                }
            }
        }

        return [.. found.Select(sketch.VarAt)];
    }
}
