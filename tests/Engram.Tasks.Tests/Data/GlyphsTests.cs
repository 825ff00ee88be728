using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;

namespace Engram.Tasks.Tests.Data;

public sealed class GlyphsTests
{
    private static readonly ImageSet Set = Load(ImageColour.Grey);

    [Fact]
    public void Load_Parts_HaveClassesOfTwentyDrawings()
    {
        Assert.Equal([("train", 100), ("val", 20), ("test", 60)], Set.Parts.Select(p => (p.Name, p.Classes.Length)));
        Assert.All(Set.Parts.SelectMany(p => p.Classes), c => Assert.Equal(20, c.Count));
    }

    [Fact]
    public void Load_Drawings_HaveInkOnWhiteAndDiffer()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Set.Count; i++)
        {
            int ink = Set.Pixels(i).ToArray().Count(b => b < 128);
            Assert.InRange(ink, 15, 500);
            Assert.True(seen.Add(Convert.ToBase64String(Set.Pixels(i))), $"drawing {i} is there twice");
        }
    }

    [Fact]
    public void Load_DrawingsOfOneClass_AreNearerToEachOtherThanToOthers()
    {
        // The nearest other drawing, by squared distance of pixels, is of the same class far more often than by chance (1 in 60).
        ImagePart test = Set.Part("test");
        int right = 0;
        for (int c = 0; c < 60; c++)
        {
            int probe = test.Classes[c].First;
            int nearest = Enumerable.Range(test.FirstImage, test.Count).Where(i => i != probe)
                .MinBy(i => Distance(Set.Pixels(probe), Set.Pixels(i)));
            right += nearest >= test.Classes[c].First && nearest < test.Classes[c].First + 20 ? 1 : 0;
        }

        Assert.InRange(right, 20, 60);
    }

    [Fact]
    public void Load_InRgb_RepeatsGreyThreeTimes()
    {
        ImageSet rgb = Load(ImageColour.Rgb);

        Assert.Equal([.. Set.Pixels(7), .. Set.Pixels(7), .. Set.Pixels(7)], rgb.Pixels(7).ToArray());
    }

    private static ImageSet Load(ImageColour colour) =>
        new Glyphs().Load(new DatasetRequest("glyphs", new ImageFormat(28, colour)), new DataContext(new DataFolder("nowhere")));

    private static int Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
