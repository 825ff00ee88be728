using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Transfer;

/// <summary>Downloads the files of a data set into the data folder.</summary>
public static class DatasetDownload
{
    /// <summary>Downloads what is not there yet.</summary>
    /// <param name="name">Name of the data set.</param>
    /// <param name="from">Address of a folder that has the files, instead of the published ones; null for those.</param>
    /// <param name="download">Downloads a file.</param>
    /// <param name="context">The data folder, and who is told.</param>
    /// <exception cref="EngramException">It has no files that can be downloaded, a download fails, or another download or import of the set
    /// is under way.</exception>
    public static void Get(string name, Uri? from, Download download, DataContext context)
    {
        FileDataset set = DatasetStore.FilesOf(name);
        PublishedFile[] files = [.. set.Files.Where(f => from is not null || f.Address is not null)];
        if (files.Length == 0)
        {
            throw new EngramException($"Found nothing of the data set '{name}' that can be downloaded. {set.HowToGet}");
        }

        string folder = context.Folder.FolderOf(name);
        try
        {
            using FileStream held = DatasetLock.Take(name, context.Folder);
            Directory.CreateDirectory(folder);
            foreach (PublishedFile file in files)
            {
                string target = Path.Combine(folder, file.Name);
                if (ArchiveFile.IsThere(target))
                {
                    context.Note?.Invoke($"{file.Name} is there already.");
                    continue;
                }

                download.Fetch(file, from is null ? file.Address! : new Uri(from, file.Name), target);
                context.Note?.Invoke(
                    $"{file.Name}: {new FileInfo(target).Length} " +
                    $"bytes{((file.Md5 ?? file.Sha256) is null ? string.Empty : ", checksum as published")}.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not write '{folder}': {AtomicFile.OneLine(e.Message)} Make room, or let ${DataFolder.Variable} name a folder " +
                $"that you may write to.", e);
        }
    }

    /// <summary>The address of a folder as somebody typed it.</summary>
    /// <exception cref="EngramException">It is not an http or https address.</exception>
    public static Uri FolderAddress(string text) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https")
        ? address
        : throw new EngramException(
            $"Found '{text}' for --from, expected the http or https address of a folder; 'engram data import' takes files from a folder " +
            $"on this machine.");
}
