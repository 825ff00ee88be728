using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Tests.Data;

public sealed class MiniImageNetTests : IDisposable
{
    private readonly SmallImages images = new();

    [Fact]
    public void Load_WithImagesMissing_HasThoseThatAreThereInTheOrderOfTheCsv()
    {
        WriteSplits();
        images.Write(
            "mini/part1.zip",
            Archives.Zip(
            ("x/a2.jpg.png", SmallImages.Png(3)), ("a1.png", SmallImages.Png(2)), ("unknown.png", SmallImages.Png(99)),
            ("c0.png", SmallImages.Png(5))));
        images.Write("mini/images/deep/a0.png", SmallImages.Png(1));
        images.Write("mini/images/a1.png", SmallImages.Png(2));
        var set = new MiniImageNet();
        ImageSet read = images.Load(set, images.At("mini"));

        Assert.Equal([("train", 2), ("val", 0), ("test", 1)], read.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal([2, 1], Enumerable.Range(0, 2).Select(i => (int)read.Pixels(i)[0]));
        DatasetCheck check = set.Check(set.Find(images.At("mini")), read);
        Assert.Equal(DatasetState.Incomplete, check.State);
        Assert.Equal(new PartCheck("train", 1, 2, 0, 2, 2, 4), check.Parts[0]);
        Assert.Contains("are missing", Assert.Single(check.Notes), StringComparison.Ordinal);
        Assert.Equal(3, images.Notes.Count);
        Assert.StartsWith(
            "Left out files, 2 in all (images that nothing names: 2, such as 'x/a2.jpg.png'; ", images.Notes[0], StringComparison.Ordinal);
        Assert.Equal(
            $"Found images a second time, 1 in all, such as '{images.At("mini/images")}: a1.png', "
            + $"which is '{images.At("mini/part1.zip")}: a1.png'; each counts once.",
            images.Notes[1]);
        Assert.StartsWith("Found 3 of the ", images.Notes[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TwoDifferentImagesOfOneName_IsRefused()
    {
        WriteSplits();
        images.Write("mini/part1.zip", Archives.Zip(("a1.png", SmallImages.Png(2))));
        images.Write("mini/images/deep/a1.png", SmallImages.Png(77));

        Assert.Contains(
            $"Found two different images of one name, '{images.At("mini/part1.zip")}: a1.png' and '{images.At("mini/images")}: " +
                $"deep/a1.png'",
            Assert.Throws<EngramException>(() => images.Load(new MiniImageNet(), images.At("mini"))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.csv", "wrong heading\na,b\n", "train.csv:1: found 'wrong heading'")]
    [InlineData("val.csv", "filename,label\nb0.png\n", "val.csv:2: found 'b0.png', expected the name of an image's file")]
    [InlineData("val.csv", "filename,label\nx/b0.png,k\n", "val.csv:2: found 'x/b0.png,k'")]
    [InlineData("test.csv", "filename,label\na0.png,l\n", "Found 'a0.png' in test.csv and before it in train.csv")]
    [InlineData("test.csv", "filename,label\nq.png,l\n", null)]
    public void Load_SplitsThatAreWrong_AreRefused(string file, string text, string? expected)
    {
        WriteSplits();
        images.Write("mini/images/a0.png", SmallImages.Png(1));
        images.Write("mini/" + file, System.Text.Encoding.UTF8.GetBytes(text));
        Exception? error = Record.Exception(() => images.Load(new MiniImageNet(), images.At("mini")));

        if (expected is null)
        {
            Assert.Null(error);
        }
        else
        {
            Assert.Contains(expected, Assert.IsType<EngramException>(error).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false, "Found no images (a folder or archives of them)")]
    [InlineData(true, "Found no image that the CSV files name")]
    public void Load_WithoutImages_SaysWhereTheyAreToBeHad(bool others, string expected)
    {
        WriteSplits();
        if (others)
        {
            images.Write("mini/images/unknown.png", SmallImages.Png(1));
        }

        Assert.Contains(
            expected, Assert.Throws<EngramException>(() => images.Load(new MiniImageNet(), images.At("mini"))).Message,
            StringComparison.Ordinal);
        Assert.Empty(images.Cached);
    }

    [SharedDataFact("data")]
    public void Read_WhatIsThere_HasTheFirstImagesOfEveryClass()
    {
        var set = new MiniImageNet();
        DatasetSource source = set.Find(Path.Combine(SharedData.Find("data")!, "mini-imagenet"));
        ImageSet read = set.Read(source, new DatasetRequest("mini-imagenet", new ImageFormat(8, ImageColour.Rgb)), images.Context);
        DatasetCheck check = set.Check(source, read);

        Assert.Equal(
            [new PartCheck("train", 64, 12800, 200, 200, 64, 38400), new PartCheck("val", 16, 960, 60, 60, 16, 9600),
                new PartCheck("test", 20, 1200, 60, 60, 20, 12000)],
            check.Parts.AsEnumerable());
        ClassPool pool = set.PoolOf(read, Split.MetaTest, ClassSplit.AuthorsCode);
        Assert.All(pool.Classes, c => Assert.Equal((30, 30), (c.Learnt.Length, c.Queried.Length)));
        Assert.All(pool.Classes, c => Assert.Empty(c.Learnt.Intersect(c.Queried)));
    }

    public void Dispose() => images.Dispose();

    private void WriteSplits()
    {
        images.Write("mini/train.csv", "filename,label\na1.png,k\na0.png,k\na3.png,k\nz.png,empty\n"u8.ToArray());
        images.Write("mini/val.csv", "filename,label\nb0.png,l\n"u8.ToArray());
        images.Write("mini/test.csv", "filename,label\nc0.png,m\n"u8.ToArray());
    }
}
