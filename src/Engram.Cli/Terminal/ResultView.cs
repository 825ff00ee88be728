using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Figures.Files;
using Engram.Figures.Summaries;
using Engram.Figures.Text;

namespace Engram.Cli.Terminal;

/// <summary>Prints results.</summary>
internal static class ResultView
{
    /// <summary>Headings of a mean query error and its standard error.</summary>
    internal static readonly string[] ErrorHeadings = [">Error, %", ">± s.e."];

    /// <summary>Where results lie.</summary>
    internal sealed record Place(string Folder, FigureFiles Figure);

    internal sealed record JsonResults(
        string? Folder, string? Figure, string? Numbers,
        IReadOnlyList<JsonRun> Runs, IReadOnlyList<SeedSummary> Summary, IReadOnlyList<LearnerDifference> Differences,
        IReadOnlyList<UntrainedLearner> NotTrained);

    internal sealed record JsonRun(string Folder, RunResult Result);

    /// <summary>Prints a table, what was expected, and where files are; or all of it as JSON.</summary>
    public static void Print(Output output, IReadOnlyList<RunResult> results, Place? place, bool json)
    {
        ImmutableArray<SeedSummary> summary = SeedSummary.Of(results);
        if (json)
        {
            output.Json(
                new JsonResults(
                place?.Folder, place?.Figure.Svg, place?.Figure.Csv, [.. results.Select(r => new JsonRun(r.Folder, r))], summary,
                LearnerDifference.Of(results), UntrainedLearner.Of(results)), PrintedJson.Results.JsonResults);
            return;
        }

        string lifetimes = results.Select(r => r.Evaluation).FirstOrDefault(e => e is not null) is { } first
            ? $"{first.Lifetimes} {first.Split} lifetimes" : "no lifetimes";
        bool seeds = summary.Any(s => s.Seeds.Length + s.Diverged.Length > 1);
        bool distinct = results.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() == results.Count;
        bool errors = results.Any(r => r.IsClassification);
        string loss = errors ? "Query loss" : "Query MSE";
        output.Table(
            ["Learner", ">Plastic layers", "Order", .. errors ? ErrorHeadings : [], ">" + loss, ">± s.e.", ">Meta-training"],
            results.Select(r => (string[])
            [
                distinct ? r.Name : seeds ? $"{r.Name}, {Path.GetFileName(r.Folder)}" : r.Recipe,
                r.PlasticLayers.ToString(CultureInfo.InvariantCulture),
                r.Order ?? "–",
                .. errors ? ErrorCells(r.Evaluation) : [],
                r.State == RunState.Diverged && r.Evaluation is null ? "diverged" : Numbers.Short(r.Evaluation?.QueryLoss),
                Numbers.Short(r.Evaluation?.StandardError),
                double.IsNaN(r.TrainingSeconds) ? "–" : $"{r.TrainingSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
            ]));
        output.Results.WriteLine(errors
            ? $"Error: share of the query that is answered wrongly after learning in life; query loss: " +
                $"cross-entropy" +
                $"{(results.All(r => r.IsClassification) ? string.Empty : ", or mean squared error where there is no error")}; " +
                $"means over {lifetimes}."
            : $"Query MSE: mean squared error after learning in life, mean over {lifetimes}.");
        output.Results.WriteLine("± s.e. is over lifetimes of the one network of its row, and says nothing of other networks.");
        PrintLearners(output, results, summary);
        foreach (RunResult result in results.Where(r => r.Expected is not null))
        {
            output.Results.WriteLine($"{result.Name}: {Compare(result)}");
        }

        foreach (RunResult result in results.Where(r => r is { State: RunState.Diverged, Message: not null }))
        {
            output.Results.WriteLine($"{result.Name}: {result.Message}");
        }

        if (place is not null)
        {
            output.Results.WriteLine($"Learning curves: {place.Figure.Svg} (numbers: {place.Figure.Csv})");
            output.Results.WriteLine($"All files: {place.Folder}");
        }
    }

    /// <summary>Cells below <see cref="ErrorHeadings"/>; empty for what is not classification, or not evaluated.</summary>
    internal static string[] ErrorCells(EvaluationSummary? evaluation) =>
        [Numbers.Short(evaluation?.QueryErrorPercent), Numbers.Short(evaluation?.ErrorStandardErrorPercent)];

    /// <summary>Prints what runs say of learners: means over networks where one has several, which are not trained, and the paired
    /// differences of those that were tested on the same lifetimes.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="results">Results of runs, with their folders.</param>
    /// <param name="summary">What they come to, recipe by recipe; null where it is not known yet.</param>
    internal static void PrintLearners(Output output, IReadOnlyList<RunResult> results, ImmutableArray<SeedSummary>? summary = null)
    {
        ImmutableArray<SeedSummary> learners = summary ?? SeedSummary.Of(results);
        if (learners.Any(s => s.Seeds.Length + s.Diverged.Length > 1))
        {
            PrintSeeds(output, learners, results.Any(r => r.IsClassification));
        }

        foreach (UntrainedLearner untrained in UntrainedLearner.Of(results))
        {
            output.Results.WriteLine(untrained.Describe());
        }

        ImmutableArray<LearnerDifference> differences = LearnerDifference.Of(results);
        if (!differences.IsEmpty)
        {
            output.Table(LearnerDifference.Headings, LearnerDifference.Rows(differences).Select(r => (IReadOnlyList<string>)r));
            output.Results.WriteLine(LearnerDifference.Meaning);
        }
    }

    private static void PrintSeeds(Output output, ImmutableArray<SeedSummary> summary, bool errors)
    {
        output.Table(
            ["Recipe", ">Networks", ">Diverged", .. errors ? ErrorHeadings : [], errors ? ">Query loss" : ">Query MSE", ">± s.e."],
            summary.Select(s => (string[])
            [
                s.Name,
                s.Seeds.Length.ToString(CultureInfo.InvariantCulture),
                s.Diverged.Length.ToString(CultureInfo.InvariantCulture),
                .. errors ? Cells(s, s.QueryErrorPercent) : [],
                .. Cells(s, s.QueryLoss),
            ]));
        output.Results.WriteLine("Mean over networks that differ in their seed; the standard error is over networks.");

        static string[] Cells(SeedSummary s, MeanAndError? found) => found is not { } value || s.Seeds.IsEmpty
            ? ["–", "–"]
            : [Numbers.Short(value.Mean), Numbers.Short(value.StandardError)
                + (s.ErrorIsOverNetworks ? string.Empty : " (over lifetimes)")];
    }

    private static string Compare(RunResult result)
    {
        ExpectedResult expected = result.Expected!;
        string error = expected.StandardError is { } e ? $" ± {Numbers.Short(e)}" : string.Empty;
        string unit = expected.IsError ? " % error" : string.Empty;
        string verdict = (expected.Tolerance, result.Evaluation is { } evaluation ? evaluation.ValueOf(expected) : null) switch
        {
            ({ } tolerance, { } found) =>
                Math.Abs(found - expected.Value) <= tolerance ? "; within the tolerance" : "; outside the tolerance",
            _ => string.Empty,
        };
        return $"expected {Numbers.Short(expected.Value)}{error}{unit} ({expected.Source}){verdict}.";
    }
}
