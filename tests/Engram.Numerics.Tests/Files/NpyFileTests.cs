using System.Buffers.Binary;
using System.Text;
using Engram.Experiments.Tests;
using Engram.Numerics.Files;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("a.npy");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_EveryVersion_GivesNumbersAndShape(int version)
    {
        byte[] data = Singles(1, 2, 3, 4, 5, 6.5f);
        File.WriteAllBytes(Target, Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", data, version));

        TensorEntry array = NpyFile.Read(Target);

        Assert.Equal("a", array.Name);
        Assert.Equal([2, 3], array.Shape.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6.5f], array.ToArray<float>());
    }

    [Theory]
    [InlineData("|b1", TensorType.BOOL)]
    [InlineData("|u1", TensorType.U8)]
    [InlineData("|i1", TensorType.I8)]
    [InlineData("<u2", TensorType.U16)]
    [InlineData("<i2", TensorType.I16)]
    [InlineData("<u4", TensorType.U32)]
    [InlineData("<i4", TensorType.I32)]
    [InlineData("<u8", TensorType.U64)]
    [InlineData("<i8", TensorType.I64)]
    [InlineData("<f2", TensorType.F16)]
    [InlineData("<f8", TensorType.F64)]
    public void Parse_EveryTypeOfNumber_IsKnown(string description, TensorType type)
    {
        byte[] data = new byte[2 * type.SizeInBytes()];
        data[0] = 1;

        TensorEntry array = Parse($"{{'descr': '{description}', 'fortran_order': False, 'shape': (2,)}}", data);

        Assert.Equal(type, array.Dtype);
        Assert.Equal(data, array.Bytes.ToArray());
    }

    [Fact]
    public void Parse_ColumnsFirst_IsPutInOrder()
    {
        // Element [i, j, k] is 100 i + 10 j + k; the first index runs fastest in the file.
        IEnumerable<int> two = Enumerable.Range(0, 2), three = Enumerable.Range(0, 3), four = Enumerable.Range(0, 4);
        float[] file = [.. from k in four from j in three from i in two select (100f * i) + (10 * j) + k];

        TensorEntry array = Parse("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4), }", Singles(file));

        Assert.Equal(from i in two from j in three from k in four select (100f * i) + (10 * j) + k, array.ToArray<float>());
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4)]
    [InlineData("{\"shape\":(0,5),\"fortran_order\":True,\"descr\":\"<f4\"}", 0)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2147483647, 2147483647, 2147483647)}", 0)]
    public void Parse_OddHeader_IsRead(string header, int bytes) => Assert.Equal(bytes / 4, Parse(header, new byte[bytes]).Count);

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "no pickled objects")]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "'>f4'")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "'<c8'")]
    [InlineData("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", "'<U2'")]
    [InlineData("{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (1,), }", "fields of several types")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "cut short")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "too long")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647), }", "more than a file")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "not a tuple of sizes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", "not a tuple of sizes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 2, }", "no '('")]
    [InlineData("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }", "True or False")]
    [InlineData("{'descr': '<f4', 'shape': (2,), }", "no 'fortran_order'")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "each once")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'extra': 1}", "'extra'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} os.system('x')", "after the dictionary")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,", "not a tuple of sizes")]
    [InlineData("{'descr': '<f4", "no text in quotes")]
    [InlineData("", "no '{'")]
    public void Parse_BadHeader_IsRefusedForTheRightReason(string header, string reason)
    {
        var error = Assert.Throws<EngramException>(() => Parse(header, new byte[8]));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("'a.npy'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Read_NothingFolderEmptyOrOtherFile_IsRefusedByPath()
    {
        string other = folder.File("other.npy"), ancient = folder.File("version.npy"), longer = folder.File("longer.npy");
        File.WriteAllBytes(Target, []);
        File.WriteAllText(other, "x,y\n1,2\n");
        File.WriteAllBytes(ancient, Npy("{}", [], version: 4));
        File.WriteAllBytes(longer, [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255]);
        foreach (string path in (string[])[folder.File("none.npy"), folder.Path, Target, other, ancient, longer])
        {
            Assert.Contains(path, Assert.Throws<EngramException>(() => NpyFile.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Nobody writes into the pipe: opening it would wait without end.</summary>
    [LinuxFact]
    public void Read_Pipe_IsRefusedAtOnce()
    {
        var error = Assert.Throws<EngramException>(() => NpyFile.Read(NamedPipe.Make(Target)));

        Assert.StartsWith($"Found a pipe at '{Target}', expected a regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RandomDamage_IsRefusedOrReadButNeverAnythingElse()
    {
        const ulong Seed = 20261130;
        byte[] sound = Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2, 2), }", new byte[48]);
        var random = new RandomStream(Seed);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] damaged = sound[..(random.NextInt32(3) > 0 ? sound.Length : random.NextInt32(sound.Length))];
            for (int flips = random.NextInt32(4); flips > 0 && damaged.Length > 0; flips--)
            {
                damaged[random.NextInt32(Math.Min(damaged.Length, 80))] = (byte)random.NextInt32(256);
            }

            try
            {
                TensorEntry array = NpyFile.Parse("fuzz.npy", "fuzz", damaged);
                Assert.Equal(array.Count, array.Shape.Aggregate(1, (a, b) => a * b));
            }
            catch (EngramException error)
            {
                refused++;
                Assert.DoesNotContain('\n', error.Message);
            }
            catch (Exception other) when (other is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {Seed}, round {round}: {other}");
            }
        }

        Assert.InRange(refused, 1000, 1900);
    }

    private static TensorEntry Parse(string header, byte[] data) => NpyFile.Parse("a.npy", "a", Npy(header, data));

    private static byte[] Singles(params float[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];

    /// <summary>A file as numpy.save lays it out: the header padded with blanks, and a line feed at its end.</summary>
    private static byte[] Npy(string header, byte[] data, int version = 1)
    {
        int prefix = version == 1 ? 10 : 12;
        string padded = header + new string(' ', 63 - ((prefix + header.Length) % 64)) + "\n";
        byte[] file = new byte[prefix + padded.Length + data.Length];
        ((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8, (byte)version, 0]).CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), padded.Length);
        Encoding.Latin1.GetBytes(padded).CopyTo(file, prefix);
        data.CopyTo(file, prefix + padded.Length);
        return file;
    }
}
