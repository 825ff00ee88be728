using System.IO.Compression;

namespace Engram.Tasks.Images.Archives;

/// <summary>The files of a zip archive, in the order of its directory. Lengths and checksums of what is read are verified.</summary>
internal sealed class ZipTree : FileTree
{
    private const int KindMask = 0xF000, LinkKind = 0xA000;

    private readonly ZipArchive archive;
    private readonly List<string> replaced = [];

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

    internal override IReadOnlyList<string> Replaced => replaced;

    public override IEnumerable<FileTreeEntry> Entries
    {
        get
        {
            // One name is one file, whatever the archive holds: the last entry of the name, as unpacking leaves it.
            (ZipArchiveEntry Entry, string Name)[] all = [.. archive.Entries.Select(e => (e, ArchiveFile.CheckedName(Path, e.FullName)))];
            var last = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
            Array.ForEach(all, one => last[one.Name] = one.Entry);
            replaced.Clear();
            foreach ((ZipArchiveEntry entry, string name) in all)
            {

                // The high half of the attributes is the file's mode on systems that have one.
                if (((entry.ExternalAttributes >> 16) & KindMask) == LinkKind)
                {
                    throw ArchiveFile.Damaged(Path, $"a link, '{name}',", "plain files");
                }

                if (last[name] != entry)
                {
                    replaced.Add(name);
                }
                else if (!entry.FullName.EndsWith('/'))
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
                : throw ArchiveFile.Damaged(
                    Tree.Path, FormattableString.Invariant($"CRC {entry.Crc32:X8} of entry '{Name}'"),
                    FormattableString.Invariant($"{crc:X8}"));
        });
    }
}
