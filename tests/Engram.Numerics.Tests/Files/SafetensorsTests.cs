using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Engram.Experiments.Tests;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("t.safetensors");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_ThenRead_GivesBackEverything()
    {
        using var arena = new Arena();
        Tensor<double> matrix = arena.Allocate<double>(3, 5);
        matrix.CopyFrom([.. Enumerable.Range(0, 15).Select(i => i / 7.0)]);
        var writer = new SafetensorsWriter();
        writer.AddMetadata("zeta", "first \"quoted\" \n line");
        writer.AddMetadata("alpha", "é 日本");
        writer.Add<byte>("bytes", [3], [1, 2, 255]);
        writer.Add("matrix", matrix);
        writer.Add<float>("scalar", [], [1.5f]);
        writer.Add<long>("empty", [0, 4], []);
        writer.Add<int>("ints", [2, 1], [-1, int.MaxValue]);
        writer.Add<bool>("flags", [2], [true, false]);
        writer.Write(Target);

        SafetensorsFile file = SafetensorsFile.Read(Target);

        Assert.Equal(["zeta", "alpha"], file.Metadata.Keys);
        Assert.Equal("first \"quoted\" \n line", file.MetadataOf("zeta"));
        Assert.Equal("é 日本", file.MetadataOf("alpha"));
        Assert.Equal(matrix.ToArray(), file["matrix"].ToArray<double>());
        Assert.Equal([3, 5], file["matrix"].Shape.ToArray());
        Assert.Equal(1.5, file["scalar"].ToScalar<double>());
        Assert.Empty(file["scalar"].Shape);
        Assert.Empty(file["empty"].ToArray<long>());
        Assert.Equal([-1L, int.MaxValue], file["ints"].ToArray<long>());
        Assert.Equal([1, 2, 255], file["bytes"].ToArray<byte>());
        Assert.Equal([1, 0], file["flags"].ToArray<int>());
    }

    /// <summary>Nobody writes into the pipe: opening it would wait without end.</summary>
    [LinuxFact]
    public void Read_Pipe_IsRefusedAtOnce()
    {
        var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(NamedPipe.Make(Target)));

        Assert.StartsWith($"Found a pipe at '{Target}', expected a regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytesWhateverTheOrderOfTensors()
    {
        foreach (string[] order in (string[][])[["a", "b", "c"], ["c", "a", "b"]])
        {
            var writer = new SafetensorsWriter();
            foreach (string name in order)
            {
                writer.Add<float>(name, [1], [name[0]]);
            }

            writer.Write(folder.File(order[0]), checksum: true);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("c")));
    }

    [Fact]
    public void Write_OddlySizedTensors_AlignsHeaderAndEveryTensor()
    {
        var writer = new SafetensorsWriter();
        writer.Add<byte>("a", [3], [1, 2, 3]);
        writer.Add<double>("b", [1], [1]);
        writer.Add<float>("c", [3], [1, 2, 3]);
        writer.Write(Target);

        byte[] bytes = File.ReadAllBytes(Target);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8);
        Assert.Equal(["b", "c", "a"], SafetensorsFile.Read(Target).Tensors.Keys);
    }

    [Fact]
    public void ToArray_OtherFloatingPointType_Converts()
    {
        var writer = new SafetensorsWriter();
        writer.Add<double>("d", [2], [0.1, double.NaN]);
        writer.Add<float>("f", [1], [0.1f]);
        writer.Add<Half>("h", [1], [(Half)0.1]);
        writer.Write(Target);

        SafetensorsFile file = SafetensorsFile.Read(Target);

        Assert.Equal([0.1f, float.NaN], file["d"].ToArray<float>());
        Assert.Equal([(double)0.1f], file["f"].ToArray<double>());
        Assert.Equal([(float)(Half)0.1], file["h"].ToArray<float>());
    }

    [Fact]
    public void ToArray_WrongKindOrRange_NamesTensorAndFile()
    {
        var writer = new SafetensorsWriter();
        writer.Add<double>("large", [1], [1e300]);
        writer.Add<long>("whole", [1], [1L << 40]);
        writer.Write(Target);
        SafetensorsFile file = SafetensorsFile.Read(Target);

        foreach (Action wrong in (Action[])[
            () => file["large"].ToArray<long>(),
            () => file["whole"].ToArray<double>(),
            () => file["whole"].ToArray<int>(),
            () => file["large"].ToArray<float>()])
        {
            var error = Assert.Throws<EngramException>(wrong);
            Assert.Contains(Target, error.Message, StringComparison.Ordinal);
            Assert.Matches("'(large|whole)'", error.Message);
        }

        Assert.Contains("'large'", Assert.Throws<EngramException>(() => file["lrge"]).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   """, 8, null)]
    [InlineData("""{"__metadata__":{"k":"v"}}""", 0, null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,2147483647,2147483647,2147483647],"data_offsets":[0,0]}}""", 0, null)]
    [InlineData("""{}""", 0, null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647,0],"data_offsets":[0,0]}}""", 0, null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483648,0],"data_offsets":[0,0]}}""", 0, "2147483648 in a.shape")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}}""", 8, "2147483648 bytes of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "too long")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]}}""", 8, "twice")]
    [InlineData("""{"__metadata__":{"k":"v","k":"w"}}""", 0, "twice")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "a string")]
    [InlineData("""{"__metadata__":[]}""", 0, "an object of strings")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "no data_offsets")]
    [InlineData("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "type 'F33'")]
    [InlineData("""{"a":{"dtype":"9","shape":[2],"data_offsets":[0,8]}}""", 8, "type '9'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "-2 in a.shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "2.5 in a.shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "in a.shape")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", 8,
        "more than a file can have")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "begin ≤ end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "begin ≤ end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "expected 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "expected 0, where")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12,
        "expected 8, where")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}""", 20,
        "expected 8, where")]
    [InlineData("""{"a":{"dtype":"F32","shape":[536870000],"data_offsets":[0,2147480000]}}""", 8, "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "[2] in a.shape")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":0}}""", 8, "'extra'")]
    [InlineData("""[1,2]""", 0, "not a JSON object")]
    [InlineData("""{"a":1}""", 0, "Found Number as a in")]
    [InlineData("""{"a":1}""", 0, "expected an object of dtype, shape and data_offsets;")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "as __metadata__.k in")]
    [InlineData("""{"a":{"dtype":5,"shape":[2],"data_offsets":[0,8]}}""", 8, "Found Number as a.dtype")]
    [InlineData("""{"a":{"dtype":5,"shape":[2],"data_offsets":[0,8]}}""", 8, "expected a string;")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "Found Number as a.shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "expected an array of whole numbers;")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,-8]}}""", 8, "-8 in a.data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets [8, 0] of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,3],"data_offsets":[4,12]}}""", 12, "Found 8 bytes of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,3],"data_offsets":[4,12]}}""", 12, "expected 12 for F32 [1, 3];")]
    [InlineData("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "expected one of BOOL, U8, I8, ")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2147483591],"data_offsets":[0,2147483591]}}""", 8, "cut short")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1073741824,1073741824,1073741824,1073741824,1073741824],"data_offsets":[0,0]}}""", 0,
        "more than a file can have")]
    public void Read_Header_IsAcceptedOrRefusedForTheRightReason(string header, int dataBytes, string? refusal)
    {
        WriteRaw(Encoding.UTF8.GetBytes(header), dataBytes);

        if (refusal is null)
        {
            SafetensorsFile.Read(Target);
        }
        else
        {
            var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target));
            Assert.Contains(refusal, error.Message, StringComparison.Ordinal);
            Assert.Contains(Target, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            Assert.Matches(
                "(copy it again|write it again|write the file again|(convert|split) the tensor|or it is damaged)[.]$", error.Message);
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue, "this is not a safetensors file")]
    [InlineData(100_000_001UL, "expected 2 to 100000000")]
    [InlineData(100_000_000UL, "Found 64 bytes in")]
    [InlineData(57UL, "expected 57 of header alone; the file is cut short")]
    [InlineData(1UL, "a header of 1 bytes announced")]
    [InlineData(0UL, "a header of 0 bytes announced")]
    public void Read_HeaderLengthOutOfBounds_IsRefused(ulong announced, string refusal)
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, announced);
        File.WriteAllBytes(Target, bytes);

        string message = Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target)).Message;
        Assert.Contains(Target, message, StringComparison.Ordinal);
        Assert.Contains(refusal, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, "Found 7 bytes in")]
    [InlineData(8, "a header of 0 bytes announced")]
    public void Read_FileOfAFewBytes_IsRefusedForTheRightReason(int length, string refusal)
    {
        File.WriteAllBytes(Target, new byte[length]);

        Assert.Contains(
            refusal, Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "Found 65 numbers in a.shape")]
    public void Read_ShapeOfManySizes_IsReadUpToItsBound(int rank, string? refusal)
    {
        string shape = string.Join(',', Enumerable.Repeat("1", rank));
        WriteRaw(Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"U8","shape":[{{{shape}}}],"data_offsets":[0,1]}}"""), 1);

        if (refusal is null)
        {
            Assert.Equal(rank, SafetensorsFile.Read(Target)["a"].Shape.Length);
        }
        else
        {
            Assert.Contains(
                refusal, Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target)).Message, StringComparison.Ordinal);
        }
    }

    // A header may name tensors in any order; an empty one lies where its neighbour begins.
    [Fact]
    public void Read_HeaderInAnotherOrder_GivesTensorsInTheOrderOfTheirData()
    {
        WriteRaw("""
            {"c":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
            "z":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"y":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}
            """u8.ToArray(), 3);

        SafetensorsFile file = SafetensorsFile.Read(Target);

        Assert.Equal(["b", "y", "z", "c"], file.Tensors.Keys);
        Assert.Equal([0, 0], file["c"].ToArray<byte>());
    }

    [Fact]
    public void Write_OfTwoTensors_GivesTheseBytes()
    {
        var writer = new SafetensorsWriter();
        writer.Add<byte>("a", [1], [7]);
        writer.AddShared("b", TensorType.I16, [2], new byte[] { 1, 0, 2, 0 });
        writer.Write(Target);
        const string Header =
            """{"b":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}""";

        byte[] bytes = File.ReadAllBytes(Target);

        int padded = (Header.Length + 7) / 8 * 8;
        Assert.Equal((ulong)padded, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal(Header.PadRight(padded), Encoding.UTF8.GetString(bytes, 8, padded));
        Assert.Equal([1, 0, 2, 0, 7], bytes[(8 + padded)..]);
    }

    [Fact]
    public void MetadataOf_KeyThatIsNotThere_NamesTheNearest()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("outer_steps", "1");
        writer.Write(Target);

        string message = Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target).MetadataOf("outer_step")).Message;

        Assert.Contains($"Found no metadata 'outer_step' in '{Target}'", message, StringComparison.Ordinal);
        Assert.Contains("'outer_steps'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderNotUtf8_IsRefused()
    {
        WriteRaw([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)'}'], 0);
        Assert.Contains("UTF-8", Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFile_OrFolder_OrEmptyFile_IsRefused()
    {
        File.WriteAllBytes(Target, []);
        foreach (string path in (string[])[folder.File("none"), folder.Path, Target, Path.Combine(folder.Path, "no", "folder")])
        {
            Assert.Contains(path, Assert.Throws<EngramException>(() => SafetensorsFile.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_NoFileOrAFolder_SaysWhich()
    {
        string none = folder.File("none");

        Assert.StartsWith(
            $"Found no file '{none}', expected a safetensors file",
            Assert.Throws<EngramException>(() => SafetensorsFile.Read(none)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            $"Could not read '{folder.Path}': ",
            Assert.Throws<EngramException>(() => SafetensorsFile.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhileAnotherReads_Reads()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("a", [1], [1]);
        writer.Write(Target);
        using FileStream other = File.OpenRead(Target);

        Assert.Equal(["a"], SafetensorsFile.Read(Target).Tensors.Keys);
    }

    [Fact]
    public void Write_TensorsOfOneSize_StandInTheOrderOfTheirNames()
    {
        var writer = new SafetensorsWriter();
        Array.ForEach(["b", "a", "c"], n => writer.Add<float>(n, [1], [1]));
        writer.Write(Target);

        Assert.Equal(["a", "b", "c"], SafetensorsFile.Read(Target).Tensors.Keys);
    }

    [Fact]
    public void Add_ShapeOrNameThatDoesNotFit_SaysWhatWasFoundAndExpected()
    {
        using var arena = new Arena();
        Tensor<float> matrix = arena.Allocate<float>(2, 3);
        var writer = new SafetensorsWriter();
        writer.Add("a", matrix);

        void Refused(Action add, string message) =>
            Assert.StartsWith(message, Assert.Throws<EngramException>(add).Message, StringComparison.Ordinal);
        Refused(() => writer.Add("b", [7], matrix), "Found 6 values for tensor 'b', expected 7 for the shape [7].");
        Refused(
            () => writer.AddShared("b", TensorType.F32, [2, 4], new byte[24]),
            "Found 6 values for tensor 'b', expected 8 for the shape [2, 4].");
        Refused(() => writer.Add<float>("b", [-1], []), "Found size -1 in the shape of tensor 'b', expected 0 or more.");
        Refused(() => writer.Add("a", matrix), "Found a second tensor 'a' for a file");
        Refused(() => writer.AddMetadata("checksum", "0"), "Found a second metadata 'checksum' for a tensor file");

        // 2⁶⁴ elements are not none.
        Assert.Throws<OverflowException>(() => writer.Add<float>("b", [65536, 65536, 65536, 65536], []));
    }

    [Fact]
    public void Write_BadInput_IsRefused()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("a", [1], [1]);
        writer.AddMetadata("k", "v");

        Assert.Throws<EngramException>(() => writer.Add<float>("a", [1], [1]));
        Assert.Throws<EngramException>(() => writer.Add<float>("__metadata__", [1], [1]));
        Assert.Throws<EngramException>(() => writer.Add<float>("b", [2], [1]));
        Assert.Throws<EngramException>(() => writer.Add<float>("b", [-1, -1], [1]));
        Assert.Throws<EngramException>(() => writer.Add<decimal>("b", [1], [1]));
        Assert.Throws<EngramException>(() => writer.AddMetadata("k", "w"));
        Assert.Throws<EngramException>(() => writer.AddMetadata("checksum", "w"));
    }

    [Fact]
    public void Read_AnyFlippedBitUnderChecksum_IsRefusedByFileName()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("outer_steps", "1234");
        writer.Add<double>("weights", [4], [1, 2, 3, 4]);
        writer.Write(Target, checksum: true);
        byte[] sound = File.ReadAllBytes(Target);
        SafetensorsFile.Read(Target, verifyChecksum: true);

        for (int i = 0; i < sound.Length; i++)
        {
            byte[] damaged = (byte[])sound.Clone();
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(Target, damaged);
            var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target, verifyChecksum: true));
            Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_ChecksumWantedButAbsent_IsRefused()
    {
        var writer = new SafetensorsWriter();
        writer.Add<double>("weights", [1], [1]);
        writer.Write(Target);

        Assert.Contains(
            "checksum", Assert.Throws<EngramException>(() => SafetensorsFile.Read(Target, verifyChecksum: true)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RandomDamage_IsRefusedOrReadButNeverAnythingElse()
    {
        const ulong Seed = 20260101;
        var writer = new SafetensorsWriter();
        writer.AddMetadata("name", "fuzz");
        for (int i = 0; i < 6; i++)
        {
            writer.Add<float>($"layer{i}.weight", [i + 1, 2], new float[2 * (i + 1)]);
            writer.Add<byte>($"layer{i}.mask", [i], new byte[i]);
        }

        writer.Write(Target);
        byte[] sound = File.ReadAllBytes(Target);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(sound) + 8;
        int refused = 0;
        var random = new RandomStream(Seed);
        for (int round = 0; round < 600; round++)
        {
            byte[] damaged = sound[..(random.NextInt32(2) == 0 ? sound.Length : random.NextInt32(sound.Length))];
            for (int flips = random.NextInt32(4); flips > 0 && damaged.Length > 0; flips--)
            {
                damaged[random.NextInt32(Math.Min(damaged.Length, header))] = (byte)random.NextInt32(256);
            }

            File.WriteAllBytes(Target, damaged);
            try
            {
                SafetensorsFile file = SafetensorsFile.Read(Target);
                Assert.All(file.Tensors.Values, t => Assert.Equal(t.Count, t.Shape.Aggregate(1, (a, b) => a * b)));
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

        Assert.InRange(refused, 300, 600);
    }

    [PythonFact]
    public void Write_ReadByPython_HasTheSameHeaderAndNumbers()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("name", "α \"x\"");
        writer.Add<float>("w", [2, 2], [1, 2, 3, 4.5f]);
        writer.Add<byte>("m", [3], [7, 8, 9]);
        writer.Write(Target, checksum: true);

        const string Program = """
            import hashlib, json, struct, sys
            raw = open(sys.argv[1], 'rb').read()
            n = struct.unpack('<Q', raw[:8])[0]
            header = json.loads(raw[8:8 + n].decode('utf-8'))
            meta = header.pop('__metadata__')
            zeroed = raw.replace(meta['checksum'].encode(), b'0' * 64, 1)
            assert hashlib.sha256(zeroed).hexdigest() == meta['checksum']
            assert meta['name'] == '\u03b1 "x"', meta
            data = raw[8 + n:]
            def part(name):
                b, e = header[name]['data_offsets']
                return data[b:e]
            assert header['w']['dtype'] == 'F32' and header['w']['shape'] == [2, 2]
            assert struct.unpack('<4f', part('w')) == (1, 2, 3, 4.5)
            assert header['m']['dtype'] == 'U8' and list(part('m')) == [7, 8, 9]
            print('ok')
            """;
        var start = new ProcessStartInfo("python3")
        { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Program);
        start.ArgumentList.Add(Target);
        using Process python = Process.Start(start)!;
        string output = python.StandardOutput.ReadToEnd() + python.StandardError.ReadToEnd();
        python.WaitForExit();

        Assert.Equal("ok", output.Trim());
    }

    private void WriteRaw(byte[] header, int dataBytes)
    {
        byte[] bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(Target, bytes);
    }

    private sealed class PythonFactAttribute : FactAttribute
    {
        public PythonFactAttribute()
        {
            try
            {
                using Process python =
                    Process.Start(new ProcessStartInfo("python3", "--version") { UseShellExecute = false, RedirectStandardOutput = true })!;
                python.WaitForExit();
                Skip = python.ExitCode == 0 ? null! : "python3 does not run here.";
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Skip = "There is no python3 here.";
            }
        }
    }
}
