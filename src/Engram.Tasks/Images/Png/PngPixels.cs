using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Engram.Tasks;

/// <summary>Decompresses the pixels of a PNG, undoes the filters, and hands the rows on.</summary>
internal static class PngPixels
{
    /// <summary>Rows are decompressed in blocks of about so many bytes.</summary>
    private const int BlockBytes = 1 << 16;

    /// <summary>Reads all rows; never decompresses beyond one byte more than the header announces.</summary>
    /// <exception cref="Engram.Numerics.EngramException">The data are damaged, or hold too few or too many bytes.</exception>
    public static void Read(in PngHeader header, ReadOnlyMemory<byte> compressed, in PngRowWriter writer, string name)
    {
        int longest = 1 + header.RowBytes(header.Width);
        int blockRows = Math.Clamp(BlockBytes / longest, 1, header.Height);

        // One row more: the one above the block.
        byte[] block = ArrayPool<byte>.Shared.Rent((blockRows + 1) * longest);
        try
        {
            if (!MemoryMarshal.TryGetArray(compressed, out ArraySegment<byte> segment))
            {
                throw new ArgumentException("Compressed pixels are expected in an array.", nameof(compressed));
            }

            using var source = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
            using var inflated = new ZLibStream(source, CompressionMode.Decompress);
            foreach (PngPass pass in PngPass.Of(header))
            {
                ReadPass(header, pass, inflated, block, blockRows, writer, name);
            }

            if (inflated.Read(block, 0, 1) != 0)
            {
                throw ImageDecoder.Damaged(name, "more pixels", $"those of {header.Width} × {header.Height}");
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException)
        {
            throw ImageDecoder.Damaged(name, "pixels that cannot be decompressed", "zlib data", failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private static void ReadPass(
        in PngHeader header, in PngPass pass, Stream inflated, byte[] block, int blockRows, in PngRowWriter writer, string name)
    {
        int pixels = pass.PixelsOf(header);
        int rows = pass.RowsOf(header);
        int rowBytes = 1 + header.RowBytes(pixels);
        block.AsSpan(0, rowBytes).Clear();
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first);
            Span<byte> read = block.AsSpan(rowBytes, count * rowBytes);
            if (inflated.ReadAtLeast(read, read.Length, throwOnEndOfStream: false) < read.Length)
            {
                throw ImageDecoder.Damaged(name, "too few pixels", $"those of {header.Width} × {header.Height}");
            }

            for (int r = 0; r < count; r++)
            {
                Span<byte> row = block.AsSpan((r + 1) * rowBytes, rowBytes);
                if (!PngFilters.Undo(row[0], block.AsSpan((r * rowBytes) + 1, rowBytes - 1), row[1..], header.FilterDistance))
                {
                    throw ImageDecoder.Damaged(name, $"filter {row[0]} in row {pass.Y + ((first + r) * pass.StepY)}", "0 to 4");
                }

                writer.Write(row[1..], pass, pass.Y + ((first + r) * pass.StepY), pixels);
            }

            block.AsSpan(count * rowBytes, rowBytes).CopyTo(block);
        }
    }
}
