using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Experiments;

/// <summary>A reproduction's report as a page: the numbers, whether the paper's contrasts hold, pictures, and how it was made.</summary>
internal static class ReproductionPage
{
    private const int MostPointsOfACurve = 400;

    public static HtmlPage Of(ReproductionResult result, string command)
    {
        ReproductionTable table = result.Plan.Table;
        return new HtmlPage
        {
            Title = $"{table.Title}: reproduction, scale {RecipeSchema.Name(result.Plan.Scale)}",
            Lead = $"{ReproductionReport.MeaningOf(result.Plan)} Source of the published numbers: {table.Source}.",
            Sections =
            [
                new HtmlSection("Contrasts", [Verdict(result), Contrasts(result)]),
                new HtmlSection("Numbers", [Cells(result), HtmlFigure.Of(Bars(result), "numbers")]),
                new HtmlSection("Meta-training", [.. Curves(result)]),
                new HtmlSection("How it was made", [.. Making(result, command)]),
            ],
        };
    }

    private static HtmlBlock Verdict(ReproductionResult result)
    {
        ContrastResult[] asked = [.. result.Contrasts.Where(c => ReproductionReport.IsAsked(result, c))];
        if (result.Plan.Scale == ReproductionScale.Smoke || asked.Length == 0)
        {
            return new HtmlNotice(asked.Length == 0 ? "None of the paper's contrasts is about these cells." : "A smoke run says nothing about contrasts; they are listed to show the form.", HtmlTone.Muted);
        }

        int holding = asked.Count(c => c.Verdict == ContrastVerdict.Holds);
        string text = string.Create(CultureInfo.InvariantCulture, $"{holding} of {asked.Length} contrasts hold, by more than two standard errors.");
        return new HtmlNotice(text, holding == asked.Length ? HtmlTone.Good : HtmlTone.Bad);
    }

    private static HtmlTable Contrasts(ReproductionResult result)
    {
        ContrastResult[] asked = [.. result.Contrasts.Where(c => ReproductionReport.IsAsked(result, c))];
        return new HtmlTable(
            [.. ReproductionReport.ContrastHeadings.Select(h => (HtmlColumn)h)],
            [.. ReproductionReport.ContrastRows(result).Select((row, i) => (ImmutableArray<HtmlCell>)[.. row[..^1].Select(c => (HtmlCell)c), new HtmlCell(row[^1], ToneOf(asked[i].Verdict))])])
        {
            Caption = "How many times the higher quantity is the lower one, in the paper and here. A contrast holds where the ratio is above 1, or above the factor it names, by more than two standard errors.",
        };
    }

    private static HtmlTable Cells(ReproductionResult result)
    {
        CellResult[] cells = [.. result.Cells.Where(c => c.RecipeName is not null)];
        return new HtmlTable(
            [.. ReproductionReport.CellHeadings.Select(h => (HtmlColumn)h)],
            [.. ReproductionReport.CellRows(result).Select((row, i) => (ImmutableArray<HtmlCell>)[.. row[..^1].Select(c => (HtmlCell)c), new HtmlCell(row[^1], ToneOf(cells[i].Verdict))])])
        {
            Caption = $"{result.Plan.Table.Metric.Label}; in brackets the published standard error. Ours: mean over networks and its standard error over them, over lifetimes where there is one network.",
        };
    }

