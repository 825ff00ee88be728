using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Splits;
using Engram.Tasks.Tests.FewShot;

namespace Engram.Tasks.Tests.Data;

public sealed class ClassSharesTests
{
    [Fact]
    public void PoolOf_PartsOfTheirOwnClasses_FollowsTheParts()
    {
        ImageSet set = NumberedImages.Set();
        ClassPool[] pools = [.. Enum.GetValues<Split>().Select(s => new Glyphs().PoolOf(set, s, ClassSplit.Honest))];

        Assert.Equal([12, 5, 7], pools.Select(p => p.Classes.Length));
        Assert.Equal("class012", pools[1].Classes[0].Name);
    }

    [Fact]
    public void PoolOf_PartsOfTheSameClasses_JoinsThemAndSharesTheClassesOut()
    {
        var builder = new ImageSetBuilder("digits", new ImageFormat(1, ImageColour.Grey));
        ImageSet set = builder.Add("train", Digits(4), new byte[40]).Add("test", Digits(2), new byte[20]).Build();
        ClassPool[] pools = [.. Enum.GetValues<Split>().Select(s => new Glyphs().PoolOf(set, s, ClassSplit.Honest))];

        Assert.Equal([6, 2, 2], pools.Select(p => p.Classes.Length));
        Assert.Equal([0, 1, 2, 3, 40, 41], pools[0].Classes[0].Learnt.AsEnumerable());
        Assert.Equal(10, pools.SelectMany(p => p.Classes).Select(c => c.Name).Distinct(StringComparer.Ordinal).Count());

        static IEnumerable<(string, int)> Digits(int images) => Enumerable.Range(0, 10).Select(d => ($"{d}", images));
    }

    [Fact]
    public void ImageSet_BytesThatDoNotFit_AreRefused()
    {
        var builder = new ImageSetBuilder("short", new ImageFormat(2, ImageColour.Grey)).Add("train", [("a", 3)], new byte[11]);

        Assert.Contains(
            "Found part 'train' of the data set 'short' with 11 bytes", Assert.Throws<EngramException>(builder.Build).Message,
            StringComparison.Ordinal);
    }
}
