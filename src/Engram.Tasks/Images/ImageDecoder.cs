using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Decodes image files: PNG, and JPEG where the TurboJPEG library is installed. The format is told by the first bytes, whatever the name.</summary>
/// <remarks>
/// Grey and grey-with-alpha files become one channel, all others three; alpha is dropped, and the high byte of 16-bit samples kept.
/// Whatever a file holds, the outcome is an image or an <see cref="EngramException"/>; a file that announces absurd dimensions is refused before
/// anything is taken for it. May be called from several threads at once.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Largest height and width that are read, in pixels.</summary>
    public const int MostPixelsOnASide = 16_384;

    /// <summary>Largest number of samples (height · width · samples of a pixel in the file) that are read.</summary>
    public const long MostSamples = 64L << 20;

    /// <summary>Decodes one file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it, such as "images.zip: a/b.png".</param>
    /// <exception cref="EngramException">The file is damaged, of another format, too large, or a JPEG where TurboJPEG is not installed.</exception>
    public static Image Decode(ReadOnlySpan<byte> file, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (file.StartsWith(PngDecoder.Signature))
        {
            return PngDecoder.Decode(file, name);
        }

        if (file.StartsWith(JpegDecoder.Signature))
        {
            return JpegDecoder.Decode(file, name);
        }

        throw Damaged(name, file.IsEmpty ? "an empty file" : $"a file that starts with {Convert.ToHexString(file[..Math.Min(4, file.Length)])}", "a PNG or JPEG image");
    }

    /// <summary>Refuses dimensions that no image of a data set has.</summary>
    /// <exception cref="EngramException">A side or the number of samples is beyond its limit.</exception>
    internal static void CheckSize(long width, long height, int samplesPerPixel, string name)
    {
        if (width is < 1 or > MostPixelsOnASide || height is < 1 or > MostPixelsOnASide)
        {
            throw Damaged(name, $"an image of {width} × {height} pixels", $"1 to {MostPixelsOnASide} on a side");
        }

        if (width * height * samplesPerPixel > MostSamples)
        {
            throw Damaged(name, $"an image of {width} × {height} pixels with {samplesPerPixel} samples each", $"at most {MostSamples} samples");
        }
    }

    /// <summary>The one line about a file that cannot be decoded.</summary>
    internal static EngramException Damaged(string name, string found, string expected, Exception? inner = null)
    {
        string line = $"Found {found} in '{AtomicFile.Shown(name)}', expected {expected}; the file is damaged or of another kind, get it again.";
        return inner is null ? new EngramException(line) : new EngramException(line, inner);
    }
}
