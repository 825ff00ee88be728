namespace Engram.Studio.Runs;

/// <summary>The metrics of the runs that were looked at last.</summary>
internal sealed class MetricsShelf
{
    // 20,000 lines of a run take half a megabyte.
    private const int Most = 16;

    private readonly Lock gate = new();
    private readonly LinkedList<(string Path, MetricsColumns Columns)> shelf = [];

    /// <summary>Looks at a run's metrics as they are now.</summary>
    /// <typeparam name="T">What is taken from them.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="look">Takes it; nobody else is at the columns meanwhile.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public T Read<T>(string path, Func<MetricsColumns, T> look)
    {
        MetricsColumns columns = Take(path);
        lock (columns)
        {
            columns.Refresh();
            return look(columns);
        }
    }

    private MetricsColumns Take(string path)
    {
        lock (gate)
        {
            LinkedListNode<(string Path, MetricsColumns Columns)>? node = shelf.First;
            while (node is not null && node.Value.Path != path)
            {
                node = node.Next;
            }

            if (node is not null)
            {
                shelf.Remove(node);
            }
            else
            {
                node = new((path, new MetricsColumns(path)));
                if (shelf.Count == Most)
                {
                    shelf.RemoveLast();
                }
            }

            shelf.AddFirst(node);
            return node.Value.Columns;
        }
    }
}
