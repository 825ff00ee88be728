using System.Buffers.Binary;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>Writes tables as Parquet files: one row group, one page for each column, plain and uncompressed, every column
/// optional.</summary>
/// <remarks>
/// Source: the Parquet format description. Of it as much as a flat table of results needs, and no other program's code, so that nothing of
/// it is found by reflection.
/// </remarks>
internal static class ParquetFile
{
    private const int Version = 1, Optional = 1, DataPage = 0, Plain = 0, RunLengths = 3, Uncompressed = 0, Utf8 = 0;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Writes the file, as <see cref="AtomicFile.Write"/> does: whole, or not at all.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="columns">The columns, all of as many values.</param>
    /// <param name="writer">What wrote it, for the file's own record.</param>
    /// <exception cref="EngramException">The file could not be written.</exception>
    public static void Write(string path, IReadOnlyList<ParquetColumn> columns, string writer)
    {
        int rows = columns.Count == 0 ? 0 : columns[0].Values.Count;
        if (columns.FirstOrDefault(c => c.Values.Count != rows) is { } other)
        {
            throw new EngramException($"Found {other.Values.Count} values in the column '{other.Name}', expected {rows} as in the first.");
        }

        AtomicFile.Write(path, stream =>
        {
            long position = 0;
            void Put(ReadOnlySpan<byte> bytes)
            {
                stream.Write(bytes);
                position += bytes.Length;
            }

            Put(Magic);
            var chunks = new List<ThriftWriter>();
            foreach (ParquetColumn column in columns)
            {
                long begin = position;
                byte[] page = column.Page();
                Put(new ThriftWriter()
                    .Field32(1, DataPage).Field32(2, page.Length).Field32(3, page.Length)
                    .Field(5, new ThriftWriter().Field32(1, rows).Field32(2, Plain).Field32(3, RunLengths).Field32(4, RunLengths)).Bytes());
                Put(page);
                chunks.Add(new ThriftWriter().Field64(2, begin).Field(3, new ThriftWriter()
                    .Field32(1, TypeOf(column.Kind)).Fields32(2, [Plain, RunLengths]).Fields(3, [column.Name]).Field32(4, Uncompressed)
                        .Field64(5, rows)
                    .Field64(6, position - begin).Field64(7, position - begin).Field64(9, begin)));
            }

            ThriftWriter group = new ThriftWriter().Fields(1, chunks).Field64(2, position - Magic.Length).Field64(3, rows);
            byte[] footer = new ThriftWriter()
                .Field32(1, Version).Fields(2, [new ThriftWriter().Field(4, "table").Field32(5, columns.Count), .. columns.Select(Schema)])
                .Field64(3, rows).Fields(4, [group]).Field(6, writer).Bytes();
            Put(footer);
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
            Put(length);
            Put(Magic);
        });
    }

    private static ThriftWriter Schema(ParquetColumn column)
    {
        ThriftWriter schema = new ThriftWriter().Field32(1, TypeOf(column.Kind)).Field32(3, Optional).Field(4, column.Name);
        return column.Kind == ParquetKind.Text ? schema.Field32(6, Utf8).Field(10, new ThriftWriter().Field(1, new ThriftWriter()))
            : schema;
    }

    private static int TypeOf(ParquetKind kind) =>
        kind switch { ParquetKind.Boolean => 0, ParquetKind.Whole => 2, ParquetKind.Number => 5, _ => 6 };
}
