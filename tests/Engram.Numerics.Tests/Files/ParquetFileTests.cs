using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Parquet.Serialization;

namespace Engram.Numerics.Tests;

/// <summary>Tables in Parquet files, read back by another program's reader.</summary>
public sealed class ParquetFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Write_EveryKind_IsReadBackByAnother()
    {
        const int Rows = 1000;
        var random = new Random(4);
        object?[] Column(Func<int, object> of, int nulls) =>
            [.. Enumerable.Range(0, Rows).Select(i => nulls > 0 && random.Next(nulls) == 0 ? null : of(i))];
        ParquetColumn[] columns =
        [
            ParquetColumn.Of("run", Column(i => $"αβ, \"{i}\"", 0)),
            ParquetColumn.Of("seed", Column(i => (ulong)i, 3)),
            ParquetColumn.Of("steps", Column(i => i * (i % 2 == 0 ? -1L : 1L << 40), 0)),
            ParquetColumn.Of("loss", Column(i => i % 7 == 0 ? double.NaN : i % 11 == 0 ? double.PositiveInfinity : i / 3.0, 2)),
            ParquetColumn.Of("mixed", Column(i => i % 2 == 0 ? (object)i : i / 2.0, 5)),
            ParquetColumn.Of("finished", Column(i => i % 3 == 0, 4)),
            ParquetColumn.Of("text", Column(i => i % 2 == 0 ? (object)true : "[1, 2]", 5)),
            ParquetColumn.Of("nothing", Column(i => i, 1)),
            .. Enumerable.Range(0, 20).Select(k => ParquetColumn.Of($"more{k}", Column(i => i + k, 0))),
        ];
        string path = Path.Combine(folder.Path, "table.parquet");

        ParquetFile.Write(path, columns, "a test");

        await using FileStream stream = File.OpenRead(path);
        var found = await ParquetSerializer.DeserializeUntypedAsync(stream);
        Dictionary<string, object>[] rows = [.. found.Data];
        Assert.Equal(Rows, rows.Length);
        Assert.Equal(
            [ParquetKind.Text, ParquetKind.Whole, ParquetKind.Whole, ParquetKind.Number, ParquetKind.Number, ParquetKind.Boolean,
                ParquetKind.Text, ParquetKind.Text],
            columns.Take(8).Select(c => c.Kind));
        Assert.All(columns, c => Assert.Equal(c.Values, rows.Select(r => r.GetValueOrDefault(c.Name))));
    }

    [Fact]
    public async Task Write_NoRows_IsAFileAllTheSame()
    {
        string path = Path.Combine(folder.Path, "empty.parquet");
        ParquetFile.Write(path, [ParquetColumn.Of("run", [])], "a test");

        await using FileStream stream = File.OpenRead(path);
        Assert.Empty((await ParquetSerializer.DeserializeUntypedAsync(stream)).Data);
    }

    [Fact]
    public void Write_ColumnsOfOtherLengths_AreRefused()
    {
        string found = Assert.Throws<EngramException>(
            () =>
            ParquetFile.Write(
            Path.Combine(folder.Path, "no.parquet"), [ParquetColumn.Of("a", [1, 2]), ParquetColumn.Of("b", [1])], "a test")).Message;
        Assert.Equal("Found 1 values in the column 'b', expected 2 as in the first.", found);
    }
}
