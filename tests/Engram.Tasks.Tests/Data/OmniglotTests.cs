using Engram.Experiments.Tests;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Tests.Data;

public sealed class OmniglotTests
{
    private static readonly Lazy<ImageSet> Published =
        new(() => new Omniglot().Read(Source, Request(105), new DataContext(new DataFolder("nowhere"))));

    private static DatasetSource Source => new Omniglot().Find(Path.Combine(SharedData.Find("data")!, "omniglot"));

    [SharedDataFact("data")]
    public void Read_AsPublished_HasEveryPixel()
    {
        DatasetCheck check = new Omniglot().Check(Source, Published.Value);

        Assert.Equal([("background", 964, 19280), ("evaluation", 659, 13180)], check.Parts.Select(p => (p.Part, p.Classes, p.Images)));
        Assert.Equal(DatasetState.Complete, check.State);
        Assert.Equal(["Every pixel is as published."], check.Notes.AsEnumerable());
    }

    [SharedDataFact("data")]
    public void Read_Characters_StandInDirectoryOrder()
    {
        string[] rows = File.ReadAllLines(Path.Combine(Source.Place, "characters.csv"));
        foreach (string part in (string[])["background", "evaluation"])
        {
            string[] expected = [.. rows.Skip(1).Select(r => r.Split(',')).Where(r => r[1] == part).OrderBy(r => int.Parse(r[5], null))
                .Select(r => $"{r[3]}/character{int.Parse(r[4], null):D2}")];

            Assert.Equal(expected, Published.Value.Part(part).Classes.Select(c => c.Name));
        }
    }

    [SharedDataFact("data")]
    public void Read_Drawings_AreInkOnPaper()
    {
        for (int i = 0; i < Published.Value.Count; i += 97)
        {
            byte[] pixels = Published.Value.Pixels(i).ToArray();
            Assert.All(pixels, b => Assert.True(b is 0 or 255));
            Assert.InRange(pixels.Count(b => b == 0), 50, 3000);
        }
    }

    [SharedDataFact("data")]
    public void PoolOf_Honest_SharesNoAlphabetBetweenSplits()
    {
        string[][] alphabets = [.. Enum.GetValues<Split>()
            .Select(s => new Omniglot().PoolOf(Published.Value, s, ClassSplit.Honest).Classes.Select(c => c.Name.Split('/')[0])
            .Distinct(StringComparer.Ordinal).ToArray())];

        Assert.Equal(
            [892, 72, 659],
            Enum.GetValues<Split>().Select(s => new Omniglot().PoolOf(Published.Value, s, ClassSplit.Honest).Classes.Length));
        Assert.Equal(50, alphabets.SelectMany(a => a).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal([28, 2, 20], alphabets.Select(a => a.Length));
    }

    [SharedDataFact("data")]
    public void PoolOf_AuthorsCode_HasTheirCharactersAndDrawings()
    {
        ClassPool[] pools = [.. Enum.GetValues<Split>().Select(s => new Omniglot().PoolOf(Published.Value, s, ClassSplit.AuthorsCode))];

        Assert.Equal([963, 10, 650], pools.Select(p => p.Classes.Length));
        Assert.Equal(1623, pools.SelectMany(p => p.Classes).Select(c => c.Learnt[0]).Distinct().Count());
        PoolClass last = pools[2].Classes[649];
        int first = Published.Value.Part("evaluation").Classes[649].First;
        Assert.Equal(Enumerable.Range(first, 5), last.Learnt.AsEnumerable());
        Assert.Equal(Enumerable.Range(first + 15, 5), last.Queried.AsEnumerable());
    }

    private static DatasetRequest Request(int side) => new("omniglot", new ImageFormat(side, ImageColour.Grey));
}
