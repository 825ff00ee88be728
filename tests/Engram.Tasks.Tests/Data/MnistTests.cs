using System.Buffers.Binary;
using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;

namespace Engram.Tasks.Tests.Data;

public sealed class MnistTests : IDisposable
{
    private readonly SmallImages images = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_SmallFiles_GroupsDigitsInTheirOrder(bool gzipped)
    {
        WriteAll(gzipped, [3, 1, 3], [1, 2, 3]);
        ImageSet set = images.Load(new Mnist(), images.At("mnist"));

        Assert.Equal([("train", 3), ("test", 1)], set.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal(10, set.Parts[0].Classes.Length);
        Assert.Equal([2, 1, 3], Enumerable.Range(0, 3).Select(i => (int)set.Pixels(i)[0]));
    }

    [Theory]
    [InlineData("labels", "Found 2 labels in")]
    [InlineData("label", "Found label 10 of image 1 in")]
    [InlineData("magic", "expected an idx file of images")]
    [InlineData("short", "which announces 3 images of 2×2, expected")]
    [InlineData("huge", "which announces 1000000000 images")]
    [InlineData("gzip", "the file is damaged")]
    [InlineData("missing", "Found no t10k-labels-idx1-ubyte.gz in")]
    public void Load_DamagedFiles_SaysWhich(string what, string expected)
    {
        WriteAll(gzipped: true, [3, 1, 3], [1, 2, 3]);
        byte[] pixels = Images([1, 2, 3]);
        BinaryPrimitives.WriteInt32BigEndian(pixels.AsSpan(4), what == "huge" ? 1_000_000_000 : 3);
        (string name, byte[] bytes) = what switch
        {
            "labels" => ("train-labels-idx1-ubyte.gz", Archives.Gzip(Labels([3, 1]))),
            "label" => ("train-labels-idx1-ubyte.gz", Archives.Gzip(Labels([3, 10, 3]))),
            "magic" => ("train-images-idx3-ubyte.gz", Archives.Gzip([.. pixels.Reverse()])),
            "short" => ("train-images-idx3-ubyte.gz", Archives.Gzip(pixels[..^1])),
            "huge" => ("train-images-idx3-ubyte.gz", Archives.Gzip(pixels)),
            _ => ("train-images-idx3-ubyte.gz", Archives.Gzip(pixels)[..^9]),
        };
        if (what == "missing")
        {
            File.Delete(images.At("mnist/t10k-labels-idx1-ubyte.gz"));
        }
        else
        {
            images.Write("mnist/" + name, bytes);
        }

        Assert.Contains(
            expected, Assert.Throws<EngramException>(() => images.Load(new Mnist(), images.At("mnist"))).Message, StringComparison.Ordinal);
    }

    [SharedDataFact("data")]
    public void Read_AsPublished_HasEveryByte()
    {
        var set = new Mnist();
        DatasetSource source = set.Find(Path.Combine(SharedData.Find("data")!, "mnist"));
        DatasetCheck check = set.Check(source, set.Read(source, new DatasetRequest("mnist", set.Native), images.Context));

        Assert.Equal(DatasetState.Complete, check.State);
        Assert.Equal(["Every byte is as published."], check.Notes.AsEnumerable());
        Assert.Equal([60000, 10000], check.Parts.Select(p => p.Images));
    }

    public void Dispose() => images.Dispose();

    private static byte[] Images(byte[] values)
    {
        byte[] bytes = new byte[16 + (4 * values.Length)];
        foreach ((int at, int number) in new[] { (0, 0x803), (4, values.Length), (8, 2), (12, 2) })
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), number);
        }

        for (int i = 0; i < 4 * values.Length; i++)
        {
            bytes[16 + i] = values[i / 4];
        }

        return bytes;
    }

    private static byte[] Labels(byte[] labels)
    {
        byte[] bytes = [0, 0, 8, 1, 0, 0, 0, (byte)labels.Length, .. labels];
        return bytes;
    }

    private void WriteAll(bool gzipped, byte[] labels, byte[] values)
    {
        foreach ((string name, byte[] bytes) in new[] { ("train-images-idx3-ubyte", Images(values)),
            ("train-labels-idx1-ubyte", Labels(labels)), ("t10k-images-idx3-ubyte", Images([9])), ("t10k-labels-idx1-ubyte", Labels([7])) })
        {
            images.Write($"mnist/{name}{(gzipped ? ".gz" : string.Empty)}", gzipped ? Archives.Gzip(bytes) : bytes);
        }
    }
}
