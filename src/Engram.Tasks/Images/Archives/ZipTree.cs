using System.IO.Compression;

namespace Engram.Tasks;

/// <summary>The files of a zip archive, in the order of its directory. Lengths and checksums of what is read are verified.</summary>
internal sealed class ZipTree : FileTree
{
    private const int KindMask = 0xF000, LinkKind = 0xA000;

    private readonly ZipArchive archive;

    public ZipTree(string path, long mostEntryBytes)
        : base(path, mostEntryBytes)
    {
        archive = ArchiveFile.Guard(path, () =>
        {
            FileStream stream = ArchiveFile.OpenRead(path);
            try
            {
                var opened = new ZipArchive(stream, ZipArchiveMode.Read);
                _ = opened.Entries;
                return opened;
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        });
    }

    public override IEnumerable<FileTreeEntry> Entries
    {
        get
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                string name = ArchiveFile.CheckedName(Path, entry.FullName);

                // The high half of the attributes is the file's mode on systems that have one.
                if (((entry.ExternalAttributes >> 16) & KindMask) == LinkKind)
                {
                    throw ArchiveFile.Damaged(Path, $"a link, '{name}',", "plain files");
                }

                if (!entry.FullName.EndsWith('/'))
                {
                    yield return new Entry(this, entry, name);
                }
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            archive.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Entry(ZipTree tree, ZipArchiveEntry entry, string name) : FileTreeEntry(tree, name)
    {
        public override byte[] Read() => ArchiveFile.Guard(FullName, () =>
        {
            if (entry.IsEncrypted)
            {
                throw ArchiveFile.Damaged(Tree.Path, $"an encrypted entry, '{Name}',", "plain ones");
            }

            using Stream stream = entry.Open();
            byte[] bytes = tree.ReadWhole(stream, entry.Length, Name);
            uint crc = Crc32.Of(bytes);
            return crc == entry.Crc32
                ? bytes
                : throw ArchiveFile.Damaged(Tree.Path, $"CRC {entry.Crc32:X8} of entry '{Name}'", $"{crc:X8}");
        });
    }
}
