using System.Buffers.Binary;
using System.Text;

namespace Engram.Tasks.Images.Formats;

/// <summary>Looks at a PNG file before it is decoded: whether it is whole, its checksums are right, and what its header
/// announces.</summary>
/// <remarks>Decoders pass over most of that. Source: the PNG specification, third edition (W3C).</remarks>
internal static class PngFile
{
    /// <summary>Most bytes that one byte of zlib data can become.</summary>
    private const int MostExpansion = 1032;

    /// <summary>Length, type and CRC of a chunk.</summary>
    private const int ChunkOverhead = 12;

    private const int HeaderBytes = 13;

    /// <summary>The first bytes of every PNG.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Walks over the chunks from IHDR to IEND; bytes behind that are not looked at.</summary>
    /// <returns>Samples of a pixel: 1 grey or a palette's colour that counts as 3, 2 grey and alpha, 3 colour, 4 colour and
    /// alpha.</returns>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file is cut short, a CRC is wrong, or the header announces what cannot
    /// be.</exception>
    public static int Check(ReadOnlySpan<byte> file, string name)
    {
        ReadOnlySpan<byte> rest = file[Signature.Length..];
        ReadOnlySpan<byte> data = Next(ref rest, name, out string type);
        if (type != "IHDR" || data.Length != HeaderBytes)
        {
            string found = type == "IHDR" ? $"an IHDR chunk of {data.Length} bytes" : $"{type} as the first chunk";
            throw ImageDecoder.Damaged(name, found, $"IHDR of {HeaderBytes} bytes");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        (int depth, int colour) = (data[8], data[9]);
        int samples = (colour, depth) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) => 1,
            (4, 8 or 16) => 2,
            (2, 8 or 16) => 3,
            (6, 8 or 16) => 4,
            _ => throw ImageDecoder.Damaged(
                name, $"colour type {colour} with {depth} bits a sample", "one of the PNG format's combinations"),
        };
        ImageDecoder.CheckSize(width, height, samples, name);
        long pixels = 0;
        bool palette = false;
        while (type != "IEND")
        {
            data = Next(ref rest, name, out type);
            pixels += type == "IDAT" ? data.Length : 0;
            palette |= type == "PLTE";
        }

        if (colour == 3 && !palette)
        {
            throw ImageDecoder.Damaged(name, "no PLTE chunk", "the palette that the pixels refer to");
        }

        // A row has a byte for its filter. Memory for the image is taken only where it can be filled.
        long announced = height * (1 + ((((long)width * samples * depth) + 7) / 8));
        return announced <= pixels * MostExpansion ? (colour == 3 ? 3 : samples)
            : throw ImageDecoder.Damaged(
                name, $"{pixels} bytes of compressed pixels", $"enough for the {announced} that {width} × {height} pixels need");
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, string name, out string type)
    {
        if (rest.Length < ChunkOverhead)
        {
            throw ImageDecoder.Damaged(
                name, rest.IsEmpty ? "the end of the file" : "a file that ends inside a chunk", "another chunk, and IEND as the last");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        type = Encoding.Latin1.GetString(rest.Slice(4, 4));
        type = type.All(char.IsAsciiLetter) ? type : "next";
        if (length > rest.Length - ChunkOverhead)
        {
            throw ImageDecoder.Damaged(name, $"a file that ends inside its {type} chunk", $"{length} bytes of data and a CRC");
        }

        uint announced = BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]);
        uint computed = Crc32.Of(rest.Slice(4, 4 + (int)length));
        if (announced != computed)
        {
            throw ImageDecoder.Damaged(
                name, FormattableString.Invariant($"CRC {announced:X8} of the {type} chunk"),
                FormattableString.Invariant($"{computed:X8}"));
        }

        ReadOnlySpan<byte> data = rest.Slice(8, (int)length);
        rest = rest[(ChunkOverhead + (int)length)..];
        return data;
    }
}
