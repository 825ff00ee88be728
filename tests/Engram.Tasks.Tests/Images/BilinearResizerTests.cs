using Engram.Experiments.Tests;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Tests;

public class BilinearResizerTests
{
    /// <summary>9 × 7 pixels.</summary>
    private static readonly Image Small = new(
        1, 7, 9,
        [.. Enumerable.Range(0, 63).Select(i => (Y: i / 9, X: i % 9))
        .Select(p => (byte)((p.X * p.X * 3) + (p.Y * 29) + (p.X * p.Y * 17 % 50)))]);

    /// <summary>What the Python Imaging Library 9.4 makes of it.</summary>
    public static TheoryData<int, int, byte[]> Expected => new()
    {
        { 4, 3, [39, 62, 120, 135, 101, 126, 175, 131, 165, 188, 141, 85] },
        { 9, 3, [25, 42, 55, 53, 88, 119, 135, 188, 72, 87, 106, 116, 117, 154, 182, 186, 180, 46, 149, 172, 179, 181, 222, 156, 66, 70,
            113] },
        { 4, 7, [4, 27, 82, 156, 47, 72, 131, 112, 80, 102, 160, 144, 92, 117, 174, 155, 135, 161, 205, 96, 168, 191, 165, 77, 179, 200,
            73, 88] },
        { 2, 9, [21, 109, 52, 114, 80, 131, 100, 151, 111, 162, 146, 157, 171, 139, 181, 114, 178, 92] },
        {
            13, 10,
            [
                0, 2, 5, 11, 21, 33, 48, 67, 88, 111, 138, 168, 192, 16, 23, 32, 45, 45, 53, 74, 99, 116, 129, 162, 133, 87, 36, 50, 65,
                    77, 70, 78, 107, 131,
                144, 151, 193, 113, 5, 57, 76, 91, 88, 86, 102, 140, 149, 159, 174, 224, 136, 15, 77, 85, 93, 96, 103, 117, 140, 155, 173,
                    194, 230, 142, 26,
                97, 102, 110, 122, 126, 136, 155, 179, 198, 209, 178, 115, 54, 117, 129, 145, 163, 155, 161, 188, 218, 227, 207, 78, 64,
                    97, 138, 156, 172, 173,
                171, 185, 221, 235, 173, 64, 68, 87, 107, 158, 170, 182, 182, 187, 203, 232, 165, 91, 26, 67, 98, 118, 174, 177, 182, 189,
                    200, 214, 230, 73,
                16, 41, 70, 101, 126,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Resize_OfASmallImage_GivesPilsBytes(int width, int height, byte[] expected)
    {
        Image resized = BilinearResize.Resize(Small, height, width);

        Assert.Equal((1, height, width), (resized.Channels, resized.Height, resized.Width));
        Assert.Equal(expected, resized.Samples);
    }

    [Fact]
    public void Resize_OfAHandWorkedCase_AveragesWithATriangle()
    {
        // Four pixels become two: centres 1 and 3, half-width 2; weights of ¼, ¾, ¾, ¼ around a centre, of which the first output misses
        // one at the border.
        Image resized = BilinearResize.Resize(new Image(1, 1, 4, [0, 70, 140, 210]), 1, 2);

        Assert.Equal(
            [(byte)Math.Round(((70 * 0.75) + (140 * 0.25)) / 1.75), (byte)Math.Round(((70 * 0.25) + (140 * 0.75) + (210 * 0.75)) / 1.75)],
            resized.Samples);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 50)]
    [InlineData(31, 2)]
    [InlineData(28, 28)]
    public void Resize_OfOneColour_KeepsIt(int height, int width)
    {
        byte[] samples = [.. Enumerable.Repeat((byte)255, 200), .. Enumerable.Repeat((byte)0, 200), .. Enumerable.Repeat((byte)77, 200)];

        Image resized = BilinearResize.Resize(new Image(3, 20, 10, samples), height, width);

        int plane = height * width;
        Assert.All(resized.Samples[..plane], s => Assert.Equal(255, s));
        Assert.All(resized.Samples[plane..(2 * plane)], s => Assert.Equal(0, s));
        Assert.All(resized.Samples[(2 * plane)..], s => Assert.Equal(77, s));
    }

    [Fact]
    public void Resize_ToTheSameSize_GivesTheImage()
    {
        byte[] same = new byte[Small.Samples.Length];
        new BilinearResizer(7, 9, 7, 9).Resize(Small.Samples, same);

        Assert.Same(Small, BilinearResize.Resize(Small, 7, 9));
        Assert.Equal(Small.Samples, same);
    }

    [Fact]
    public void Resize_OfLengthsThatDoNotAgree_IsRefused()
    {
        var resizer = new BilinearResizer(4, 4, 2, 2);

        Assert.Throws<ArgumentException>(() => resizer.Resize(new byte[17], new byte[4]));
        Assert.Throws<ArgumentException>(() => resizer.Resize(new byte[32], new byte[4]));
    }

    [PilFact]
    public void Resize_OfRandomColoursAndSizes_GivesPilsBytes()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        var cases = new List<string>();
        var found = new MemoryStream();
        string source = Path.Combine(folder.Path, "source"), target = Path.Combine(folder.Path, "target");
        using (FileStream pixels = File.Create(source))
        {
            for (int i = 0; i < 60; i++)
            {
                int height = random.Next(1, 60), width = random.Next(1, 60), toHeight = random.Next(1, 90), toWidth = random.Next(1, 90);
                byte[] samples = new byte[3 * height * width];
                random.NextBytes(samples);
                var image = new Image(3, height, width, samples);
                pixels.Write(PngDecoderTests.Interleaved(image));
                found.Write(PngDecoderTests.Interleaved(BilinearResize.Resize(image, toHeight, toWidth)));
                cases.Add($"{height} {width} {toHeight} {toWidth}");
            }
        }

        Pil.Run(
            """
            import sys, PIL.Image
            with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
                for case in sys.argv[3].split(","):
                    h, w, to_h, to_w = map(int, case.split())
                    image = PIL.Image.frombytes("RGB", (w, h), source.read(3 * w * h))
                    target.write(image.resize((to_w, to_h), PIL.Image.BILINEAR).tobytes())
            """,
            source,
            target,
            string.Join(',', cases));

        Assert.Equal(File.ReadAllBytes(target), found.ToArray());
    }

    [OmniglotWithPilFact]
    public void Resize_OfOmniglotDrawings_GivesPilsBytes()
    {
        using var folder = new TemporaryFolder();
        string archive = Path.Combine(SharedData.Find("data")!, "omniglot", "images_evaluation.zip"),
            target = Path.Combine(folder.Path, "target");
        using FileTree tree = FileTree.Open(archive);
        var found = new MemoryStream();
        foreach (FileTreeEntry entry in tree.Entries.Where((_, i) => i % 37 == 0))
        {
            Image image = ImageDecoder.Decode(entry.Read(), entry.FullName).ToGrey();
            found.Write(BilinearResize.Resize(image, 28, 28).Samples);
            found.Write(BilinearResize.Resize(image, 84, 84).Samples);
        }

        Pil.Run(
            """
            import sys, io, zipfile, PIL.Image
            archive = zipfile.ZipFile(sys.argv[1])
            with open(sys.argv[2], "wb") as target:
                for name in [name for name in archive.namelist() if not name.endswith("/")][::37]:
                    image = PIL.Image.open(io.BytesIO(archive.read(name))).convert("L")
                    for side in (28, 84):
                        target.write(image.resize((side, side), PIL.Image.BILINEAR).tobytes())
            """,
            archive,
            target);

        Assert.True(found.Length > 300 * 28 * 28);
        Assert.Equal(File.ReadAllBytes(target), found.ToArray());
    }

    private sealed class OmniglotWithPilFactAttribute : FactAttribute
    {
        public OmniglotWithPilFactAttribute() => Skip =
            (SharedData.Find(Path.Combine("data", "omniglot")) is null ? "no folder ../shared/data/omniglot beside the repository"
                : Pil.Absent)!;
    }
}
