using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments;

namespace Engram.Cli.Terminal;

/// <summary>Prints results.</summary>
internal static class ResultView
{
    /// <summary>Where results lie.</summary>
    internal sealed record Place(string Folder, FigureFiles Figure);

    private sealed record JsonResults(string? Folder, string? Figure, string? Numbers, IReadOnlyList<JsonRun> Runs, IReadOnlyList<SeedSummary> Summary);

    private sealed record JsonRun(string Folder, RunResult Result);

    /// <summary>Prints a table, what was expected, and where files are; or all of it as JSON.</summary>
    public static void Print(Output output, IReadOnlyList<RunResult> results, Place? place, bool json)
    {
        ImmutableArray<SeedSummary> summary = SeedSummary.Of(results);
        if (json)
        {
            output.Json(new JsonResults(place?.Folder, place?.Figure.Svg, place?.Figure.Csv, [.. results.Select(r => new JsonRun(r.Folder, r))], summary));
            return;
        }

        string lifetimes = results.Select(r => r.Evaluation).FirstOrDefault(e => e is not null) is { } first ? $"{first.Lifetimes} {first.Split} lifetimes" : "no lifetimes";
        bool seeds = summary.Any(s => s.Seeds.Length + s.Diverged.Length > 1);
        bool distinct = results.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() == results.Count;
        output.Table(
            ["Learner", ">Plastic layers", "Order", ">Query MSE", ">± s.e.", ">Meta-training"],
            results.Select(r => (string[])
            [
                distinct ? r.Name : seeds ? $"{r.Name}, {Path.GetFileName(r.Folder)}" : r.Recipe,
                r.PlasticLayers.ToString(CultureInfo.InvariantCulture),
                r.Order ?? "–",
                r.State == RunState.Diverged ? "diverged" : Numbers.Short(r.Evaluation?.QueryLoss),
                Numbers.Short(r.Evaluation?.StandardError),
                $"{r.TrainingSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
            ]));
        output.Results.WriteLine($"Query MSE: mean squared error after learning in life, mean over {lifetimes}.");
        if (seeds)
        {
            PrintSeeds(output, summary);
        }

        foreach (RunResult result in results.Where(r => r.Expected is not null))
        {
            output.Results.WriteLine($"{result.Name}: {Compare(result)}");
        }

        foreach (RunResult result in results.Where(r => r.State == RunState.Diverged))
        {
            output.Results.WriteLine($"{result.Name}: {result.Message}");
        }

        if (place is not null)
        {
            output.Results.WriteLine($"Learning curves: {place.Figure.Svg} (numbers: {place.Figure.Csv})");
            output.Results.WriteLine($"All files: {place.Folder}");
        }
    }

    private static void PrintSeeds(Output output, ImmutableArray<SeedSummary> summary)
    {
        output.Table(
            ["Recipe", ">Networks", ">Diverged", ">Query MSE", ">± s.e."],
            summary.Select(s => (string[])
            [
                s.Name,
                s.Seeds.Length.ToString(CultureInfo.InvariantCulture),
                s.Diverged.Length.ToString(CultureInfo.InvariantCulture),
                s.Seeds.IsEmpty ? "–" : Numbers.Short(s.QueryLoss.Mean),
                s.Seeds.IsEmpty ? "–" : Numbers.Short(s.QueryLoss.StandardError) + (s.ErrorIsOverNetworks ? string.Empty : " (over lifetimes)"),
            ]));
        output.Results.WriteLine("Mean over networks that differ in their seed; the standard error is over networks.");
    }

    private static string Compare(RunResult result)
    {
        ExpectedResult expected = result.Expected!;
        string error = expected.StandardError is { } e ? $" ± {Numbers.Short(e)}" : string.Empty;
        string verdict = (expected.Tolerance, result.Evaluation) switch
        {
            ({ } tolerance, { } found) => Math.Abs(found.QueryLoss - expected.Value) <= tolerance ? "; within the tolerance" : "; outside the tolerance",
            _ => string.Empty,
        };
        return $"expected {Numbers.Short(expected.Value)}{error} ({expected.Source}){verdict}.";
    }
}
