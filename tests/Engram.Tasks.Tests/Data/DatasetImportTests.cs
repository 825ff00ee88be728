using System.Formats.Tar;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Tasks.Tests.Data;

public sealed class DatasetImportTests : IDisposable
{
    private readonly SmallImages images = new();

    private DatasetStore Store => new(images.Context);

    private string Folder => Path.Combine(images.Root, "mini-imagenet");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_AFolder_TakesWhatBelongsToTheSetAndChecksIt(bool link)
    {
        string source = WriteSource();
        DatasetCheck? check = DatasetImport.Import("mini-imagenet", source, link, images.Context);

        Assert.Equal(DatasetState.Incomplete, check!.State);
        Assert.Equal(["images.zip", "test.csv", "train.csv", "val.csv"], Names(Folder));
        Assert.Equal(link, new FileInfo(Path.Combine(Folder, "images.zip")).LinkTarget is not null);
        Assert.Contains(
            images.Notes, n => n == "The checksum of train.csv differs from the published one; its contents are checked instead.");
        Assert.Equal(3, images.Notes.Count(n => n.StartsWith("The checksum of", StringComparison.Ordinal)));
        Assert.Equal(DatasetState.Incomplete, Store.StatusOf("mini-imagenet").State);
        Assert.Equal(["mini-imagenet", "mini-imagenet.check.json", "mini-imagenet.importing.lock"], Names(images.Root));
        Assert.Equal(5, Names(source).Length);
    }

    [Fact]
    public void Import_OneFileAfterTheOther_IsReadOnceAllAreThere()
    {
        string source = WriteSource();
        Assert.Null(DatasetImport.Import("mini-imagenet", Path.Combine(source, "images.zip"), link: false, images.Context));
        Assert.Equal(DatasetState.Incomplete, Store.StatusOf("mini-imagenet").State);
        Assert.Equal(["train.csv", "val.csv", "test.csv"], Store.StatusOf("mini-imagenet").Missing.AsEnumerable());

        foreach (string part in (string[])["train", "val"])
        {
            Assert.Null(DatasetImport.Import("mini-imagenet", Path.Combine(source, part + ".csv"), link: false, images.Context));
        }

        Assert.NotNull(DatasetImport.Import("mini-imagenet", Path.Combine(source, "test.csv"), link: false, images.Context));
        Assert.NotNull(Store.StatusOf("mini-imagenet").LastCheck);
    }

