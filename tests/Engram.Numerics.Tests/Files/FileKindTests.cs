using System.Net.Sockets;
using Engram.Experiments.Tests;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public sealed class FileKindTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_FilesAndFolders_IsTold()
    {
        File.WriteAllText(folder.File("é.txt"), "x");
        File.WriteAllText(folder.File("empty"), string.Empty);

        Assert.Equal(FileKind.Regular, FileKinds.Of(folder.File("é.txt")));
        Assert.Equal(FileKind.Regular, FileKinds.Of(folder.File("empty")));
        Assert.Equal(FileKind.Folder, FileKinds.Of(folder.Path));
        Assert.Equal(FileKind.Nothing, FileKinds.Of(folder.File("missing")));
        Assert.Equal(FileKind.Nothing, FileKinds.Of(Path.Combine(folder.File("empty"), "below")));
    }

    /// <summary>Nothing is opened: a pipe without another end would be waited for.</summary>
    [LinuxFact]
    public void Of_PipeSocketAndDevice_IsTold()
    {
        string pipe = NamedPipe.Make(folder.File("pipe"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.File("socket")));

        Assert.Equal(FileKind.Pipe, FileKinds.Of(pipe));
        Assert.Equal(FileKind.Socket, FileKinds.Of(folder.File("socket")));
        Assert.Equal(FileKind.Device, FileKinds.Of("/dev/null"));
    }

    [LinuxFact]
    public void Of_Link_IsWhatItLeadsTo()
    {
        NamedPipe.Make(folder.File("pipe"));
        File.CreateSymbolicLink(folder.File("to-pipe"), "pipe");
        File.CreateSymbolicLink(folder.File("to-folder"), folder.Path);
        File.CreateSymbolicLink(folder.File("to-nothing"), "missing");
        File.CreateSymbolicLink(folder.File("round"), "round");

        Assert.Equal(FileKind.Pipe, FileKinds.Of(folder.File("to-pipe")));
        Assert.Equal(FileKind.Folder, FileKinds.Of(folder.File("to-folder")));
        Assert.Equal(FileKind.Nothing, FileKinds.Of(folder.File("to-nothing")));
        Assert.Equal(FileKind.Nothing, FileKinds.Of(folder.File("round")));
    }

    [LinuxFact]
    public void ExpectRegular_Pipe_IsRefusedByName()
    {
        string pipe = NamedPipe.Make(folder.File("pipe"));
        File.WriteAllText(folder.File("a.txt"), "x");

        FileKinds.ExpectRegular(folder.File("a.txt"));
        FileKinds.ExpectRegular(folder.File("missing"));
        FileKinds.ExpectRegular(folder.Path);
        var error = Assert.Throws<EngramException>(() => FileKinds.ExpectRegular(pipe));
        Assert.StartsWith($"Found a pipe at '{pipe}', expected a regular file;", error.Message, StringComparison.Ordinal);
    }
}
