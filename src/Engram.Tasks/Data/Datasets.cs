using System.Collections.Concurrent;
using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>The data sets there are, by name.</summary>
public static class Datasets
{
    private static readonly ConcurrentDictionary<(string Name, ImageFormat Format), Lazy<ImageSet>> Loaded = new();

    /// <summary>All data sets; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<DatasetSpec> Registry { get; } = BuiltIn();

    /// <summary>The images of a data set, read once in the life of the process and shared by all who ask.</summary>
    /// <exception cref="EngramException">There is no such set, its files are not there, or they are damaged.</exception>
    public static ImageSet Load(string name, ImageFormat format)
    {
        DatasetSpec spec = Registry.Get(name);
        Lazy<ImageSet> lazy = Loaded.GetOrAdd((name, format), _ => new Lazy<ImageSet>(() => spec.Load(name, format)));
        try
        {
            return lazy.Value;
        }
        catch
        {
            // The next one to ask tries again: the files may be there by then.
            Loaded.TryRemove(new KeyValuePair<(string, ImageFormat), Lazy<ImageSet>>((name, format), lazy));
            throw;
        }
    }

    private static Registry<DatasetSpec> BuiltIn()
    {
        var registry = new Registry<DatasetSpec>("data set");
        registry.Register("glyphs", new Glyphs(), "180 characters × 20 drawings that Engram draws itself, after Omniglot's manner; needs no files");
        return registry;
    }
}
