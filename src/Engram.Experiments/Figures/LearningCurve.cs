using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>The query losses of one run of meta-training.</summary>
/// <param name="Name">Its name in the legend; runs of one name are repetitions and look alike.</param>
/// <param name="QueryLosses">One value for each outer step (a mean over its lifetimes), in order.</param>
/// <param name="LifetimesPerValue">Lifetimes that each value is the mean of.</param>
public sealed record LearningCurveRun(string Name, ImmutableArray<double> QueryLosses, int LifetimesPerValue = 1)
{
    /// <summary>Lifetimes lived at each value, rising; empty for multiples of <see cref="LifetimesPerValue"/>. The last value of a run need not be one.</summary>
    public ImmutableArray<double> Lifetimes { get; init; } = [];
}

/// <summary>The figure of how meta-training went.</summary>
public static class LearningCurve
{
    /// <summary>
    /// Query loss against lifetimes, both on logarithmic axes, as a running mean over the last <paramref name="window"/> lifetimes, and over the last quarter of them
    /// where fewer than four windows have passed.
    /// </summary>
    /// <remarks>A loss in the window that is not a number makes the mean undefined, and the curve has a gap there.</remarks>
    /// <param name="runs">The runs.</param>
    /// <param name="targetVariance">
    /// Variance of the targets: the mean squared error of always answering their mean; drawn as a reference. Null for none.
    /// </param>
    /// <param name="lossName">Name and unit of the loss.</param>
    /// <param name="window">Lifetimes in the running mean.</param>
    /// <exception cref="EngramException">No runs, a window or number of lifetimes below 1, or not as many lifetimes as losses.</exception>
    public static Figure Make(IReadOnlyList<LearningCurveRun> runs, double? targetVariance, string lossName = "Query loss (MSE)", int window = 100)
    {
        if (runs.Count == 0 || window < 1 || runs.Any(r => r.LifetimesPerValue < 1))
        {
            throw new EngramException($"Found {runs.Count} runs and a window of {window} lifetimes for a learning curve, expected at least one of each, and at least one lifetime for each value.");
        }

        if (Array.Find([.. runs], r => !r.Lifetimes.IsEmpty && r.Lifetimes.Length != r.QueryLosses.Length) is { } odd)
        {
            throw new EngramException($"Found {odd.Lifetimes.Length} numbers of lifetimes for {odd.QueryLosses.Length} losses of '{odd.Name}', expected one for each, or none.");
        }

        return new Figure
        {
            Title = $"{lossName} over meta-training",
            Description = string.Create(CultureInfo.InvariantCulture, $"Running mean over the last {window} lifetimes, over the last quarter of the lifetimes at first."),
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Lifetimes") { Scale = AxisScale.Logarithmic },
                    new Axis(lossName) { Scale = AxisScale.Logarithmic },
                    [.. runs.Select(run => Curve(run, window))])
                {
                    ReferenceLines = targetVariance is { } variance ? [new ReferenceLine(variance, "variance of the targets")] : [],
                },
            ],
        };
    }

    private static LineSeries Curve(LearningCurveRun run, int window)
    {
        int most = Math.Max(1, window / run.LifetimesPerValue);
        var x = new double[run.QueryLosses.Length];
        var y = new double[run.QueryLosses.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int length = Math.Min(most, (i / 4) + 1);
            x[i] = run.Lifetimes.IsEmpty ? (i + 1.0) * run.LifetimesPerValue : run.Lifetimes[i];
            y[i] = Statistics.Mean(run.QueryLosses.AsSpan(i + 1 - length, length));
        }

        return new LineSeries(run.Name, [.. x], [.. y]);
    }
}
