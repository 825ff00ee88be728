using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>What a command printed and ended with.</summary>
internal sealed record CommandOutcome(int ExitCode, string Results, string Messages)
{
    /// <summary>The results as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Results).RootElement;
}

/// <summary>Runs the command with runs in a folder of its own.</summary>
internal sealed class CommandLine : IDisposable
{
    /// <summary>A recipe that runs in a moment.</summary>
    public const string TinyRecipe = """
        task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4, ordering: iid}
        network: {hidden-widths: [6, 5], plastic-layers: 2}
        learner: {name: flp}
        initialization: {hidden-plasticity: 1e-3}
        meta-training:
          outer-steps: 40
          rates: {feedforward: 1e-3}
          checkpoint-every: 10
        evaluation: {lifetimes: 4}
        """;

    private readonly TemporaryFolder folder = new();

    /// <summary>Folder of the runs.</summary>
    public string Runs => Path.Combine(folder.Path, "runs");

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text) => folder.File(name, text);

    /// <summary>Path of the tiny recipe.</summary>
    public string Tiny() => Write("tiny.yaml", TinyRecipe);

    /// <summary>Path of the same recipe, of so many outer steps.</summary>
    public string Long(int outerSteps) => Write("long.yaml", TinyRecipe
        .Replace("outer-steps: 40", string.Create(CultureInfo.InvariantCulture, $"outer-steps: {outerSteps}"), StringComparison.Ordinal)
            .Replace("checkpoint-every: 10", "checkpoint-every: 50", StringComparison.Ordinal));

    /// <summary>Folder of a run.</summary>
    public string Run(string name) => Path.Combine(Runs, name);

    /// <summary>Runs the command in this process.</summary>
    public CommandOutcome Call(params string[] args)
    {
        using var results = new StringWriter();
        using var messages = new StringWriter();
        int code = EngramCommand.Run(args, new Output(results, TextWriter.Synchronized(messages), plain: true), new RunStore(Runs));
        return new CommandOutcome(code, results.ToString(), messages.ToString());
    }

    /// <summary>Starts the command as a process of its own.</summary>
    public Process Start(params string[] args) => Start("dotnet", [ProgramPath, .. args]);

    /// <summary>Starts a program with runs in this folder.</summary>
    public Process Start(string program, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program, args)
        { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ENGRAM_RUNS"] = Runs;
        return Process.Start(start)!;
    }

    /// <summary>The command's program.</summary>
    public static string ProgramPath { get; } = Path.Combine(AppContext.BaseDirectory, "engram.dll");

    /// <summary>Waits for a process and takes what it printed.</summary>
    public static CommandOutcome Finish(Process process)
    {
        Task<string> messages = process.StandardError.ReadToEndAsync();
        string results = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the process did not end");
        return new CommandOutcome(process.ExitCode, results, messages.Result);
    }

    public void Dispose() => folder.Dispose();
}
