using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Engram.Experiments.Tests;

namespace Engram.Tasks.Tests;

/// <summary>Makes archives for tests.</summary>
internal static class Archives
{
    /// <summary>Names and contents, not in ordinal order.</summary>
    public static readonly (string Name, byte[] Bytes)[] Files =
    [
        ("b/two.txt", "two"u8.ToArray()),
        ("a/one.txt", "one"u8.ToArray()),
        ("b/empty", []),
        ("a.txt", Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 4000)))),
    ];

    public static string Write(TemporaryFolder folder, string name, byte[] bytes)
    {
        string path = Path.Combine(folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A zip of <see cref="Files"/>, or of others.</summary>
    public static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] bytes) in files)
            {
                using Stream stream = zip.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        }

        return target.ToArray();
    }

    /// <summary>A tar of these files.</summary>
    public static byte[] Tar(TarEntryFormat format, params (string Name, byte[] Bytes)[] files)
    {
        var target = new MemoryStream();
        using (var writer = new TarWriter(target, format, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in files)
            {
                writer.WriteEntry(
                    Entry(format, bytes.Length == 0 && name.EndsWith('/') ? TarEntryType.Directory : TarEntryType.RegularFile, name,
                    bytes));
            }
        }

        return target.ToArray();
    }

    /// <summary>A tar of one link or device.</summary>
    public static byte[] Tar(TarEntryType type)
    {
        var target = new MemoryStream();
        using (var writer = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true))
        {
            var entry = new PaxTarEntry(type, "special");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = "/etc/passwd";
            }

            writer.WriteEntry(entry);
        }

        return target.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        var target = new MemoryStream();
        using (var stream = new GZipStream(target, CompressionLevel.Optimal))
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>The header block of a tar entry of any kind and announced size, with the name of the format and a right checksum or
    /// without.</summary>
    public static byte[] TarHeader(string name, string octalSize, char kind, bool magic = true, bool rightChecksum = true)
    {
        byte[] block = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes("0000644\00000000\00000000\0").CopyTo(block, 100);
        Encoding.ASCII.GetBytes(octalSize.PadLeft(11, '0') + "\000000000000\0        ").CopyTo(block, 124);
        block[156] = (byte)kind;
        (magic ? "ustar\000"u8 : default).CopyTo(block.AsSpan(257));
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(b => b) + (rightChecksum ? 0 : 1), 8).PadLeft(6, '0') + "\0 ")
            .CopyTo(block, 148);
        return block;
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name, byte[] bytes)
    {
        TarEntry entry = format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, name),
            TarEntryFormat.Ustar => new UstarTarEntry(type, name),
            TarEntryFormat.Gnu => new GnuTarEntry(type, name),
            _ => new PaxTarEntry(type, name),
        };
        if (type != TarEntryType.Directory)
        {
            entry.DataStream = new MemoryStream(bytes);
        }

        return entry;
    }
}
