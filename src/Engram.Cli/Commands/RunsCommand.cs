using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram runs</c>: the runs that there are, what each holds, where they differ, and all of it for other programs.</summary>
internal static class RunsCommand
{
    private const string Csv = "csv", Json = "json", Parquet = "parquet";
    private const int MostNamed = 10;

    /// <summary>Two learners, as in <see cref="LearnerDifference"/>; the bounds are those of the 95 % interval, null of one pair.</summary>
    internal sealed record JsonLearners(
        string First, string Second, double Mean, double? Low, double? High, int Pairs, string Over, long FirstLifetimes,
        long SecondLifetimes, string Verdict)
    {
        public static JsonLearners Of(LearnerDifference d)
        {
            PairedDifference pair = d.Difference;
            double? half = double.IsNaN(pair.HalfWidth) ? null : pair.HalfWidth;
            return new JsonLearners(
                d.First, d.Second, pair.Mean, pair.Mean - half, pair.Mean + half, pair.Pairs, pair.OverNetworks ? "networks" : "lifetimes",
                d.FirstLifetimes, d.SecondLifetimes, d.Verdict);
        }
    }

    /// <summary>What <c>compare</c> prints, learners against each other among it.</summary>
    internal sealed record JsonComparison(
        ImmutableArray<RunSummary> Runs, ImmutableArray<RunDifference> Differences, ImmutableArray<JsonLearners> Learners)
    {
        public static JsonComparison Of(RunComparison comparison) => new(
            comparison.Runs, comparison.Differences, [.. LearnerDifference.Of(ResultsOf(comparison)).Select(JsonLearners.Of)]);
    }

    internal sealed record JsonDetails(
        RunSummary Run, RunEnvironment Environment,
        IReadOnlyDictionary<string, string> Recipe, IReadOnlyList<CheckpointDetails> Checkpoints, long Bytes,
            IReadOnlyList<string> Problems)
    {
        public static JsonDetails Of(RunDetails run)
        {
            var recipe = run.Recipe.Values.All.ToDictionary(v => v.Key.Path, v => v.Text, StringComparer.Ordinal);
            return new(run.Summary, run.Environment, recipe, run.Checkpoints, run.Bytes, run.Problems);
        }
    }

