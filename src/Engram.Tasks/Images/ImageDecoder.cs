using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Formats;
using SkiaSharp;

namespace Engram.Tasks.Images;

/// <summary>Decodes image files: PNG, JPEG, BMP, WebP, GIF. The format is told by the first bytes, whatever the name.</summary>
/// <remarks>
/// Grey PNG (with alpha or not) and grey JPEG become one channel, all others three; alpha is dropped, not blended, and the high byte of
/// 16-bit samples kept; of an animation, the first frame is the image. Orientation, gamma and colour profiles are not applied. The bytes
/// are those of the Python Imaging Library, to which a warning is no damage either. Refused is what is cut short, a file whose pixels or
/// end are missing, and a PNG with a wrong checksum. Whatever a file holds, the outcome is an image or an <see cref="EngramException"/>; a
/// file that announces absurd dimensions is refused before anything is taken for it. May be called from several threads at once. Source:
/// pixels by SkiaSharp, which has the same libraries inside.
/// </remarks>
public static class ImageDecoder
{
    /// <summary>Largest height and width that are read, in pixels.</summary>
    public const int MostPixelsOnASide = 16_384;

    /// <summary>Largest number of samples (height · width · samples of a pixel in the file) that are read.</summary>
    public const long MostSamples = 64L << 20;

    /// <summary>What is read, in words.</summary>
    internal const string Readable = "PNG, JPEG, BMP, WebP or GIF";

    /// <summary>Grows when a decoder comes to give other bytes, so that older caches are not used.</summary>
    internal const int Version = 2;

    private const int BytesPerPixel = 4;

    /// <summary>Whether a name ends as those of files do that are read.</summary>
    public static bool IsReadable(string name) =>
        Path.GetExtension(name).ToUpperInvariant()
            is ".PNG" or ".JPG" or ".JPEG" or ".JPE" or ".JFIF" or ".BMP" or ".DIB" or ".WEBP" or ".GIF";

    /// <summary>Decodes one file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it, such as "images.zip: a/b.png".</param>
    /// <exception cref="EngramException">The file is cut short, damaged, of another format or too large.</exception>
    public static Image Decode(ReadOnlySpan<byte> file, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (file.StartsWith(PngFile.Signature))
        {
            return Pixels(file, name, "PNG", PngFile.Check(file, name));
        }

        if (file.StartsWith(JpegFile.Signature))
        {
            return Pixels(file, name, "JPEG", JpegFile.Check(file, name));
        }

        if (file.StartsWith("GIF8"u8))
        {
            return Pixels(file, name, "GIF", samplesPerPixel: 3, GifFile.Unpainted(file));
        }

        bool webP = file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8);
        if (webP && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) > file.Length - 8)
        {
            throw Damaged(name, "a WebP that was cut short", "a whole one");
        }

        string found = file.IsEmpty ? "an empty file" : $"a file that starts with {Convert.ToHexString(file[..Math.Min(4, file.Length)])}";
        return webP || file.StartsWith("BM"u8) ? Pixels(file, name, webP ? "WebP" : "BMP", samplesPerPixel: 3)
            : throw Damaged(name, found, $"a {Readable} image");
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
            throw Damaged(
                name, $"an image of {width} × {height} pixels with {samplesPerPixel} samples each", $"at most {MostSamples} samples");
        }
    }

    /// <summary>The one line about a file that cannot be decoded.</summary>
    internal static EngramException Damaged(string name, string found, string expected) =>
        new($"Found {found} in '{AtomicFile.Shown(name)}', expected {expected}; the file is damaged or of another kind, get it again.");

    /// <summary>The pixels of a file whose size is to be checked yet, or was.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="kind">Its format, for errors.</param>
    /// <param name="samplesPerPixel">Samples of a pixel in the file; of 1 and 2 the image becomes grey.</param>
    /// <param name="unpainted">The colour of pixels without any; null for none.</param>
    private static unsafe Image Pixels(
        ReadOnlySpan<byte> file, string name, string kind, int samplesPerPixel, (byte Red, byte Green, byte Blue)? unpainted = null)
    {
        try
        {
            ImageLibrary.Find();
            fixed (byte* bytes = file)
            {
                using SKData data = SKData.Create((nint)bytes, file.Length);
                using SKCodec codec = SKCodec.Create(data) ?? throw Damaged(name, $"a {kind} that cannot be decoded", "a whole one");
                SKImageInfo found = codec.Info;
                CheckSize(found.Width, found.Height, samplesPerPixel, name);

                // Without a colour space, so that nothing is converted; without premultiplication, so that colours stay as they are.
                SKAlphaType alpha = found.IsOpaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
                var wanted = new SKImageInfo(found.Width, found.Height, SKColorType.Rgba8888, alpha);
                byte[] pixels = GC.AllocateUninitializedArray<byte>(found.Width * found.Height * BytesPerPixel);
                SKCodecResult result;
                fixed (byte* to = pixels)
                {
                    result = codec.GetPixels(wanted, (nint)to);
                }

                string what = result == SKCodecResult.IncompleteInput ? "was cut short" : "cannot be decoded";
                return result == SKCodecResult.Success ? Planes(pixels, found.Height, found.Width, samplesPerPixel <= 2 ? 1 : 3, unpainted)
                    : throw Damaged(name, $"a {kind} that {what}", "a whole one");
            }
        }
        catch (TypeInitializationException failure) when (failure.InnerException is EngramException told)
        {
            ExceptionDispatchInfo.Throw(told);
            throw;
        }
        catch (Exception failure) when ((failure is TypeInitializationException ? failure.InnerException : failure) is DllNotFoundException)
        {
            throw new EngramException(
                $"Found no library libSkiaSharp for this system, expected it for images such as '{AtomicFile.Shown(name)}'; "
                + "it comes with Engram for Linux (glibc) and macOS on x64 and arm64 and for Windows on x64.",
                failure);
        }
    }

    /// <summary>[H, W, red green blue alpha] to [channels, H, W].</summary>
    private static Image Planes(
        ReadOnlySpan<byte> pixels, int height, int width, int channels, (byte Red, byte Green, byte Blue)? unpainted)
    {
        int plane = height * width;
        byte[] samples = GC.AllocateUninitializedArray<byte>(channels * plane);
        for (int i = 0; i < plane; i++)
        {
            ReadOnlySpan<byte> pixel = pixels.Slice(BytesPerPixel * i, BytesPerPixel);
            (byte red, byte green, byte blue) = unpainted is { } colour && pixel[3] == 0 ? colour : (pixel[0], pixel[1], pixel[2]);
            samples[i] = red;
            if (channels == 3)
            {
                (samples[plane + i], samples[(2 * plane) + i]) = (green, blue);
            }
        }

        return new Image(channels, height, width, samples);
    }
}
