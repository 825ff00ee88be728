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
