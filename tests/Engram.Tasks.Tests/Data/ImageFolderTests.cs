using System.Formats.Tar;
using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Data.Transfer;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly SmallImages images = new();

    [Theory]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    [InlineData("folder of archives")]
    public void Load_OfEveryKind_GivesTheSameSet(string kind)
    {
        var files = SmallImages.Classes("pets/");
        string path = kind switch
        {
            "folder" => images.WriteFolder("set", [.. files, ("pets/.DS_Store", [1]), ("pets/readme.txt", [2])]),
            "zip" => images.Write("set.zip", Archives.Zip([.. files.Reverse(), ("__MACOSX/pets/cat/._0.png", [0])])),
            "tar.gz" => images.Write("set.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, files))),
            _ =>
                Path.GetDirectoryName(
                images.Write("set/a.zip", Archives.Zip(files[..3])) is { } _ ? images.Write("set/b.zip", Archives.Zip(files[3..])) : null)!,
        };

        ImageSet set = images.Load(new ImageFolder(), path);

        Assert.Equal([("all", 6)], set.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal([("cat", 3), ("dog", 3)], set.Parts[0].Classes.Select(c => (c.Name, c.Count)));
        Assert.Equal([10, 11, 12, 20, 21, 22], Enumerable.Range(0, 6).Select(i => (int)set.Pixels(i)[3]));
    }

    [Fact]
    public void Load_FoldersNamedAsParts_AreParts()
    {
        ImageSet set = images.Load(
            new ImageFolder(), images.WriteFolder("set", [.. SmallImages.Classes("x/test/"), .. SmallImages.Classes("x/train/", 2)]));

        Assert.Equal([("train", 4), ("test", 6)], set.Parts.Select(p => (p.Name, p.Count)));
    }

    [Fact]
    public void Load_OtherFoldersAroundClasses_AreInTheirNames()
    {
        ImageSet set =
            images.Load(new ImageFolder(), images.WriteFolder("set", [.. SmallImages.Classes("x/b/"), .. SmallImages.Classes("x/a/", 2)]));

        Assert.Equal(["a/cat", "a/dog", "b/cat", "b/dog"], set.Parts.Single().Classes.Select(c => c.Name));
    }

    [Theory]
    [InlineData("cat/.#0.png", "user@host.1234:5678", false)]
    [InlineData("dog/9.png", "../gone/9.png", true)]
    [InlineData("bird", "/nowhere/bird", true)]
    public void Load_OfAFolderWithALinkToNowhere_LeavesItOut(string link, string target, bool noted)
    {
        string folder = images.WriteFolder("set", SmallImages.Classes());
        File.CreateSymbolicLink(Path.Combine(folder, link), target);
        string[] notes = noted
            ? [$"Found links in '{folder}' that lead nowhere, 1 in all, such as '{link}'; what they stood for is left out."] : [];

        Assert.Equal(6, images.Load(new ImageFolder(), folder).Count);
        Assert.Equal(
            [.. notes, $"Structure of '{folder}': no parts, folders are classes; 2 classes ('cat', 'dog'), 6 images."], images.Notes);
    }

    [Theory]
    [InlineData("nothing", "Found no folder or archive of images")]
    [InlineData("no image", "Found no image in")]
    [InlineData("outside", "Found the image '0.png' outside any folder")]
    [InlineData("zip cut short", "the file is damaged")]
    [InlineData("tar.gz cut short", "the file is damaged")]
    [InlineData("wrong CRC", "dog/1.png', expected")]
    [InlineData("leaves the folder", "Found entry '../evil.png'")]
    [InlineData("absurd dimensions", "Found an image of 1000000 × 1000000 pixels")]
    [InlineData("bomb", "expected at most")]
    [InlineData("links back", "look for a link in")]
    public void Load_OfWhatIsWrong_IsOneLineAndLeavesNoCache(string what, string expected)
    {
        byte[] broken = SmallImages.Png(21);
        broken[^20] ^= 1;
        string path = what switch
        {
            "nothing" => images.At("nowhere"),
            "no image" => images.WriteFolder("set", [("cat/readme.txt", [1])]),
            "outside" => images.Write("set.zip", Archives.Zip([.. SmallImages.Classes(), ("0.png", SmallImages.Png(1))])),
            "zip cut short" => images.Write("set.zip", Archives.Zip(SmallImages.Classes())[..^30]),
            "tar.gz cut short" => images.Write("set.tar.gz", Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, SmallImages.Classes()))[..^10]),
            "wrong CRC" => images.WriteFolder("set", [.. SmallImages.Classes(images: 1), ("dog/1.png", broken)]),
            "leaves the folder" =>
                images.Write("set.tar", Archives.Tar(TarEntryFormat.Pax, [.. SmallImages.Classes(), ("../evil.png", SmallImages.Png(1))])),
            "absurd dimensions" =>
                images.WriteFolder(
                "set",
                [("cat/0.png",
                PngWriter.File(
                PngWriter.Ihdr(1_000_000, 1_000_000, 8, 0), PngWriter.Chunk("IDAT", PngWriter.Deflate([0])), PngWriter.Chunk("IEND")))]),
            "links back" => LinkBack(images.WriteFolder("set", SmallImages.Classes())),
            _ => images.Write("set.zip", Archives.Zip([("cat/0.png", new byte[FileTree.UsualMostEntryBytes + 1])])),
        };

        var error = Assert.Throws<EngramException>(() => images.Load(new ImageFolder(), path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(images.Cached);
        Assert.False(File.Exists(images.At("evil.png")));
    }

    [Fact]
    public void Load_OfATarCutShortAnywhere_BlamesTheArchiveAndNoImage()
    {
        byte[] archive = Archives.Gzip(Archives.Tar(TarEntryFormat.Pax, SmallImages.Classes(images: 8)));
        for (int length = 40; length < archive.Length; length += 7)
        {
            string path = images.Write($"set{length}.tar.gz", archive[..length]);
            string message = Assert.Throws<EngramException>(() => images.Load(new ImageFolder(), path)).Message;
            Assert.Contains($"'{path}', expected", message, StringComparison.Ordinal);
            Assert.DoesNotContain("CRC", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Check_UnevenClasses_NamesTheLeastAndTheMost()
    {
        string folder = images.WriteFolder("set", [.. SmallImages.Classes(images: 2), ("dog/9.png", SmallImages.Png(3))]);
        DatasetCheck check = new DatasetStore(images.Context).Check("image-folder", folder);

        Assert.False(check.IsPublished);
        Assert.Equal(
            [$"Structure of '{folder}': no parts, folders are classes; 2 classes ('cat', 'dog'), 5 images.",
                "Classes of 'all' are uneven: from 2 images ('cat') to 3 ('dog'); whether some are missing cannot be told."],
            check.Notes.AsEnumerable());
        Assert.Single(new DatasetStore(images.Context).Check("image-folder", images.WriteFolder("even", SmallImages.Classes())).Notes);
    }

    [SharedDataFact("data")]
    public void Read_Cifar10AsJpeg_HasTenClassesInTwoParts()
    {
        string place = Path.Combine(SharedData.Find("data")!, "cifar10", "cifar10_jpeg_test.tar.gz");
        var set = new ImageFolder();
        ImageSet read = set.Read(set.Find(place), new DatasetRequest("cifar10-jpeg", set.Native, place), images.Context);

        ImagePart test = Assert.Single(read.Parts);
        Assert.Equal("test", test.Name);
        Assert.Equal(File.ReadAllLines(Path.Combine(SharedData.Find("data")!, "cifar10", "classes.txt")), test.Classes.Select(c => c.Name));
        Assert.All(test.Classes, c => Assert.Equal(1000, c.Count));
    }

    public void Dispose() => images.Dispose();

    // Two links, so that there are as many ways round as two to the power of the depth.
    private static string LinkBack(string folder)
    {
        Directory.CreateSymbolicLink(Path.Combine(folder, "cat", "back"), folder);
        Directory.CreateSymbolicLink(Path.Combine(folder, "dog", "back"), folder);
        return folder;
    }
}
