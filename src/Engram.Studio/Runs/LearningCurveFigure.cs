using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;

namespace Engram.Studio.Runs;

/// <summary>The project's figure of learning curves, of runs of any length: one run's metrics are in memory at a time, and of its points
/// those that a picture can show.</summary>
internal static class LearningCurveFigure
{
    // Finer than any picture: a page's plot has some thousand columns.
    private const int ColumnsOfADecade = 600;

    /// <summary>What legends call runs, as the project's figures do: the recipe's name, and the run's where names do not tell recipes
    /// apart.</summary>
    /// <param name="names">The runs' names.</param>
    /// <param name="recipes">Their recipes.</param>
    public static string[] LabelsOf(IReadOnlyList<string> names, IReadOnlyList<Recipe> recipes)
    {
        // Runs of one name that differ in nothing but their seed are one learner.
        bool distinct = recipes.GroupBy(r => r.Name, StringComparer.Ordinal)
            .All(g => g.Select(SeedSummary.WithoutSeed).Distinct(StringComparer.Ordinal).Count() == 1);
        return [.. names.Select((n, i) => distinct ? recipes[i].Name : n)];
    }

    /// <summary>The figure.</summary>
    /// <param name="runs">The runs' folders and names.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">A run cannot be read.</exception>
    public static Figure Of(IReadOnlyList<(string Folder, string Name)> runs)
    {
        Recipe[] recipes = [.. runs.Select(r => RunDirectory.ReadRecipe(r.Folder))];
        string[] labels = LabelsOf([.. runs.Select(r => r.Name)], recipes);
        if (recipes.Any(r => r.IsClassification != recipes[0].IsClassification))
        {
            // What is drawn of each depends on the others.
            return Thin(GroupTraining.Curves([.. runs.Select((r, i) => (labels[i], recipes[i], MetricsLog.Read(r.Folder)))]));
        }

        Figure axes = GroupTraining.Curves([.. recipes.Select((r, i) => (labels[i], r, ImmutableArray<MetricsLine>.Empty))]);
        ImmutableArray<Series> series = [.. runs.SelectMany((r, i) => SeriesOf(r.Folder, labels[i], recipes[i]))];
        return axes with { Panels = [axes.Panels[0] with { Series = series }] };
    }

    private static ImmutableArray<Series> SeriesOf(string folder, string label, Recipe recipe)
    {
        ImmutableArray<Series> series = Thin(GroupTraining.Curves([(label, recipe, MetricsLog.Read(folder))])).Panels[0].Series;

        // A long run's lines are some megabytes; on processors with large caches the collector would let those of a dozen runs pile up.
        GC.Collect(1);
        return series;
    }

    private static Figure Thin(Figure figure) =>
        figure
            with
        {
            Panels =
            [.. figure.Panels.Select(p => p with { Series = [.. p.Series.Select(s => s is LineSeries line ? Thin(line) : s)] })]
        };

    // Of each narrow column the first, the lowest, the highest and the last point.
    private static LineSeries Thin(LineSeries line)
    {
        var kept = new SortedSet<int>();
        for (int begin = 0; begin < line.X.Length;)
        {
            double column = ColumnOf(line.X[begin]);
            int end = begin, low = begin, high = begin;
            for (; end < line.X.Length && ColumnOf(line.X[end]) == column; end++)
            {
                low = !(line.Y[end] >= line.Y[low]) ? end : low;
                high = !(line.Y[end] <= line.Y[high]) ? end : high;
            }

            kept.UnionWith([begin, low, high, end - 1]);
            begin = end;
        }

        return line with { X = [.. kept.Select(i => line.X[i])], Y = [.. kept.Select(i => line.Y[i])] };
    }

    private static double ColumnOf(double x) => Math.Floor(Math.Log10(Math.Max(x, 1)) * ColumnsOfADecade);
}
