using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Transfer;

/// <summary>Takes a data set's files over from a folder or file of the user's.</summary>
/// <remarks>
/// Everything is brought together beside the data set's folder and read there first: what is damaged never gets into it. While files are
/// missing, so that the set cannot be read as such, those that come
/// are read on their own. Files that are there already stay, or are replaced by those that come, each whole at any moment. One import or
/// download of a set at a time.
/// </remarks>
public static class DatasetImport
{
    private const int MostLevels = 32;

    /// <summary>How the name of what is about to be replaced ends, hidden by a dot before it.</summary>
    private const string AsideSuffix = ".replaced";

    /// <summary>Takes files over.</summary>
    /// <param name="name">Name of the data set.</param>
    /// <param name="from">A folder with its files in it, or one file.</param>
    /// <param name="link">Whether to link to the files instead of copying them.</param>
    /// <param name="context">The data folder, and who is told.</param>
    /// <returns>What there is now; null where files are still missing, so that it cannot be read yet.</returns>
    /// <exception cref="EngramException">Nothing there belongs to the set, it is damaged, the data folder cannot be written, or another
    /// import or download of the set is under way.</exception>
    public static DatasetCheck? Import(string name, string from, bool link, DataContext context)
    {
        FileDataset set = DatasetStore.FilesOf(name);
        string[] items = Items(name, set, from);
        string folder = context.Folder.FolderOf(name);
        if (items.Any(
            i => Path.GetFullPath(i).StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw new EngramException(
                $"Found '{from}' inside the data folder itself, expected files from elsewhere; 'engram data check {name}' looks at what " +
                $"is there.");
        }

        string stage = folder + ".importing";
        return Writing(folder, () =>
        {
            using FileStream held = DatasetLock.Take(name, context.Folder);
            Restore(folder);
            Remove(stage);
            try
            {
                Directory.CreateDirectory(stage);
                string[] taken = [.. items.Select(i => Path.Combine(stage, Path.GetFileName(i)))];
                foreach ((string item, string staged) in items.Zip(taken))
                {
                    Take(item, staged, link, context);
                }

                string[] kept = Directory.Exists(folder)
                    ? [.. Directory.EnumerateFileSystemEntries(folder).Where(e => !Path.Exists(Path.Combine(stage, Path.GetFileName(e))))]
                    : [];
                Array.ForEach(kept, k => Link(k, Path.Combine(stage, Path.GetFileName(k))));
                (DatasetCheck Check, string Stamp)? found = LookThrough(name, set, stage, taken, context);
                if (taken.FirstOrDefault(t => !ArchiveFile.IsThere(t)) is { } gone)
                {
                    throw new EngramException(
                        $"Found nothing at '{gone}' any more, expected what was just read there; '{folder}' is as it was, import again.");
                }

                Directory.CreateDirectory(folder);
                Array.ForEach(taken, t => Move(t, Path.Combine(folder, Path.GetFileName(t))));
                if (found is { } whole)
                {
                    new DatasetStore(context).Remember(name, whole.Stamp, whole.Check);
                }

                return found?.Check;
            }
            finally
            {
                Remove(stage);
            }
        });
    }

    // What the set is with what was taken, and the stamp of what was looked at; null where files are still missing, so that those that were
    // taken are read on their own.
    private static (DatasetCheck Check, string Stamp)? LookThrough(
        string name, FileDataset set, string stage, string[] taken, DataContext context)
    {
        DatasetSource source = set.Find(stage);
        (DatasetCheck Check, string Stamp)? found = null;
        if (source.Missing.IsEmpty)
        {
            string stamp = set.StampOf(source);
            DatasetCheck check = DatasetStore.LookThrough(set, source, new DatasetRequest(name, set.Native, stage), context);
            string folder = context.Folder.FolderOf(name);
            found = (check with { Notes = [.. check.Notes.Select(n => n.Replace(stage, folder, StringComparison.Ordinal))] }, stamp);
        }
        else
        {
            Array.ForEach(taken, t => set.ReadThrough(t, context));
        }

        string instead = found is null ? "it could be read whole, and its contents are checked once the rest is there."
            : "its contents are checked instead.";
        foreach (PublishedFile published in set.Files)
        {
            string file = Path.Combine(stage, published.Name);
            if (taken.Contains(file, StringComparer.Ordinal) && !Directory.Exists(file)
                && FileChecksum.Difference(file, published) is not null)
            {
                context.Note?.Invoke($"The checksum of {published.Name} differs from the published one; {instead}");
            }
        }

        return found;
    }

    private static string[] Items(string name, FileDataset set, string from)
    {
        bool isFolder = Directory.Exists(from);
        if (!ArchiveFile.IsThere(from))
        {
            throw new EngramException($"Found nothing at '{from}', expected a folder or file of the data set '{name}'; check the path.");
        }

        string trimmed = Path.TrimEndingDirectorySeparator(from);
        string[] items = !isFolder ? [trimmed] : [.. Directory.EnumerateFileSystemEntries(trimmed).Order(StringComparer.Ordinal)];
        string[] accepted = [.. items.Where(
            i => !Path.GetFileName(i).StartsWith('.') && set.Accepts(Path.GetFileName(i), Directory.Exists(i)) && ArchiveFile.IsThere(i))];
        if (accepted.Length == 0 && isFolder && set.Accepts(Path.GetFileName(trimmed), isFolder: true))
        {
            accepted = [trimmed];
        }

        string expected = set.Files.IsEmpty ? "archives or folders of images" : string.Join(", ", set.Files.Select(f => f.Name));
        return accepted.Length > 0 ? accepted
            : throw new EngramException(
            $"Found nothing of the data set '{name}' at '{from}', expected " +
            $"{expected}{(set.HowToGet is null ? string.Empty : ", or archives or folders of images")}; 'engram data info {name}' says " +
            $"more.");
    }

    private static T Writing<T>(string folder, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not write '{folder}': {AtomicFile.OneLine(e.Message)} Nothing was taken over; make room, or let " +
                $"${DataFolder.Variable} name a folder that you may write to.", e);
        }
    }

    private static void Take(string from, string to, bool link, DataContext context, int level = 0)
    {
        if (level > MostLevels)
        {
            throw new EngramException(
                $"Found folders deeper than {MostLevels} at '{AtomicFile.Shown(from)}', expected fewer; look for a link that leads back " +
                $"to a folder around it.");
        }

        context.Stop.ThrowIfCancellationRequested();
        if (link)
        {
            Link(from, to);
        }
        else if (Directory.Exists(from))
        {
            Directory.CreateDirectory(to);
            foreach (string inner in Directory.EnumerateFileSystemEntries(from).Where(ArchiveFile.IsThere))
            {
                Take(inner, Path.Combine(to, Path.GetFileName(inner)), link: false, context, level + 1);
            }
        }
        else
        {
            // Not File.Copy, which takes over that a file is read-only.
            using FileStream source = ArchiveFile.Guard(from, () => ArchiveFile.OpenRead(from));
            using FileStream target = RegularFile.OpenToWrite(to, FileMode.CreateNew);
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

    // A file takes another's place in one step. A folder or link that is there is renamed aside first and deleted last: whenever the
    // process ends, one of the two is whole.
    private static void Move(string from, string to)
    {
        if (!Directory.Exists(from) && !Directory.Exists(to) && new FileInfo(to).LinkTarget is null)
        {
            File.Move(from, to, overwrite: true);
            return;
        }

        string aside = Path.Combine(Path.GetDirectoryName(to)!, "." + Path.GetFileName(to) + AsideSuffix);
        bool replaces = Path.Exists(to);
        if (replaces)
        {
            Rename(to, aside);
        }

        try
        {
            Rename(from, to);
        }
        catch (Exception e) when (replaces && e is IOException or UnauthorizedAccessException)
        {
            Rename(aside, to);
            throw;
        }

        Remove(aside, onlyFolders: false);
    }

    // What an import that was killed had renamed aside: back where nothing came into its place.
    private static void Restore(string folder)
    {
        string[] asides = Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder).Where(e => IsAside(Path.GetFileName(e)))] : [];
        foreach (string aside in asides)
        {
            string to = Path.Combine(folder, Path.GetFileName(aside)[1..^AsideSuffix.Length]);
            if (Path.Exists(to))
            {
                Remove(aside, onlyFolders: false);
            }
            else
            {
                Rename(aside, to);
            }
        }
    }

    private static bool IsAside(string name) =>
        name.Length > AsideSuffix.Length + 1 && name.StartsWith('.') && name.EndsWith(AsideSuffix, StringComparison.Ordinal);

    private static void Rename(string from, string to)
    {
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
