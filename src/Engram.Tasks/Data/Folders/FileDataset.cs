using System.Collections.Immutable;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Folders;

/// <summary>A data set that lies in files, which are read as they were published; what was read is cached in its final form.</summary>
public abstract class FileDataset : DatasetSpec
{
    /// <summary>The files as published.</summary>
    public virtual ImmutableArray<PublishedFile> Files => [];

    /// <summary>What has to be known to get it, beyond downloading <see cref="Files"/>; null for nothing.</summary>
    public virtual string? HowToGet => null;

    /// <summary>Format in which images are as they were published, in which <see cref="Check"/> reads them.</summary>
    public abstract ImageFormat Native { get; }

    /// <summary>Grows when the reader comes to give other bytes, so that older caches are not used.</summary>
    protected virtual int ReaderVersion => 1;

    /// <summary>What there is of its files at a place.</summary>
    /// <param name="place">A folder, or an archive.</param>
    public abstract DatasetSource Find(string place);

    /// <summary>Reads all images from files that are there.</summary>
    /// <exception cref="EngramException">A file is damaged, or something is missing that must not be.</exception>
    public abstract ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context);

    /// <summary>Compares what was read with what was published.</summary>
    /// <param name="source">The files.</param>
    /// <param name="images">The images in <see cref="Native"/> format.</param>
    public abstract DatasetCheck Check(DatasetSource source, ImageSet images);

    /// <summary>Whether a file or folder of that name, directly in a folder that is imported, belongs to the set.</summary>
    public virtual bool Accepts(string name, bool isFolder) => !isFolder && Files.Any(f => f.Name == name);

    /// <summary>
    /// Reads one file or folder to its end where the set as a whole cannot be read yet, so that damage is known: every entry of a folder or
    /// archive, a <c>.gz</c> decompressed, anything else as it is.
    /// </summary>
    /// <exception cref="EngramException">It is damaged.</exception>
    internal virtual void ReadThrough(string item, DataContext context)
    {
        if (Directory.Exists(item) || Archives.IsArchive(item))
        {
            using FileTree tree = FileTree.Open(item);
            foreach (FileTreeEntry entry in tree.Entries)
            {
                context.Stop.ThrowIfCancellationRequested();
                entry.Read();
            }

            return;
        }

        ArchiveFile.Guard(item, () =>
        {
            FileStream file = ArchiveFile.OpenRead(item);
            using Stream bytes = item.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new WholeGzipStream(file, item) : file;
            byte[] buffer = new byte[1 << 16];
            while (bytes.Read(buffer) > 0)
            {
                context.Stop.ThrowIfCancellationRequested();
            }

            return true;
        });
    }

    /// <inheritdoc/>
    public sealed override ImageSet Load(DatasetRequest request, DataContext context)
    {
        DatasetSource source = Locate(request, context);
        return ImageSetCache.GetOrRead(request, StampOf(source), context, () => Read(source, request, context));
    }

    /// <summary>A line that changes whenever the files do, or the way in which they are read.</summary>
    /// <exception cref="EngramException">A file, which is named, cannot be looked at.</exception>
    internal string StampOf(DatasetSource source) => $"decoder {ImageDecoder.Version}, reader {ReaderVersion}, files {source.Stamp()}";

    /// <summary>The files where they are expected.</summary>
    /// <exception cref="EngramException">They are not all there.</exception>
    public DatasetSource Locate(DatasetRequest request, DataContext context)
    {
        DatasetSource source = Find(request.Path ?? context.Folder.FolderOf(request.Name));
        if (source.Missing.IsEmpty)
        {
            return source;
        }

        string get = Files.Any(f => f.Address is not null) ? $"'engram data get {request.Name}' downloads what can be downloaded, "
            : string.Empty;
        throw new EngramException(
            $"Found no {string.Join(", no ", source.Missing)} in '{source.Place}', expected the data set '{request.Name}'; {get}'engram " +
            $"data import {request.Name} PATH' takes it from a folder, and ${DataFolder.Variable} says where data sets lie.");
    }
}