    private static Figure Bars(ReproductionResult result)
    {
        ReproductionTable table = result.Plan.Table;
        string[] rows = [.. table.Rows.Where(r => result.Cells.Any(c => c.Cell.EndsWith("/" + r.Id, StringComparison.Ordinal) && c.RecipeName is not null)).Select(r => r.Label)];
        return new Figure
        {
            Title = $"{table.Metric.Label}, ours and the paper's",
            Description = "One panel for each column of the table.",
            Size = FigureSize.PaperPage,
            Columns = table.Columns.Length,
            SharedY = true,
            Panels =
            [
                .. table.Columns.Select(column => new Panel(
                    new Axis(string.Empty) { Categories = [.. rows] },
                    new Axis(table.Metric.Label) { Scale = AxisScale.Logarithmic },
                    [
                        Points("paper", column, c => c.Published is { } p ? (p.Value, p.StandardError ?? 0) : null),
                        Points("ours", column, c => c.Ours is { } o ? (o.Mean, double.IsNaN(o.StandardError) ? 0 : o.StandardError) : null),
                    ])
                {
                    Title = column.Label,
                }),
            ],
        };

        Series Points(string name, TableColumn column, Func<CellResult, (double Value, double Error)?> of)
        {
            var points = table.Rows.Where(r => rows.Contains(r.Label, StringComparer.Ordinal))
                .Select((r, i) => (Position: (double)i, Point: of(result.Cells.First(c => c.Cell == $"{column.Id}/{r.Id}"))))
                .Where(p => p.Point is not null)
                .Select(p => (p.Position, p.Point!.Value.Value, p.Point.Value.Error)).ToList();
            return new LineSeries(name, [.. points.Select(p => p.Position)], [.. points.Select(p => p.Value)])
            {
                Joined = false,
                Markers = true,
                ErrorBars = true,
                Low = [.. points.Select(p => Math.Max(p.Value - p.Error, p.Value / 100))],
                High = [.. points.Select(p => p.Value + p.Error)],
            };
        }
    }

    private static IEnumerable<HtmlBlock> Curves(ReproductionResult result)
    {
        foreach (TableColumn column in result.Plan.Table.Columns)
        {
            var runs = result.Cells.Where(c => c.Cell.StartsWith(column.Id + "/", StringComparison.Ordinal))
                .SelectMany(c => c.Runs.Where(RunDirectory.IsRun), (c, folder) => CurveOf(result.Plan.Table.Rows.First(r => c.Cell.EndsWith("/" + r.Id, StringComparison.Ordinal)).Label, folder, result.Plan.Table.Metric))
                .Where(r => !r.Values.IsEmpty).ToList();
            if (runs.Count > 0)
            {
                Figure figure = LearningCurve.Make(runs, result.Plan.Table.Metric.Curve);
                yield return new HtmlHeading(column.Label);
                yield return HtmlFigure.Of(figure with { Size = FigureSize.PaperPage }, $"meta-training-{column.Id}");
            }
        }
    }

    // A page need not hold every outer step: means over blocks of them draw the same picture.
    private static LearningCurveRun CurveOf(string name, string folder, ResultMetric metric)
    {
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        double[] losses = [.. MetricsLog.Read(folder).Select(m => metric.Name == ExpectedResult.QueryError ? m.QueryErrorPercent ?? double.NaN : m.QueryLoss)];
        int block = Math.Max(1, losses.Length / MostPointsOfACurve);
        double lifetimes = (double)block * recipe.MetricsEvery * recipe.MetaTraining.LifetimesPerOuterStep;
        return new LearningCurveRun(name, [.. losses.Chunk(block).Where(c => c.Length == block).Select(c => c.Average())], (int)Math.Min(int.MaxValue, lifetimes));
    }

    private static IEnumerable<HtmlBlock> Making(ReproductionResult result, string command)
    {
        string[] folders = [.. result.Cells.SelectMany(c => c.Runs).Where(RunDirectory.IsRun)];
        RunEnvironment[] machines = [.. folders.Select(RunDirectory.ReadEnvironment)];
        yield return new HtmlCode(command);
        yield return new HtmlList(
        [
            string.Create(CultureInfo.InvariantCulture, $"{folders.Length} networks, {TimeSpan.FromSeconds(Math.Round(result.Cells.Sum(c => c.TrainingSeconds)))} of meta-training in all, one thread each."),
            .. machines.Select(m => $"Engram {m.Version}{(m.Commit is null ? string.Empty : "+" + m.Commit)} on {m.Processor}, {m.Processors} processors, vectors of {m.VectorBits} bits, {m.Runtime}.").Distinct(StringComparer.Ordinal),
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
