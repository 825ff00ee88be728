using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Runs;
using Engram.Experiments.Sequences;
using Engram.Experiments.Training;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram reproduce</c>: repeats a published table.</summary>
internal static class ReproduceCommand
{
    private const int MostSeeds = 1000;

    private sealed record Request(ReproductionPlan Plan, string Folder, string Command, bool Yes, bool OnlyPlan, bool Json, bool Quiet);

    internal sealed record JsonCost(int Runs, long Lifetimes, double Seconds, long MemoryBytes, long DiskBytes);

    public static Command Create(Output output, RunStore store)
    {
        var table = new Argument<string>("table")
        { HelpName = "table", Description = $"One of {string.Join(", ", PublishedTables.Everything.Select(t => t.Name))}." };
        table.CompletionSources.Add([.. PublishedTables.Everything.Select(t => t.Name)]);
        Option<string> scale = Choice(
            "--scale",
            "smoke (seconds), laptop (less than an hour on two cores), desktop (four to thirteen minutes a network), or paper (the " +
            "published problems).", ReproductionScale.Laptop);
        Option<string> recipes = Choice(
            "--recipes",
            "Which recipes, at the scale of the paper: as the paper states them, as the authors' code runs them, or the best known here.",
            RecipeForm.Paper);
        var only = new Option<string[]>("--only")
        {
            HelpName = "cell",
            Description = "A column, a row, or a cell such as iid/flp-2; can be given again.",
            DefaultValueFactory = _ => []
        };
        var seeds = new Option<int?>("--seeds")
        { Description = "Networks of each cell. Default: 1 to 5, by table and scale." };
        var run = new Option<string?>("--run")
        {
            Description =
            "Name of the group of runs. Default: the table's name and the scale. Networks that it has already are not trained again."
        };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var plan = new Option<bool>("--plan") { Description = "Say what it would cost, and do nothing." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask before it starts; off a terminal nothing is asked." };
        var json = new Option<bool>("--json") { Description = "Print the results, or with --plan what they would cost, as JSON." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress." };
        var command = new Command(
            "reproduce",
            "Repeats a published table: trains missing networks, resumes unfinished ones, evaluates, and compares with the paper.")
        {
            table, scale, recipes, only, seeds, run, threads, plan, yes, json, quiet,
        };
        var shared = new SharedWork();
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--seeds", parsed.GetValue(seeds), 1);
            Arguments.ExpectAtMost("--seeds", parsed.GetValue(seeds), MostSeeds);
            ReproductionPlan made = ReproductionPlan.Of(
                PublishedTables.Named(parsed.GetRequiredValue(table)),
                Value<ReproductionScale>("--scale", parsed.GetValue(scale)!),
                Value<RecipeForm>("--recipes", parsed.GetValue(recipes)!),
                parsed.GetValue(only) ?? [],
                parsed.GetValue(seeds));
            string? name = parsed.GetValue(run);
            string folder = store.FolderOfNew(name ?? made.Stem);
            string again =
                CommandOf(made, parsed.GetValue(only) ?? [], parsed.GetValue(seeds), name is null ? null : store.RunOption(folder));
            if (shared.Script(parsed) is not null)
            {
                ReproductionTraining.Check(folder, made);
                string[] words =
                    [.. WordsOf(made, parsed.GetValue(only) ?? [], parsed.GetValue(seeds)), "--run", name ?? made.Stem, "--yes"];
                return shared.WriteScript(
                    output, parsed, store, words, name ?? made.Stem, made.Runs.Count(), parsed.GetValue(threads));
            }

            var request = new Request(
                made, folder, again, parsed.GetValue(yes), parsed.GetValue(plan), parsed.GetValue(json), parsed.GetValue(quiet));
            return Run(output, request, new TrainingOptions
            {
                Threads = Arguments.Threads(parsed.GetValue(threads)),
                Note = output.Note,
                Store = store,
                Shared = shared.IsShared(parsed),
            });
        });
        return command;
    }

    private static int Run(Output output, Request request, TrainingOptions options)
    {
        // Up to the start nothing is written, and a signal ends the program as it does others.
        ReproductionTraining.Check(request.Folder, request.Plan);
        options = options with { Data = DataView.Context(output, request.Quiet) };
        ReproductionCost cost = ReproductionCost.Measure(request.Plan, r => ReproductionTraining.FolderOf(request.Folder, r), options);

        // Where it only plans, what it says is its result.
        Action<string> say = request is { OnlyPlan: true, Json: false } ? output.Results.WriteLine : output.Note;
        say($"{request.Plan.Table.Title}, scale {RecipeSchema.Name(request.Plan.Scale)}, in {request.Folder}");
        say(Describe(request, cost, options.Threads));
        foreach (string missing in request.Plan.WithoutRecipe)
        {
            say($"There is no recipe {missing}; its cell is skipped.");
        }

        if (request.OnlyPlan)
        {
            if (request.Json)
            {
                output.Json(
                    new JsonCost(cost.Runs, cost.Lifetimes, cost.Time.TotalSeconds, cost.MemoryBytes, cost.DiskBytes),
                    CommandJson.Types.JsonCost);
            }

            return ExitCodes.Success;
        }

        if (cost.Runs > 0 && !request.Yes && !output.Confirm("Start?"))
        {
            return ExitCodes.Success;
        }

        try
        {
            if (request.Plan.Table == PublishedTables.Sequence)
            {
                SequenceResult sequence = Reproduce(output, request, options, cost, SequenceReproduction.Run);
                ReproductionFiles written = SequenceReport.Write(request.Folder, sequence, request.Command);
                Report(output, request, written, () => Print(output, sequence, written));
                return sequence.Cells.Any(c => c.Diverged > 0) ? ExitCodes.NonFinite : ExitCodes.Success;
            }

            ReproductionResult result = Reproduce(output, request, options, cost, ReproductionTraining.Run);
            ReproductionFiles files = ReproductionReport.Write(request.Folder, result, request.Command);
            Report(output, request, files, () => Print(output, result, files));
            return result.Cells.Any(c => c.Verdict == CellVerdict.Diverged) ? ExitCodes.NonFinite : ExitCodes.Success;
        }
        catch (RunsElsewhereException e)
        {
            return SharedWork.Left(output, e);
        }
    }

