using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reports;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Figures.Files;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reproduction;

/// <summary>The files of a reproduction's report.</summary>
/// <param name="Html">The report as a page that stands alone, figures within it.</param>
/// <param name="Markdown">The tables as Markdown.</param>
/// <param name="Csv">A row for each cell.</param>
/// <param name="Json">All of it.</param>
/// <param name="Figures">The page's figures, as pictures and numbers.</param>
public sealed record ReproductionFiles(string Html, string Markdown, string Csv, string Json, ImmutableArray<FigureFiles> Figures);

/// <summary>Writes what came of a reproduction: <c>report.html</c>, <c>.md</c>, <c>.csv</c> and <c>.json</c>, and its figures as SVG and
/// CSV.</summary>
public static class ReproductionReport
{
    /// <summary>Headings of the table of cells; <c>&gt;</c> aligns to the right.</summary>
    public static ImmutableArray<string> CellHeadings { get; } =
        ["Column", "Row", ">Paper", ">Ours", ">± s.e.", ">Networks", ">Lifetimes each", ">Other stream", ">Ours ÷ paper", "Verdict"];

    /// <summary>Headings of the table of claims.</summary>
    public static ImmutableArray<string> ContrastHeadings { get; } =
        ["Claim", ">Paper", ">Ours", ">95 % interval", ">Paired difference", ">Lifetimes each", "Verdict"];

    /// <summary>Writes the files into the reproduction's folder, each whole or not at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="result">The result.</param>
    /// <param name="command">The command that repeats it.</param>
    /// <exception cref="EngramException">A file cannot be written.</exception>
    public static ReproductionFiles Write(string folder, ReproductionResult result, string command)
    {
        ReproductionFigures figures = ReproductionFigures.Of(result);
        var files = new ReproductionFiles(
            Path.Combine(folder, "report.html"), Path.Combine(folder, "report.md"), Path.Combine(folder, "report.csv"),
            Path.Combine(folder, "report.json"), figures.Write(folder));
        AtomicFile.WriteText(files.Csv, Csv(result));
        AtomicFile.WriteText(files.Json, Json(result, command).ToJsonString(RunEnvironment.Json) + "\n");
        AtomicFile.WriteText(files.Markdown, Markdown(result, command));
        ReproductionPage.Of(result, figures, command).Write(files.Html);
        return files;
    }

    /// <summary>The cells as rows of text.</summary>
    public static IEnumerable<ImmutableArray<string>> CellRows(ReproductionResult result) =>
        from cell in result.Plan.Table.Cells
        let found = result.Cells.First(c => c.Cell == cell.Cell)
        where found.RecipeName is not null
        select (ImmutableArray<string>)
        [
            cell.Column.Label,
            cell.Row.Label,
            found.Published is { } p ? Numbers.Short(p.Value) + (p.StandardError is { } e ? $" ({Numbers.Short(e)})" : string.Empty) : "–",
            found.Ours is { } ours ? Numbers.Short(ours.Mean) : "–",
            Numbers.Error(found.Ours?.StandardError),
            found.Ours is { } networks ? networks.Count.ToString(CultureInfo.InvariantCulture) : "–",
            found.Lifetimes > 0 ? Count(found.Lifetimes) : "–",
            found.OtherOrder is { } other ? Numbers.Short(other.Mean) : "–",
            Numbers.Error(found.Ratio),
            Describe(found, result.Plan.Scale),
        ];

    /// <summary>The claims that were asked for as rows of text.</summary>
    public static IEnumerable<ImmutableArray<string>> ContrastRows(ReproductionResult result) =>
        result.Asked.Select(c => (ImmutableArray<string>)
    [
        c.Contrast.Claim + (c.Contrast.Factor > 1 ? $" (at least {Numbers.Short(c.Contrast.Factor)} times)" : string.Empty),
        double.IsNaN(c.Published) ? "–" : $"{Numbers.Short(c.Published)} times",
        double.IsNaN(c.Ours) ? "–" : $"{Numbers.Short(c.Ours)} times",
        double.IsNaN(c.Interval.From) ? "–" : $"{Numbers.Short(c.Interval.From)} to {Numbers.Short(c.Interval.To)}",
        PairedDifference.Describe(c.Paired),
        c.Lifetimes == (0, 0) ? "–" : c.Lifetimes.Low == c.Lifetimes.High ? Count(c.Lifetimes.Low)
            : $"{Count(c.Lifetimes.Low)} and {Count(c.Lifetimes.High)}",
        ContrastVerdicts.Describe(c.Verdict) + (c.Lifetimes.Low != c.Lifetimes.High ? "; unequal lifetimes" : string.Empty),
    ]);

