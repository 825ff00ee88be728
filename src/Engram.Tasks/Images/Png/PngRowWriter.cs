namespace Engram.Tasks;

/// <summary>Writes the rows of a PNG into the planes of an image.</summary>
internal readonly ref struct PngRowWriter
{
    private readonly PngHeader header;
    private readonly ReadOnlySpan<byte> palette;
    private readonly Span<byte> samples;
    private readonly string name;

    /// <summary>Makes the writer.</summary>
    /// <param name="header">The file's header.</param>
    /// <param name="palette">Red, green, blue of each colour; empty where the file has none.</param>
    /// <param name="samples">[C, H, W] of the image.</param>
    /// <param name="name">What errors call the file.</param>
    public PngRowWriter(in PngHeader header, ReadOnlySpan<byte> palette, Span<byte> samples, string name)
    {
        this.header = header;
        this.palette = palette;
        this.samples = samples;
        this.name = name;
    }

    /// <summary>Writes the pixels of a row, after its filter is undone, to where its pass puts them.</summary>
    public void Write(ReadOnlySpan<byte> row, in PngPass pass, int y, int pixels)
    {
        int plane = header.Height * header.Width;
        Span<byte> to = samples[((y * header.Width) + pass.X)..];
        if (header.Colour == PngColour.Palette)
        {
            WritePalette(row, pass.StepX, to, plane, pixels);
        }
        else if (header.Depth < 8)
        {
            WriteGrey(row, pass.StepX, to, pixels);
        }
        else
        {
            int bytes = header.Depth / 8;
            int pixelBytes = header.SamplesPerPixel * bytes;
            for (int c = 0; c < header.Channels; c++)
            {
                for (int i = 0, from = c * bytes, at = c * plane; i < pixels; i++, from += pixelBytes, at += pass.StepX)
                {
                    to[at] = row[from];
                }
            }
        }
    }

    /// <summary>Grey samples of fewer than 8 bits, the first in a byte's high bits.</summary>
    private void WriteGrey(ReadOnlySpan<byte> row, int step, Span<byte> to, int pixels)
    {
        int depth = header.Depth;
        int most = (1 << depth) - 1;
        int scale = 255 / most;
        for (int i = 0, bit = 0, at = 0; i < pixels; i++, bit += depth, at += step)
        {
            to[at] = (byte)(((row[bit >> 3] >> (8 - depth - (bit & 7))) & most) * scale);
        }
    }

    private void WritePalette(ReadOnlySpan<byte> row, int step, Span<byte> to, int plane, int pixels)
    {
        int depth = header.Depth;
        int most = (1 << depth) - 1;
        for (int i = 0, bit = 0, at = 0; i < pixels; i++, bit += depth, at += step)
        {
            int colour = 3 * ((row[bit >> 3] >> (8 - depth - (bit & 7))) & most);
            if (colour >= palette.Length)
            {
                throw ImageDecoder.Damaged(name, $"colour {colour / 3}", $"less than the {palette.Length / 3} of the palette");
            }

            to[at] = palette[colour];
            to[plane + at] = palette[colour + 1];
            to[(2 * plane) + at] = palette[colour + 2];
        }
    }
}
