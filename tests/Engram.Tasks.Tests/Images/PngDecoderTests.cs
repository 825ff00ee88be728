using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images;

namespace Engram.Tasks.Tests;

public class PngDecoderTests
{
    public static TheoryData<int, int, bool> Kinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        foreach ((int colour, int[] depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]),
            (6, [8, 16]) })
        {
            foreach (int depth in depths)
            {
                kinds.Add(colour, depth, false);
                kinds.Add(colour, depth, true);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_OfEveryKindAndSize_GivesThePixels(int colour, int depth, bool interlaced)
    {
        foreach ((int width, int height) in new[] { (1, 1), (2, 1), (1, 5), (3, 3), (8, 8), (13, 11), (33, 17) })
        {
            (byte[] file, Image expected) = Sample(colour, depth, interlaced, width, height);

            Image image = ImageDecoder.Decode(file, "sample.png");

            Assert.Equal((expected.Channels, height, width), (image.Channels, image.Height, image.Width));
            Assert.Equal(expected.Samples, image.Samples);
        }
    }

    [Fact]
    public void Decode_OfManyBlocksOfRows_GivesThePixels()
    {
        (byte[] file, Image expected) = Sample(6, 16, interlaced: false, 200, 90);

        Assert.Equal(expected.Samples, ImageDecoder.Decode(file, "large.png").Samples);
    }

    [PilFact]
    public void Decode_OfEveryKind_GivesWhatPilGives()
    {
        using var folder = new TemporaryFolder();
        var images = new List<Image>();
        foreach (object[] kind in Kinds())
        {
            // Of 16-bit grey that library makes something else.
            if ((int)kind[0] != 0 || (int)kind[1] != 16)
            {
                byte[] file = Sample((int)kind[0], (int)kind[1], (bool)kind[2], 19, 14).File;
                File.WriteAllBytes(Path.Combine(folder.Path, $"{images.Count}.png"), file);
                images.Add(ImageDecoder.Decode(file, "sample.png"));
            }
        }

        Pil.Run(
            """
            import sys, PIL.Image
            for i in range(int(sys.argv[2])):
                image = PIL.Image.open(f"{sys.argv[1]}/{i}.png")
                open(f"{sys.argv[1]}/{i}.L", "wb").write(image.convert("L").tobytes())
                open(f"{sys.argv[1]}/{i}.RGB", "wb").write(image.convert("RGB").tobytes())
            """,
            folder.Path,
            $"{images.Count}");

        for (int i = 0; i < images.Count; i++)
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, $"{i}.L")), images[i].ToGrey().Samples);
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, $"{i}.RGB")), Interleaved(images[i].ToRgb()));
        }
    }

    [Fact]
    public void Decode_OfAFileCutShortAnywhere_IsRefusedWithOneLine()
    {
        byte[] file = Sample(3, 4, interlaced: true, 13, 11).File;
        for (int length = 0; length < file.Length; length++)
        {
            string line = Refusal(file[..length]);
            Assert.Contains("'broken.png'", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Decode_OfAFileWithAWrongBitAnywhere_IsRefused()
    {
        // Every byte is in the signature, a chunk's length, or covered by a CRC.
        byte[] file = Sample(2, 8, interlaced: false, 5, 4).File;
        for (int i = 0; i < file.Length; i++)
        {
            byte[] broken = (byte[])file.Clone();
            broken[i] ^= (byte)(1 << (i % 8));
            Refusal(broken);
        }
    }

    [Fact]
    public void Decode_OfBrokenFiles_SaysWhatIsWrong()
    {
        byte[] ihdr = PngWriter.Ihdr(2, 2, 8, 0), iend = PngWriter.Chunk("IEND");
        byte[] pixels = PngWriter.Chunk("IDAT", PngWriter.Deflate(new byte[6]));
        byte[] wrongCrc = (byte[])pixels.Clone();
        wrongCrc[^1] ^= 1;

        Refused("CRC", ihdr, wrongCrc, iend);
        Refused("IDAT as the first chunk", pixels, iend);
        Refused("IHDR chunk of 12 bytes", PngWriter.Chunk("IHDR", new byte[12]), pixels, iend);
        Refused("the end of the file", ihdr, pixels);
        Refused("enough for", ihdr, iend);
        Refused("no PLTE chunk", PngWriter.Ihdr(2, 2, 8, 3), pixels, iend);
        Refused("colour type 3 with 16 bits", PngWriter.Ihdr(2, 2, 16, 3), pixels, iend);
        Refused("colour type 5", PngWriter.Ihdr(2, 2, 8, 5), pixels, iend);
        Refused("cannot be decoded", PngWriter.Ihdr(2, 2, 8, 0, interlace: 2), pixels, iend);
        Refused("cannot be decoded", PngWriter.Ihdr(2, 2, 8, 0, compression: 1), pixels, iend);
        Refused("a PNG that", ihdr, PngWriter.Chunk("IDAT", 1, 2, 3, 4, 5), iend);
        Refused("enough for", ihdr, PngWriter.Chunk("IDAT"), iend);
        Refused("was cut short", ihdr, PngWriter.Chunk("IDAT", PngWriter.Deflate(new byte[5])), iend);
        Refused("a PNG that", ihdr, PngWriter.Chunk("IDAT", PngWriter.Deflate([0, 1, 2, 5, 1, 2])), iend);
    }

    [Theory]
    [InlineData(0, 1, "0 × 1 pixels")]
    [InlineData(16_385, 1, "16385 × 1 pixels")]
    [InlineData(1, uint.MaxValue, "1 × 4294967295 pixels")]
    [InlineData(16_384, 16_384, "at most 67108864 samples")]
    [InlineData(8_192, 8_192, "enough for the")]
    public void Decode_OfAbsurdDimensions_IsRefusedBeforeMemoryIsTaken(uint width, uint height, string found)
    {
        byte[] file = PngWriter.File(
            PngWriter.Ihdr(width, height, 8, 0), PngWriter.Chunk("IDAT", PngWriter.Deflate(new byte[100])), PngWriter.Chunk("IEND"));
        Refusal(file);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(found, Refusal(file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Decode_OfADecompressionBomb_StopsAtTheAnnouncedSize()
    {
        byte[] file = PngWriter.Grey(2, 2, new byte[200_000_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal((2, 2), (ImageDecoder.Decode(file, "bomb.png").Height, ImageDecoder.Decode(file, "bomb.png").Width));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Decode_OfAnotherFormat_NamesWhatIsRead()
    {
        Assert.Contains(
            "starts with 49492A00 in 'a.tif', expected a PNG, JPEG, BMP, WebP or GIF image", Refusal("II*\0\x08\0"u8.ToArray(), "a.tif"),
            StringComparison.Ordinal);
        Assert.Contains("an empty file", Refusal([]), StringComparison.Ordinal);
    }

    /// <summary>A file of random pixels and the image that it holds.</summary>
    internal static (byte[] File, Image Image) Sample(int colour, int depth, bool interlaced, int width, int height)
    {
        int perPixel = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        int most = (1 << depth) - 1;
        int channels = colour is 0 or 4 ? 1 : 3;
        var random = new Random(colour + (10 * depth) + (1000 * width));
        int[] samples = [.. Enumerable.Range(0, width * height * perPixel).Select(_ => random.Next(most + 1))];
        byte[] palette = new byte[3 * (most > 255 ? 0 : most + 1)];
        random.NextBytes(palette);

        byte[] planes = new byte[channels * width * height];
        for (int i = 0; i < width * height; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                int sample = samples[(i * perPixel) + (colour == 3 ? 0 : c)];
                planes[(c * width * height) + i] = colour == 3 ? palette[(3 * sample) + c] : depth == 16 ? (byte)(sample >> 8)
                    : (byte)(sample * 255 / most);
            }
        }

        return (PngWriter.Encode(width, height, depth, colour, interlaced, samples, colour == 3 ? palette : null),
            new Image(channels, height, width, planes));
    }

    /// <summary>[C, H, W] to [H, W, C].</summary>
    internal static byte[] Interleaved(Image image)
    {
        int plane = image.Height * image.Width;
        return [.. Enumerable.Range(0, image.Samples.Length)
            .Select(i => image.Samples[((i % image.Channels) * plane) + (i / image.Channels)])];
    }

    private static void Refused(string found, params byte[][] chunks) =>
        Assert.Contains(found, Refusal(PngWriter.File(chunks)), StringComparison.Ordinal);

    private static string Refusal(byte[] file, string name = "broken.png")
    {
        string message = Assert.Throws<EngramException>(() => ImageDecoder.Decode(file, name)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
