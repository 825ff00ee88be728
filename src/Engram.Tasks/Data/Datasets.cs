using System.Collections.Concurrent;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;

namespace Engram.Tasks.Data;

/// <summary>The data sets there are, by name.</summary>
public static class Datasets
{
    private static readonly ConcurrentDictionary<(DatasetRequest Request, DataFolder Folder), Lazy<ImageSet>> Loaded = new();

    /// <summary>All data sets; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<DatasetSpec> Registry { get; } = BuiltIn();

    /// <summary>The images of a data set, read once in the life of the process and shared by all who ask.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="context">Where data sets lie, and who is told if it takes a while.</param>
    /// <exception cref="EngramException">There is no such set, its files are not there, or they are damaged.</exception>
    public static ImageSet Load(DatasetRequest request, DataContext context)
    {
        DatasetSpec spec = Registry.Get(request.Name);
        var key = (request, context.Folder);
        Lazy<ImageSet> lazy = Loaded.GetOrAdd(key, _ => new Lazy<ImageSet>(() => spec.Load(request, context)));
        try
        {
            return lazy.Value;
        }
        catch
        {
            // The next one to ask tries again: the files may be there by then.
            Loaded.TryRemove(new KeyValuePair<(DatasetRequest, DataFolder), Lazy<ImageSet>>(key, lazy));
            throw;
        }
    }

    private static Registry<DatasetSpec> BuiltIn()
    {
        var registry = new Registry<DatasetSpec>("data set");
        registry.Register(
            "glyphs", new Glyphs(), "180 characters × 20 drawings that Engram draws itself, after Omniglot's manner; needs no files");
        registry.Register("omniglot", new Omniglot(), "1,623 handwritten characters of 50 alphabets × 20 drawings, 105×105");
        registry.Register(
            "mini-imagenet", new MiniImageNet(), "100 classes of ImageNet × 600 photographs, 84×84, split by Ravi and Larochelle");
        registry.Register("mnist", new Mnist(), "70,000 handwritten digits, 28×28");
        registry.Register("cifar10", new Cifar10(), "60,000 photographs of 10 classes, 32×32, the binary version");
        registry.Register("image-folder", new ImageFolder(), "images of your own, one folder for each class, in a folder, zip or tar");
        return registry;
    }
}
