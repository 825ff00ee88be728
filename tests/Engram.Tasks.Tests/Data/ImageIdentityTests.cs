using System.Formats.Tar;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Data.Transfer;

namespace Engram.Tasks.Tests.Data;

/// <summary>An image is what its name says: it counts once, and what is not read is said.</summary>
public sealed class ImageIdentityTests : IDisposable
{
    private readonly SmallImages images = new();

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Load_AnEntryTwiceInAnArchive_TakesTheLast(string kind)
    {
        (string, byte[])[] files = [.. SmallImages.Classes(), ("./cat/1.png", SmallImages.Png(99)), .. SmallImages.Classes()[^1..]];
        byte[] archive = kind == "zip" ? Archives.Zip(files) : Archives.Tar(TarEntryFormat.Ustar, files);
        string path = images.Write("set." + kind, kind == "tar.gz" ? Archives.Gzip(archive) : archive);

        ImageSet set = images.Load(new ImageFolder(), path);

        Assert.Equal([10, 99, 12, 20, 21, 22], Enumerable.Range(0, set.Count).Select(i => (int)set.Pixels(i)[3]));
        Assert.Equal(
            $"Found entries that a later one of the same name replaces, 2 in all, such as '{path}: cat/1.png'; the last one counts.",
            images.Notes[0]);
    }

    [Fact]
    public void Load_TheSameImagesInTwoArchives_CountsThemOnce()
    {
        images.Write("set/a.zip", Archives.Zip(SmallImages.Classes()));
        (string, byte[])[] more = [.. SmallImages.Classes(), ("dog/9.png", SmallImages.Png(29))];
        images.Write("set/b.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, more)));

        Assert.Equal(7, images.Load(new ImageFolder(), images.At("set")).Count);
        Assert.Equal(
            $"Found images a second time, 6 in all, such as '{images.At("set/b.tar.gz")}: cat/0.png', "
            + $"which is '{images.At("set/a.zip")}: cat/0.png'; each counts once.",
            images.Notes[0]);
    }

    [Fact]
    public void Load_DifferentImagesOfOneNameInTwoArchives_IsRefused()
    {
        images.Write("set/a.zip", Archives.Zip(SmallImages.Classes()));
        images.Write("set/b.zip", Archives.Zip(("cat/0.png", SmallImages.Png(77))));

        string message = Assert.Throws<EngramException>(() => images.Load(new ImageFolder(), images.At("set"))).Message;
        string expected =
            $"Found two different images of one name, '{images.At("set/a.zip")}: cat/0.png' and '{images.At("set/b.zip")}: cat/0.png'";
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.zip", "test.zip", "", "")]
    [InlineData("Train.zip", "Testing.zip", "data/", "data/")]
    [InlineData("pets_train.zip", "pets_test.zip", "train/", "test/")]
    public void Load_ArchivesNamedAsParts_ArePartsWhateverTheyHold(string train, string test, string inTrain, string inTest)
    {
        images.Write("set/" + train, Archives.Zip(SmallImages.Classes(inTrain)));
        images.Write("set/" + test, Archives.Zip((inTest + "cat/0.png", SmallImages.Png(30)), (inTest + "dog/0.png", SmallImages.Png(40))));

        ImageSet set = images.Load(new ImageFolder(), images.At("set"));

        Assert.Equal([("train", 6), ("test", 2)], set.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal(["cat", "dog"], set.Parts.SelectMany(p => p.Classes).Select(c => c.Name).Distinct());
    }

    [Fact]
    public void Load_TheSameBytesByTwoNames_CountsAndSaysSo()
    {
        byte[] cat = SmallImages.Png(10);
        string folder = images.WriteFolder("set", [.. SmallImages.Classes(), ("dog/again.png", cat), ("dog/copy.png", cat)]);

        Assert.Equal(8, images.Load(new ImageFolder(), folder).Count);
        Assert.StartsWith(
            "Found images whose bytes are those of another by another name, 2 in all, such as 'dog/again.png' and 'cat/0.png'; each counts",
            images.Notes[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FilesOfOtherKinds_AreCountedWithExamples()
    {
        string[] others = ["f/0.tif", "f/1.TIF", "cat/notes.txt", "cat/old.zip", "labels", ".hidden/x.tif", "cat/Thumbs.db"];
        string folder = images.WriteFolder("set", [.. SmallImages.Classes(), .. others.Select(o => (o, (byte[])[1]))]);

        Assert.Equal(6, images.Load(new ImageFolder(), folder).Count);
        Assert.Equal(
            "Left out files, 5 in all (.tif: 2, such as 'f/0.tif'; .txt: 1, such as 'cat/notes.txt'; archives: 1, such as 'cat/old.zip'; "
            + "no ending: 1, such as 'labels'; folders with nothing else: 1, such as 'f'); read are PNG, JPEG, BMP, WebP or GIF images.",
            images.Notes[0]);
    }

    [Fact]
    public void Load_AnArchiveBesideFolders_ReadsTheFoldersAndSaysSo()
    {
        string folder = images.WriteFolder("set", [.. SmallImages.Classes(), ("old.zip", Archives.Zip(("x/0.png", SmallImages.Png(1))))]);

        Assert.Equal(["cat", "dog"], images.Load(new ImageFolder(), folder).Parts.Single().Classes.Select(c => c.Name));
        Assert.StartsWith("Left out files, 1 in all (archives: 1, such as 'old.zip')", images.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FilesBesideArchives_AreCounted()
    {
        byte[] archive = Archives.Zip(SmallImages.Classes());
        string folder =
            images.WriteFolder("set", [("a.zip", archive), ("readme.md", [1]), ("scans/1.tif", [1]), ("__MACOSX/cat/._0.png", [1])]);

        Assert.Equal(6, images.Load(new ImageFolder(), folder).Count);
        Assert.StartsWith(
            "Left out files, 2 in all (.md: 1, such as 'readme.md'; .tif: 1, such as 'scans/1.tif'; folders with nothing else: 1, such " +
                "as 'scans')",
            images.Notes[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AndImport_TellTheStructureAmongTheirNotes()
    {
        string folder = images.WriteFolder("set", [.. SmallImages.Classes("Train/"), .. SmallImages.Classes("Test/", 2)]);
        const string told =
            ": part train ('Train'), part test ('Test'); 2 classes ('cat', 'dog'), 2 of them in more than one part, 10 images.";

        Assert.EndsWith(told, new DatasetStore(images.Context).Check("image-folder", folder).Notes[^1], StringComparison.Ordinal);
        DatasetCheck imported = DatasetImport.Import("image-folder", folder, link: false, images.Context)!;
        Assert.Equal($"Structure of '{Path.Combine(images.Root, "image-folder")}'{told}", imported.Notes[^1]);
        Assert.Equal(imported.Notes.AsEnumerable(), new DatasetStore(images.Context).StatusOf("image-folder").LastCheck!.Notes);
        Assert.Empty(images.Notes);
    }

    public void Dispose() => images.Dispose();
}
