using System.Diagnostics;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Learning.Outer;
using EventLog = Engram.Experiments.Runs.Events.EventLog;

namespace Engram.Cli.Tests;

/// <summary>What happens to a process of its own: killed, told to stop, out of room.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [UnixFact]
    public async Task Train_ToldToStop_SavesACheckpointAndSaysHowToGoOn()
    {
        // Long enough that the signal comes before the end, however quick the machine.
        string recipe = Long(1200);
        command.Call("train", recipe, "--run", "whole", "--quiet");
        using Process process = command.Start("train", recipe, "--run", "stopped", "--quiet");
        await WaitForStep("stopped", 20, process);
        // Not SIGINT: what a shell starts in the background ignores it, and so would every process below such a test run.
        CommandLine.Signal(process, "TERM");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
        Assert.Contains("engram train --resume --run stopped", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(command.Run("stopped")));
        Assert.Equal(ExitCodes.Success, command.Call("train", "--resume", "--run", "stopped", "--quiet").ExitCode);
        RunAssert.Same(command.Run("whole"), command.Run("stopped"));
    }

    [TerminalFact]
    public async Task Train_TerminalThatIsLost_SavesACheckpoint()
    {
        // None is due for long, so that the newest one is that of the stop.
        string recipe = command.Write(
            "long.yaml",
            CommandLine.TinyRecipe.Replace("outer-steps: 40", "outer-steps: 200000", StringComparison.Ordinal)
            .Replace("checkpoint-every: 10", "checkpoint-every: 200000", StringComparison.Ordinal));

        // What is started by 'nohup' ignores the signal, and so does all that it starts, unless told otherwise.
        using Process terminal = command.Start(
            "script", ["-q", "-c",
            $"exec env --default-signal=HUP TERM=xterm dotnet '{CommandLine.ProgramPath}' train '{recipe}' --run lost", "/dev/null"]);
        Task<string> screen = terminal.StandardOutput.ReadToEndAsync();
        try
        {
            await WaitForStep("lost", 20, terminal);
            terminal.Kill();
            var clock = Stopwatch.StartNew();
            while (RunDirectory.StateOf(command.Run("lost")) == RunState.Running)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the run went on without its terminal");
                await Task.Delay(5);
            }

            await screen;
            Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(command.Run("lost")));
            Assert.InRange(TrainerState.Read(RunDirectory.CheckpointsOf(command.Run("lost"))[0]).OuterStepsDone, 20, 199_999);
        }
        finally
        {
            // The run is no child of this process; where it goes on all the same, its folder has its number.
            if (RunDirectory.StateOf(command.Run("lost")) == RunState.Running)
            {
                using Process left = Process.GetProcessById(
                    int.Parse(File.ReadAllText(Path.Combine(command.Run("lost"), "lock.owner")),
                    System.Globalization.CultureInfo.InvariantCulture));
                left.Kill();
            }
        }
    }

    [UnixFact]
    public async Task Transplant_ToldToStop_SaysHowToGoOnAndToCompare()
    {
        string source = command.Write("source.yaml", CommandLine.TinyRecipe
            .Replace("plastic-layers: 2", "plastic-layers: 1", StringComparison.Ordinal)
                .Replace("{name: flp}", "{name: feature-reuse}", StringComparison.Ordinal));
        command.Call("train", source, "--run", "source", "--quiet");
        using Process process =
            command.Start("transplant", "source", "--plastic-layers", "2", "--run", "grown", "--outer-steps", "200000", "--quiet");
        await WaitForStep("grown", 5, process);
        CommandLine.Signal(process, "TERM");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
        Assert.Contains("'engram evaluate' of it and of 'source'", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("Resume with: engram train --resume --run grown", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(command.Run("grown")));
    }

    [UnixFact]
    public async Task Program_ToldToStopBeforeItWrites_SaysThatNothingWasWritten()
    {
        // So many lifetimes, each of 40 inner steps, that no command comes to its end.
        string recipe = command.Write(
            "lives.yaml", CommandLine.TinyRecipe.Replace("batches-per-sine: 2", "batches-per-sine: 20", StringComparison.Ordinal));
        command.Call("train", recipe, "--run", "a", "--quiet", "--outer-steps", "1");
        string[] before = [.. Directory.EnumerateFileSystemEntries(command.Run("a")).Order(StringComparer.Ordinal)];
        foreach (string name in (string[])["evaluate", "analyze", "report"])
        {
            using Process process = command.Start(name, "a", "--lifetimes", "1000000", "--threads", "1");

            // Nothing shows that it is at them but processor time, of which they take more than what comes before.
            var clock = Stopwatch.StartNew();
            while (!process.HasExited && process.TotalProcessorTime < TimeSpan.FromSeconds(2))
            {
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the process does nothing");
                await Task.Delay(20);
                process.Refresh();
            }

            CommandLine.Signal(process, "TERM");
            CommandOutcome outcome = CommandLine.Finish(process);

            Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
            Assert.Contains("Stopped; nothing was written.", outcome.Messages, StringComparison.Ordinal);
            Assert.DoesNotContain("outer step", outcome.Messages, StringComparison.Ordinal);
            Assert.Empty(outcome.Results);
        }

        Assert.Equal(before, Directory.EnumerateFileSystemEntries(command.Run("a")).Order(StringComparer.Ordinal));
    }

    [UnixFact]
    public void Train_OtherVectorWidth_IsRecorded()
    {
        using Process process = command.Start(
            "env", ["ENGRAM_VECTOR=128", "dotnet", CommandLine.ProgramPath, "train", command.Tiny(), "--run", "narrow", "--quiet"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        Assert.Equal(128, RunDirectory.ReadEnvironment(command.Run("narrow")).VectorBits);
    }

    [UnixFact]
    public async Task Train_SecondProcess_IsRefusedWhileTheFirstRuns()
    {
        using Process first = command.Start("train", Long(), "--run", "a", "--quiet", "--outer-steps", "1000000");
        await WaitForStep("a", 5, first);
        try
        {
            CommandOutcome second = command.Call("train", "--resume", "--run", "a");
            Assert.Equal(ExitCodes.WrongInput, second.ExitCode);
            Assert.Contains($"(process {first.Id})", second.Messages, StringComparison.Ordinal);
            Assert.Contains("running", command.Call("runs").Results, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
            await first.WaitForExitAsync();
        }
    }

    [TerminalFact]
    public async Task Train_GroupInterruptedOnce_SavesCheckpointsAndGoesOn()
    {
        string recipe = Long(1200);
        command.Call("train", recipe, "--seeds", "2", "--run", "whole", "--quiet");
        using Process process = command.Start(
            "env", ["--default-signal=INT", "dotnet", CommandLine.ProgramPath, "train", recipe, "--seeds", "2", "--run", "stopped",
            "--quiet"]);
        await WaitForStep("stopped/seed-1", 20, process);
        CommandLine.Signal(process, "INT");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
        Assert.Contains("engram train --resume --run stopped", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, command.Call("train", "--resume", "--run", "stopped", "--quiet").ExitCode);
        Assert.All((string[])["seed-1", "seed-2"], r => RunAssert.Same(command.Run($"whole/{r}"), command.Run($"stopped/{r}")));
    }

    [TerminalFact]
    public async Task Train_InterruptedTwice_CanBeGoneOnWith()
    {
        using Process process = command.Start(
            "env", ["--default-signal=INT", "dotnet", CommandLine.ProgramPath, "train", Long(), "--run", "b", "--quiet", "--outer-steps",
            "1000000"]);
        await WaitForStep("b", 20, process);
        CommandLine.Signal(process, "INT");
        CommandLine.Signal(process, "INT");
        CommandLine.Finish(process);

        // Stopped by the first or ended by the second: the run can be gone on with either way.
        Assert.NotEqual(ExitCodes.Success, process.ExitCode);
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(command.Run("b")));
        using Process resumed = command.Start("train", "--resume", "--run", "b", "--quiet");
        await WaitForStep("b", MetricsLog.Read(command.Run("b"))[^1].OuterStep + 20, resumed);
        Assert.False(resumed.HasExited);
        resumed.Kill();
        await resumed.WaitForExitAsync();
    }

    [UnixFact]
    public async Task Train_FolderDeletedAndMadeAnew_LeavesTheNewRunAlone()
    {
        string recipe = Long();
        command.Call("train", recipe, "--run", "whole", "--quiet", "--seed", "2");
        using Process first = command.Start("train", recipe, "--run", "x", "--quiet", "--seed", "1", "--outer-steps", "1000000");
        await WaitForStep("x", 60, first);
        while (Directory.Exists(command.Run("x")))
        {
            try
            {
                Directory.Delete(command.Run("x"), recursive: true);
            }
            catch (IOException)
            {
                // The first one wrote into it meanwhile.
            }
        }

        command.Call("train", recipe, "--run", "x", "--quiet", "--seed", "2");
        CommandOutcome outcome = CommandLine.Finish(first);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("deleted, moved or replaced", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.Equal(2UL, RunDirectory.ReadRecipe(command.Run("x")).Seed);
        RunAssert.Same(command.Run("whole"), command.Run("x"));
        RunAssert.SameEvents(command.Run("whole"), command.Run("x"));
        Assert.Empty(Directory.EnumerateFiles(command.Run("x"), "*.partial"));
    }

    [UnixFact]
    public async Task Train_SecondProcessWhereFilesCannotBeLocked_IsRefusedUntilTheFirstIsGone()
    {
        // The runtime's own switch stands in for a mount without locks.
        string[] train = ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1", "dotnet", CommandLine.ProgramPath, "train"];
        using Process first = command.Start("env", [.. train, Long(), "--run", "a", "--quiet", "--outer-steps", "1000000"]);
        await WaitForStep("a", 5, first);
        try
        {
            using Process second = command.Start("env", [.. train, "--resume", "--run", "a", "--quiet"]);
            CommandOutcome refused = CommandLine.Finish(second);
            Assert.Equal(ExitCodes.WrongInput, refused.ExitCode);
            Assert.Contains($"process {first.Id} on {Environment.MachineName}", refused.Messages, StringComparison.Ordinal);
            Assert.Contains("lock.taken", refused.Messages, StringComparison.Ordinal);
            Assert.Contains("running", command.Call("runs").Results, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
            await first.WaitForExitAsync();
        }

        // What it left keeps nobody out.
        using Process third = command.Start("env", [.. train, "--resume", "--run", "a", "--quiet"]);
        await WaitForStep("a", MetricsLog.Read(command.Run("a"))[^1].OuterStep + 50, third);
        Assert.False(third.HasExited);
        CommandLine.Signal(third, "TERM");
        Assert.Equal(ExitCodes.Interrupted, CommandLine.Finish(third).ExitCode);
        Assert.False(File.Exists(Path.Combine(command.Run("a"), "lock.taken")));
    }

    [Fact]
    public void Train_SeveralCopiesInOneMoment_GetANumberEach()
    {
        const int Copies = 4;
        Process[] copies = [.. Enumerable.Range(0, Copies)
            .Select(_ => command.Start("train", command.Tiny(), "--quiet", "--outer-steps", "2", "--threads", "1"))];
        CommandOutcome[] outcomes = [.. copies.Select(CommandLine.Finish)];

        Assert.All(outcomes, o => Assert.Equal((ExitCodes.Success, ""), (o.ExitCode, o.Messages)));
        Assert.Equal(
            Enumerable.Range(1, Copies).Select(i => $"tiny-{i:D3}"),
            Directory.EnumerateFileSystemEntries(command.Runs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Array.ForEach(copies, c => c.Dispose());
    }

    [UnixFact]
    public async Task Evaluate_OfARunThatDeletesItsCheckpointsMeanwhile_TriesAgain()
    {
        string recipe = Long();
        using Process training = command.Start(
            "train", recipe, "--run", "a", "--quiet", "--outer-steps", "1000000", "--set", "meta-training.checkpoint-every=1");
        await WaitForStep("a", 5, training);
        try
        {
            string[] few = ["a", "--lifetimes", "2"];
            string[][] calls = [.. Enumerable.Repeat((string[][])[["evaluate", .. few], ["export", "a"]], 10).SelectMany(c => c),
                ["report", .. few, "--unfinished"], ["analyze", .. few]];
            foreach (string[] call in calls)
            {
                CommandOutcome outcome = command.Call(call);
                Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
                Assert.DoesNotContain("checkpoint", outcome.Messages, StringComparison.Ordinal);
            }

            Assert.False(training.HasExited);
        }
        finally
        {
            training.Kill();
            await training.WaitForExitAsync();
        }
    }

    [UnixFact]
    public void Train_FilesThatMayGrowNoFurther_EndsWithTwoAndTheLastCheckpointIsGood()
    {
        // The system's limit on a file's size stands in for a full disk: writes fail in the middle of a file, as they do there.
        string recipe = Long();
        using Process process = StartWithFilesUpTo(30, "train", recipe, "--run", "full", "--quiet");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        // One of the files that grow comes to the limit first.
        Assert.Matches($"{Regex.Escape(EventLog.FilePrefix)}|parameters\\.jsonl|metrics\\.jsonl", outcome.Messages);
        Assert.Contains("last checkpoint is intact", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.Equal(ExitCodes.Success, command.Call("train", "--resume", "--run", "full", "--quiet").ExitCode);
        command.Call("train", recipe, "--run", "whole", "--quiet");
        RunAssert.Same(command.Run("whole"), command.Run("full"));
    }

    [UnixFact]
    public void Train_CheckpointThatDoesNotFit_EndsWithTwoAndTheOneBeforeStays()
    {
        string recipe = Long();
        command.Call("train", recipe, "--run", "a", "--quiet", "--outer-steps", "100", "--set", "meta-training.metrics-every=1000");
        using Process process = StartWithFilesUpTo(3, "train", "--resume", "--run", "a", "--quiet", "--outer-steps", "600");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.Contains("intact", outcome.Messages, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(command.Run("a"), "*.partial"));
        TrainerState.Read(RunDirectory.CheckpointsOf(command.Run("a"))[0]);
        Assert.Equal(ExitCodes.Success, command.Call("evaluate", "a").ExitCode);
    }

    [Theory]
    [InlineData("list", "rules")]
    [InlineData("train", "--quiet")]
    [InlineData("gradcheck", "oja")]
    [InlineData("runs")]
    [InlineData("bench", "kernels")]
    public void Program_WrongVectorWidth_IsOneLineFromEveryCommand(params string[] args)
    {
        using Process process = command.Start("env", ["ENGRAM_VECTOR=1024", "dotnet", CommandLine.ProgramPath, .. args]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(
            "engram: Found ENGRAM_VECTOR=1024, expected 512, 256, 128 or scalar; unset it to use the widest that the processor has.\n",
            outcome.Messages);
    }

    [UnixFact]
    public void Program_StandardErrorClosed_EndsWithItsCode()
    {
        using Process process =
            command.Start("bash", ["-c", "exec dotnet \"$@\" 2>&-", "bash", CommandLine.ProgramPath, "runs", "show", "nope"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal((ExitCodes.WrongInput, ""), (outcome.ExitCode, outcome.Results));
    }

    [UnixFact]
    public void Program_StandardOutputClosed_EndsWithTwoAndSaysSo()
    {
        using Process process = command.Start("bash", ["-c", "exec dotnet \"$@\" >&-", "bash", CommandLine.ProgramPath, "list", "recipes"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.StartsWith("engram: Could not write to standard output: ", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Fact]
    public void Program_WrongCommand_EndsWithTwoAndOneLineOnStandardError()
    {
        using Process process = command.Start("trian");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Empty(outcome.Results);
        Assert.Equal(
            "engram: Found 'trian', which is not a command of 'engram'; did you mean 'train'?\n",
            outcome.Messages.ReplaceLineEndings("\n"));
    }

    // The runtime's own mapped files would hit the limit too; the variable keeps it from making them.
    private Process StartWithFilesUpTo(int kibibytes, params string[] args) =>
        command.Start(
            "bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; export DOTNET_EnableWriteXorExecute=0; exec dotnet \"$@\"", "bash",
            CommandLine.ProgramPath, .. args]);

    private string Long(int outerSteps = 600) =>
        command.Write(
        "long.yaml",
        CommandLine.TinyRecipe.Replace("outer-steps: 40", $"outer-steps: {outerSteps}", StringComparison.Ordinal)
        .Replace("checkpoint-every: 10", "checkpoint-every: 50", StringComparison.Ordinal));

    private Task WaitForStep(string run, long step, Process process) => command.WaitForStep(run, step, process);
}

/// <summary>A fact that needs a terminal, which <c>script</c> of Linux makes.</summary>
internal sealed class TerminalFactAttribute : FactAttribute
{
    public TerminalFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/script"))
        {
            Skip = "needs Linux and its program 'script'";
        }
    }
}

/// <summary>A fact that needs signals and limits of Unix.</summary>
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs a Unix";
        }
    }
}