    [Fact]
    public void Import_ADamagedFile_TakesNothingAndLeavesWhatWasThere()
    {
        string source = WriteSource();
        DatasetImport.Import("mini-imagenet", source, link: false, images.Context);
        byte[] before = File.ReadAllBytes(Path.Combine(Folder, "images.zip"));
        images.Write("source/images.zip", before[..^40]);

        Assert.Contains(
            "the file is damaged",
            Assert.Throws<EngramException>(() => DatasetImport.Import("mini-imagenet", source, link: false, images.Context)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Folder, "images.zip")));
        Assert.Equal(["mini-imagenet", "mini-imagenet.check.json", "mini-imagenet.importing.lock"], Names(images.Root));
    }

    [Theory]
    [InlineData("omniglot", "images_background.zip", "the file is damaged")]
    [InlineData("omniglot", "images_evaluation.zip", "CRC")]
    [InlineData("mnist", "train-images-idx3-ubyte.gz", "the file is damaged")]
    [InlineData("mini-imagenet", "images.tar", "the file is damaged")]
    [InlineData("mini-imagenet", "train.csv", "expected the heading 'filename,label'")]
    public void Import_ADamagedFileOfASetThatIsIncomplete_TakesNothing(string name, string file, string expected)
    {
        byte[] wrongCrc = Archives.Zip(SmallImages.Classes());
        wrongCrc[wrongCrc.AsSpan().IndexOf("PK\x01\x02"u8) + 16] ^= 1;
        string source = images.Write("source/" + file, file switch
        {
            "images_background.zip" => Archives.Zip(SmallImages.Classes())[..^30],
            "images_evaluation.zip" => wrongCrc,
            "images.tar" => Archives.Tar(TarEntryFormat.Pax, SmallImages.Classes())[..^1100],
            "train.csv" => "wrong heading\na,b\n"u8.ToArray(),
            _ => Archives.Gzip(new byte[5000])[..^6],
        });

        foreach (bool link in (bool[])[false, true])
        {
            Assert.Contains(
                expected, Assert.Throws<EngramException>(() => DatasetImport.Import(name, source, link, images.Context)).Message,
                StringComparison.Ordinal);
        }

        Assert.Equal([name + ".importing.lock"], Names(images.Root));
        Assert.Empty(images.Notes);
    }

    [Fact]
    public void Import_AFileOfASetThatIsIncomplete_SaysThatItsContentsAreCheckedLater()
    {
        Assert.Null(DatasetImport.Import("mini-imagenet", Path.Combine(WriteSource(), "train.csv"), link: false, images.Context));

        Assert.Equal(
            "The checksum of train.csv differs from the published one; it could be read whole, and its contents are checked once the " +
            "rest is there.", Assert.Single(images.Notes));
    }

    [Fact]
    public void Import_WhileAnotherIsUnderWay_IsRefusedAndLeavesTheFilesOfTheOther()
    {
        string source = WriteSource();
        string others = images.Write("data/mini-imagenet.importing/images.zip", [1]);
        using (new FileStream(Folder + ".importing.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            string message =
                Assert.Throws<EngramException>(() => DatasetImport.Import("mini-imagenet", source, link: false, images.Context)).Message;
            Assert.Contains(
                "Found another import or download of the data set 'mini-imagenet' under way", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
            Assert.True(File.Exists(others));
        }

        Assert.NotNull(DatasetImport.Import("mini-imagenet", source, link: false, images.Context));
        Assert.Equal(["mini-imagenet", "mini-imagenet.check.json", "mini-imagenet.importing.lock"], Names(images.Root));
    }

    [Fact]
    public void Import_WhoseFilesVanishBeforeTheyAreMoved_LeavesWhatWasThere()
    {
        string source = WriteSource();
        DatasetImport.Import("mini-imagenet", source, link: false, images.Context);
        byte[] before = File.ReadAllBytes(Path.Combine(Folder, "images.zip"));
        DataContext vanishing = images.Context with
        {
            Note = note =>
            {
                if (note.StartsWith("The checksum of", StringComparison.Ordinal))
                {
                    File.Delete(Path.Combine(Folder + ".importing", "images.zip"));
                }
            },
        };

        Assert.Contains(
            "is as it was, import again",
            Assert.Throws<EngramException>(() => DatasetImport.Import("mini-imagenet", source, link: false, vanishing)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Folder, "images.zip")));
        Assert.Equal(["images.zip", "test.csv", "train.csv", "val.csv"], Names(Folder));
    }

    [Fact]
    public void Import_WhileFilesOfTheSetChange_RemembersWhatWasChecked()
    {
        string source = WriteSource();
        DataContext changing = images.Context
            with
        { Note = _ => images.Write("data/mini-imagenet/more.zip", Archives.Zip(("a1.png", SmallImages.Png(9)))) };

        Assert.NotNull(DatasetImport.Import("mini-imagenet", source, link: false, changing));
        Assert.Equal(DatasetState.Unchecked, Store.StatusOf("mini-imagenet").State);
    }

    [Fact]
    public void Import_AfterOneThatWasKilled_BringsBackWhatWasAside()
    {
        DatasetImport.Import("image-folder", images.WriteFolder("pets", SmallImages.Classes()), link: false, images.Context);
        string place = Path.Combine(images.Root, "image-folder");
        Directory.Move(Path.Combine(place, "cat"), Path.Combine(place, ".cat.replaced"));
        images.Write("data/image-folder/.dog.replaced/9.png", SmallImages.Png(9));
        images.Write("data/image-folder.importing/cat/0.png", [1]);
        DatasetCheck? check = DatasetImport.Import(
            "image-folder", images.WriteFolder("more", [("bird/0.png", SmallImages.Png(1))]), link: false, images.Context);

        Assert.Equal(7, check!.Parts.Sum(p => p.Images));
        Assert.Equal(["bird", "cat", "dog"], Names(place));
    }

    [Fact]
    public void List_AfterWhatLinksLeadToIsGone_CountsItAsMissing()
    {
        string source = WriteSource();
        DatasetImport.Import("mini-imagenet", source, link: true, images.Context);
        Directory.Delete(source, recursive: true);
        DatasetStatus status = Assert.Single(Store.List(), s => s.Name == "mini-imagenet");

        Assert.Equal(DatasetState.Missing, status.State);
        Assert.Equal(["train.csv", "val.csv", "test.csv", "images (a folder or archives of them)"], status.Missing.AsEnumerable());

        // What comes next takes the links' place.
        Assert.NotNull(DatasetImport.Import("mini-imagenet", WriteSource(), link: false, images.Context));
        Assert.Equal(["images.zip", "test.csv", "train.csv", "val.csv"], Names(Folder));
        Assert.All(Directory.GetFiles(Folder), f => Assert.Null(new FileInfo(f).LinkTarget));
    }

    [Fact]
    public void StatusOf_AFolderThatCannotBeLookedThrough_IsUnchecked()
    {
        DatasetImport.Import("image-folder", images.WriteFolder("pets", SmallImages.Classes()), link: false, images.Context);
        string place = Path.Combine(images.Root, "image-folder");
        Assert.Equal(DatasetState.Complete, Store.StatusOf("image-folder").State);
        Directory.CreateSymbolicLink(Path.Combine(place, "cat", "back"), place);

        Assert.Equal(DatasetState.Unchecked, Store.StatusOf("image-folder").State);
        Assert.Contains(
            "look for a link in", Assert.Throws<EngramException>(() => Store.Check("image-folder")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stamp_WithAFileThatIsGone_NamesIt()
    {
        var source = new DatasetSource(images.Root, [images.At("gone.zip")], []);

        Assert.Contains(
            $"'{images.At("gone.zip")}'", Assert.Throws<EngramException>(() => source.Stamp()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Again_ReplacesFilesAndFolders()
    {
        DatasetImport.Import("image-folder", images.WriteFolder("pets", SmallImages.Classes()), link: true, images.Context);
        Assert.Equal(6, Store.Check("image-folder").Parts.Sum(p => p.Images));
        images.WriteFolder("pets", SmallImages.Classes(images: 4));
        DatasetImport.Import("image-folder", images.At("pets"), link: false, images.Context);

        Assert.Equal(8, Store.Check("image-folder").Parts.Sum(p => p.Images));
        Assert.Equal(8, Directory.GetFiles(images.At("pets"), "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void StatusOf_AfterFilesChanged_IsUnchecked()
    {
        DatasetImport.Import("mini-imagenet", WriteSource(), link: false, images.Context);
        File.AppendAllText(Path.Combine(Folder, "val.csv"), "b1.png,l\n");

        Assert.Equal(DatasetState.Unchecked, Store.StatusOf("mini-imagenet").State);
        Store.Check("mini-imagenet");
        Assert.Equal(DatasetState.Incomplete, Store.StatusOf("mini-imagenet").State);
        File.WriteAllText(Path.Combine(images.Root, "mini-imagenet.check.json"), "{ damaged");
        Assert.Equal(DatasetState.Unchecked, Store.StatusOf("mini-imagenet").State);
    }

    [Theory]
    [InlineData("omniglot", "nowhere", "Found nothing at")]
    [InlineData("omniglot", "source", "Found nothing of the data set 'omniglot' at")]
    [InlineData("omniglot", "source/images.zip", "expected images_background.zip, images_evaluation.zip")]
    [InlineData("glyphs", "source", "which needs no files")]
    [InlineData("omniglott", "source", "did you mean 'omniglot'?")]
    [InlineData("mini-imagenet", "data/mini-imagenet", "inside the data folder itself")]
    public void Import_WhatIsNotTheSet_IsRefused(string name, string from, string expected)
    {
        DatasetImport.Import("mini-imagenet", WriteSource(), link: false, images.Context);

        Assert.Contains(
            expected, Assert.Throws<EngramException>(
            () => DatasetImport.Import(name, images.At(from), link: false, images.Context)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OmniglotWithAnEntryMissing_SaysWhich()
    {
        (string Name, byte[] Bytes)[] drawings =
            [.. Enumerable.Range(1, 20).Select(d => ($"images_background/Greek/character01/0001_{d:D2}.png", SmallImages.Png(255)))];
        images.Write("om/images_background.zip", Archives.Zip(drawings[1..]));
        images.Write("om/images_evaluation.zip", Archives.Zip(drawings));

        Assert.Contains(
            "Found 1 characters and 19 drawings, 19 of them of 'Greek/character01' in",
            Assert.Throws<EngramException>(() => Store.Check("omniglot", images.At("om"))).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => images.Dispose();

    private static string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(e => Path.GetFileName(e)).Order(StringComparer.Ordinal)];

    private string WriteSource()
    {
        images.Write("source/train.csv", "filename,label\na0.png,k\na1.png,k\n"u8.ToArray());
        images.Write("source/val.csv", "filename,label\nb0.png,l\n"u8.ToArray());
        images.Write("source/test.csv", "filename,label\nc0.png,m\n"u8.ToArray());
        images.Write("source/readme.txt", [1]);
        images.Write(
            "source/images.zip",
            Archives.Zip(("a0.png", SmallImages.Png(1)), ("b0.png", SmallImages.Png(2)), ("c0.png", SmallImages.Png(3))));
        return images.At("source");
    }
}
