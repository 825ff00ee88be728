using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Tasks.Images.Archives;

/// <summary>The files of a folder, or of an archive that is read where it lies, without unpacking: zip, tar, gzipped tar.</summary>
/// <remarks>
/// Memory is bounded whatever an archive holds: one entry at a time, each at most <see cref="MostEntryBytes"/>, and a zip's own directory.
/// Names that leave the tree, links and devices inside archives are refused. Damage is told as an <see cref="EngramException"/> when it is
/// come to:
/// only who enumerates an archive to its end, reading every entry, knows that it is whole.
/// </remarks>
public abstract class FileTree : IDisposable
{
    /// <summary>Largest entry that is read, in bytes, where nothing else is said.</summary>
    public const long UsualMostEntryBytes = 64L << 20;

    private protected FileTree(string path, long mostEntryBytes) => (Path, MostEntryBytes) = (path, mostEntryBytes);

    /// <summary>Where the folder or archive is.</summary>
    public string Path { get; }

    /// <summary>Largest entry that is read, in bytes, after decompression.</summary>
    public long MostEntryBytes { get; }

    /// <summary>
    /// The files, without folders: an archive's in its own order, a folder's in ordinal order of their names. May be enumerated again, from
    /// the start,
    /// but not twice at once. A zip's entry that a later one of the same name replaces is left out; a tar's comes before that one, and is
    /// dropped
    /// for it by who reads the tree.
    /// </summary>
    /// <exception cref="EngramException">While enumerating: the archive is damaged, or a name leaves the tree.</exception>
    public abstract IEnumerable<FileTreeEntry> Entries { get; }

    /// <summary>What <see cref="Entries"/>, when they were last asked for, left out since it is a link that leads nowhere; hidden files are
    /// not counted.</summary>
    internal virtual IReadOnlyList<string> LeftOut => [];

    /// <summary>Names of entries that <see cref="Entries"/>, when they were last enumerated, left out since a later one has the same
    /// name.</summary>
    internal virtual IReadOnlyList<string> Replaced => [];

    /// <summary>Opens a folder or an archive; which kind of archive it is, its first bytes tell.</summary>
    /// <param name="path">The folder or archive.</param>
    /// <param name="mostEntryBytes">Largest entry that is read, in bytes, from 1 to <see cref="Array.MaxLength"/>.</param>
    /// <exception cref="EngramException">It is not there, may not be read, or is not an archive.</exception>
    public static FileTree Open(string path, long mostEntryBytes = UsualMostEntryBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostEntryBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mostEntryBytes, Array.MaxLength);
        if (Directory.Exists(path))
        {
            return new FolderTree(path, mostEntryBytes);
        }

        return ArchiveFile.Guard(path, () => ArchiveFile.KindOf(path)) switch
        {
            ArchiveKind.Zip => new ZipTree(path, mostEntryBytes),
            ArchiveKind.GzippedTar => new TarTree(path, mostEntryBytes, gzipped: true),
            _ => new TarTree(path, mostEntryBytes, gzipped: false),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Reads a stream of known length whole.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="length">Bytes that it should have.</param>
    /// <param name="name">Name of the entry.</param>
    /// <exception cref="EngramException">The length is beyond the limit, or the stream is shorter or longer.</exception>
    private protected byte[] ReadWhole(Stream stream, long length, string name)
    {
        if (length > MostEntryBytes)
        {
            throw new EngramException(
                $"Found {length} bytes in entry '{AtomicFile.Shown(name)}' of '{Path}', expected at most {MostEntryBytes}; leave the " +
                $"entry out of the archive.");
        }

        byte[] bytes = new byte[length];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length || stream.ReadByte() >= 0)
        {
            throw ArchiveFile.Damaged(
                Path, $"{(read < bytes.Length ? "fewer" : "more")} bytes in entry '{AtomicFile.Shown(name)}'", $"the {length} announced");
        }

        return bytes;
    }
}
