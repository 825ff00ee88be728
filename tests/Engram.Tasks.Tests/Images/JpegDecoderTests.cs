using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images;

namespace Engram.Tasks.Tests;

public class JpegDecoderTests
{
    /// <summary>20 × 12 pixels of red 12 x, green 20 y, blue 255 − 6 x − 5 y.</summary>
    internal static readonly byte[] Colours = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQM" +
            "EBAUEBQkFBQkUDQsNFBQU" +
        "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAMABQDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgc" +
            "ICQoL/8QAtRAAAgEDAwIEAwUF" +
        "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXq" +
            "DhIWGh4iJipKTlJWWl5iZmqKj" +
        "pKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgE" +
            "CBAQDBAcFBAQAAQJ3AAECAxEE" +
        "BSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpO" +
            "UlZaXmJmaoqOkpaanqKmqsrO0" +
        "tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD570T4M/d/cfpXe6J8Gfu/uP0r6M0Xwtp3y/ua77RPC2nHb+5r9L4" +
            "u8QcX725+dcCcc4r3Nz5qtfgz" +
        "+5X9x+lFfZNp4X0/yF/c0V/NVXxBxntJb7n9g0OOcV7KO+x//9k=");

    /// <summary>20 × 12 pixels of grey 8 x + 8 y.</summary>
    internal static readonly byte[] Grey = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAA" +
            "MABQBAREA/8QAFAABAAAAAAAA" +
        "AAAAAAAAAAAACP/EAB8QAAEDBAMBAAAAAAAAAAAAACMABQcDBDNRFSVBof/aAAgBAQAAPwAfxtG2IWvEq42jbELXiSDFG3W0xfEVI2YrMQ9JVxsxWYh6SQYmKz42mNf" +
            "/2Q==");

    [Fact]
    public void Decode_OfColours_ComesNearThem()
    {
        Image image = ImageDecoder.Decode(Colours, "colours.jpg");

        Assert.Equal((3, 12, 20), (image.Channels, image.Height, image.Width));
        Assert.InRange(MeanDifference(image, (c, y, x) => c switch { 0 => 12 * x, 1 => 20 * y, _ => 255 - (6 * x) - (5 * y) }), 0, 4);
    }

    [Fact]
    public void Decode_OfGrey_HasOneChannel()
    {
        Image image = ImageDecoder.Decode(Grey, "grey.jpg");

        Assert.Equal((1, 12, 20), (image.Channels, image.Height, image.Width));
        Assert.InRange(MeanDifference(image, (_, y, x) => 8 * (x + y)), 0, 2);
    }

    [Fact]
    public void Decode_OfAFileCutShort_IsRefusedWithOneLine()
    {
        // The last two bytes are the end mark, which libraries supply, with a warning.
        foreach (byte[] file in new[] { Colours, Grey })
        {
            for (int length = 3; length < file.Length; length++)
            {
                string message = Assert.Throws<EngramException>(() => ImageDecoder.Decode(file.AsSpan(0, length), "short.jpg")).Message;
                Assert.DoesNotContain('\n', message);
                Assert.Contains("in 'short.jpg', expected a whole one", message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Decode_OfAbsurdDimensions_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] file = (byte[])Grey.Clone();
        int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        file.AsSpan(frame + 5, 4).Fill(0x7F);
        long before = GC.GetAllocatedBytesForCurrentThread();

        string message = Assert.Throws<EngramException>(() => ImageDecoder.Decode(file, "huge.jpg")).Message;

        Assert.Contains("32639 × 32639 pixels", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Decode_ByManyThreads_GivesEachItsImage()
    {
        byte[] colours = ImageDecoder.Decode(Colours, "colours.jpg").Samples, grey = ImageDecoder.Decode(Grey, "grey.jpg").Samples;

        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 7 == 0)
            {
                Assert.Throws<EngramException>(() => ImageDecoder.Decode(Colours.AsSpan(0, 650), "short.jpg"));
            }

            Assert.Equal(i % 2 == 0 ? colours : grey, ImageDecoder.Decode(i % 2 == 0 ? Colours : Grey, "image.jpg").Samples);
        });
    }

    [PilFact]
    public void Decode_OfColoursInksAndProgressiveFiles_GivesPilsBytes()
    {
        using var folder = new TemporaryFolder();
        Pil.Run(
            """
            import sys, PIL.Image
            image = PIL.Image.new("RGB", (37, 23))
            image.putdata([(x * 6, y * 11, 255 - x * 3 - y * 5) for y in range(23) for x in range(37)])
            for name, mode, options in (("0", "RGB", {}), ("1", "CMYK", {}), ("2", "RGB", {"progressive": True}),
                    ("3", "RGB", {"subsampling": 0}), ("4", "L", {}), ("5", "RGB", {"subsampling": 1})):
                path = f"{sys.argv[1]}/{name}"
                image.convert(mode).save(path, "JPEG", quality=85, **options)
                open(path + ".RGB", "wb").write(PIL.Image.open(path).convert("RGB").tobytes())
            """,
            folder.Path);

        for (int i = 0; i < 6; i++)
        {
            byte[] expected = File.ReadAllBytes(Path.Combine(folder.Path, $"{i}.RGB"));
            Assert.Equal(
                expected, PngDecoderTests.Interleaved(
                ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder.Path, $"{i}")), $"{i}").ToRgb()));
        }
    }

    /// <summary>What cameras, old software for the web and the collectors of public data sets left in files; to PIL, too, none of it is
    /// damage.</summary>
    [Theory]
    [InlineData("JFIF 0.00")]
    [InlineData("JFIF 2.07")]
    [InlineData("extraneous bytes before a segment")]
    [InlineData("extraneous bytes before the end")]
    [InlineData("fill bytes before a segment")]
    [InlineData("bytes behind the end")]
    [InlineData("a marker of an unknown application")]
    public void Decode_OfWhatIsHarmless_GivesTheSamePixels(string what)
    {
        foreach (byte[] file in new[] { Colours, Grey })
        {
            int tables = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC4]);
            byte[] odd = what switch
            {
                "JFIF 0.00" => [.. file[..11], 0, 0, .. file[13..]],
                "JFIF 2.07" => [.. file[..11], 2, 7, .. file[13..]],
                "extraneous bytes before a segment" => [.. file[..tables], 0, 1, 2, .. file[tables..]],
                "extraneous bytes before the end" => [.. file[..^2], 0, 0, 0, .. file[^2..]],
                "fill bytes before a segment" => [.. file[..tables], 0xFF, 0xFF, .. file[tables..]],
                "bytes behind the end" => [.. file, 1, 2, 3, 0xFF, 0xDA],
                _ => [.. file[..tables], 0xFF, 0xEB, 0, 6, 0xFF, 0xD9, 0xFF, 0xDA, .. file[tables..]],
            };

            Assert.Equal(ImageDecoder.Decode(file, "clean.jpg").Samples, ImageDecoder.Decode(odd, "odd.jpg").Samples);
        }
    }

    [PilFact]
    public void Decode_OfPixelsThatBreakOff_GivesPilsBytes()
    {
        // Entropy-coded data that end early, behind them the end mark: a warning to decoders, which fill the rest with grey.
        using var folder = new TemporaryFolder();
        byte[] file = [.. Colours[..^30], 0xFF, 0xD9];
        File.WriteAllBytes(Path.Combine(folder.Path, "0"), file);
        Pil.Run(
            "import sys, PIL.Image; open(sys.argv[1] + '/0.RGB', 'wb').write(PIL.Image.open(sys.argv[1] + '/0').convert('RGB').tobytes())",
            folder.Path);

        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder.Path, "0.RGB")), PngDecoderTests.Interleaved(ImageDecoder.Decode(file, "early.jpg")));
    }

    [Fact]
    public void Decode_OfManyScans_IsRefused()
    {
        int scan = Grey.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] file = [.. Grey[..^2], .. Enumerable.Repeat(Grey[scan..^2], 600).SelectMany(b => b), 0xFF, 0xD9];

        Assert.Contains(
            "more than 500 scans", Assert.Throws<EngramException>(() => ImageDecoder.Decode(file, "scans.jpg")).Message,
            StringComparison.Ordinal);
    }

    private static double MeanDifference(Image image, Func<int, int, int, int> expected)
    {
        double sum = 0;
        for (int i = 0; i < image.Samples.Length; i++)
        {
            sum += Math.Abs(image.Samples[i] - expected(i / (image.Height * image.Width), i / image.Width % image.Height, i % image.Width));
        }

        return sum / image.Samples.Length;
    }
}
