using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Tasks.Images.Archives;

/// <summary>The files below a folder. Links are followed; those that lead nowhere are left out, and a folder that contains itself that way
/// is refused.</summary>
internal sealed class FolderTree(string path, long mostEntryBytes) : FileTree(path, mostEntryBytes)
{
    private const int MostLevels = 32;

    private readonly List<string> leftOut = [];

    internal override IReadOnlyList<string> LeftOut => leftOut;

    public override IEnumerable<FileTreeEntry> Entries
    {
        get
        {
            var names = new List<string>();
            leftOut.Clear();
            ArchiveFile.Guard(Path, () =>
            {
                Collect(Path, string.Empty, 0, names);
                return true;
            });
            names.Sort(StringComparer.Ordinal);
            return names.Select(name => new Entry(this, name));
        }
    }

    private void Collect(string folder, string prefix, int level, List<string> names)
    {
        if (level > MostLevels)
        {
            throw new EngramException(
                $"Found folders deeper than {MostLevels} below '{Path}', expected fewer; look for a link in " +
                $"'{AtomicFile.Shown(prefix)}' that leads back to a folder around it.");
        }

        foreach (string file in Directory.EnumerateFiles(folder))
        {
            string name = System.IO.Path.GetFileName(file);
            if (ArchiveFile.Look(file) is not null)
            {
                names.Add(prefix + name);
            }
            else if (!name.StartsWith('.'))
            {
                leftOut.Add(prefix + name);
            }
        }

        foreach (string inner in Directory.EnumerateDirectories(folder))
        {
            Collect(inner, prefix + System.IO.Path.GetFileName(inner) + "/", level + 1, names);
        }
    }

    private sealed class Entry(FolderTree tree, string name) : FileTreeEntry(tree, name)
    {
        public override byte[] Read()
        {
            string path = System.IO.Path.Combine(Tree.Path, Name);
            return ArchiveFile.Guard(path, () =>
            {
                using FileStream stream = ArchiveFile.OpenRead(path);
                return tree.ReadWhole(stream, stream.Length, Name);
            });
        }
    }
}