    /// <summary>One sentence on what the numbers of a scale mean.</summary>
    public static string MeaningOf(ReproductionPlan plan) => plan.Scale switch
    {
        ReproductionScale.Smoke => "A smoke run: it shows that everything runs; its numbers mean nothing.",
        ReproductionScale.Laptop or ReproductionScale.Desktop =>
            "A smaller problem than the published one, so numbers differ from the paper's, and only the contrasts can be compared. A " +
            "cell's verdict compares it with what its recipe expects at this size.",
        _ =>
            $"The published problem, with the recipes of the form '{RecipeSchema.Name(plan.Form)}'. A cell's verdict compares it with " +
            $"the published number.",
    };

    internal static string Describe(CellResult cell, ReproductionScale scale) =>
        cell is { Ours.Count: 1, Verdict: CellVerdict.Agrees or CellVerdict.Lower or CellVerdict.Higher }
            ? $"{InWords(cell, scale)} (one network)" : InWords(cell, scale);

    private static string InWords(CellResult cell, ReproductionScale scale) => cell.Verdict switch
    {
        CellVerdict.Agrees => scale == ReproductionScale.Paper ? "agrees with the paper" : "as expected at this size",
        CellVerdict.Lower =>
            scale == ReproductionScale.Paper ? "better than the paper" : $"lower than expected ({Numbers.Short(cell.Expected!.Value)})",
        CellVerdict.Higher =>
            scale == ReproductionScale.Paper ? "worse than the paper" : $"higher than expected ({Numbers.Short(cell.Expected!.Value)})",
        CellVerdict.OneNetwork => "not judged: one network",
        CellVerdict.NotTrained => "not trained",
        CellVerdict.Diverged => $"{cell.Diverged} of {cell.Runs.Length} networks diverged",
        CellVerdict.Missing => "no result",
        _ => "not judged",
    };

