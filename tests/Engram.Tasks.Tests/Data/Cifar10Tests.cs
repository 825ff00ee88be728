using System.Formats.Tar;
using Engram.Numerics;

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
        Assert.Equal([1, 2, 3, 4, 5], set.Parts[0].Classes.Select(c => c.Count).Take(6).Index().Where(c => c.Item > 0).Select(c => c.Index));

        // Red 10 n, green and blue 0: grey is 0.299 of it.
        Assert.Equal([3, 6, 9, 12, 15], Enumerable.Range(0, 5).Select(i => (int)set.Pixels(i)[0]));
    }

    [Theory]
    [InlineData("batch missing", "Found no data_batch_3.bin in")]
    [InlineData("batch short", "expected records of 3073")]
    [InlineData("label", "Found label 200 at byte 0")]
    public void Load_DamagedBatches_SaysWhich(string what, string expected)
    {
        var files = Batches();
        files[2] = what switch
        {
            "batch missing" => ("other.bin", files[2].Bytes),
            "batch short" => (files[2].Name, files[2].Bytes[..^1]),
            _ => (files[2].Name, [200, .. files[2].Bytes[1..]]),
        };
        images.Write("set/cifar-10-binary.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, files)));

        Assert.Contains(expected, Assert.Throws<EngramException>(() => images.Load(new Cifar10(), images.At("set"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => images.Dispose();

    private static (string Name, byte[] Bytes)[] Batches() =>
        [.. Enumerable.Range(1, 5).Select(n => ($"cifar-10-batches-bin/data_batch_{n}.bin", Record(n))), ("cifar-10-batches-bin/test_batch.bin", Record(7))];

    private static byte[] Record(int label)
    {
        byte[] record = new byte[RecordBytes];
        record[0] = (byte)label;
        record.AsSpan(1, 1024).Fill((byte)(10 * label));
        return record;
    }
}
