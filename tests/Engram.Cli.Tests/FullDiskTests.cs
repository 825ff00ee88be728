using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>Commands on a file system without room: one line, nothing left by half, and all goes on where there is room.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [TmpfsFact]
    public void Train_FullFileSystem_EndsWithTwoAndGoesOnWhereThereIsRoom()
    {
        string recipe = command.Long(600);
        using var roomy = new CommandLine();
        Assert.Equal(ExitCodes.Success, roomy.Call("train", recipe, "--run", "whole", "--quiet").ExitCode);
        using var small = new SmallFileSystem(command.Runs, "80k");
        string run = command.Run("a");
        CommandOutcome full = command.Call("train", recipe, "--run", "a", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, full.ExitCode);
        Assert.Contains("No space left on device", full.Messages, StringComparison.Ordinal);
        Assert.Equal(1, full.Messages.Count(c => c == '\n'));
        Assert.Empty(Directory.EnumerateFiles(run, "*.partial"));
        Assert.NotEqual(ExitCodes.InternalError, command.Call("runs", "show", "a").ExitCode);

        small.Resize("2m");
        CommandOutcome resumed = command.Call(
            RunDirectory.IsRun(run) ? ["train", "--resume", "--run", "a", "--quiet"] : ["train", recipe, "--run", "a", "--quiet"]);
        Assert.True(resumed.ExitCode == ExitCodes.Success, resumed.Messages);
        RunAssert.Same(roomy.Run("whole"), run);
    }

    [TmpfsTheory]
    [InlineData("report", "a", "--lifetimes", "2", "--out")]
    [InlineData("export", "a", "--out")]
    [InlineData("runs", "export", "--metrics", "--out")]
    [InlineData("analyze", "a", "--lifetimes", "2", "--out")]
    public void Outputs_OnAFullFileSystem_EndWithTwoAndOneLine(params string[] args)
    {
        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "a", "--quiet").ExitCode);
        using var small = new SmallFileSystem(Path.Combine(command.Runs, "..", "small"), "16k");
        File.WriteAllBytes(Path.Combine(small.Path, "much"), new byte[8 << 10]);
        string target = Path.Combine(small.Path, "out");
        try
        {
            File.WriteAllBytes(Path.Combine(small.Path, "more"), new byte[64 << 10]);
        }
        catch (IOException)
        {
            // Now it is full.
        }

        CommandOutcome outcome = command.Call([.. args, target]);
        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("No space left on device", outcome.Messages, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(small.Path, "*.partial", SearchOption.AllDirectories));
        Assert.False(File.Exists(target));
    }
}

/// <summary>A file system of its own, in memory and small.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    public SmallFileSystem(string path, string size)
    {
        Path = Directory.CreateDirectory(System.IO.Path.GetFullPath(path)).FullName;
        Assert.True(Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Path), "the file system could not be mounted");
    }

    public string Path { get; }

    /// <summary>Whether this process may mount one.</summary>
    public static bool IsPossible { get; } = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Try();

    public void Resize(string size) =>
        Assert.True(Run("mount", "-o", $"remount,size={size}", Path), "the file system could not be made larger");

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Try()
    {
        string folder = Directory.CreateTempSubdirectory("engram-mount").FullName;
        try
        {
            return Run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder) && Run("umount", folder);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool Run(string program, params string[] args)
    {
        try
        {
            var start = new ProcessStartInfo(program, args)
            { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A fact that mounts a file system.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute() => Skip = SmallFileSystem.IsPossible ? null! : "needs to mount a file system: Linux, and root";
}

/// <summary>A theory that mounts a file system.</summary>
internal sealed class TmpfsTheoryAttribute : TheoryAttribute
{
    public TmpfsTheoryAttribute() => Skip = SmallFileSystem.IsPossible ? null! : "needs to mount a file system: Linux, and root";
}
