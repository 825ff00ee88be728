namespace Engram.Tasks.Images;

/// <summary>A picture of bytes: grey, or red, green and blue.</summary>
public sealed class Image
{
    /// <summary>Makes an image around samples, which it keeps without copying.</summary>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="samples">[C, H, W]: plane after plane, row after row; 0 is black, 255 the brightest.</param>
    /// <exception cref="ArgumentException">A size is out of its range, or there are more or fewer samples than C · H · W.</exception>
    public Image(int channels, int height, int width, byte[] samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "An image has 1 or 3 channels.");
        }

        if (samples.LongLength != (long)channels * height * width)
        {
            throw new ArgumentException($"Found {samples.LongLength} samples, expected {channels} × {height} × {width}.", nameof(samples));
        }

        (Channels, Height, Width, Samples) = (channels, height, width, samples);
    }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>[C, H, W], the image's own array.</summary>
    public byte[] Samples { get; }

    /// <summary>
    /// The luma of ITU-R 601, L = 0.299 R + 0.587 G + 0.114 B, in integers: (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, rounded down.
    /// The same bytes as the Python Imaging Library's <c>convert("L")</c>. A grey image is returned as it is.
    /// </summary>
    public Image ToGrey()
    {
        if (Channels == 1)
        {
            return this;
        }

        int plane = Height * Width;
        ReadOnlySpan<byte> red = Samples.AsSpan(0, plane);
        ReadOnlySpan<byte> green = Samples.AsSpan(plane, plane);
        ReadOnlySpan<byte> blue = Samples.AsSpan(2 * plane, plane);
        byte[] grey = new byte[plane];
        for (int i = 0; i < grey.Length; i++)
        {
            grey[i] = (byte)(((red[i] * 19595) + (green[i] * 38470) + (blue[i] * 7471) + 0x8000) >> 16);
        }

        return new Image(1, Height, Width, grey);
    }

    /// <summary>Three planes: those there are, or the grey one three times. An image of three channels is returned as it is.</summary>
    public Image ToRgb()
    {
        if (Channels == 3)
        {
            return this;
        }

        byte[] samples = new byte[3 * Samples.Length];
        for (int c = 0; c < 3; c++)
        {
            Samples.CopyTo(samples, c * Samples.Length);
        }

        return new Image(3, Height, Width, samples);
    }
}
