using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Styling;
using Engram.Figures;
using Engram.Figures.Files;

namespace Engram.Experiments.Reproduction;

/// <summary>The pictures of a reproduction.</summary>
/// <param name="Numbers">Each cell's number, ours and the paper's.</param>
/// <param name="Curves">Of each column that has runs, their learning curves.</param>
internal sealed record ReproductionFigures(Figure Numbers, ImmutableArray<(TableColumn Column, Figure Figure)> Curves)
{
    /// <summary>What the figure of numbers is called.</summary>
    public const string NumbersName = "numbers";

    private const int MostPointsOfACurve = 400;

    /// <summary>What the figure of a column's learning curves is called.</summary>
    public static string NameOf(TableColumn column) => $"meta-training-{column.Id}";

    /// <summary>Draws them, from what the runs' folders hold.</summary>
    public static ReproductionFigures Of(ReproductionResult result) => new(Bars(result), [.. LearningCurves(result)]);

    /// <summary>Writes each as SVG and CSV.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">A file cannot be written.</exception>
    public ImmutableArray<FigureFiles> Write(string folder) =>
        [FigureWriter.Write(folder, NumbersName, Numbers), .. Curves.Select(c => FigureWriter.Write(folder, NameOf(c.Column), c.Figure))];

    private static Figure Bars(ReproductionResult result)
    {
        ReproductionTable table = result.Plan.Table;
        string[] rows = [.. table.Rows.Where(
            r => result.Cells.Any(c => c.Cell.EndsWith("/" + r.Id, StringComparison.Ordinal) && c.RecipeName is not null))
            .Select(r => r.Label)];
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
                Style = MethodStyles.Of(name),
                Low = [.. points.Select(p => Math.Max(p.Value - p.Error, p.Value / 100))],
                High = [.. points.Select(p => p.Value + p.Error)],
            };
        }
    }

    private static IEnumerable<(TableColumn Column, Figure Figure)> LearningCurves(ReproductionResult result) =>
        from column in result.Plan.Table.Columns
        let runs = result.Cells.Where(c => c.Cell.StartsWith(column.Id + "/", StringComparison.Ordinal))
            .SelectMany(
                c => c.Runs.Where(RunDirectory.IsRun), (c, folder) =>
                CurveOf(result.Plan.Table.Rows.First(r => c.Cell.EndsWith("/" + r.Id, StringComparison.Ordinal)).Label, folder,
                result.Plan.Table.Metric))
            .Where(r => !r.Curve.Values.IsEmpty).ToList()
        where runs.Count > 0
        select (column, LearningCurve.Make(Styled(runs), result.Plan.Table.Metric.Curve) with { Size = FigureSize.PaperPage });

    // A row of the table looks the same in all columns.
    private static List<LearningCurveRun> Styled(List<(LearningCurveRun Curve, Recipe Recipe)> runs)
    {
        List<(LearningCurveRun Curve, Recipe Recipe)> rows = [.. runs.DistinctBy(r => r.Curve.Name, StringComparer.Ordinal)];
        int[] styles =
            LearnerLooks.For([.. rows.Select(r => (LearnerLooks.Identity(r.Recipe.Learner, r.Recipe.Network.PlasticLayers), false))]);
        return [.. runs.Select(r => r.Curve with { Style = styles[rows.FindIndex(o => o.Curve.Name == r.Curve.Name)] })];
    }

    // A picture need not hold every outer step: means over blocks of them draw the same one.
    private static (LearningCurveRun Curve, Recipe Recipe) CurveOf(string name, string folder, ResultMetric metric)
    {
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        double[] losses = [.. MetricsLog.Read(folder)
            .Select(m => metric.Name == ExpectedResult.QueryError ? m.QueryErrorPercent ?? double.NaN : m.QueryLoss)];
        int block = Math.Max(1, losses.Length / MostPointsOfACurve);
        double lifetimes = (double)block * recipe.MetricsEvery * recipe.MetaTraining.LifetimesPerOuterStep;
        return (new LearningCurveRun(
            name, [.. losses.Chunk(block).Where(c => c.Length == block).Select(c => c.Average())], (int)Math.Min(int.MaxValue, lifetimes))
        {
            LeavesOut = recipe.MetricsEvery > 1,
            Repetition = System.FormattableString.Invariant($"seed {recipe.Seed}"),
        }, recipe);
    }
}
