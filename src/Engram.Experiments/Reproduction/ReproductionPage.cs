using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reports;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Figures.Text;

namespace Engram.Experiments.Reproduction;

/// <summary>A reproduction's report as a page: the numbers, whether the paper's contrasts hold, pictures, and how it was made.</summary>
internal static class ReproductionPage
{
    public static HtmlPage Of(ReproductionResult result, ReproductionFigures figures, string command)
    {
        ReproductionTable table = result.Plan.Table;
        return new HtmlPage
        {
            Title = $"{table.Title}: reproduction, scale {RecipeSchema.Name(result.Plan.Scale)}",
            Lead = $"{ReproductionReport.MeaningOf(result.Plan)} Source of the published numbers: {table.Source}.",
            Sections =
            [
                new HtmlSection("Contrasts", result.Asked.IsEmpty ? [Verdict(result)] : [Verdict(result), Contrasts(result)]),
                new HtmlSection(
                    "Numbers", [Cells(result), new HtmlList([.. ReproductionReport.Notes(result)]),
                    HtmlFigure.Of(figures.Numbers, ReproductionFigures.NumbersName)]),
                new HtmlSection(
                    "Meta-training",
                    [.. figures.Curves.SelectMany(
                    c => (HtmlBlock[])[new HtmlHeading(c.Column.Label), HtmlFigure.Of(c.Figure, ReproductionFigures.NameOf(c.Column))])]),
                new HtmlSection("How it was made", [.. Making(result, command)]),
            ],
        };
    }

    private static HtmlBlock Verdict(ReproductionResult result)
    {
        ImmutableArray<ContrastResult> asked = result.Asked;
        if (result.Plan.Scale == ReproductionScale.Smoke || asked.IsEmpty)
        {
            return new HtmlNotice(
                asked.IsEmpty ? "None of the paper's contrasts is about these cells."
                : "A smoke run says nothing about contrasts; they are listed to show the form.", HtmlTone.Muted);
        }

        int holding = asked.Count(c => c.Verdict == ContrastVerdict.Holds);
        string text = string.Create(CultureInfo.InvariantCulture, $"{holding} of {asked.Length} contrasts hold, at 95 % confidence.");
        return new HtmlNotice(
            text, holding == asked.Length ? HtmlTone.Good : asked.Any(c => c.Verdict == ContrastVerdict.Fails) ? HtmlTone.Bad
            : HtmlTone.Muted);
    }

    private static HtmlTable Contrasts(ReproductionResult result) => new(
        [.. ReproductionReport.ContrastHeadings.Select(h => (HtmlColumn)h)],
        [.. ReproductionReport.ContrastRows(result)
            .Zip(result.Asked,
            (row, asked) =>
            (ImmutableArray<HtmlCell>)[.. row[..^1].Select(c => (HtmlCell)c), new HtmlCell(row[^1], ToneOf(asked.Verdict))])])
    {
        Caption =
            "How many times the higher quantity is the lower one, in the paper and here. A contrast holds where the 95 % confidence " +
            "interval of the ratio over networks (Welch, of its logarithm) is above 1, or above the factor it names; cells of one " +
            "network have none.",
    };

    private static HtmlTable Cells(ReproductionResult result)
    {
        CellResult[] cells = [.. result.Cells.Where(c => c.RecipeName is not null)];
        return new HtmlTable(
            [.. ReproductionReport.CellHeadings.Select(h => (HtmlColumn)h)],
            [.. ReproductionReport.CellRows(result)
                .Select(
                (row, i) =>
                (ImmutableArray<HtmlCell>)[.. row[..^1].Select(c => (HtmlCell)c), new HtmlCell(row[^1], ToneOf(cells[i].Verdict))])])
        {
            Caption =
                $"{result.Plan.Table.Metric.Label}; in brackets the published standard error. Ours: mean over networks and its standard " +
                $"error over them, over lifetimes where there is one network.",
        };
    }

    private static IEnumerable<HtmlBlock> Making(ReproductionResult result, string command)
    {
        string[] folders = [.. result.Cells.SelectMany(c => c.Runs).Where(RunDirectory.IsRun)];
        RunEnvironment[] machines = [.. folders.Select(RunDirectory.ReadEnvironment)];
        yield return new HtmlCode(command);
        yield return new HtmlList(
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"{folders.Length} networks, {TimeSpan.FromSeconds(Math.Round(result.Cells.Sum(c => c.TrainingSeconds)))} of " +
                $"meta-training in all, added up over networks."),
            .. machines.Select(
                m =>
                $"Engram {m.Version}{(m.Commit is null ? string.Empty : "+" + m.Commit)} on {m.Processor}, {m.Processors} processors, " +
                $"vectors of {m.VectorBits} bits, {m.Runtime}.").Distinct(StringComparer.Ordinal),
            .. result.Plan.WithoutRecipe.Select(r => $"No recipe for the cell {r}; it is left out."),
        ]);
        yield return new HtmlTable(
            ["Cell", "Recipe", "Expected", ">Tolerance", "Source of what is expected", "Runs"],
            [
                .. result.Cells.Where(c => c.RecipeName is not null).Select(c => (ImmutableArray<HtmlCell>)
                [
                    c.Cell,
                    c.RecipeName!,
                    c.Expected is { } expected ? Numbers.Short(expected.Value) : "–",
                    c.Expected?.Tolerance is { } tolerance ? Numbers.Short(tolerance) : "–",
                    c.Expected?.Source ?? "–",
                    string.Join(", ", c.Runs.Select(Path.GetFileName)),
                ]),
            ]);
    }

    private static HtmlTone ToneOf(CellVerdict verdict) => verdict switch
    {
        CellVerdict.Agrees => HtmlTone.Good,
        CellVerdict.Higher or CellVerdict.Diverged => HtmlTone.Bad,
        CellVerdict.Lower => HtmlTone.Plain,
        _ => HtmlTone.Muted,
    };

    private static HtmlTone ToneOf(ContrastVerdict verdict) => verdict switch
    {
        ContrastVerdict.Holds => HtmlTone.Good,
        ContrastVerdict.Fails => HtmlTone.Bad,
        _ => HtmlTone.Muted,
    };
}
