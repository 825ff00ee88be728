using System.Collections.Immutable;
using System.Globalization;
using Engram.Figures.Summaries;
using Engram.Numerics.Text;

namespace Engram.Figures;

/// <summary>The query losses, or errors, of one run of meta-training.</summary>
/// <param name="Name">Its name in the legend; runs of one name are repetitions and look alike.</param>
/// <param name="Values">The values, in order, each a mean over lifetimes.</param>
/// <param name="LifetimesPerValue">Lifetimes lived from one value to the next.</param>
public sealed record LearningCurveRun(string Name, ImmutableArray<double> Values, int LifetimesPerValue = 1)
{
    /// <summary>Lifetimes lived at each value, rising; empty for multiples of <see cref="LifetimesPerValue"/>. The last value of a run need
    /// not be one.</summary>
    public ImmutableArray<double> Lifetimes { get; init; } = [];

    /// <summary>Which repetition it is, such as its seed, for the CSV; a number where it is empty.</summary>
    public string Repetition { get; init; } = "";

    /// <summary>The style that it is drawn in; null for the next one that is free.</summary>
    public int? Style { get; init; }

    /// <summary>Whether values are means over some of the lifetimes between them, such as those of every tenth outer step.</summary>
    public bool LeavesOut { get; init; }
}

/// <summary>The figure of how meta-training went.</summary>
public static class LearningCurve
{
    private const string Bands =
        " Lines: means over runs that differ in their seed, as far as each came; bands: one standard error over them.";

    /// <summary>
    /// Query loss, or error, against lifetimes on a logarithmic axis, as a running mean over the last <paramref name="window"/> lifetimes,
    /// and over the last quarter of them
    /// where fewer than four windows have passed.
    /// </summary>
    /// <remarks>A value in the window that is not a number makes the mean undefined, and the curve has a gap there.</remarks>
    /// <param name="runs">The runs.</param>
    /// <param name="quantity">What the values are.</param>
    /// <param name="window">Lifetimes in the running mean.</param>
    /// <exception cref="EngramException">No runs, a window or number of lifetimes below 1, or not as many lifetimes as values.</exception>
    public static Figure Make(IReadOnlyList<LearningCurveRun> runs, LearningCurveQuantity quantity, int window = 100)
    {
        if (runs.Count == 0 || window < 1 || runs.Any(r => r.LifetimesPerValue < 1))
        {
            throw new EngramException(
                $"Found {runs.Count} runs and a window of {window} lifetimes for a learning curve, expected at least one of each, and " +
                $"at least one lifetime for each value.");
        }

        if (Array.Find([.. runs], r => !r.Lifetimes.IsEmpty && r.Lifetimes.Length != r.Values.Length) is { } odd)
        {
            throw new EngramException(
                $"Found {odd.Lifetimes.Length} numbers of lifetimes for {odd.Values.Length} values of '{odd.Name}', expected one for " +
                $"each, or none.");
        }

        bool repeated = runs.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() < runs.Count;
        return new Figure
        {
            Title = $"{quantity.Axis.Text} over meta-training",
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"Running mean over {(runs.Any(r => r.LeavesOut) ? "what was recorded of " : string.Empty)}the last {window} lifetimes, " +
                $"over the last quarter of the lifetimes at " +
                $"first.{(repeated ? Bands : string.Empty)}"),
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Lifetimes") { Scale = AxisScale.Logarithmic },
                    quantity.Axis,
                    [.. runs.GroupBy(r => r.Name, StringComparer.Ordinal).Select(g => Curve([.. g], window))])
                {
                    ReferenceLines = quantity.Reference is { } reference ? [reference] : [],
                },
            ],
        };
    }

    // Runs of one name are repetitions: their mean, as far as each came, with a band of one standard error where there are two.
    private static LineSeries Curve(LearningCurveRun[] runs, int window)
    {
        LineSeries[] each = [.. runs.Select(r => Curve(r, window))];
        LineSeries longest = each.MaxBy(l => l.X.Length)!;
        if (each.Length == 1)
        {
            return longest;
        }

        MeanAndError[] summary = [.. Enumerable.Range(0, longest.X.Length)
            .Select(i => Statistics.MeanAndError([.. each.Where(l => i < l.X.Length && l.X[i].Equals(longest.X[i])).Select(l => l.Y[i])]))];
        double[] errors = [.. summary.Select(s => double.IsNaN(s.StandardError) ? 0 : s.StandardError)];
        return longest with
        {
            Y = [.. summary.Select(s => s.Mean)],
            Low = [.. summary.Select((s, i) => s.Mean - errors[i])],
            High = [.. summary.Select((s, i) => s.Mean + errors[i])],
            Each = [.. each.Select(
                (l, i) =>
                (runs[i].Repetition.Length > 0 ? runs[i].Repetition : string.Create(CultureInfo.InvariantCulture, $"run {i + 1}"),
                Along(l, longest)))],
        };
    }

    // A shorter run has no values at the end.
    private static ImmutableArray<double> Along(LineSeries run, LineSeries longest) =>
        [.. longest.X.Select((x, i) => i < run.X.Length && run.X[i].Equals(x) ? run.Y[i] : double.NaN)];

    private static LineSeries Curve(LearningCurveRun run, int window)
    {
        int most = Math.Max(1, window / run.LifetimesPerValue);
        var x = new double[run.Values.Length];
        var y = new double[run.Values.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int length = Math.Min(most, (i / 4) + 1);
            x[i] = run.Lifetimes.IsEmpty ? (i + 1.0) * run.LifetimesPerValue : run.Lifetimes[i];
            y[i] = Statistics.Mean(run.Values.AsSpan(i + 1 - length, length));
        }

        return new LineSeries(run.Name, [.. x], [.. y]) { Style = run.Style };
    }
}
