using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Text;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram compare</c>: methods of credit assignment side by side on one problem.</summary>
internal static class CompareCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var recipe = new Argument<string?>("comparison")
        {
            HelpName = "comparison",
            Description = "A built-in comparison ('engram list comparisons' names them) or a file.",
            Arity = ArgumentArity.ZeroOrOne
        };
        recipe.CompletionSources.Add([.. ComparisonReader.Names]);
        Option<string[]> set = RecipeCommand.SetOption();
        var only = new Option<string[]>("--only")
        {
            Description = "One of the comparison's methods; can be given again. Default: all.",
            HelpName = "method",
            DefaultValueFactory = _ => []
        };
        var run = new Option<string?>("--run")
        { Description = "Name of the comparison in $ENGRAM_RUNS or ./runs. Default: the file's name and a number." };
        var resume = new Option<bool>("--resume") { Description = "Resume the comparison of --run." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress." };
        var command = new Command(
            "compare",
            "Trains a network by several methods of credit assignment, and compares their errors, curves and angles to the gradient.")
        {
            recipe, set, only, run, resume, threads, json, quiet,
        };
        var shared = new SharedWork();
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(recipe), name = parsed.GetValue(run);
            bool goOn = parsed.GetValue(resume);
            if (goOn ? name is null || path is not null || parsed.GetValue(set) is { Length: > 0 }
                || parsed.GetValue(only) is { Length: > 0 } : path is null)
            {
                throw new EngramException(goOn
                    ? "Found --resume without --run, or with a comparison, --set or --only, expected --resume --run NAME alone: a " +
                        "comparison resumes with its own recipe."
                    : "Found no comparison, expected the name of one or its file, or --resume --run NAME to resume one; 'engram " +
                        "list comparisons' names those that are built in.");
            }

            shared.ExpectName(parsed, name);
            if (shared.Script(parsed) is not null)
            {
                IEnumerable<string> what = goOn ? ["--resume"]
                    : [path!, .. Each("--set", parsed.GetValue(set)), .. Each("--only", parsed.GetValue(only))];
                Comparison asked = goOn ? ComparisonFolder.Read(ComparisonFolder.Find(store, name!))
                    : ComparisonReader.Load(path!, parsed.GetValue(set), parsed.GetValue(only));
                return shared.WriteScript(
                    output, parsed, store, ["compare", .. what, "--run", name!], name!,
                    asked.Methods.Sum(m => ComparisonTraining.RunsOf(asked, m)), parsed.GetValue(threads));
            }

            using var stop = new StopSignal(output);
            using var view = new ComparisonView(output, parsed.GetValue(quiet));
            var options = new ComparisonOptions
            {
                Run = new TrainingOptions
                {
                    Threads = Arguments.Threads(parsed.GetValue(threads)),
                    Shared = shared.IsShared(parsed),
                    Note = view.Note,
                    Stop = stop.Token,
                    Store = store,
                    Data = DataView.Context(output, parsed.GetValue(quiet), stop.Token)
                },
                Progress = view.Report,
            };
            using ComparisonFolder folder = goOn && options.Run.Shared
                ? ComparisonFolder.Share(ComparisonFolder.Find(store, name!), null, null, view.Note, stop.Token)
                : goOn ? ComparisonFolder.Open(ComparisonFolder.Find(store, name!), view.Note)
                : Make(store, path!, parsed.GetValue(set), parsed.GetValue(only), name, options.Run);
            view.Start(folder.Comparison,
                $"{(goOn ? "Resuming" : "Comparing")} {folder.Comparison.Methods.Length} methods of {folder.Comparison.Name} in " +
                $"{folder.Folder}");
            ImmutableArray<MethodOutcome> outcomes;
            try
            {
                outcomes = ComparisonTraining.Run(folder, options);
            }
            catch (RunStoppedException e)
            {
                view.Dispose();
                throw StopSignal.Told(e, $"engram compare --resume {store.RunOption(folder.Folder)}");
            }
            catch (RunsElsewhereException e)
            {
                view.Dispose();
                return SharedWork.Left(output, e);
            }

            view.Dispose();
            ComparisonFiles files = ComparisonReport.Write(folder, outcomes);
            if (parsed.GetValue(json))
            {
                output.Results.WriteLine(ComparisonReport.Json(folder.Comparison, outcomes).ToJsonString());
            }
            else
            {
                Print(output, folder.Comparison, outcomes, files);
            }

            return ExitCodeOf(outcomes);
        });
        return command;
    }

    /// <summary>That a rate explodes is a result; that all of a method's do leaves it without one.</summary>
    internal static int ExitCodeOf(ImmutableArray<MethodOutcome> outcomes) =>
        outcomes.Any(o => o.Rates.All(r => r.Diverged > 0)) ? ExitCodes.NonFinite : ExitCodes.Success;

    private static ComparisonFolder Make(
        RunStore store, string path, string[]? settings, string[]? only, string? name, TrainingOptions options)
    {
        // What is wrong must not leave a folder behind.
        Comparison comparison = ComparisonReader.Load(path, settings, only);
        ComparisonTraining.Check(comparison, options);
        string folder = name is not null ? store.FolderOfNew(name) : store.NewFolder(TrainCommand.Stem(path));
        RunEnvironment here = RunEnvironment.Here(path, comparison.Seeds[0], options.Threads);
        return options.Shared ? ComparisonFolder.Share(folder, comparison, here, options.Note, options.Stop)
            : ComparisonFolder.Create(folder, comparison, here);
    }

    private static IEnumerable<string> Each(string option, string[]? values) => (values ?? []).SelectMany(v => (string[])[option, v]);

    private static void Print(Output output, Comparison comparison, ImmutableArray<MethodOutcome> outcomes, ComparisonFiles files)
    {
        string unit = comparison.IsClassification ? " error, %" : " loss";
        bool published = outcomes.Any(o => o.Method.Published is not null), rates = outcomes.Any(o => o.Rates.Length > 1);
        output.Table(
            ["Method", rates ? ">Best rate" : ">Rate", ">Seeds", ">Best epoch", $">Validation{unit}", $">Test{unit}", ">± s.e.",
                .. published ? (string[])[">Published", ">Difference", "Within"] : [], ">Time a seed"],
            outcomes.Select(o => (string[])
            [
                o.Method.Label,
                o.Best.Rate.ToString("0.###e0", CultureInfo.InvariantCulture),
                o.Best.Runs.Length.ToString(CultureInfo.InvariantCulture),
                string.Join(
                    ", ", o.Best.Runs.Select(r => r.Best?.Epoch.ToString(CultureInfo.InvariantCulture) ?? "–")
                    .Distinct(StringComparer.Ordinal)),
                o.Best.Diverged > 0 ? $"diverged ({o.Best.Diverged})" : Numbers.Short(o.Best.Validation.Mean),
                o.Best.Diverged > 0 ? "–" : Numbers.Short(o.Best.Test.Mean),
                Numbers.Error(o.Best.Test.StandardError),
                .. published ? (string[])[Numbers.Short(o.Method.Published?.Value), ComparisonClaims.Signed(o.Difference), Within(o)] : [],
                Numbers.Duration(TimeSpan.FromSeconds(o.Best.Runs.Average(r => r.Seconds))),
            ]));
        output.Results.WriteLine(
            $"Test{unit}: at the epoch of the best validation, which alone chose rates and epochs; mean and standard error over seeds.");
        foreach (IGrouping<string, MethodOutcome> source in outcomes.Where(o => o.Method.Published is not null)
            .GroupBy(o => o.Method.Published!.Source, StringComparer.Ordinal))
        {
            output.Results.WriteLine($"Published: {source.Key}");
        }

        ImmutableArray<ComparisonClaim> claims = ComparisonClaims.Of(comparison, outcomes);
        if (ComparisonClaims.Telling(claims) is { IsEmpty: false } telling)
        {
            output.Table(ComparisonClaims.Headings, ComparisonClaims.Rows(telling));
        }

        if (ComparisonClaims.OrderSummary(claims) is { } order)
        {
            output.Results.WriteLine(order);
        }

        output.Results.WriteLine(
            $"All files: {files.Csv}, {files.Epochs}, " +
            $"{(files.Claims is null ? string.Empty : files.Claims + ", ")}{string.Join(", ", files.Figures.Select(f => f.Svg))}");
    }

    private static string Within(MethodOutcome outcome) => outcome.Agrees switch
    {
        true => $"{Numbers.Short(outcome.Method.Published!.Tolerance)}: yes",
        false => $"{Numbers.Short(outcome.Method.Published!.Tolerance)}: no",
        null => string.Empty,
    };
}
