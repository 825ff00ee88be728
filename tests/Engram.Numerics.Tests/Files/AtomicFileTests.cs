namespace Engram.Numerics.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_NewFile_HasContentAndLeavesNothingElse()
    {
        AtomicFile.WriteText(folder.File("a.txt"), "α");

        Assert.Equal("α", File.ReadAllText(folder.File("a.txt")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_ExistingFile_IsReplaced()
    {
        AtomicFile.WriteText(folder.File("a.txt"), "a long first content");
        AtomicFile.WriteText(folder.File("a.txt"), "second");

        Assert.Equal("second", File.ReadAllText(folder.File("a.txt")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_DiskFullMidway_KeepsOldFileRemovesPartialAndSaysSo()
    {
        AtomicFile.WriteText(folder.File("a.txt"), "old");

        var error = Assert.Throws<EngramException>(() => AtomicFile.Write(folder.File("a.txt"), stream =>
        {
            stream.Write(new byte[200_000]);
            throw new IOException("No space left on device");
        }));

        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains("a.txt", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("old", File.ReadAllText(folder.File("a.txt")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_ContentThrowsAnythingElse_PassesItOnAndRemovesPartial()
    {
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.File("a.txt"), _ => throw new InvalidOperationException()));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_NoSuchFolder_IsOneClearError() =>
        Assert.Throws<EngramException>(() => AtomicFile.WriteText(Path.Combine(folder.Path, "missing", "a.txt"), "x"));

    [Fact]
    public void Write_PathIsAFolder_RemovesPartial()
    {
        Directory.CreateDirectory(folder.File("taken"));

        Assert.Throws<EngramException>(() => AtomicFile.WriteText(folder.File("taken"), "x"));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void RemoveLeftovers_AfterAKilledWriter_DeletesOnlyUnfinishedFiles()
    {
        File.WriteAllText(folder.File("a.txt"), "kept");
        File.WriteAllText(folder.File("a.txt.77-1" + AtomicFile.PartialSuffix), "half");

        AtomicFile.RemoveLeftovers(folder.Path);

        Assert.Equal([folder.File("a.txt")], Directory.GetFiles(folder.Path));
    }
}