    public static Command Create(Output output, RunStore store)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        Option<string[]> tags = TagOption();
        var command = new Command(
            "runs",
            "Lists runs with their state, progress and result, from $ENGRAM_RUNS or ./runs; shows, compares, labels and exports them.")
        {
            json, tags, List(output, store, json), Show(output, store, json), Compare(output, store, json), Export(output, store, json),
                Tag(output, store), Note(output, store),
        };
        command.SetAction(parsed => PrintList(output, store, parsed.GetValue(json), parsed.GetValue(tags)!));
        return command;
    }

    // In 'engram runs --json list' the option is that of 'engram runs'.
    private static bool IsJson(ParseResult parsed, Option<bool> own, Option<bool> above) => parsed.GetValue(own) || parsed.GetValue(above);

    private static Option<string[]> TagOption() => new("--tag")
    { HelpName = "tag", Description = "Only runs that have this tag; given again, all of these tags.", DefaultValueFactory = _ => [] };

    private static Command List(Output output, RunStore store, Option<bool> above)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        Option<string[]> tags = TagOption();
        var command = new Command("list", "Lists runs, as 'engram runs' alone does.") { json, tags };
        command.SetAction(parsed => PrintList(output, store, IsJson(parsed, json, above), parsed.GetValue(tags)!));
        return command;
    }

    private static Command Tag(Output output, RunStore store)
    {
        var names = RunsArgument(ArgumentArity.OneOrMore);
        var add = new Option<string[]>("--add")
        { HelpName = "tag", Description = "A tag to put on; can be given again.", DefaultValueFactory = _ => [] };
        var remove = new Option<string[]>("--remove")
        { HelpName = "tag", Description = "A tag to take off; can be given again.", DefaultValueFactory = _ => [] };
        var command =
            new Command("tag", "Puts tags on runs or takes them off. 'engram runs --tag' finds runs by their tags.") { names, add, remove };
        command.SetAction(parsed =>
        {
            (string[] added, string[] removed) = (parsed.GetValue(add)!, parsed.GetValue(remove)!);
            foreach (string folder in store.FindAll(parsed.GetRequiredValue(names)))
            {
                RunLabels labels = RunLabels.Tag(folder, added, removed);
                output.Results.WriteLine($"{store.NameOf(folder)}: {(labels.Tags.IsEmpty ? "no tags" : string.Join(' ', labels.Tags))}");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Note(Output output, RunStore store)
    {
        var name = new Argument<string>("run") { Description = "Name or folder of a run, or of a group for all its runs." };
        var text = new Argument<string>("text") { Description = "The note; \"\" removes it." };
        var command = new Command("note", "Writes a note on a run; it replaces an earlier one.") { name, text };
        command.SetAction(parsed =>
        {
            foreach (string folder in store.FindAll([parsed.GetRequiredValue(name)]))
            {
                output.Results.WriteLine(
                    $"{store.NameOf(folder)}: {RunLabels.Annotate(folder, parsed.GetRequiredValue(text)).Note ?? "no note"}");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Show(Output output, RunStore store, Option<bool> above)
    {
        var names = RunsArgument(ArgumentArity.OneOrMore);
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command =
            new Command("show", "Shows all about a run: recipe, machine, progress, result, checkpoints, damage.") { names, json };
        command.SetAction(parsed =>
        {
            RunDetails[] runs = [.. store.FindAll(parsed.GetRequiredValue(names)).Select(f => RunDetails.Of(store, f))];
            if (IsJson(parsed, json, above))
            {
                output.Json([.. runs.Select(JsonDetails.Of)], CommandJson.Types.JsonDetailsArray);
            }
            else
            {
                foreach (RunDetails run in runs)
                {
                    Print(output, run);
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static IEnumerable<RunResult> ResultsOf(RunComparison comparison) => comparison.Runs.Where(r => r.Foreign is null)
        .Select(r => r.Result is { } result ? result with { Folder = r.Folder } : null).OfType<RunResult>();

    private static Command Compare(Output output, RunStore store, Option<bool> above)
    {
        var names = RunsArgument(ArgumentArity.OneOrMore);
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("compare", "Shows results side by side, and where runs differ.") { names, json };
        command.SetAction(parsed =>
        {
            RunComparison comparison = RunComparison.Of(store, store.FindAll(parsed.GetRequiredValue(names)));
            NoteChanges(output, comparison.Runs.Select(r => r.Folder));
            if (IsJson(parsed, json, above))
            {
                output.Json(JsonComparison.Of(comparison), CommandJson.Types.JsonComparison);
            }
            else
            {
                PrintTable(output, comparison.Runs);
                output.Table(
                    ["Differs", .. comparison.Runs.Select(r => r.Name)],
                    comparison.Differences.Select(d => (string[])[d.Key, .. d.Values.Select(v => v ?? "–")]));
                ResultView.PrintLearners(output, [.. ResultsOf(comparison)]);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Export(Output output, RunStore store, Option<bool> above)
    {
        var names = RunsArgument(ArgumentArity.ZeroOrMore);
        var file = new Option<string?>("--out")
        { HelpName = "file", Description = "A file ending in .csv, .json or .parquet. Default: standard output." };
        var format = new Option<string?>("--format")
        { HelpName = "csv|json|parquet", Description = "csv, json or parquet. Default: by the file's ending, else csv." };
        format.CompletionSources.Add(Csv, Json, Parquet);
        var metrics = new Option<bool>("--metrics") { Description = "Write a row for each line of metrics, not for each run." };
        var describe = new Option<bool>("--describe") { Description = "Write what each column means instead, the data dictionary." };
        Option<string[]> tags = TagOption();
        var command = new Command(
            "export",
            "Writes runs as CSV, JSON or Parquet for other programs, with a column for each setting that differs. Default: all " +
            "runs.")
        {
            names, file, format, metrics, describe, tags,
        };
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(file), ending = Path.GetExtension(path)?.ToLowerInvariant();
            string kind = parsed.GetValue(format)
                ?? (ending == ".parquet" ? Parquet : parsed.GetValue(above) || ending == ".json" ? Json : Csv);
            if (path is { Length: > 0 })
            {
                AtomicFile.ExpectFile(path);
            }

            if (kind is not (Csv or Json or Parquet))
            {
                throw new EngramException($"Found '{kind}' for --format, expected {Csv}, {Json} or {Parquet}.");
            }

            if (kind == Parquet && path is null)
            {
                throw new EngramException(
                    "Found --format parquet without --out, expected both: such a file is not text. Name a file ending in .parquet.");
            }

            string[] wanted = parsed.GetValue(tags)!;
            string[] folders = [.. (parsed.GetValue(names) is { Length: > 0 } given ? store.FindAll(given).Select(store.Summarize)
                : store.List().Where(r => r.Problem is null))
                .Where(r => wanted.All(r.Tags.Contains)).Select(r => r.Folder)];
            NoteChanges(output, folders);
            var rows = parsed.GetValue(metrics) ? RunExport.Metrics(store, folders) : RunExport.Runs(store, folders);
            rows = parsed.GetValue(describe) ? RunExport.Describe(rows) : rows;
            if (path is null)
            {
                output.Results.Write(kind == Json ? RunExport.Json(rows) : RunExport.Csv(rows));
                return ExitCodes.Success;
            }

            if (kind == Parquet)
            {
                RunExport.WriteParquet(path, rows);
            }
            else
            {
                AtomicFile.WriteText(path, kind == Json ? RunExport.Json(rows) : RunExport.Csv(rows));
            }

            output.Note($"{rows.Length} rows in {path}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static void NoteChanges(Output output, IEnumerable<string> folders)
    {
        foreach (string change in folders.SelectMany(f => RunDirectory.ChangesOf(f)))
        {
            output.Note(change);
        }
    }

    private static Argument<string[]> RunsArgument(ArgumentArity arity) => new("runs")
    { HelpName = "runs", Description = "Names or folders of runs, or of groups for all their runs.", Arity = arity };

    private static int PrintList(Output output, RunStore store, bool json, string[] tags)
    {
        Array.ForEach(tags, RunLabels.ExpectTag);
        ImmutableArray<RunSummary> all = store.List(), runs = [.. all.Where(r => tags.All(r.Tags.Contains))];
        if (json)
        {
            output.Json([.. runs], CommandJson.Types.RunSummaryArray);
        }
        else if (runs.IsEmpty && !all.IsEmpty)
        {
            output.Note($"There are no runs with the tags {string.Join(", ", tags)} in '{store.Root}'; 'engram runs' lists all.");
        }
        else if (runs.IsEmpty)
        {
            output.Note($"There are no runs in '{store.Root}'; 'engram train' makes one.");
        }
        else
        {
            PrintTable(output, runs);
            foreach (RunSummary run in runs.Where(r => r.Foreign is not null))
            {
                output.Note(
                    $"{run.Name} was made by a program with parts that this one does not know: {run.Foreign} That program " +
                    $"can evaluate and resume it.");
            }
        }

        if (!json && ComparisonFolder.NamesIn(store) is { Length: > 0 } comparisons)
        {
            output.Note(
                $"There are also comparisons: " +
                $"{string.Join(", ", comparisons.Take(MostNamed))}{(comparisons.Length > MostNamed ? ", …" : string.Empty)}; 'engram " +
                $"compare --resume --run NAME' resumes one, or prints its result.");
        }

        return ExitCodes.Success;
    }

    private static void PrintTable(Output output, IReadOnlyList<RunSummary> runs)
    {
        bool errors = runs.Any(r => r.LastMetrics?.QueryErrorPercent is not null || r.Result is { IsClassification: true });
        (bool tags, bool notes) = (runs.Any(r => !r.Tags.IsEmpty), runs.Any(r => r.Note is not null));
        output.Table(
            ["Run", "State", ">Done", ">Outer steps", ">Running loss", .. errors ? (string[])[">Running error, %"] : [], ">Query loss",
                ">± s.e.", .. errors ? ResultView.ErrorHeadings : [], .. tags ? (string[])["Tags"] : [], .. notes ? (string[])["Note"]
                : []],
            runs.Select(
                r =>
                (string[])[.. Row(r, errors), .. tags ? (string[])[string.Join(' ', r.Tags)] : [], .. notes
                ? (string[])[r.Note ?? string.Empty] : []]));
    }

    private static string[] Row(RunSummary run, bool errors) =>
    [
        run.Name,
        run.Problem is null ? RecipeSchema.Name(run.State) : "unreadable: " + run.Problem,
        run.Progress is { } done ? $"{Math.Floor(100 * done).ToString(CultureInfo.InvariantCulture)} %" : string.Empty,
        run.LastMetrics?.OuterStep.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
        Numbers.Short(run.LastMetrics?.RunningQueryLoss),
        .. errors ? (string[])[Numbers.Short(run.LastMetrics?.RunningQueryErrorPercent)] : [],
        Numbers.Short(run.Result?.Evaluation?.QueryLoss),
        Numbers.Short(run.Result?.Evaluation?.StandardError),
        .. errors ? ResultView.ErrorCells(run.Result?.Evaluation) : [],
    ];

    private static void Print(Output output, RunDetails run)
    {
        RunSummary s = run.Summary;
        RunEnvironment e = run.Environment;
        List<(string What, string Text)> lines =
        [
            ("run", s.Name),
            ("state", $"{RecipeSchema.Name(s.State)}, {s.LastMetrics?.OuterStep ?? 0} of {s.OuterSteps} outer steps"),
            ("recipe", $"{e.Recipe} ({run.Recipe.Name})"),
            ("made", string.Create(
                CultureInfo.InvariantCulture,
                $"{e.Created:yyyy-MM-dd HH:mm:ss} UTC by Engram {e.Version}{(e.Commit is null ? string.Empty : "+" + e.Commit)}")),
            ("machine", $"{e.Processor}, {e.Processors} processors, vectors of {e.VectorBits} bits, {e.OperatingSystem}, {e.Runtime}"),
            ("threads, seed", $"{e.Threads}, {e.Seed}"),
            ("running loss", Numbers.Short(s.LastMetrics?.RunningQueryLoss)),
            .. s.LastMetrics?.RunningQueryErrorPercent is { } running ? [("running error", $"{Numbers.Short(running)} %")]
                : (List<(string, string)>)[],
            ("result", s.Result?.Evaluation is { } found
                ? $"{ErrorOf(found)}query loss {Numbers.Short(found.QueryLoss)} ± {Numbers.Short(found.StandardError)} over " +
                $"{found.Lifetimes} {found.Split} lifetimes" : s.Result?.Message ?? "none yet"),
            ("expected", run.Recipe.Expected is { } expected
                ? $"{Numbers.Short(expected.Value)}{(expected.IsError ? " % error" : string.Empty)} ({expected.Source})" : "nothing"),
        ];
        if (!s.Tags.IsEmpty)
        {
            lines.Add(("tags", string.Join(' ', s.Tags)));
        }

        if (s.Note is { } note)
        {
            lines.Add(("note", note));
        }

        lines.AddRange(
            run.Checkpoints.Select(c => ("checkpoint", $"{c.File}, {c.Bytes} bytes, {(c.Problem is null ? "whole" : "damaged")}")));
        lines.Add(("all files", string.Create(CultureInfo.InvariantCulture, $"{run.Bytes / 1048576.0:0.0} MiB in {s.Folder}")));
        lines.AddRange(run.Problems.Select(p => ("problem", p)));
        foreach ((string what, string text) in lines)
        {
            output.Results.WriteLine($"{what,-14} {text}");
        }

        output.Results.WriteLine();
    }

    private static string ErrorOf(EvaluationSummary found) =>
        found.QueryErrorPercent is { } error ? $"error {Numbers.Short(error)} ± {Numbers.Short(found.ErrorStandardErrorPercent)} %, "
            : string.Empty;
}
