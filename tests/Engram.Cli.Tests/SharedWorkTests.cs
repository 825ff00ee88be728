using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>Several processes on one group, sweep, comparison or reproduction, as the tasks of a Slurm array are.</summary>
public sealed class SharedWorkTests : IDisposable
{
    private const int Processes = 3;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData("train")]
    [InlineData("sweep")]
    [InlineData("compare")]
    [InlineData("reproduce")]
    public async Task Share_ThreeProcessesOneOfThemKilled_ComeToTheResultsOfOne(string kind)
    {
        string[] words = Words(kind);
        CommandOutcome whole = command.Call([.. words, "--run", "whole", "--quiet"]);
        Assert.True(whole.ExitCode == ExitCodes.Success, whole.Messages);

        string[] shared = [.. words, "--run", "shared", "--share", "--quiet", "--threads", "1"];
        using (Process killed = command.Start(shared))
        {
            await Task.Delay(400);
            Process[] others = [.. Enumerable.Range(1, Processes - 1).Select(_ => command.Start(shared))];
            await Task.Delay(400);
            killed.Kill();
            await killed.WaitForExitAsync();
            CommandOutcome[] outcomes = [.. others.Select(CommandLine.Finish)];
            Assert.All(outcomes, o => Assert.True(o.ExitCode == ExitCodes.Success, o.Messages));

            // Each either printed the results, or said that others would; whatever the killed one left was taken up.
            Assert.All(
                outcomes,
                o => Assert.True(
                    o.Results.Length > 0 || o.Messages.Contains("with other processes", StringComparison.Ordinal), o.Messages));
            Assert.Contains(outcomes, o => o.Results.Length > 0);
            Array.ForEach(others, o => o.Dispose());
        }

        // All that was measured, times apart.
        string table = kind switch
        {
            "train" => "learning-curves.csv",
            "sweep" => "sweep-results.csv",
            "compare" => "comparison-results.csv",
            _ => "numbers.csv",
        };
        Assert.Equal(
            File.ReadAllText(Path.Combine(command.Run("whole"), table)), File.ReadAllText(Path.Combine(command.Run("shared"), table)));
        if (kind != "compare")
        {
            foreach (string run in RunGroup.RunsOf(command.Run("whole")).Where(r => RunDirectory.ReadResult(r) is not null))
            {
                RunAssert.Same(run, Path.Combine(command.Run("shared"), Path.GetFileName(run)));
            }
        }

        Assert.Empty(Directory.EnumerateFiles(command.Run("shared"), "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public void Share_WithAnotherRecipe_IsRefused()
    {
        string[] words = Words("train");
        Assert.Equal(ExitCodes.Success, command.Call([.. words, "--run", "shared", "--share", "--quiet"]).ExitCode);

        CommandOutcome other =
            command.Call([.. words, "--set", "initialization.feedback-scale=2", "--run", "shared", "--share", "--quiet"]);

        Assert.Equal(ExitCodes.WrongInput, other.ExitCode);
        Assert.Contains("with another recipe", other.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--share", "--seeds", "2")]
    [InlineData("--slurm", "-", "--seeds", "2")]
    public void Share_WithoutAName_IsRefused(params string[] options)
    {
        CommandOutcome outcome = command.Call(["train", command.Write("tiny.yaml", CommandLine.TinyRecipe), .. options]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("expected --run NAME", outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Share_OfOneRun_IsRefused()
    {
        CommandOutcome outcome =
            command.Call("train", command.Write("tiny.yaml", CommandLine.TinyRecipe), "--run", "one", "--share", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("expected several", outcome.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Run("one")));
    }

    [UnixTheory]
    [InlineData("train", 3)]
    [InlineData("sweep", 2)]
    [InlineData("compare", 2)]
    [InlineData("reproduce", 2)]
    public void Slurm_Script_HasATaskForEachRun(string kind, int tasks)
    {
        string script = Script(kind);

        Assert.StartsWith("#!/bin/bash\n", script, StringComparison.Ordinal);
        Assert.Contains($"#SBATCH --array=1-{tasks}\n", script, StringComparison.Ordinal);
        Assert.Contains($" {kind} ", script, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Run("my work")));
    }

    // Without Slurm its script is a script: tasks at once come to the results.
    [UnixFact]
    public void Slurm_Script_RunsAsItsTasksWould()
    {
        string written = Script("train");

        string script = command.Write("tasks.sh", written);
        string[] task = ["SLURM_CPUS_PER_TASK=1", $"ENGRAM=dotnet {CommandLine.ProgramPath}", "bash", script];
        Process[] processes = [.. Enumerable.Range(1, Processes).Select(_ => command.Start("env", task))];
        CommandOutcome[] outcomes = [.. processes.Select(CommandLine.Finish)];
        Array.ForEach(processes, p => p.Dispose());

        Assert.All(outcomes, o => Assert.True(o.ExitCode == ExitCodes.Success, o.Messages));
        Assert.Contains(outcomes, o => o.Results.Length > 0);
    }

    [Fact]
    public void Slurm_FileThatIsThere_IsKept()
    {
        string file = command.Write("script.sh", "mine");

        CommandOutcome outcome = command.Call([.. Words("train"), "--run", "shared", "--slurm", file]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    private string Script(string kind)
    {
        CommandOutcome written = command.Call([.. Words(kind), "--run", "my work", "--slurm", "-"]);
        Assert.True(written.ExitCode == ExitCodes.Success, written.Messages);
        return written.Results;
    }

    private string[] Words(string kind)
    {
        string recipe = command.Write(
            "tiny.yaml", CommandLine.TinyRecipe.Replace("outer-steps: 40", "outer-steps: 150", StringComparison.Ordinal));
        return kind switch
        {
            "train" => ["train", recipe, "--seeds", "3"],
            "sweep" =>
            [
                "sweep",
                command.Write(
                    "sweep.yaml",
                    $"recipe: {recipe}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: {{lifetimes: 4}}\n"),
            ],
            "compare" =>
            [
                "compare",
                command.Write(
                    "comparison.yaml",
                    """
                    problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
                    network: {hidden-widths: [10, 8]}
                    training: {epochs: 20, batch-size: 16, rates: [1e-3], seeds: 1, patience: none, measured-steps: 2}
                    methods: {backprop: , feedback-alignment: }
                    """),
            ],
            _ => ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--only", "continual/feature-reuse", "--yes"],
        };
    }
}
