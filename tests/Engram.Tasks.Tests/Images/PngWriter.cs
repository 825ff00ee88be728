using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engram.Tasks.Tests;

/// <summary>Writes PNG files of every kind, sound and unsound, as plainly as possible.</summary>
internal static class PngWriter
{
    public static byte[] Signature => [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10];

    /// <summary>A chunk with its length and CRC.</summary>
    public static byte[] Chunk(string type, params byte[] data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.Latin1.GetBytes(type).CopyTo(chunk, 4);
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), SlowCrc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Ihdr(uint width, uint height, int depth, int colour, int interlace = 0, int compression = 0, int filter = 0)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[10], data[11], data[12]) = ((byte)depth, (byte)colour, (byte)compression, (byte)filter, (byte)interlace);
        return Chunk("IHDR", data);
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var stream = new ZLibStream(target, CompressionLevel.Optimal))
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>The file of these chunks.</summary>
    public static byte[] File(params byte[][] chunks) => [.. Signature, .. chunks.SelectMany(c => c)];

    /// <summary>A small grey file whose image data are these bytes.</summary>
    public static byte[] Grey(int width, int height, byte[] inflated) =>
        File(Ihdr((uint)width, (uint)height, 8, 0), Chunk("IDAT", Deflate(inflated)), Chunk("IEND"));

    /// <summary>
    /// A file of samples in the file's own depth, [H, W, samples of a pixel]. Filters change from row to row; the data are in two chunks.
    /// </summary>
    public static byte[] Encode(int width, int height, int depth, int colour, bool interlaced, int[] samples, byte[]? palette = null)
    {
        int perPixel = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var raw = new List<byte>();
        (int X, int Y, int Dx, int Dy)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        int filter = 0;
        foreach ((int x0, int y0, int dx, int dy) in passes)
        {
            byte[]? above = null;
            for (int y = y0; y < height && x0 < width; y += dy)
            {
                var bits = new List<int>();
                for (int x = x0; x < width; x += dx)
                {
                    for (int s = 0; s < perPixel; s++)
                    {
                        int sample = samples[(((y * width) + x) * perPixel) + s];
                        bits.AddRange(Enumerable.Range(0, depth).Select(b => (sample >> (depth - 1 - b)) & 1));
                    }
                }

                byte[] row = [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit << (7 - i)).Sum())];
                raw.Add((byte)filter);
                raw.AddRange(Filtered(filter, row, above ?? new byte[row.Length], Math.Max(1, perPixel * depth / 8)));
                above = row;
                filter = (filter + 1) % 5;
            }
        }

        byte[] deflated = Deflate([.. raw]);
        int half = deflated.Length / 2;
        return File(
            Ihdr((uint)width, (uint)height, depth, colour, interlaced ? 1 : 0),
            Chunk("tEXt", "Comment\0made by a test"u8.ToArray()),
            palette is null ? [] : Chunk("PLTE", palette),
            Chunk("IDAT", deflated[..half]),
            Chunk("IDAT", deflated[half..]),
            Chunk("IEND"));
    }

    private static IEnumerable<byte> Filtered(int filter, byte[] row, byte[] above, int distance)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int a = i >= distance ? row[i - distance] : 0, b = above[i], c = i >= distance ? above[i - distance] : 0;
            int p = a + b - c;
            int paeth = new[] { (Math.Abs(p - a), 0, a), (Math.Abs(p - b), 1, b), (Math.Abs(p - c), 2, c) }.Min().Item3;
            yield return (byte)(row[i] - (filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth }));
        }
    }

    /// <summary>CRC-32 bit by bit, a reference for the fast one.</summary>
    public static uint SlowCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
