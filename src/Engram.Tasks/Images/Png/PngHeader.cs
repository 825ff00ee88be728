using System.Buffers.Binary;

namespace Engram.Tasks;

/// <summary>How the pixels of a PNG are coded; values are the format's own.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}

/// <summary>The IHDR chunk of a PNG, checked.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">What the samples of a pixel are.</param>
/// <param name="Interlaced">Whether rows come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngColour Colour, bool Interlaced)
{
    /// <summary>Bytes of the chunk's data.</summary>
    public const int Bytes = 13;

    /// <summary>Samples of a pixel in the file.</summary>
    public int SamplesPerPixel => Colour switch
    {
        PngColour.Grey or PngColour.Palette => 1,
        PngColour.GreyAlpha => 2,
        PngColour.Rgb => 3,
        _ => 4,
    };

    /// <summary>Channels of the decoded image: alpha is dropped, a palette's colours are looked up.</summary>
    public int Channels => Colour is PngColour.Grey or PngColour.GreyAlpha ? 1 : 3;

    /// <summary>Distance, in bytes, of what filters call the pixel to the left: a whole pixel, at least one byte.</summary>
    public int FilterDistance => Math.Max(1, SamplesPerPixel * Depth / 8);

    /// <summary>Bytes of a row of so many pixels, without the byte that names its filter.</summary>
    public int RowBytes(int pixels) => (int)((((long)pixels * SamplesPerPixel * Depth) + 7) / 8);

    /// <summary>Reads the chunk's data.</summary>
    /// <exception cref="Engram.Numerics.EngramException">It breaks the format's rules, or announces absurd dimensions.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> data, string name)
    {
        if (data.Length != Bytes)
        {
            throw ImageDecoder.Damaged(name, $"an IHDR chunk of {data.Length} bytes", $"{Bytes}");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        int depth = data[8];
        var colour = (PngColour)data[9];
        bool allowed = colour switch
        {
            PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColour.Palette => depth is 1 or 2 or 4 or 8,
            PngColour.Rgb or PngColour.GreyAlpha or PngColour.RgbAlpha => depth is 8 or 16,
            _ => false,
        };
        if (!allowed)
        {
            throw ImageDecoder.Damaged(name, $"colour type {data[9]} with {depth} bits a sample", "one of the PNG format's combinations");
        }

        if (data[10] != 0 || data[11] != 0 || data[12] > 1)
        {
            throw ImageDecoder.Damaged(name, $"compression {data[10]}, filter method {data[11]} and interlace {data[12]}", "0, 0 and 0 or 1");
        }

        var header = new PngHeader((int)Math.Min(width, int.MaxValue), (int)Math.Min(height, int.MaxValue), depth, colour, data[12] == 1);
        ImageDecoder.CheckSize(width, height, header.SamplesPerPixel, name);
        return header;
    }
}
