namespace Engram.Tasks;

/// <summary>Decodes JPEG files with the TurboJPEG library. Grey files become one channel, all others red, green and blue.</summary>
/// <remarks>
/// Uses the accurate inverse transform and smooth upsampling of colour, the settings of the Python Imaging Library; other decoders differ by a few
/// levels. A file with anything to warn of, such as one cut short, is refused. Orientation marks and colour profiles are not applied.
/// Files of four inks are taken as Adobe writes them, inverted.
/// </remarks>
internal static class JpegDecoder
{
    /// <summary>The first bytes of every JPEG.</summary>
    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    /// <summary>Decodes a file.</summary>
    /// <exception cref="Engram.Numerics.EngramException">The file is damaged, cut short or too large, or the library is not installed.</exception>
    public static Image Decode(ReadOnlySpan<byte> file, string name)
    {
        TurboJpeg library = TurboJpeg.Loaded(name);
        nint handle = library.Rent();
        bool sound = false;
        try
        {
            if (!library.TryReadHeader(handle, file, out JpegHeader header))
            {
                throw Refused(library, handle, name);
            }

            if (header.Width == 0)
            {
                throw ImageDecoder.Damaged(name, "a JPEG without an image", "a whole one");
            }

            ImageDecoder.CheckSize(header.Width, header.Height, header.SamplesPerPixel, name);
            byte[] pixels = new byte[header.SamplesPerPixel * header.Height * header.Width];
            if (!library.TryDecompress(handle, file, header, pixels))
            {
                throw Refused(library, handle, name);
            }

            sound = true;
            return header.SamplesPerPixel == 1
                ? new Image(1, header.Height, header.Width, pixels)
                : new Image(3, header.Height, header.Width, ToPlanes(pixels, header));
        }
        finally
        {
            library.Return(handle, reusable: sound);
        }
    }

    private static Engram.Numerics.EngramException Refused(TurboJpeg library, nint handle, string name) =>
        ImageDecoder.Damaged(name, $"a JPEG that cannot be decoded ({library.ErrorOf(handle)})", "a whole one");

    /// <summary>[H, W, samples] to [3, H, W].</summary>
    private static byte[] ToPlanes(ReadOnlySpan<byte> pixels, in JpegHeader header)
    {
        int plane = header.Height * header.Width;
        byte[] planes = new byte[3 * plane];
        for (int i = 0; i < plane; i++)
        {
            ReadOnlySpan<byte> pixel = pixels.Slice(i * header.SamplesPerPixel, header.SamplesPerPixel);
            for (int c = 0; c < 3; c++)
            {
                planes[(c * plane) + i] = pixel.Length == 3 ? pixel[c] : WithoutInk(pixel[c], pixel[3]);
            }
        }

        return planes;
    }

    /// <summary>Light of one colour that an ink and black leave; both are stored inverted. k − (255 − ink) k / 255, rounded as the Python Imaging Library does.</summary>
    private static byte WithoutInk(byte ink, byte black)
    {
        int product = ((255 - ink) * black) + 128;
        return (byte)Math.Max(0, black - (((product >> 8) + product) >> 8));
    }
}
