namespace Engram.Tasks.Images.Archives;

/// <summary>A file of a <see cref="FileTree"/>.</summary>
public abstract class FileTreeEntry
{
    private protected FileTreeEntry(FileTree tree, string name) => (Tree, Name) = (tree, name);

    /// <summary>Where it lies in the tree, such as "train/cat/0001.png": forward slashes, never out of the tree.</summary>
    public string Name { get; }

    /// <summary>What errors should call it: the tree's path and the name.</summary>
    public string FullName => $"{Tree.Path}: {Name}";

    /// <summary>The tree that it belongs to.</summary>
    private protected FileTree Tree { get; }

    /// <summary>Reads it whole. Entries of tar archives can be read only until the enumeration goes on.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">It is damaged, or has more bytes than
    /// <see cref="FileTree.MostEntryBytes"/>.</exception>
    public abstract byte[] Read();
}
