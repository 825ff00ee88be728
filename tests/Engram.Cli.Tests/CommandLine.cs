using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
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
internal sealed partial class CommandLine : IDisposable
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

        // No process of a test lives so long that the runtime's profiles of it would pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    /// <summary>The command's program.</summary>
    public static string ProgramPath { get; } = Path.Combine(AppContext.BaseDirectory, "engram.dll");

    /// <summary>The outer step of the last whole line of a run's metrics, of which the end alone is read; 0 where there is none.</summary>
    public long LastStep(string run)
    {
        string path = Path.Combine(Run(run), MetricsLog.FileName);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(file.Length, 1024), SeekOrigin.End);
            using var reader = new StreamReader(file);
            string end = reader.ReadToEnd();
            Match last = LastOuterStep().Match(end[..(end.LastIndexOf('\n') + 1)]);
            return last.Success ? long.Parse(last.Groups["step"].Value, CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            // It is not there, or no longer.
            return 0;
        }
    }

    /// <summary>Waits until a run has come to an outer step, or its process has ended.</summary>
    public async Task WaitForStep(string run, long step, Process process)
    {
        var clock = Stopwatch.StartNew();
        while (!process.HasExited && LastStep(run) < Math.Max(1, step))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the process wrote no metrics");
            await Task.Delay(5);
        }
    }

    /// <summary>Sends a signal, at once: a program that sends it would take its time to start.</summary>
    public static void Signal(Process process, string name)
    {
        int number = name switch { "INT" => 2, "TERM" => 15, _ => throw new ArgumentOutOfRangeException(nameof(name), name, null) };
        Assert.Equal(0, Kill(process.Id, number));
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    [GeneratedRegex("\"outerStep\":(?<step>[0-9]+)", RegexOptions.RightToLeft, 10_000)]
    private static partial Regex LastOuterStep();

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
