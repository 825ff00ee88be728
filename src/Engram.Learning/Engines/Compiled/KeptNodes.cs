using Engram.Numerics.Autodiff;
using Engram.Numerics.Programs;

namespace Engram.Learning.Engines.Compiled;

/// <summary>Chooses what of a forward computation is kept for the way back, and what is computed again.</summary>
/// <remarks>
/// Results of products that are as small as activity are <b>kept</b> from the first pass for the whole life. What else the adjoint reads is
/// <b>recorded</b> when a segment of inner steps is replayed: sums,
/// products of the weights' size, and activity that takes more than a few operations; elementwise work of the weights' size is done again,
/// for reading it back would take longer.
/// </remarks>
internal sealed class KeptNodes
{
    private const int SmallCost = 4;
    private const int LeastDepth = 8;
    private readonly long small;
    private readonly int forwardNodes;
    private readonly HashSet<GraphNode> kept = [];
    private readonly HashSet<GraphNode> recorded = [];
    private readonly Dictionary<GraphNode, int> costs = [];

    private readonly HashSet<GraphNode> ends;

    private KeptNodes(long small, int forwardNodes, GraphNode[] ends) =>
        (this.small, this.forwardNodes, this.ends) = (small, forwardNodes, [.. ends]);

    /// <summary>Kept for the whole life where memory allows, in the order of the graph.</summary>
    public GraphNode[] Kept { get; private set; } = [];

    /// <summary>Recorded when a segment is replayed, in the order of the graph.</summary>
    public GraphNode[] Recorded { get; private set; } = [];

    /// <summary>Chooses.</summary>
    /// <param name="forward">What the way forth computes.</param>
    /// <param name="backward">What the way back computes, from the way forth's nodes among others.</param>
    /// <param name="forwardNodes">Nodes with lower positions are the way forth's.</param>
    /// <param name="small">Elements up to which a node is small.</param>
    /// <param name="ends">What is there on both ways.</param>
    /// <param name="replays">Whether there is a replay; without one all that is not kept is computed again.</param>
    public static KeptNodes Choose(
        IEnumerable<GraphNode> forward, IEnumerable<GraphNode> backward, int forwardNodes, long small, GraphNode[] ends, bool replays)
    {
        var choice = new KeptNodes(small, forwardNodes, ends);
        var seen = new HashSet<GraphNode>();
        foreach (GraphNode node in forward)
        {
            choice.FindKept(node, seen);
        }

        var visited = new HashSet<GraphNode>();
        foreach (GraphNode node in backward)
        {
            choice.FindRecorded(node, visited, replays);
        }

        choice.Kept = [.. choice.kept.OrderBy(n => n.Index)];
        choice.Recorded = [.. choice.recorded.OrderBy(n => n.Index)];
        return choice;
    }

    private void FindKept(GraphNode node, HashSet<GraphNode> seen)
    {
        if (ends.Contains(node) || !seen.Add(node))
        {
            return;
        }

        if (node.Count <= small && IsHeavy(node))
        {
            kept.Add(node);
        }

        foreach (GraphNode input in Inputs(node))
        {
            FindKept(input, seen);
        }
    }

    private void FindRecorded(GraphNode node, HashSet<GraphNode> visited, bool replays)
    {
        if (IsThere(node) || !visited.Add(node))
        {
            return;
        }

        if (replays && node.Index < forwardNodes && IsWorthRecording(node))
        {
            recorded.Add(node);
            return;
        }

        foreach (GraphNode input in Inputs(node))
        {
            FindRecorded(input, visited, replays);
        }
    }

    private bool IsThere(GraphNode node) => node.Role is NodeRole.Leaf or NodeRole.Fill || kept.Contains(node) || ends.Contains(node);

    private bool IsWorthRecording(GraphNode node) => node.Role switch
    {
        NodeRole.Alias or NodeRole.Copy or NodeRole.ColumnPartials => false,
        NodeRole.Elementwise =>
            node.Count <= small ? CostOf(node) > SmallCost
            : node.Operation.Kind is OperationKind.Exp or OperationKind.Log or OperationKind.Tanh,
        _ => true,
    };

    private int CostOf(GraphNode node)
    {
        if (IsThere(node) || node.Role is not (NodeRole.Elementwise or NodeRole.Alias or NodeRole.Copy))
        {
            return 0;
        }

        if (!costs.TryGetValue(node, out int cost))
        {
            int own = node.Operation.Kind is OperationKind.Exp or OperationKind.Log or OperationKind.Tanh or OperationKind.Divide
                ? SmallCost + 1 : 1;
            cost = Math.Min(SmallCost + 1, own + Inputs(node).Sum(CostOf));
            costs.Add(node, cost);
        }

        return cost;
    }

    private bool IsHeavy(GraphNode node) => node.Role switch
    {
        NodeRole.Product => (node.Operation.TransposeLeft ? node.X!.Rows : node.X!.Columns) >= LeastDepth,
        NodeRole.RowSum => node.X!.Count > small,
        NodeRole.ColumnSum => node.X!.X!.Count > small,
        NodeRole.Whole => true,
        _ => false,
    };

    private static IEnumerable<GraphNode> Inputs(GraphNode node)
    {
        if (node.X is { } x)
        {
            yield return x;
        }

        if (node.Y is { } y)
        {
            yield return y;
        }
    }
}