    private static TResult Reproduce<TResult>(
        Output output, Request request, TrainingOptions options, ReproductionCost cost,
        Func<string, ReproductionPlan, TrainingOptions, TResult> run)
    {
        using var stop = new StopSignal(output);
        using var progress = new ProgressView(output, request.Quiet);
        try
        {
            if (cost.Runs > 0)
            {
                progress.Start($"{cost.Runs} runs to do");
            }

            return run(
                request.Folder, request.Plan,
                options with
                {
                    Progress = progress.Report,
                    Note = progress.Note,
                    Stop = stop.Token,
                    Data = DataView.Context(output, request.Quiet, stop.Token)
                });
        }
        catch (OperationCanceledException e)
        {
            progress.Dispose();
            throw StopSignal.Told(e as RunStoppedException ?? new RunStoppedException(request.Folder), request.Command);
        }
    }

    private static void Report(Output output, Request request, ReproductionFiles files, Action print)
    {
        if (request.Json)
        {
            output.Results.Write(RegularFile.ReadText(files.Json, JsonForms.MostBytes));
        }
        else
        {
            print();
        }
    }

    private static string Describe(Request request, ReproductionCost cost, int threads)
    {
        int all = request.Plan.Runs.Count();
        return cost.Runs == 0
            ? $"All {all} runs have ended; {(request.OnlyPlan ? "there is nothing to train" : "the report is written again")}."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{cost.Runs} of {all} runs to do: {cost.Lifetimes:N0} lifetimes, about {Numbers.Duration(cost.Time)} on {threads} " +
                    $"thread{(threads == 1 ? string.Empty : "s")} as measured now, {cost.MemoryBytes / 1048576.0:0} MiB of memory " +
                    $"beside the program's own, {Math.Ceiling(cost.DiskBytes / 1048576.0):0} MiB of disk.");
    }

    private static void Print(Output output, ReproductionResult result, ReproductionFiles files)
    {
        output.Table(ReproductionReport.CellHeadings, ReproductionReport.CellRows(result).Select(r => (IReadOnlyList<string>)r));
        if (!result.Asked.IsEmpty)
        {
            output.Table(
                ReproductionReport.ContrastHeadings, ReproductionReport.ContrastRows(result).Select(r => (IReadOnlyList<string>)r));
        }

        output.Results.WriteLine(ReproductionReport.MeaningOf(result.Plan));
        foreach (string note in ReproductionReport.Notes(result))
        {
            output.Results.WriteLine(note);
        }

        PrintFiles(output, files);
    }

    private static void Print(Output output, SequenceResult result, ReproductionFiles files)
    {
        output.Table(SequenceReport.Headings(result), SequenceReport.Rows(result).Select(r => (IReadOnlyList<string>)r));
        output.Table(SequenceReport.PublishedHeadings, SequenceReport.PublishedRows().Select(r => (IReadOnlyList<string>)r));
        output.Results.WriteLine(SequenceReport.MeaningOf(result.Plan));
        foreach (string note in SequenceReport.Notes(result).Concat(SequenceReport.Differences()))
        {
            output.Results.WriteLine(note);
        }

        PrintFiles(output, files);
    }

    private static void PrintFiles(Output output, ReproductionFiles files) =>
        output.Results.WriteLine(
            $"Report: {files.Html} (also {Path.GetFileName(files.Markdown)}, {Path.GetFileName(files.Csv)}, " +
            $"{Path.GetFileName(files.Json)}; figures: {string.Join(", ", files.Figures.Select(f => Path.GetFileName(f.Svg)))})");

    private static string CommandOf(ReproductionPlan plan, string[] only, int? seeds, string? runOption) =>
        string.Join(' ', ["engram", .. WordsOf(plan, only, seeds), .. runOption is null ? [] : (string[])[runOption]]);

    private static List<string> WordsOf(ReproductionPlan plan, string[] only, int? seeds)
    {
        var words = new List<string> { "reproduce", plan.Table.Name, "--scale", RecipeSchema.Name(plan.Scale) };
        if (plan.Scale == ReproductionScale.Paper)
        {
            words.AddRange(["--recipes", RecipeSchema.Name(plan.Form)]);
        }

        words.AddRange(only.SelectMany(o => (string[])["--only", o]));
        words.AddRange(seeds is { } number ? ["--seeds", number.ToString(CultureInfo.InvariantCulture)] : []);
        return words;
    }

    private static Option<string> Choice<TEnum>(string name, string description, TEnum initial)
        where TEnum : struct, Enum
    {
        var option = new Option<string>(name)
        {
            HelpName = string.Join('|', RecipeSchema.Names<TEnum>()),
            Description = description,
            DefaultValueFactory = _ => RecipeSchema.Name(initial)
        };
        option.CompletionSources.Add([.. RecipeSchema.Names<TEnum>()]);
        return option;
    }

    private static TEnum Value<TEnum>(string option, string name)
        where TEnum : struct, Enum
    {
        IReadOnlyList<string> names = RecipeSchema.Names<TEnum>();
        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            if (RecipeSchema.Name(value) == name)
            {
                return value;
            }
        }

        throw new EngramException($"Found '{name}' for {option}; {NearestName.Hint(name, [.. names])}");
    }
}
