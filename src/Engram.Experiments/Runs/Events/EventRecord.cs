using System.Collections.Immutable;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Runs.Events;

/// <summary>One event of a TensorBoard event file: values at a step, or the version that stands first.</summary>
/// <param name="WallTime">Seconds since 1970, UTC.</param>
/// <param name="Step">Outer steps done.</param>
public sealed record EventRecord(double WallTime, long Step)
{
    /// <summary>The format's version, in the file's first event only; null elsewhere.</summary>
    public string? FileVersion { get; init; }

    /// <summary>The values.</summary>
    public ImmutableArray<EventValue> Values { get; init; } = [];
}

/// <summary>One named value of an event: a number or a histogram.</summary>
/// <param name="Tag">Its name; a slash makes groups.</param>
/// <param name="Scalar">The number; null for a histogram.</param>
/// <param name="Histogram">The histogram; null for a number.</param>
public sealed record EventValue(string Tag, float? Scalar, EventHistogram? Histogram = null);

/// <summary>A histogram as TensorBoard shows it.</summary>
/// <param name="Minimum">Least value.</param>
/// <param name="Maximum">Greatest value.</param>
/// <param name="Number">How many values.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SumOfSquares">The sum of their squares.</param>
/// <param name="Limits">Upper edge of each bucket, rising.</param>
/// <param name="Counts">How many values each bucket has, as many as limits.</param>
public sealed record EventHistogram(
    double Minimum, double Maximum, double Number, double Sum, double SumOfSquares,
    ImmutableArray<double> Limits, ImmutableArray<double> Counts)
{
    private const int Buckets = 30;

    /// <summary>Counts finite values in 30 buckets of equal width between the least and the greatest.</summary>
    public static EventHistogram Of(ReadOnlySpan<double> values)
    {
        Histogram counted = Figures.Summaries.Histogram.Count(values, Buckets);
        (double least, double greatest, double sum, double squares) = (double.PositiveInfinity, double.NegativeInfinity, 0, 0);
        foreach (double value in values)
        {
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            sum += value;
            squares += value * value;
        }

        return new EventHistogram(
            least, greatest, values.Length, sum, squares, [.. counted.Edges.Skip(1)], [.. counted.Counts.Select(c => (double)c)]);
    }
}