    /// <summary>What every verdict rests on, in sentences, and what the recipes do otherwise than the paper, recipe by recipe.</summary>
    public static ImmutableArray<string> Notes(ReproductionResult result)
    {
        CellResult[] cells = [.. result.Cells.Where(c => c.RecipeName is not null)];
        string unit = result.Plan.Table.Metric == ResultMetric.ErrorPercent ? " %" : string.Empty;
        string share = result.Plan.Table.Metric == ResultMetric.ErrorPercent
            ? $"{Numbers.Short(LearningBound.ShareOfGuessing)} of what guessing has"
            : $"{Numbers.Short(LearningBound.ShareOfVariance)} of the variance of a lifetime's targets";
        return
        [
            .. cells.Where(c => c.NotTrainedFrom is not null).GroupBy(c => c.Cell.Split('/')[0], StringComparer.Ordinal)
                .Select(
                    g =>
                    $"{g.Key}: a cell counts as not trained from an error of {Numbers.Short(g.First().NotTrainedFrom)}{unit} on, " +
                    $"{share}; it judges nothing."),
            "± s.e. of a cell is over networks; of one network it is over lifetimes, and says nothing of other networks.",
            "Other stream: the same networks on the streams that they were not meta-trained on, i.i.d. or continual.",
            "Paired difference: the higher quantity less the lower one over networks of the same seeds, which lived the same test " +
                "lifetimes, with its 95 % interval.",
            .. cells.SelectMany(c => c.Otherwise.Select(o => (o, c.Cell))).GroupBy(d => d.o, StringComparer.Ordinal)
                .Select(g => $"Otherwise than the paper: {g.Key}: {string.Join(", ", g.Select(d => d.Cell))}."),
        ];
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Csv(ReproductionResult result)
    {
        var text = new StringBuilder(
            "cell,recipe,paper,paperStandardError,ours,standardError,networks,diverged,ratio,expected,tolerance,verdict,trainingSeconds," +
                "lifetimes,otherOrder,notTrainedFrom\n");
        foreach (CellResult c in result.Cells.Where(c => c.RecipeName is not null))
        {
            text.Append(
                string.Create(
                CultureInfo.InvariantCulture,
                $"{CsvText.Field(c.Cell)},{CsvText.Field(c.RecipeName!)},{c.Published?.Value:R},{c.Published?.StandardError:R}," +
                    $"{c.Ours?.Mean:R},{c.Ours?.StandardError:R},{c.Ours?.Count ?? 0},{c.Diverged}," +
                    $"{(double.IsNaN(c.Ratio) ? "" : c.Ratio.ToString("R", CultureInfo.InvariantCulture))},{c.Expected?.Value:R}," +
                    $"{c.Expected?.Tolerance:R},{RecipeSchema.Name(c.Verdict)},{c.TrainingSeconds:R},{c.Lifetimes}," +
                    $"{c.OtherOrder?.Mean:R},{c.NotTrainedFrom:R}\n"));
        }

        return text.ToString();
    }

    private static string Markdown(ReproductionResult result, string command)
    {
        var text = new StringBuilder(
            $"# {result.Plan.Table.Title}\n\n{MeaningOf(result.Plan)}\n\n`{command}`, Engram {RunEnvironment.InformationalVersion}. " +
            $"Paper: {result.Plan.Table.Source}.\n\n");
        MarkdownTable.Append(text, CellHeadings, CellRows(result));
        if (!result.Asked.IsEmpty)
        {
            text.Append("## Contrasts\n\n");
            MarkdownTable.Append(text, ContrastHeadings, ContrastRows(result));
        }

        text.AppendJoin("\n", Notes(result).Select(n => "- " + n)).Append('\n');

        return text.ToString();
    }

    /// <summary>The result as JSON.</summary>
    /// <param name="result">The result.</param>
    /// <param name="command">The command that repeats it.</param>
    public static JsonObject Json(ReproductionResult result, string command) => new()
    {
        ["table"] = result.Plan.Table.Name,
        ["title"] = result.Plan.Table.Title,
        ["source"] = result.Plan.Table.Source,
        ["metric"] = result.Plan.Table.Metric.Name,
        ["scale"] = RecipeSchema.Name(result.Plan.Scale),
        ["recipes"] = result.Plan.RecipeFolder,
        ["command"] = command,
        ["engram"] = RunEnvironment.InformationalVersion,
        ["cells"] = new JsonArray([.. result.Cells.Where(c => c.RecipeName is not null).Select(c => (JsonNode)new JsonObject
        {
            ["cell"] = c.Cell,
            ["recipe"] = c.RecipeName,
            ["paper"] = c.Published?.Value,
            ["paperStandardError"] = c.Published?.StandardError,
            ["ours"] = c.Ours is { } ours ? FigureJson.Number(ours.Mean) : null,
            ["standardError"] = c.Ours is { } error ? FigureJson.Number(error.StandardError) : null,
            ["networks"] = c.Ours?.Count ?? 0,
            ["diverged"] = c.Diverged,
            ["ratio"] = FigureJson.Number(c.Ratio),
            ["expected"] = c.Expected?.Value,
            ["expectedSource"] = c.Expected?.Source,
            ["tolerance"] = c.Expected?.Tolerance,
            ["verdict"] = RecipeSchema.Name(c.Verdict),
            ["trainingSeconds"] = c.TrainingSeconds,
            ["lifetimesPerNetwork"] = c.Lifetimes,
            ["outerSteps"] = c.OuterSteps,
            ["notTrainedFrom"] = c.NotTrainedFrom,
            ["otherOrder"] = c.OtherOrder is { } other ? FigureJson.Number(other.Mean) : null,
            ["otherOrderStandardError"] = c.OtherOrder is { } spread ? FigureJson.Number(spread.StandardError) : null,
            ["otherwise"] = new JsonArray([.. c.Otherwise.Select(o => (JsonNode)o)]),
            ["runs"] = new JsonArray([.. c.Runs.Select(r => (JsonNode)Path.GetFileName(r))]),
        })]),
        ["withoutRecipe"] = new JsonArray([.. result.Plan.WithoutRecipe.Select(r => (JsonNode)r)]),
        ["contrasts"] = new JsonArray([.. result.Asked.Select(c => (JsonNode)new JsonObject
        {
            ["claim"] = c.Contrast.Claim,
            ["low"] = c.Contrast.Low.ToString(),
            ["high"] = c.Contrast.High.ToString(),
            ["atLeast"] = c.Contrast.Factor,
            ["paper"] = FigureJson.Number(c.Published),
            ["ours"] = FigureJson.Number(c.Ours),
            ["standardError"] = FigureJson.Number(c.StandardError),
            ["from"] = FigureJson.Number(c.Interval.From),
            ["to"] = FigureJson.Number(c.Interval.To),
            ["pairedDifference"] = c.Paired is { } paired ? FigureJson.Number(paired.Mean) : null,
            ["pairedHalfWidth"] = c.Paired is { } half ? FigureJson.Number(half.HalfWidth) : null,
            ["pairs"] = c.Paired?.Pairs ?? 0,
            ["lowLifetimes"] = c.Lifetimes.Low,
            ["highLifetimes"] = c.Lifetimes.High,
            ["verdict"] = RecipeSchema.Name(c.Verdict),
        })]),
    };
}
