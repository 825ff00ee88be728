using System.Numerics;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Compiled;

/// <summary>A program whose tensors are told by what they are for.</summary>
internal sealed class BoundProgram<TLanes, T>(CompiledProgram<TLanes, T> program, Dictionary<string, int[]> places)
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where the tensors of a kind are bound.</summary>
    public int[] Places(string kind) => places.TryGetValue(kind, out int[]? found) ? found : [];

    /// <summary>Binds one tensor; −1 for one that the program has no use for.</summary>
    public void Bind(int part, int place, Tensor<T> tensor)
    {
        if (place >= 0)
        {
            program.Bind(part, place, tensor);
        }
    }

    /// <summary>Binds tensors of a kind, in their order.</summary>
    public void Bind(int part, int[] at, Tensor<T>[] tensors)
    {
        for (int i = 0; i < at.Length; i++)
        {
            if (at[i] >= 0)
            {
                program.Bind(part, at[i], tensors[i]);
            }
        }
    }

    /// <summary>Runs it with what is bound.</summary>
    public void Run(int part) => program.Run(part);
}

/// <summary>Puts a program together.</summary>
internal sealed class ProgramDraft(Graph graph)
{
    private readonly ProgramBuilder builder = new(graph);
    private readonly Dictionary<string, int[]> places = new(StringComparer.Ordinal);

    /// <summary>Nodes that are given under a name.</summary>
    public ProgramDraft Given(string kind, IEnumerable<GraphNode> nodes) => Add(kind, nodes.Select(builder.Given));

    /// <summary>Nodes that are put out as they lie.</summary>
    public ProgramDraft Output(string kind, IEnumerable<GraphNode> nodes) => Add(kind, nodes.Select(builder.Output));

    /// <summary>Nodes that are put out column by column; null for none.</summary>
    public ProgramDraft OutputByColumns(string kind, params GraphNode?[] nodes) =>
        Add(kind, nodes.OfType<GraphNode>().Select(builder.OutputByColumns));

    /// <summary>Nodes that are put out row by row; null for none.</summary>
    public ProgramDraft OutputByRows(string kind, IEnumerable<GraphNode?> nodes, bool accumulate = false) =>
        Add(kind, nodes.Select(n => n is null ? -1 : builder.OutputByRows(n, accumulate)));

    /// <summary>Most elements of that vector, which is given, are 0.</summary>
    public ProgramDraft Gate(GraphNode vector)
    {
        builder.Gate(vector);
        return this;
    }

    /// <summary>Outputs of a kind have their rows already where the gate is 0: they equal those of what is given under another.</summary>
    /// <param name="input">What is given.</param>
    /// <param name="output">What is put out.</param>
    /// <param name="which">Which of them.</param>
    public ProgramDraft LeaveStanding(string input, string output, IEnumerable<int> which)
    {
        foreach (int i in which)
        {
            builder.LeaveStanding(places[input][i], places[output][i]);
        }

        return this;
    }

    /// <summary>Of some outputs of a kind those that <see cref="LeaveStanding"/> leaves alone.</summary>
    /// <param name="output">The kind.</param>
    /// <param name="which">Which of them to look at.</param>
    /// <param name="inPlace">Whether they must be able to lie where the input lies.</param>
    public int[] Standing<TLanes, T>(string output, int[] which, bool inPlace)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        IReadOnlyDictionary<int, bool> found = CompiledProgram<TLanes, T>.Plan(builder).Standing;
        return [.. which.Where(i => found.TryGetValue(places[output][i], out bool mayLieThere) && (mayLieThere || !inPlace))];
    }

    /// <summary>Plans and compiles it.</summary>
    public BoundProgram<TLanes, T> Compile<TLanes, T>(WorkerTeam team, Arena arena)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(CompiledProgram<TLanes, T>.From(builder, team, arena), places);

    private ProgramDraft Add(string kind, IEnumerable<int> found)
    {
        places.Add(kind, [.. found]);
        return this;
    }
}
