using System.Diagnostics;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>Commands without permission, without descriptors, ended by signals, and told to write where no file can be.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    /// <summary>As another user, who may read and no more: root's files are anybody's to root.</summary>
    [OtherUserTheory]
    [InlineData("train", "tiny.yaml", "--quiet")]
    [InlineData("train", "--resume", "--run", "a", "--quiet")]
    [InlineData("sweep", "sweep.yaml", "--run", "s", "--quiet")]
    [InlineData("export", "a")]
    [InlineData("report", "a", "--lifetimes", "2")]
    public void Commands_OfAUserWhoMayNotWrite_EndWithTwoAndOneLine(params string[] args)
    {
        string tiny = command.Tiny();
        command.Write("sweep.yaml", $"recipe: {tiny}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\n");
        Assert.Equal(ExitCodes.Success, command.Call("train", tiny, "--run", "a", "--quiet").ExitCode);
        string root = Path.GetDirectoryName(command.Runs)!;
        OpenToOthers(root);
        string[] named = [.. args.Select(a => a.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(root, a) : a)];

        using Process process = command.Start(
            "setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=/nonexistent", "DOTNET_CLI_HOME=/tmp",
            "dotnet", CommandLine.ProgramPath, .. named]);
        CommandOutcome outcome = CommandLine.Finish(process);
        Assert.True(outcome.ExitCode == ExitCodes.WrongInput, $"{outcome.ExitCode}: {outcome.Messages}");
        Assert.StartsWith("engram: ", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("denied", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [UnixTheory]
    [InlineData(40)]
    [InlineData(72)]
    [InlineData(127)]
    public void Program_FewDescriptors_SaysSoInOneLine(int limit)
    {
        using Process process = command.Start(
            "bash", ["-c", $"ulimit -n {limit}; exec dotnet \"$@\"", "bash", CommandLine.ProgramPath, "train", command.Tiny(), "--quiet"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(
            $"engram: Found a limit of {limit} open files, expected 128 or more; raise it with 'ulimit -n 1024', or as your system's " +
            $"manual says.\n", outcome.Messages);
        Assert.False(Directory.Exists(command.Runs));
    }

    [UnixFact]
    public void Program_AsManyDescriptorsAsItAsksFor_Works()
    {
        using Process process = command.Start(
            "bash", ["-c", "ulimit -n 128; exec dotnet \"$@\"", "bash", CommandLine.ProgramPath, "train", command.Tiny(), "--seeds", "3",
            "--run", "a", "--quiet"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
    }

    /// <summary>Whenever a signal comes, the program ends, leaves what can be gone on with or nothing, and no message of the
    /// runtime.</summary>
    [UnixTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Train_SignalsFromTheFirstMoment_EndTheProgramInOrder(string signal)
    {
        const int Seed = 14;
        var random = new Random(Seed);
        for (int round = 0; round < 4; round++)
        {
            string run = string.Create(CultureInfo.InvariantCulture, $"{signal}-{round}");
            using Process process = command.Start(
                "env", ["--default-signal=INT", "dotnet", CommandLine.ProgramPath, "train", command.Long(1_000_000), "--run", run,
                "--quiet"]);
            await Task.Delay(random.Next(20, 700));
            using (Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            CommandOutcome outcome = CommandLine.Finish(process);

            // Before the program is loaded the system ends it, without a word.
            Assert.True(
                outcome.ExitCode is ExitCodes.Interrupted or 130 or 143,
                $"seed {Seed}, round {round}: {outcome.ExitCode}: {outcome.Messages}");
            Assert.All(outcome.Messages.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                line => Assert.StartsWith("Stopp", line, StringComparison.Ordinal));
            bool isRun = RunDirectory.IsRun(command.Run(run)), hasCheckpoint = isRun
                && RunDirectory.CheckpointsOf(command.Run(run)).Length > 0;
            Assert.True(!outcome.Messages.Contains("with a checkpoint", StringComparison.Ordinal) || hasCheckpoint, outcome.Messages);
            Assert.True(!outcome.Messages.Contains("nothing was written", StringComparison.Ordinal) || !isRun, outcome.Messages);
        }
    }

    [UnixTheory]
    [InlineData("runs", "export", "--out")]
    [InlineData("export", "a", "--out")]
    [InlineData("export", "a", "--life", "0", "--out")]
    [InlineData("report", "a", "--lifetimes", "2", "--out")]
    public void Out_ThatIsAFolder_IsRefusedInOneLine(params string[] args)
    {
        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "a", "--quiet").ExitCode);
        foreach (string folder in (string[])["/", "/proc", command.Runs, command.Runs + "/"])
        {
            CommandOutcome outcome = command.Call([.. args, folder]);
            Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
            Assert.Equal($"engram: Found the folder '{folder}', expected a file to write; name a file in it.\n", outcome.Messages);
        }

        CommandOutcome nowhere = command.Call([.. args, "/dev/null/x.csv"]);
        Assert.Equal(ExitCodes.WrongInput, nowhere.ExitCode);
        Assert.DoesNotContain(".partial", nowhere.Messages, StringComparison.Ordinal);
        Assert.Equal(1, nowhere.Messages.Count(c => c == '\n'));
    }

    private static void OpenToOthers(string root)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root))
        {
            if (!OperatingSystem.IsWindows())
            {
                UnixFileMode enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
                UnixFileMode mode = File.GetUnixFileMode(entry) | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
                File.SetUnixFileMode(entry, Directory.Exists(entry) ? mode | enter : mode);
            }
        }
    }
}

/// <summary>A theory that runs the program as somebody else.</summary>
internal sealed class OtherUserTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<bool> MayRead = new(() =>
    {
        using Process test =
            Process.Start("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "test", "-r", CommandLine.ProgramPath]);
        test.WaitForExit();
        return test.ExitCode == 0;
    });

    public OtherUserTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv"))
        {
            Skip = "needs to become another user: Linux, root, and the program 'setpriv'";
        }
        else if (!MayRead.Value)
        {
            Skip = "needs a checkout that other users may read";
        }
    }
}

/// <summary>A theory that needs signals and limits of Unix.</summary>
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs a Unix";
        }
    }
}
