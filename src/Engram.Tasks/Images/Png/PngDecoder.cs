using System.Buffers;

namespace Engram.Tasks;

/// <summary>Decodes PNG files: every bit depth and colour type, palettes, interlace, all filters.</summary>
/// <remarks>
/// Grey samples of 1, 2 and 4 bits are scaled to 0…255 (times 255, 85, 17), of 16 bits the high byte is kept. Alpha and transparent colours are
/// dropped, not blended, as <c>convert("L")</c> and <c>convert("RGB")</c> of the Python Imaging Library do. Gamma and colour profiles are not applied.
/// The CRC of every chunk is checked, of those too that are passed over; bytes after IEND are not read.
/// Memory: the image, a copy of the compressed data and some rows. Source: the PNG specification, third edition (W3C).
/// </remarks>
internal static class PngDecoder
{
    /// <summary>Most bytes that one byte of zlib data can become.</summary>
    private const int MostExpansion = 1032;

    /// <summary>The first bytes of every PNG.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Decodes a file that starts with the signature.</summary>
    /// <exception cref="Engram.Numerics.EngramException">The file breaks the format's rules, or is too large.</exception>
    public static Image Decode(ReadOnlySpan<byte> file, string name)
    {
        byte[] compressed = ArrayPool<byte>.Shared.Rent(file.Length);
        try
        {
            PngHeader header = ReadChunks(file, name, compressed, out int compressedBytes, out ReadOnlySpan<byte> palette);
            long expected = PngPass.BytesOf(header);
            if (expected > (long)compressedBytes * MostExpansion)
            {
                throw ImageDecoder.Damaged(name, $"{compressedBytes} bytes of compressed pixels", $"enough for the {expected} that {header.Width} × {header.Height} pixels need");
            }

            byte[] samples = new byte[header.Channels * header.Height * header.Width];
            PngPixels.Read(header, compressed.AsMemory(0, compressedBytes), new PngRowWriter(header, palette, samples, name), name);
            return new Image(header.Channels, header.Height, header.Width, samples);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>Walks over all chunks, and puts the data of the IDAT chunks together.</summary>
    private static PngHeader ReadChunks(ReadOnlySpan<byte> file, string name, byte[] compressed, out int compressedBytes, out ReadOnlySpan<byte> palette)
    {
        var chunks = new PngChunks(file, name);
        chunks.Next();
        if (chunks.Type != PngChunks.Ihdr)
        {
            throw ImageDecoder.Damaged(name, $"{PngChunks.Shown(chunks.TypeName)} as the first chunk", "IHDR");
        }

        PngHeader header = PngHeader.Parse(chunks.Data, name);
        palette = default;
        compressedBytes = 0;
        uint before = PngChunks.Ihdr;
        bool sawPixels = false;
        for (chunks.Next(); chunks.Type != PngChunks.Iend; chunks.Next())
        {
            switch (chunks.Type)
            {
                case PngChunks.Idat when sawPixels && before != PngChunks.Idat:
                    throw ImageDecoder.Damaged(name, "IDAT chunks apart from each other", "one after the other");
                case PngChunks.Idat:
                    chunks.Data.CopyTo(compressed.AsSpan(compressedBytes));
                    compressedBytes += chunks.Data.Length;
                    sawPixels = true;
                    break;
                case PngChunks.Plte when sawPixels || !palette.IsEmpty:
                    throw ImageDecoder.Damaged(name, sawPixels ? "a PLTE chunk after IDAT" : "a second PLTE chunk", "one before IDAT");
                case PngChunks.Plte when chunks.Data.Length % 3 != 0 || chunks.Data.Length is 0 or > 3 * 256:
                    throw ImageDecoder.Damaged(name, $"a PLTE chunk of {chunks.Data.Length} bytes", "three for each of 1 to 256 colours");
                case PngChunks.Plte:
                    palette = chunks.Data;
                    break;
                default:
                    if (!chunks.IsAncillary)
                    {
                        throw ImageDecoder.Damaged(name, $"a second or unknown chunk ({PngChunks.Shown(chunks.TypeName)})", "IHDR, PLTE, IDAT, IEND and chunks that may be passed over");
                    }

                    break;
            }

            before = chunks.Type;
        }

        if (!sawPixels)
        {
            throw ImageDecoder.Damaged(name, "no IDAT chunk", "the pixels");
        }

        if (header.Colour == PngColour.Palette && palette.IsEmpty)
        {
            throw ImageDecoder.Damaged(name, "no PLTE chunk", "the palette that the pixels refer to");
        }

        return header;
    }
}
