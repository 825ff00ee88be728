using Engram.Numerics.Autodiff;
using Engram.Numerics.Programs;

namespace Engram.Numerics.Tests;

/// <summary>Where an output may lie in its input's place: only if all that reads the input is done with a row before it is
/// written.</summary>
public sealed class StandingRowsPlanTests
{
    private const int Rows = 40, Columns = 24;

    public enum Reader
    {
        /// <summary>Nothing but the change itself.</summary>
        None,

        /// <summary>A sum that the change needs.</summary>
        Before,

        /// <summary>A sum down the columns in the same meeting.</summary>
        Beside,

        /// <summary>A sum that waits for what other rows gave.</summary>
        After,
    }

    [Theory]
    [InlineData(Reader.None, true)]
    [InlineData(Reader.Before, true)]
    [InlineData(Reader.Beside, false)]
    [InlineData(Reader.After, false)]
    public void Build_OfAGatedChange_MayLieInPlaceUnlessSomethingReadsTheInputLater(Reader reader, bool may)
    {
        var sketch = new Sketch();
        Var weights = sketch.Leaf(Rows, Columns), gate = sketch.Leaf(1, Rows), input = sketch.Leaf(1, Columns);
        Var moved = gate.Column();
        Var activity = reader == Reader.Before ? (moved * weights).Sum(0) : input;
        Var after = weights + (moved * activity);
        Var? other = reader switch
        {
            Reader.Beside => weights.Transpose().MatMul(sketch.Leaf(Rows, Columns)),
            Reader.After => (weights * ((moved * weights).Sum(0) * input)).Sum(1),
            _ => null,
        };
        var graph = new Graph(sketch);
        graph.Declare(gate, batchRows: true);
        graph.Declare(input, batchRows: true);
        GraphNode end = graph[after];
        GraphNode? read = other is { } value ? graph[value] : null;
        graph.Freeze();
        var builder = new ProgramBuilder(graph);
        int from = builder.Given(graph.LeafOf(weights));
        foreach (GraphNode leaf in graph.Nodes.Where(n => n.Role == NodeRole.Leaf).ToArray())
        {
            builder.Given(leaf);
        }

        builder.Gate(graph.LeafOf(gate));
        int to = builder.OutputByRows(end, accumulate: false);
        if (read is not null)
        {
            builder.OutputByRows(read, accumulate: false);
        }

        builder.LeaveStanding(from, to);
        IReadOnlyDictionary<int, bool> standing = builder.Build(12, sizeof(float)).Standing;

        Assert.True(standing.ContainsKey(to), "rows do not stand still");
        Assert.Equal(may, standing[to]);
    }
}
