using System.Diagnostics;
using Engram.Experiments;
using Engram.Learning;

namespace Engram.Cli.Tests;

/// <summary>What happens to a process of its own: killed, told to stop, out of room.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    [Trait("Duration", "slow")]
    public async Task Train_FiftyKillsAtRandomMoments_EndInTheSameBits()
    {
        const int Seed = 7, Kills = 50;
        var random = new Random(Seed);
        string recipe = Long();
        command.Call("train", recipe, "--run", "whole", "--quiet");
        int kills = 0, run = 0;
        while (kills < Kills)
        {
            // A run that has ended makes room for the next one.
            string name = $"killed-{++run}";
            long step = 0;
            while (kills < Kills && RunDirectory.StateOf(command.Run(name)) is not RunState.Finished)
            {
                using Process process = command.Start(RunDirectory.IsRun(command.Run(name)) ? ["train", "--resume", "--run", name, "--quiet"] : ["train", recipe, "--run", name, "--quiet"]);
                if (random.Next(5) == 0)
                {
                    // While it starts: before the run is made, half-way through, or while it reads its checkpoint.
                    await Task.Delay(random.Next(300));
                }
                else
                {
                    step += random.Next(1, 160);
                    await WaitForStep(name, step, process);
                }

                kills += process.HasExited ? 0 : 1;
                process.Kill();
                await process.WaitForExitAsync();
            }

            CommandOutcome last = command.Call(RunDirectory.IsRun(command.Run(name)) ? ["train", "--resume", "--run", name, "--quiet"] : ["train", recipe, "--run", name, "--quiet"]);
            Assert.True(last.ExitCode == ExitCodes.Success, $"seed {Seed}, run {run}, after {kills} kills: {last.Messages}");
            RunAssert.Same(command.Run("whole"), command.Run(name));
            RunAssert.SameEvents(command.Run("whole"), command.Run(name));
            Assert.Empty(Directory.EnumerateFiles(command.Run(name), "*.partial"));
        }
    }

    [UnixFact]
    public async Task Train_ToldToStop_SavesACheckpointAndSaysHowToGoOn()
    {
        // Long enough that the signal comes before the end, however quick the machine.
        string recipe = Long(2000);
        command.Call("train", recipe, "--run", "whole", "--quiet");
        using Process process = command.Start("train", recipe, "--run", "stopped", "--quiet");
        await WaitForStep("stopped", 20, process);
        // Not SIGINT: what a shell starts in the background ignores it, and so would every process below such a test run.
        Signal(process, "TERM");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
        Assert.Contains("engram train --resume --run stopped", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(command.Run("stopped")));
        Assert.Equal(ExitCodes.Success, command.Call("train", "--resume", "--run", "stopped", "--quiet").ExitCode);
        RunAssert.Same(command.Run("whole"), command.Run("stopped"));
    }

    [UnixFact]
    public void Train_OtherVectorWidth_IsRecorded()
    {
        using Process process = command.Start("env", ["ENGRAM_VECTOR=128", "dotnet", CommandLine.ProgramPath, "train", command.Tiny(), "--run", "narrow", "--quiet"]);
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

    [UnixFact]
    public void Train_FilesThatMayGrowNoFurther_EndsWithTwoAndTheLastCheckpointIsGood()
    {
        // The system's limit on a file's size stands in for a full disk: writes fail in the middle of a file, as they do there.
        string recipe = Long();
        using Process process = StartWithFilesUpTo(30, "train", recipe, "--run", "full", "--quiet");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(EventLog.FilePrefix, outcome.Messages, StringComparison.Ordinal);
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
        Assert.Equal("engram: Found ENGRAM_VECTOR=1024, expected 512, 256, 128 or scalar; unset it to use the widest that the processor has.\n", outcome.Messages);
    }

    [Fact]
    public void Program_WrongCommand_EndsWithTwoAndOneLineOnStandardError()
    {
        using Process process = command.Start("trian");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Empty(outcome.Results);
        Assert.Equal("engram: Found 'trian', which is no command of 'engram'; did you mean 'train'?\n", outcome.Messages.ReplaceLineEndings("\n"));
    }

    private static void Signal(Process process, string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    // The runtime's own mapped files would hit the limit too; the variable keeps it from making them.
    private Process StartWithFilesUpTo(int kibibytes, params string[] args) =>
        command.Start("bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; export DOTNET_EnableWriteXorExecute=0; exec dotnet \"$@\"", "bash", CommandLine.ProgramPath, .. args]);

    private string Long(int outerSteps = 600) => command.Write("long.yaml", CommandLine.TinyRecipe.Replace("outer-steps: 40", $"outer-steps: {outerSteps}", StringComparison.Ordinal).Replace("checkpoint-every: 10", "checkpoint-every: 50", StringComparison.Ordinal));

    private async Task WaitForStep(string run, long step, Process process)
    {
        var clock = Stopwatch.StartNew();
        while (!process.HasExited && (!Directory.Exists(command.Run(run)) || MetricsLog.Read(command.Run(run)) is not { IsEmpty: false } lines || lines[^1].OuterStep < step))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the process wrote no metrics");
            await Task.Delay(5);
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
