using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;
using SkiaSharp;

namespace Engram.Tasks.Tests;

public sealed class OtherFormatsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A small file: of BMP and WebP, 5 × 4 pixels of red 40 x, green 60 y, blue 7; of GIF, 10 × 10 of red and blue, white
    /// inside.</summary>
    internal static byte[] Small(string kind)
    {
        if (kind == "GIF")
        {
            return Convert.FromHexString(
                "4749463839610A000A00910000FFFFFFFF00000000FF00000021F9040000000000"
                + "2C000000000A000A00000216"
                + "8C2D99872A1CDC33A00275EC95FAA8DE608C04914C01003B");
        }

        if (kind == "WebP")
        {
            using var bitmap = new SKBitmap(new SKImageInfo(5, 4, SKColorType.Rgba8888, SKAlphaType.Opaque));
            for (int i = 0; i < 20; i++)
            {
                bitmap.SetPixel(i % 5, i / 5, new SKColor((byte)(40 * (i % 5)), (byte)(60 * (i / 5)), 7));
            }

            using var stream = new MemoryStream();
            using SKPixmap pixels = bitmap.PeekPixels();
            Assert.True(pixels.Encode(stream, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100)));
            return stream.ToArray();
        }

        // Rows from below, blue before green and red, each filled up to four bytes.
        byte[] file = new byte[54 + (4 * 16)];
        (file[0], file[1], file[2], file[10], file[14]) = ((byte)'B', (byte)'M', (byte)file.Length, 54, 40);
        (file[18], file[22], file[26], file[28]) = (5, 4, 1, 24);
        for (int i = 0; i < 20; i++)
        {
            int at = 54 + (16 * (3 - (i / 5))) + (3 * (i % 5));
            (file[at], file[at + 1], file[at + 2]) = (7, (byte)(60 * (i / 5)), (byte)(40 * (i % 5)));
        }

        return file;
    }

    [Theory]
    [InlineData("BMP")]
    [InlineData("WebP")]
    public void Decode_OfASmallFile_GivesThePixels(string kind)
    {
        Image image = ImageDecoder.Decode(Small(kind), "small");

        Assert.Equal((3, 4, 5), (image.Channels, image.Height, image.Width));
        byte[] expected =
            [.. Enumerable.Range(0, 60).Select(i => (byte)(i / 20 == 0 ? 40 * (i % 5) : i / 20 == 1 ? 60 * (i % 20 / 5) : 7))];
        Assert.Equal(expected, image.Samples);
    }

    [Fact]
    public void Decode_OfASmallGif_GivesThePixels()
    {
        Image image = ImageDecoder.Decode(Small("GIF"), "small.gif");

        Assert.Equal((3, 10, 10), (image.Channels, image.Height, image.Width));
        int[] colours = [.. new[] { 0, 9, 55 }.SelectMany(at => Enumerable.Range(0, 3).Select(c => (int)image.Samples[(100 * c) + at]))];
        Assert.Equal([255, 0, 0, 0, 0, 255, 255, 255, 255], colours);
    }

    [PilFact]
    public void Decode_OfBmpWebPAndGif_GivesPilsBytes()
    {
        Pil.Run(
            """
            import sys, PIL.Image
            image = PIL.Image.new("RGB", (37, 23))
            image.putdata([(x * 6, y * 11, 255 - x * 3 - y * 5) for y in range(23) for x in range(37)])
            clear = image.convert("RGBA")
            clear.putalpha(image.convert("L").point(lambda v: 0 if v < 90 else 255 if v > 150 else v))
            cut = image.quantize(30)
            cases = [(image, "BMP", {}), (image.convert("L"), "BMP", {}), (image.convert("1"), "BMP", {}), (image.quantize(16), "BMP", {}),
                (clear, "BMP", {}),
                (image, "WEBP", {"quality": 80}), (image, "WEBP", {"lossless": True}), (clear, "WEBP", {"lossless": True, "exact": True}),
                (image.convert("L"), "WEBP", {}),
                (image.quantize(50), "GIF", {}), (image.convert("L"), "GIF", {}), (image.convert("1"), "GIF", {}),
                (cut, "GIF", {"transparency": 3}),
                (cut, "GIF", {"interlace": 1}),
                (cut, "GIF", {"save_all": True, "append_images": [image.convert("L").quantize(8)]}),
                (image, "WEBP", {"save_all": True, "append_images": [image.rotate(180)], "lossless": True})]
            for i, (one, form, options) in enumerate(cases):
                path = f"{sys.argv[1]}/{i}"
                one.save(path, form, **options)
                open(path + ".RGB", "wb").write(PIL.Image.open(path).convert("RGB").tobytes())
                open(path + ".L", "wb").write(PIL.Image.open(path).convert("RGB").convert("L").tobytes())
            """,
            folder.Path);

        string[] files = [.. Directory.GetFiles(folder.Path).Where(f => !Path.HasExtension(f))];
        Assert.Equal(16, files.Length);
        Assert.All(files, f =>
        {
            Image image = ImageDecoder.Decode(File.ReadAllBytes(f), f);
            Assert.Equal(File.ReadAllBytes(f + ".RGB"), PngDecoderTests.Interleaved(image.ToRgb()));
            Assert.Equal(File.ReadAllBytes(f + ".L"), image.ToGrey().Samples);
        });
    }

    [PilFact]
    public void Decode_OfAnyCutShort_IsRefusedWithOneLine()
    {
        Pil.Run(
            """
            import sys, PIL.Image
            image = PIL.Image.new("RGB", (17, 13))
            image.putdata([(x * 6, y * 11, 255 - x * 3 - y * 5) for y in range(13) for x in range(17)])
            for form in ("BMP", "WEBP", "GIF"):
                image.save(f"{sys.argv[1]}/{form}", form)
            """,
            folder.Path);

        foreach (string path in Directory.GetFiles(folder.Path))
        {
            // Of a GIF the last two bytes end the frame's blocks and the file; the pixels are whole without them.
            byte[] file = File.ReadAllBytes(path);
            for (int length = 0; length < file.Length - (path.EndsWith("GIF", StringComparison.Ordinal) ? 2 : 0); length++)
            {
                Exception? refusal = Record.Exception(() => ImageDecoder.Decode(file.AsSpan(0, length), "short"));
                Assert.True(refusal is EngramException, $"{path} of {file.Length}, cut to {length}: {refusal}");
                Assert.DoesNotContain('\n', refusal.Message);
                Assert.Contains("'short'", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [PilFact("data")]
    public void Decode_OfPhotographs_GivesPilsBytes()
    {
        using FileTree tree = FileTree.Open(Path.Combine(SharedData.Find("data")!, "cifar10", "cifar10_jpeg_test.tar.gz"));
        var images = new List<Image>();
        foreach (FileTreeEntry entry in tree.Entries.Where((e, i) => ImageDecoder.IsReadable(e.Name) && i % 20 == 0))
        {
            byte[] file = entry.Read();
            File.WriteAllBytes(Path.Combine(folder.Path, $"{images.Count}"), file);
            images.Add(ImageDecoder.Decode(file, entry.FullName));
        }

        Pil.Run(
            """
            import sys, PIL.Image
            for i in range(int(sys.argv[2])):
                open(f"{sys.argv[1]}/{i}.RGB", "wb").write(PIL.Image.open(f"{sys.argv[1]}/{i}").convert("RGB").tobytes())
            """,
            folder.Path,
            $"{images.Count}");

        Assert.InRange(images.Count, 400, 1000);
        Assert.All(images.Index(),
            i => Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, $"{i.Index}.RGB")), PngDecoderTests.Interleaved(i.Item.ToRgb())));
    }

    [Theory]
    [InlineData("BMP")]
    [InlineData("GIF")]
    public void Decode_OfAbsurdDimensions_IsRefusedBeforeMemoryIsTaken(string kind)
    {
        byte[] file = kind == "GIF"
            ? [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, (byte)',', 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0,
                2, 2, 0x44, 1, 0, (byte)';']
            : [.. "BM"u8, .. new byte[8], 54, 0, 0, 0, 40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 24, 0, .. new byte[24], .. new byte[100]];
        long before = GC.GetAllocatedBytesForCurrentThread();

        string message = Assert.Throws<EngramException>(() => ImageDecoder.Decode(file, "huge")).Message;

        Assert.Matches("65535 × 65535 pixels|cannot be decoded", message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }
}
