using System.Formats.Tar;

namespace Engram.Tasks.Images.Archives;

/// <summary>The files of a tar archive, gzipped or not, read from its start to its end.</summary>
internal sealed class TarTree(string path, long mostEntryBytes, bool gzipped) : FileTree(path, mostEntryBytes)
{
    /// <summary>Most bytes behind an archive's end: the fill of its last record.</summary>
    private const int MostFillBytes = 1 << 24;

    public override IEnumerable<FileTreeEntry> Entries
    {
        get
        {
            using var source = new TarSource(
                ArchiveFile.Guard<Stream>(
                Path, () => gzipped ? new WholeGzipStream(ArchiveFile.OpenRead(Path), Path) : ArchiveFile.OpenRead(Path)), Path);
            using var reader = new TarReader(source, leaveOpen: true);
            while (Next(reader, source) is { } next)
            {
                if (next.EntryType == TarEntryType.GlobalExtendedAttributes)
                {
                    continue;
                }

                string name = ArchiveFile.CheckedName(Path, next.Name);
                if (next.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile)
                {
                    var entry = new Entry(this, next, name);
                    try
                    {
                        yield return entry;
                    }
                    finally
                    {
                        entry.Close();
                    }
                }
                else if (next.EntryType is not (TarEntryType.Directory or TarEntryType.DirectoryList))
                {
                    throw ArchiveFile.Damaged(Path, $"entry '{name}' of kind {next.EntryType}", "files and folders, no links or devices");
                }
            }

            ArchiveFile.Guard(Path, () => CheckEnd(source));
        }
    }

    /// <summary>The next entry, or null at the archive's end.</summary>
    private TarEntry? Next(TarReader reader, TarSource source)
    {
        try
        {
            TarEntry? next = ArchiveFile.Guard(Path, () => reader.GetNextEntry());
            source.ExpectData(next?.DataStream is null ? 0 : next.Length);
            return next;
        }
        catch (InvalidOperationException failure)
        {
            // What the reader says of sizes that it cannot hold.
            throw ArchiveFile.Damaged(Path, "a header that breaks the format's rules", "a whole archive", failure);
        }
    }

    /// <summary>An archive ends with a block of zeros; what is behind it must decompress, too.</summary>
    private bool CheckEnd(TarSource source)
    {
        if (source.SawEnd)
        {
            throw ArchiveFile.Damaged(Path, "a tar archive without its end", "a block of zeros behind the last entry");
        }

        byte[] fill = new byte[1 << 14];
        long bytes = 0;
        for (int read; gzipped && (read = source.Read(fill)) > 0;)
        {
            bytes += read;
            if (bytes > MostFillBytes)
            {
                throw ArchiveFile.Damaged(Path, $"more than {MostFillBytes} bytes behind the archive's end", "the end of the file");
            }
        }

        return true;
    }

    private sealed class Entry(TarTree tree, TarEntry entry, string name) : FileTreeEntry(tree, name)
    {
        private bool open = true;

        public void Close() => open = false;

        public override byte[] Read()
        {
            if (!open)
            {
                throw new InvalidOperationException($"Entry '{Name}' of a tar archive can be read once, before the enumeration goes on.");
            }

            open = false;
            return ArchiveFile.Guard(Tree.Path, () => tree.ReadWhole(entry.DataStream ?? Stream.Null, entry.Length, Name));
        }
    }
}
