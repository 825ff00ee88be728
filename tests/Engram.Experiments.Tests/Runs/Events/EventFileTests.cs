using System.Buffers.Binary;
using Engram.Experiments.Runs.Events;
using Engram.Numerics.Files;

namespace Engram.Experiments.Tests.Runs;

public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => System.IO.Path.Combine(folder.Path, "events.out.tfevents.1.test");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Frame_Scalar_IsTheBytesOfTheFormat()
    {
        byte[] framed = EventFile.Frame(new EventRecord(1.5, 300) { Values = [new EventValue("a", 0.25f)] });

        // Fields by hand: wall_time (1, fixed64), step (2, varint 300 = AC 02), summary (5) of a value (1) of tag (1) and simple_value (2,
        // fixed32).
        byte[] data = [0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x10, 0xAC, 0x02, 0x2A, 10, 0x0A, 8, 0x0A, 1, (byte)'a', 0x15, 0, 0, 0x80, 0x3E];
        Assert.Equal((ulong)data.Length, BinaryPrimitives.ReadUInt64LittleEndian(framed));
        Assert.Equal(Crc32C.Masked(framed.AsSpan(0, 8)), BinaryPrimitives.ReadUInt32LittleEndian(framed.AsSpan(8)));
        Assert.Equal(data, framed[12..^4]);
        Assert.Equal(Crc32C.Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(framed.AsSpan(framed.Length - 4)));
    }

    [Fact]
    public void Read_WhatWasFramed_IsTheSame()
    {
        EventRecord[] records =
        [
            new EventRecord(12.25, 0) { FileVersion = "brain.Event:2" },
            new EventRecord(13, -1) { Values = [new EventValue("loss/ä", float.NaN), new EventValue("b", -1e-20f)] },
            new EventRecord(14, long.MaxValue) { Values = [new EventValue("h", null, EventHistogram.Of([1, 2, 2, 5]))] },
        ];
        File.WriteAllBytes(Path, [.. records.SelectMany(EventFile.Frame)]);

        EventFileContent content = EventFile.Read(Path);

        Assert.Null(content.Problem);
        Assert.Equal(
            records.Select(r => (r.WallTime, r.Step, r.FileVersion)), content.Events.Select(r => (r.WallTime, r.Step, r.FileVersion)));
        Assert.Equal(records[1].Values.AsEnumerable(), content.Events[1].Values.AsEnumerable());
        EventHistogram histogram = content.Events[2].Values[0].Histogram!;
        Assert.Equal((1, 5, 4, 10, 34), (histogram.Minimum, histogram.Maximum, histogram.Number, histogram.Sum, histogram.SumOfSquares));
        Assert.Equal(4, histogram.Counts.Sum());
        Assert.Equal((histogram.Counts.Length, 5), (histogram.Limits.Length, histogram.Limits[^1]));
        Assert.Equal(new FileInfo(Path).Length, content.Ends[^1]);
    }

    [Fact]
    public void Read_AnyByteChanged_KeepsWhatIsBeforeAndSaysWhere()
    {
        byte[] first = EventFile.Frame(new EventRecord(1, 1) { Values = [new EventValue("a", 1)] });
        byte[] second = EventFile.Frame(new EventRecord(2, 2) { Values = [new EventValue("a", 2)] });
        for (int i = 0; i < second.Length; i++)
        {
            byte[] damaged = [.. second];
            damaged[i] ^= 0x10;
            File.WriteAllBytes(Path, [.. first, .. damaged]);

            EventFileContent content = EventFile.Read(Path);

            Assert.Equal([1L], content.Events.Select(e => e.Step));
            Assert.Contains($"at byte {first.Length}", content.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_TornAnywhere_KeepsWholeRecords()
    {
        byte[] one = EventFile.Frame(new EventRecord(1, 1) { Values = [new EventValue("a", 1)] });
        byte[] all = [.. one, .. one];
        for (int length = 0; length <= all.Length; length++)
        {
            File.WriteAllBytes(Path, all[..length]);
            EventFileContent content = EventFile.Read(Path);

            Assert.Equal(length / one.Length, content.Events.Length);
            Assert.Equal(length % one.Length == 0, content.Problem is null);
        }
    }
}
