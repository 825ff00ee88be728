using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;
using Engram.Tasks.Tests.FewShot;
using OwnParts;

namespace Engram.Tasks.Tests.Data;

/// <summary>The data set of docs/EXTENDING.md does what that says.</summary>
public sealed class StripesTests
{
    [Fact]
    public void Stripes_InFewShotLifetimes_AreSharedOutByTheirNames()
    {
        var set = new Stripes();
        FewShotSpec spec = NumberedImages.Spec with { ImageSize = 8 };
        ImageSet images = set.Load(new DatasetRequest("stripes", spec.Format), new DataContext(new DataFolder("nowhere")));
        var family = new FewShotEpisodes(spec, images, split => set.PoolOf(images, split, spec.ClassSplit));
        using var episode = new Episode<float>(spec.Shape);
        foreach (Split split in Enum.GetValues<Split>())
        {
            family.Check(split);
            family.Fill(1, split, 0, episode);
        }

        Assert.Equal([36, 12, 12], Enum.GetValues<Split>().Select(s => family.PoolOf(s).Classes.Length));
    }
}
