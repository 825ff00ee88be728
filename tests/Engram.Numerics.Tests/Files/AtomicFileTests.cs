using System.Net.Sockets;
using Engram.Experiments.Tests;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

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
    public void Write_BesideWhatAKilledProcessLeft_RemovesThatAlone()
    {
        // No process has the number that is the largest.
        string gone = int.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
            own = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] others = [$"b.txt.{gone}-1.partial", $"a.txt.{own}-9999.partial", "a.txt.x-1.partial", "a.txt.partial", "mine.partial"];
        Array.ForEach(
            [.. others, $"a.txt.{gone}-1.partial", $"a.txt.{gone}-22.partial"], name => File.WriteAllText(folder.File(name), "half"));
        string held = folder.File($"a.txt.{gone}-3.partial");
        using (new FileStream(held, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            AtomicFile.WriteText(folder.File("a.txt"), "whole");
        }

        Assert.Equal(
            [.. others.Append("a.txt").Append(Path.GetFileName(held)).Order(StringComparer.Ordinal)],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("whole", File.ReadAllText(folder.File("a.txt")));
    }

    [Fact]
    public void Write_WhereAFolderIs_IsRefused()
    {
        foreach (string path in (string[])[folder.Path, folder.Path + "/", "/"])
        {
            Assert.Equal(
                $"Found the folder '{path}', expected a file to write; name a file in it.",
                Assert.Throws<EngramException>(() => AtomicFile.WriteText(path, "x")).Message);
        }

        string error = Assert.Throws<EngramException>(() => AtomicFile.WriteText(folder.File("none/a.txt"), "x")).Message;
        Assert.Contains($"in '{folder.File("none")}' no file can be made, or there is no such folder", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".partial", error, StringComparison.Ordinal);
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

    [LinuxFact]
    public void Write_Link_StaysAndWhatItLeadsToIsMadeOrReplaced()
    {
        string far = Directory.CreateDirectory(folder.File("far")).FullName, link = folder.File("link.txt");
        File.CreateSymbolicLink(link, "second-link.txt");
        File.CreateSymbolicLink(folder.File("second-link.txt"), Path.Combine("far", "a.txt"));
        foreach (string text in (string[])["made", "replaced"])
        {
            AtomicFile.WriteText(link, text);

            Assert.Equal(text, File.ReadAllText(Path.Combine(far, "a.txt")));
            Assert.Equal("second-link.txt", new FileInfo(link).LinkTarget);
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
            Assert.Single(Directory.GetFiles(far));
        }
    }

    /// <summary>A relative link in a folder that is itself reached through a link: where it leads, its place says, not the names on the
    /// way.</summary>
    [LinuxFact]
    public void Write_LinkInALinkedFolder_LeadsWhereTheSystemSays()
    {
        string inner = Directory.CreateDirectory(folder.File("far/inner")).FullName;
        Directory.CreateDirectory(folder.File("near"));
        Directory.CreateSymbolicLink(folder.File("near/there"), inner);
        File.CreateSymbolicLink(Path.Combine(inner, "link.txt"), Path.Combine("..", ".", "beside.txt"));

        AtomicFile.WriteText(folder.File("near/there/link.txt"), "beside");

        Assert.Equal("beside", File.ReadAllText(folder.File("far/beside.txt")));
        Assert.NotNull(new FileInfo(Path.Combine(inner, "link.txt")).LinkTarget);
    }

    [LinuxFact]
    public void Write_LinkRoundInACircle_IsOneClearError()
    {
        File.CreateSymbolicLink(folder.File("round"), "round");

        var error = Assert.Throws<EngramException>(() => AtomicFile.WriteText(folder.File("round"), "x"));
        Assert.Contains("links lead from one to the next", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("round", new FileInfo(folder.File("round")).LinkTarget);
    }

    [LinuxFact]
    public void Write_LinkToAFolder_IsRefusedAndStays()
    {
        string taken = Directory.CreateDirectory(folder.File("taken")).FullName;
        File.CreateSymbolicLink(folder.File("link"), taken);

        Assert.Throws<EngramException>(() => AtomicFile.WriteText(folder.File("link"), "x"));
        Assert.Equal(taken, new FileInfo(folder.File("link")).LinkTarget);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [LinuxFact]
    public async Task Write_Pipe_GoesToItsReaderAndThePipeStays()
    {
        string pipe = NamedPipe.Make(folder.File("pipe"));
        File.CreateSymbolicLink(folder.File("link"), "pipe");
        string text = new('x', 300_000);
        foreach (string path in (string[])[pipe, folder.File("link")])
        {
            Task<string> read = Task.Run(() => File.ReadAllText(pipe));
            AtomicFile.WriteText(path, text);

            Assert.Equal(text, await read);
            Assert.Equal(FileKind.Pipe, FileKinds.Of(pipe));
            Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
        }
    }

    [LinuxFact]
    public void Write_Socket_IsRefusedAndStays()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.File("socket")));

        var error = Assert.Throws<EngramException>(() => AtomicFile.WriteText(folder.File("socket"), "x"));
        Assert.Contains("not a regular file", error.Message, StringComparison.Ordinal);
        Assert.Equal(FileKind.Socket, FileKinds.Of(folder.File("socket")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
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
