using System.Formats.Tar;
using System.IO.Compression;
using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Tests;

public sealed class FileTreeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Entries_OfAFolder_ComeInOrdinalOrder()
    {
        foreach ((string name, byte[] bytes) in Archives.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, name))!);
            File.WriteAllBytes(Path.Combine(folder.Path, name), bytes);
        }

        Same(folder.Path, Archives.Files.OrderBy(f => f.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void Entries_OfAZip_ComeInItsOrderWithoutFolders() =>
        Same(Archives.Write(folder, "files.zip", Archives.Zip([("b/", []), .. Archives.Files])), Archives.Files);

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Entries_OfATar_ComeInItsOrderWithoutFolders(TarEntryFormat format)
    {
        byte[] tar = Archives.Tar(format, [("b/", []), .. Archives.Files]);

        Same(Archives.Write(folder, "files.tar", tar), Archives.Files);
        Same(Archives.Write(folder, "files.tgz", Archives.Gzip(tar)), Archives.Files);
        Same(Archives.Write(folder, "without-ending", Archives.Gzip(tar)), Archives.Files);
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Entries_OfATarWithLongNames_AreWhole(TarEntryFormat format)
    {
        (string, byte[])[] files = [(string.Join('/', Enumerable.Repeat("a-rather-long-folder's-name", 9)) + "/é.png", [1, 2, 3])];

        Same(Archives.Write(folder, "long.tar", Archives.Tar(format, files)), files);
    }

    [Fact]
    public void Entries_WithDotSegments_AreNamedPlainly() =>
        Same(Archives.Write(folder, "dots.tar", Archives.Tar(TarEntryFormat.Ustar, ("./a/./b.txt", [1]))), [("a/b.txt", new byte[] { 1 })]);

    [Theory]
    [InlineData("../outside")]
    [InlineData("a/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/windows")]
    [InlineData("c:outside")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    public void Entries_WithANameThatLeavesTheTree_AreRefused(string name)
    {
        foreach (string path in new[]
        {
            Archives.Write(folder, "bad.zip", Archives.Zip((name, [1]))),
            Archives.Write(folder, "bad.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Ustar, (name, [1])))),
        })
        {
            Assert.Contains("expected names inside the archive", Refusal(path), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void Entries_WithALinkOrDevice_AreRefused(TarEntryType type) =>
        Assert.Contains($"of kind {type}", Refusal(Archives.Write(folder, "special.tar", Archives.Tar(type))), StringComparison.Ordinal);

    [Fact]
    public void Entries_OfAZipWithALink_AreRefused()
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create))
        {
            ZipArchiveEntry entry = zip.CreateEntry("link");
            entry.ExternalAttributes = unchecked((int)0xA1FF0000);
            using Stream stream = entry.Open();
            stream.Write("/etc/passwd"u8);
        }

        Assert.Contains("a link, 'link'", Refusal(Archives.Write(folder, "link.zip", target.ToArray())), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_OfAFolderInsideItself_AreRefused()
    {
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "again"), folder.Path);

        Assert.Contains("leads back to a folder around it", Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_OfAFolderWithLinks_AreThoseThatLeadSomewhere()
    {
        // A relative link in a folder that is itself reached through a link: where it leads, the system knows.
        string inner = Path.Combine(folder.Path, "far", "inner");
        Directory.CreateDirectory(inner);
        folder.File("far/beside.txt", "beside");
        File.CreateSymbolicLink(Path.Combine(inner, "link.txt"), Path.Combine("..", "beside.txt"));
        File.CreateSymbolicLink(Path.Combine(inner, "gone.txt"), Path.Combine("..", "gone.txt"));
        File.CreateSymbolicLink(Path.Combine(inner, "round.txt"), "round.txt");
        File.CreateSymbolicLink(Path.Combine(inner, ".#link.txt"), "user@host.1234:5678");
        Directory.CreateDirectory(Path.Combine(folder.Path, "near"));
        string place = Path.Combine(folder.Path, "near", "there");
        Directory.CreateSymbolicLink(place, inner);

        Same(place, [("link.txt", "beside"u8.ToArray())]);
        using FileTree tree = FileTree.Open(place);
        Assert.Single(tree.Entries);
        Assert.Equal(["gone.txt", "round.txt"], tree.LeftOut.Order(StringComparer.Ordinal));
    }

    /// <summary>Nobody writes into the pipe: opening it would wait without end.</summary>
    [LinuxFact]
    public void Read_OfAPipe_IsRefusedAtOnce()
    {
        string pipe = NamedPipe.Make(Path.Combine(folder.Path, "1.png"));

        Assert.Contains($"Found a pipe at '{pipe}', expected a regular file", Refusal(pipe), StringComparison.Ordinal);
        Assert.Contains($"Found a pipe at '{pipe}', expected a regular file", Refusal(folder.Path), StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => GzipFile.ReadAll(pipe, 1000));
    }

    [LinuxFact]
    public void Look_AtALinkToAPipe_OpensNothing()
    {
        NamedPipe.Make(Path.Combine(folder.Path, "pipe"));
        string link = Path.Combine(folder.Path, "link.png");
        File.CreateSymbolicLink(link, "pipe");

        Assert.Equal(0L, ArchiveFile.Look(link)?.Length);
        Assert.True(ArchiveFile.IsThere(link));
        Assert.Contains("Found a pipe at", Refusal(link), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_OfAnArchiveCutShortAnywhere_AreRefused()
    {
        byte[] tar = Archives.Tar(TarEntryFormat.Pax, Archives.Files);
        (string Name, byte[] Bytes, int Whole)[] archives =
        [
            ("cut.zip", Archives.Zip(Archives.Files), int.MaxValue),
            ("cut.tgz", Archives.Gzip(tar), int.MaxValue),
            ("cut.tar", tar, tar.Length - 512), // One block of zeros is end enough.
        ];
        foreach ((string name, byte[] bytes, int whole) in archives)
        {
            for (int length = 0; length < Math.Min(whole, bytes.Length); length += Math.Clamp(bytes.Length - 24 - length, 1, 173))
            {
                Refusal(Archives.Write(folder, name, bytes[..length]));
            }
        }
    }

    [Fact]
    public void Read_OfAZipEntryWithAWrongCrc_IsRefused()
    {
        byte[] zip = Archives.Zip(("a.txt", "plain text"u8.ToArray()));
        int directory = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        zip[directory + 16] ^= 1;

        Assert.Contains("CRC", Refusal(Archives.Write(folder, "crc.zip", zip)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAZipEntryOfAnotherLengthThanAnnounced_IsRefused()
    {
        byte[] zip = Archives.Zip(("a.txt", new byte[1000]));
        int directory = zip.AsSpan().IndexOf("PK\x01\x02"u8);
        foreach (byte lower in new byte[] { 0xE7, 0xE9 })
        {
            zip[directory + 24] = lower;
            Refusal(Archives.Write(folder, "length.zip", zip));
        }
    }

    [Fact]
    public void Read_OfADecompressionBomb_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] bomb = new byte[50_000_000];
        foreach (string path in new[]
        {
            Archives.Write(folder, "bomb.zip", Archives.Zip(("bomb", bomb))),
            Archives.Write(folder, "bomb.tgz", Archives.Gzip(Archives.Tar(TarEntryFormat.Ustar, ("bomb", bomb)))),
        })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Contains("50000000 bytes in entry 'bomb'", Refusal(path, mostEntryBytes: 1_000_000), StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    [Theory]
    [InlineData('x', "17777777777")]
    [InlineData('L', "17777777777")]
    [InlineData('K', "4000001")]
    [InlineData('g', "\u007f\u007f777777777")]
    public void Entries_OfATarWithAnAbsurdExtension_AreRefusedBeforeMemoryIsTaken(char kind, string octalSize)
    {
        // The framework's reader goes by the kind alone, whatever the format's name and the checksum are.
        foreach ((bool magic, bool rightChecksum) in new[] { (true, true), (false, true), (false, false) })
        {
            string path = Archives.Write(
                folder, "extension.tgz",
                Archives.Gzip([.. Archives.TarHeader("long", octalSize, kind, magic, rightChecksum), .. new byte[10_000]]));
            long before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Contains("names and attributes", Refusal(path), StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Entries_OfATarWithAnAbsurdExtensionBehindAnEntry_AreRefused(bool behindAnExtension)
    {
        // The extension's length is 11, and its field goes on behind that: whoever counts those digits, too, takes for data what is a
        // header.
        byte[] first = behindAnExtension
            ? [.. Archives.TarHeader("long", "0000013\0777", 'L', magic: false), .. "a-long-name"u8, .. new byte[501],
                .. Archives.TarHeader("short", "0", '0', magic: false)]
            : [.. Archives.TarHeader("file", "1000", '0'), .. new byte[512]];
        string path = Archives.Write(
            folder, "behind.tar", [.. first, .. Archives.TarHeader("long", "17777777777", 'x', magic: false), .. new byte[10_000]]);

        Assert.Contains("names and attributes", Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_WhoseDataLookLikeAnAbsurdExtension_AreRead()
    {
        (string, byte[])[] files = [("inner.tar", Archives.TarHeader("long", "17777777777", 'x')), ("after.txt", [1, 2])];

        Same(Archives.Write(folder, "nested.tar", Archives.Tar(TarEntryFormat.Ustar, files)), files);
        Same(Archives.Write(folder, "nested.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, files))), files);
    }

    [Fact]
    public void Entries_OfATarWithMuchBehindItsEnd_AreRefused() =>
        Assert.Contains(
            "behind the archive's end", Refusal(Archives.Write(folder, "tail.tgz", Archives.Gzip(new byte[40_000_000]))),
            StringComparison.Ordinal);

    [Fact]
    public void Open_OfWhatIsNoArchive_IsRefused()
    {
        Assert.Contains("Found nothing at", Refusal(Path.Combine(folder.Path, "absent.zip")), StringComparison.Ordinal);
        Assert.Contains("an empty file", Refusal(Archives.Write(folder, "empty.zip", [])), StringComparison.Ordinal);
        Assert.Contains("starts with 68656C6C", Refusal(folder.File("text.zip", "hello")), StringComparison.Ordinal);
        Refusal(folder.File("text.tar", new string('x', 2000)));
        Refusal(Archives.Write(folder, "text.gz", Archives.Gzip([.. Enumerable.Repeat((byte)'x', 2000)])));
    }

    [Fact]
    public void Read_OfATarEntry_IsForOnceAndBeforeTheNext()
    {
        using FileTree tree = FileTree.Open(Archives.Write(folder, "files.tar", Archives.Tar(TarEntryFormat.Pax, Archives.Files)));
        FileTreeEntry first = tree.Entries.First();
        Assert.Throws<InvalidOperationException>(first.Read);

        foreach (FileTreeEntry entry in tree.Entries)
        {
            entry.Read();
            Assert.Throws<InvalidOperationException>(entry.Read);
        }
    }

    private static void Same(string path, IEnumerable<(string Name, byte[] Bytes)> expected)
    {
        using FileTree tree = FileTree.Open(path);
        for (int time = 0; time < 2; time++)
        {
            Assert.Equal(expected.Select(f => f.Name), tree.Entries.Select(e => e.Name));
            Assert.Equal(expected.Select(f => f.Bytes), tree.Entries.Select(e => e.Read()));
            Assert.All(tree.Entries, e => Assert.Equal($"{path}: {e.Name}", e.FullName));
        }
    }

    private static string Refusal(string path, long mostEntryBytes = FileTree.UsualMostEntryBytes)
    {
        string message = Assert.Throws<EngramException>(() =>
        {
            using FileTree tree = FileTree.Open(path, mostEntryBytes);
            foreach (FileTreeEntry entry in tree.Entries)
            {
                entry.Read();
            }
        }).Message;
        Assert.DoesNotContain('\n', message);
        Assert.Contains(path, message, StringComparison.Ordinal);
        return message;
    }
}
