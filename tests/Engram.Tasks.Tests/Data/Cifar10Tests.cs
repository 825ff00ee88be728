using System.Formats.Tar;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Sets;

namespace Engram.Tasks.Tests.Data;

public sealed class Cifar10Tests : IDisposable
{
    private const int RecordBytes = 3073;

    private readonly SmallImages images = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_Batches_GroupsRecordsByLabel(bool folder)
    {
        var files = Batches();
        string place = folder
            ? Path.GetDirectoryName(images.WriteFolder("set/cifar-10-batches-bin", files.Select(f => (Path.GetFileName(f.Name), f.Bytes))))!
            : Path.GetDirectoryName(images.Write("set/cifar-10-binary.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, files))))!;
        ImageSet set = images.Load(new Cifar10(), place);

        Assert.Equal([("train", 5), ("test", 1)], set.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal("truck", set.Part("train").Classes[9].Name);
        Assert.Equal(
            [1, 2, 3, 4, 5], set.Parts[0].Classes.Select(c => c.Count).Take(6).Index().Where(c => c.Item > 0).Select(c => c.Index));

        // Red 10 n, green and blue 0: grey is 0.299 of it.
        Assert.Equal([3, 6, 9, 12, 15], Enumerable.Range(0, 5).Select(i => (int)set.Pixels(i)[0]));
    }

    [Fact]
    public void Load_AnArchiveInAnotherOrder_GivesTheSetOfTheFolder()
    {
        // Every batch has two images of one class, brighter from batch to batch, so that their order shows.
        (string Name, byte[] Bytes)[] files =
            [.. Batches().Select((f, n) => (f.Name, (byte[])[.. Record(4, 40 * n), .. Record(4, (40 * n) + 20)]))];
        images.WriteFolder("folder/cifar-10-batches-bin", files.Select(f => (Path.GetFileName(f.Name), f.Bytes)));
        images.Write(
            "archive/cifar-10-binary.tar.gz",
            Archives.Gzip(Archives.Tar(TarEntryFormat.Ustar, files[5], files[2], files[0], files[4], files[1], files[3])));
        ImageSet folder = images.Load(new Cifar10(), images.At("folder"));
        ImageSet archive = images.Load(new Cifar10(), images.At("archive"));

        Assert.Equal([("train", 10), ("test", 2)], archive.Parts.Select(p => (p.Name, p.Count)));
        byte[] shades = [.. Enumerable.Range(0, archive.Count).Select(i => archive.Pixels(i)[0])];
        Assert.Equal(shades.Distinct().Order(), shades);
        Assert.Equal(folder.Parts.SelectMany(p => p.Pixels.ToArray()), archive.Parts.SelectMany(p => p.Pixels.ToArray()));
    }

    [Theory]
    [InlineData("batch missing", "Found no data_batch_3.bin in")]
    [InlineData("batch twice", "Found 'data_batch_1.bin' twice in")]
    [InlineData("batch short", "expected records of 3073")]
    [InlineData("label", "Found label 200 at byte 0")]
    public void Load_DamagedBatches_SaysWhich(string what, string expected)
    {
        var files = Batches();
        files[2] = what switch
        {
            "batch missing" => ("other.bin", files[2].Bytes),
            "batch twice" => files[0],
            "batch short" => (files[2].Name, files[2].Bytes[..^1]),
            _ => (files[2].Name, [200, .. files[2].Bytes[1..]]),
        };
        images.Write("set/cifar-10-binary.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, files)));

        Assert.Contains(
            expected, Assert.Throws<EngramException>(() => images.Load(new Cifar10(), images.At("set"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => images.Dispose();

    private static (string Name, byte[] Bytes)[] Batches() =>
        [.. Enumerable.Range(1, 5).Select(n => ($"cifar-10-batches-bin/data_batch_{n}.bin", Record(n))),
            ("cifar-10-batches-bin/test_batch.bin", Record(7))];

    private static byte[] Record(int label) => Record(label, 10 * label);

    private static byte[] Record(int label, int red)
    {
        byte[] record = new byte[RecordBytes];
        record[0] = (byte)label;
        record.AsSpan(1, 1024).Fill((byte)red);
        return record;
    }
}
