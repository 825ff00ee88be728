using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Takes a data set's files over from a folder or file of the user's.</summary>
/// <remarks>Everything is brought together beside the data set's folder and read there first: what is damaged never gets into it. Files that are there already stay, or are replaced by those that come.</remarks>
public static class DatasetImport
{
    private const int MostLevels = 32;
    /// <summary>Takes files over.</summary>
    /// <param name="name">Name of the data set.</param>
    /// <param name="from">A folder with its files in it, or one file.</param>
    /// <param name="link">Whether to link to the files instead of copying them.</param>
    /// <param name="context">The data folder, and who is told.</param>
    /// <returns>What there is now; null where files are still missing, so that it cannot be read yet.</returns>
    /// <exception cref="EngramException">Nothing there belongs to the set, it is damaged, or the data folder cannot be written.</exception>
    public static DatasetCheck? Import(string name, string from, bool link, DataContext context)
    {
        FileDataset set = DatasetStore.FilesOf(name);
        string[] items = Items(name, set, from);
        string folder = context.Folder.FolderOf(name);
        if (items.Any(i => Path.GetFullPath(i).StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw new EngramException($"Found '{from}' inside the data folder itself, expected files from elsewhere; 'engram data check {name}' looks at what is there.");
        }

        foreach (PublishedFile published in set.Files)
        {
            if (items.FirstOrDefault(i => Path.GetFileName(i) == published.Name) is { } item && FileChecksum.Difference(item, published) is not null)
            {
                context.Note?.Invoke($"The checksum of {published.Name} differs from the published one; its contents are checked instead.");
            }
        }

        string stage = folder + ".importing";
        return Writing(folder, () =>
        {
            Remove(stage);
            try
            {
                Directory.CreateDirectory(stage);
                Array.ForEach(items, i => Take(i, Path.Combine(stage, Path.GetFileName(i)), link, context));
                string[] kept = Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Where(e => !Path.Exists(Path.Combine(stage, Path.GetFileName(e))))] : [];
                Array.ForEach(kept, k => Link(k, Path.Combine(stage, Path.GetFileName(k))));
                DatasetSource staged = set.Find(stage);
                DatasetCheck? check = staged.Missing.IsEmpty ? set.Check(staged, set.Read(staged, new DatasetRequest(name, set.Native, stage), context)) : null;
                Directory.CreateDirectory(folder);
                Array.ForEach(items, i => Move(Path.Combine(stage, Path.GetFileName(i)), Path.Combine(folder, Path.GetFileName(i))));
                if (check is not null)
                {
                    new DatasetStore(context).Remember(name, check);
                }

                return check;
            }
            finally
            {
                Remove(stage);
            }
        });
    }

    private static string[] Items(string name, FileDataset set, string from)
    {
        bool isFolder = Directory.Exists(from);
        if (!isFolder && !File.Exists(from))
        {
            throw new EngramException($"Found nothing at '{from}', expected a folder or file of the data set '{name}'; check the path.");
        }

        string trimmed = Path.TrimEndingDirectorySeparator(from);
        string[] items = !isFolder ? [trimmed] : [.. Directory.EnumerateFileSystemEntries(trimmed).Order(StringComparer.Ordinal)];
        string[] accepted = [.. items.Where(i => !Path.GetFileName(i).StartsWith('.') && set.Accepts(Path.GetFileName(i), Directory.Exists(i)))];
        if (accepted.Length == 0 && isFolder && set.Accepts(Path.GetFileName(trimmed), isFolder: true))
        {
            accepted = [trimmed];
        }

        string expected = set.Files.IsEmpty ? "archives or folders of images" : string.Join(", ", set.Files.Select(f => f.Name));
        return accepted.Length > 0 ? accepted : throw new EngramException($"Found nothing of the data set '{name}' at '{from}', expected {expected}{(set.HowToGet is null ? string.Empty : ", or archives or folders of images")}; 'engram data info {name}' says more.");
    }

    private static T Writing<T>(string folder, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not write '{folder}': {AtomicFile.OneLine(e.Message)} Nothing was taken over; make room, or let ${DataFolder.Variable} name a folder that you may write to.", e);
        }
    }

    private static void Take(string from, string to, bool link, DataContext context, int level = 0)
    {
        if (level > MostLevels)
        {
            throw new EngramException($"Found folders deeper than {MostLevels} at '{AtomicFile.Shown(from)}', expected fewer; look for a link that leads back to a folder around it.");
        }

        context.Stop.ThrowIfCancellationRequested();
        if (link)
        {
            Link(from, to);
        }
        else if (Directory.Exists(from))
        {
            Directory.CreateDirectory(to);
            foreach (string inner in Directory.EnumerateFileSystemEntries(from))
            {
                Take(inner, Path.Combine(to, Path.GetFileName(inner)), link: false, context, level + 1);
            }
        }
        else
        {
            // Not File.Copy, which takes over that a file is read-only.
            using FileStream source = ArchiveFile.OpenRead(from);
            using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
            source.CopyTo(target);
            target.Flush(flushToDisk: true);
        }
    }

    private static void Link(string from, string to)
    {
        if (Directory.Exists(from))
        {
            Directory.CreateSymbolicLink(to, Path.GetFullPath(from));
        }
        else
        {
            File.CreateSymbolicLink(to, Path.GetFullPath(from));
        }
    }

    private static void Move(string from, string to)
    {
        Remove(to, onlyFolders: !File.Exists(from));
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }

    // A link is removed, not what it leads to.
    private static void Remove(string path, bool onlyFolders = true)
    {
        if (new DirectoryInfo(path) is { Exists: true } folder)
        {
            folder.Delete(recursive: folder.LinkTarget is null);
        }
        else if (!onlyFolders && File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
