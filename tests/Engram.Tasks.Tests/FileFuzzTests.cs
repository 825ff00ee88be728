using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using Engram.Experiments.Tests;
using Engram.Numerics.Files;
using Engram.Tasks.Arrays;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Data.Transfer;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;
using Xunit.Abstractions;

namespace Engram.Tasks.Tests;

/// <summary>Every kind of file that data come in, and what is kept beside them, damaged at random.</summary>
[Collection(FuzzCollection.Name)]
public sealed class FileFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int MostEntryBytes = 1 << 20;

    private readonly Fuzzing fuzzing = new(output);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Images_Damaged_AreReadOrRefused()
    {
        fuzzing.Run(
            "PNG",
            0.05,
            [PngDecoderTests.Sample(0, 1, false, 17, 9).File, PngDecoderTests.Sample(2, 8, false, 5, 4).File,
                PngDecoderTests.Sample(3, 4, true, 17, 9).File, PngDecoderTests.Sample(6, 16, true, 7, 3).File,
                PngDecoderTests.Sample(6, 16, true, 17, 9).File],
            Decode,
            repair: WithRightCrcs);
        fuzzing.Run("JPEG", 0.04, [JpegDecoderTests.Colours, JpegDecoderTests.Grey], Decode);
        foreach (string kind in (string[])["BMP", "WebP", "GIF"])
        {
            fuzzing.Run(kind, 0.02, [OtherFormatsTests.Small(kind)], Decode);
        }

        static void Decode(byte[] input) => ImageDecoder.Decode(input, "damaged");
    }

    [Fact]
    public void Archives_Damaged_AreReadOrRefused()
    {
        (string, byte[])[] files = [.. Archives.Files.Take(3), (new string('n', 120), new byte[700])];
        byte[] pax = Archives.Tar(TarEntryFormat.Pax, files), gnu = Archives.Tar(TarEntryFormat.Gnu, files);
        byte[] zip = Archives.Zip(files);
        Tree("zip", "a.zip", [zip], null);
        Tree("tar", "a.tar", [pax, gnu, Archives.Tar(TarEntryFormat.Ustar, [.. Archives.Files.Take(3)])], WithRightSums);
        Tree("tar.gz", "a.tgz", [Archives.Gzip(gnu)], null);
        string damaged = Path.Combine(folder.Path, "a.gz");
        fuzzing.Run("gzip", 0.02, [Archives.Gzip(pax)], input =>
        {
            File.WriteAllBytes(damaged, input);
            Assert.InRange(GzipFile.ReadAll(damaged, MostEntryBytes).Length, 0, MostEntryBytes);
        });

        void Tree(string kind, string name, byte[][] corpus, Func<byte[], byte[]>? repair) => fuzzing.Run(kind, 0.04, corpus, input =>
        {
            using FileTree tree = FileTree.Open(Archives.Write(folder, name, input), MostEntryBytes);
            foreach (FileTreeEntry entry in tree.Entries)
            {
                Assert.InRange(entry.Read().Length, 0, MostEntryBytes);
            }
        }, repair: repair);
    }

    [Fact]
    public void FilesOfNumbers_Damaged_AreReadOrRefused()
    {
        string path = Path.Combine(folder.Path, "d.csv");
        byte[] plain = Encoding.UTF8.GetBytes(
            "x0,x1,y,split,group\n"
            + string.Concat(
            Enumerable.Range(0, 30)
            .Select(i => $"{i},{i * 0.5},{i % 3},{(i < 20 ? "train" : "test")},\"g{(i < 20 ? i % 4 : 4 + (i % 2))}\"\n")));
        var spec = new LabelledArraysSpec { Data = path };
        fuzzing.Run("CSV", 0.05, [plain, "input,target\n1,2\n3,4\n"u8.ToArray()], input =>
        {
            File.WriteAllBytes(path, input);
            Assert.NotEmpty(ArrayFiles.Read(spec));
        }, isText: true);

        byte[] npy = [0x93, .. "NUMPY"u8, 1, 0, 70, 0,
            .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }".PadRight(69) + "\n"), .. new byte[24]];
        fuzzing.Run("npy", 0.03, [npy], input => NpyFile.Parse("a.npy", "a", input));

        byte[] table =
            Encoding.UTF8.GetBytes("filename,label\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"n{i}.jpg,n0{i % 3}\n")));
        fuzzing.Run("table of a split", 0.02, [table], input =>
        {
            File.WriteAllBytes(path, input);
            Assert.NotEmpty(SplitFile.Read(path));
        }, isText: true);
    }

    [Fact]
    public void Idx_Damaged_IsReadOrRefused()
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, .. new byte[12]], labels = [0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3];
        string imagePath = Path.Combine(folder.Path, "images"), labelPath = Path.Combine(folder.Path, "labels");
        File.WriteAllBytes(labelPath, labels);
        fuzzing.Run("idx images", 0.02, [images], input =>
        {
            File.WriteAllBytes(imagePath, input);
            Read();
        });
        File.WriteAllBytes(imagePath, images);
        fuzzing.Run("idx labels", 0.02, [labels], input =>
        {
            File.WriteAllBytes(labelPath, input);
            Read();
        });

        void Read()
        {
            IdxImages read = IdxImages.Read(imagePath, labelPath, 10);
            Assert.Equal(read.Count, read.Labels.Length);
            for (int i = 0; i < read.Count; i++)
            {
                read.Image(i);
            }
        }
    }

    [Fact]
    public void JsonBesideData_Damaged_IsReadOrRefused()
    {
        var check = new CheckRecord("stamp", [new PartCheck("train", 10, 100, 10, 10, 10, null)], ["a note"]);
        fuzzing.Run(
            "check.json", 0.02, [Encoding.UTF8.GetBytes(TransferJson.Check.Write(check))], input =>
            TransferJson.Check.Parse(input, "c"), isText: true);
        fuzzing.Run(
            "download.json", 0.01, [Encoding.UTF8.GetBytes(TransferJson.Version.Write(new DownloadVersion("http://a/b", "\"mark\"")))],
            input => TransferJson.Version.Parse(input, "v"), isText: true);
        fuzzing.Run(
            "parts of a cache", 0.02, [Encoding.UTF8.GetBytes(CacheJson.Parts.Write([new CachedPart("train", ["a", "b"], [3, 4])]))],
            input => CacheJson.Parts.Parse(input, "p"), isText: true);
    }

    private static byte[] WithRightCrcs(byte[] png)
    {
        for (int at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12)
            {
                break;
            }

            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), PngWriter.SlowCrc(png.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }

        return png;
    }

    // The sum of each header's bytes, its own place counted as spaces, so that damage of headers comes further.
    private static byte[] WithRightSums(byte[] tar)
    {
        byte[] right = [.. tar];
        for (int at = 0; at + 512 <= right.Length; at += 512)
        {
            Span<byte> header = right.AsSpan(at, 512);
            if (!header[257..].StartsWith("ustar"u8))
            {
                continue;
            }

            header.Slice(148, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte b in header)
            {
                sum += b;
            }

            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", header[148..]);
        }

        return right;
    }
}
