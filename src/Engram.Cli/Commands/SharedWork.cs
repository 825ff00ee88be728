using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary>The options of commands whose runs several processes can share out among them, as tasks of a Slurm array do.</summary>
internal sealed class SharedWork
{
    // Slurm's own limit of an array, unless a cluster has another.
    private const int MostTasks = 1000;

    private readonly Option<bool> share = new("--share")
    {
        Description =
            "Share the work with other processes that run the same command: each takes runs that nobody else has, the last one prints.",
    };

    private readonly Option<string?> slurm = new("--slurm")
    {
        HelpName = "file",
        Description = "Do nothing but write a script for sbatch, an array of tasks that share the work; - prints it.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(share);
        command.Add(slurm);
    }

    /// <summary>Whether the work is shared.</summary>
    public bool IsShared(ParseResult parsed) => parsed.GetValue(share);

    /// <summary>The script's file; null where none is asked for.</summary>
    public string? Script(ParseResult parsed) => parsed.GetValue(slurm);

    /// <summary>Checks that the processes know by what name to find each other.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The name that is given; null for none.</param>
    public void ExpectName(ParseResult parsed, string? run)
    {
        string? option = IsShared(parsed) ? "--share" : Script(parsed) is not null ? "--slurm" : null;
        if (option is not null && run is null)
        {
            throw new EngramException(
                $"Found {option} without --run, expected --run NAME: processes that share the work find it by its name.");
        }
    }

    /// <summary>Writes the script: as many tasks as there are runs, each with the command that was given and <c>--share</c>.</summary>
    /// <param name="output">Where to say so.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="store">Where runs lie.</param>
    /// <param name="words">The command's words, without <c>--slurm</c>, <c>--threads</c> and <c>--quiet</c>.</param>
    /// <param name="name">Name of the work.</param>
    /// <param name="runs">How many runs there are.</param>
    /// <param name="threads">Threads of each task; null for one.</param>
    /// <exception cref="EngramException">The file is there already, or cannot be written.</exception>
    public int WriteScript(
        Output output, ParseResult parsed, RunStore store, IEnumerable<string> words, string name, int runs, int? threads)
    {
        string file = Script(parsed)!;
        string shell = string.Join(' ', words.Select(ShellText.Quote));
        string text = Text(store, shell, name, Math.Min(runs, MostTasks), threads ?? 1);
        if (file == "-")
        {
            output.Results.Write(text);
            return ExitCodes.Success;
        }

        if (File.Exists(file) || Directory.Exists(file))
        {
            throw new EngramException($"Found '{file}' already, expected a new file for the script; choose another name with --slurm.");
        }

        AtomicFile.WriteText(file, text);
        output.Results.WriteLine(
            $"Wrote {file}: {runs} runs in {Math.Min(runs, MostTasks)} tasks. Submit it by: sbatch {ShellText.Quote(file)}");
        return ExitCodes.Success;
    }

    /// <summary>Says what others still have, where this process has done what it could.</summary>
    public static int Left(Output output, RunsElsewhereException others)
    {
        output.Note(others.Message);
        return ExitCodes.Success;
    }

    private static string Text(RunStore store, string command, string name, int tasks, int threads) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            #!/bin/bash
            # Each task takes runs that no other task has, resumes what a task before it left, and ends when there are none.
            # The last one writes the results. Submit this file again after a time limit: the work continues where it stopped.
            #SBATCH --job-name={{JobName(name)}}
            #SBATCH --array=1-{{tasks}}
            #SBATCH --cpus-per-task={{threads}}
            #SBATCH --output={{JobName(name)}}-%A_%a.log
            #SBATCH --open-mode=append
            #SBATCH --requeue
            #SBATCH --signal=B:TERM@120
            # Add what your cluster asks for, such as --time, --mem, --partition and --account. ENGRAM names another program.
            set -eu
            cd {{ShellText.Quote(Environment.CurrentDirectory)}}
            export ENGRAM_RUNS={{ShellText.Quote(Path.GetFullPath(store.Root))}}
            {{Variable("ENGRAM_DATA")}}exec ${ENGRAM:-{{Program()}}} {{command}} --share --quiet --threads "$SLURM_CPUS_PER_TASK"

            """);

    private static string JobName(string name) =>
        new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')]);

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? $"export {name}={ShellText.Quote(Path.GetFullPath(value))}\n" : string.Empty;

    // The program that is running, as tasks on other machines see it too; under 'dotnet engram.dll' both.
    private static string Program()
    {
        string process = Environment.ProcessPath ?? "engram", entry = Environment.GetCommandLineArgs()[0];
        return Path.GetFileNameWithoutExtension(process) == "dotnet" && entry.EndsWith(".dll", StringComparison.Ordinal)
            ? $"{ShellText.Quote(process)} {ShellText.Quote(Path.GetFullPath(entry))}" : ShellText.Quote(process);
    }
}
