using System.Collections.Immutable;

namespace Engram.Studio.Runs;

/// <summary>A curve as a picture of some width shows it: of each column of outer steps the lowest and the highest value, and the running
/// mean at its end.</summary>
/// <param name="Steps">The last outer step of each column.</param>
/// <param name="Low">The lowest value; null where there is none.</param>
/// <param name="High">The highest one.</param>
/// <param name="Line">The running mean, or the mean of the column's values where there are no running ones.</param>
internal sealed record Curve(
    ImmutableArray<long> Steps, ImmutableArray<double?> Low, ImmutableArray<double?> High, ImmutableArray<double?> Line)
{
    /// <summary>Takes a part of a run's metrics.</summary>
    /// <param name="columns">The metrics.</param>
    /// <param name="quantity"><c>loss</c>, <c>error</c> or <c>gradient</c>.</param>
    /// <param name="from">First outer step.</param>
    /// <param name="to">Last outer step.</param>
    /// <param name="most">The most columns.</param>
    public static Curve Of(MetricsColumns columns, string quantity, long from, long to, int most)
    {
        IReadOnlyList<long> steps = columns.Steps;
        (IReadOnlyList<float> values, IReadOnlyList<float>? running) = columns.Of(quantity);
        int first = FirstFrom(steps, from), end = FirstFrom(steps, to == long.MaxValue ? to : to + 1);
        int count = end - first, buckets = Math.Min(most, count);
        var result = (
            Steps: ImmutableArray.CreateBuilder<long>(buckets), Low: ImmutableArray.CreateBuilder<double?>(buckets),
            High: ImmutableArray.CreateBuilder<double?>(buckets), Line: ImmutableArray.CreateBuilder<double?>(buckets));
        for (int b = 0; b < buckets; b++)
        {
            int begin = first + (int)((long)b * count / buckets), stop = first + (int)((long)(b + 1) * count / buckets);
            (double low, double high, double sum, int finite) = (double.PositiveInfinity, double.NegativeInfinity, 0, 0);
            for (int i = begin; i < stop; i++)
            {
                if (float.IsFinite(values[i]))
                {
                    (low, high, sum, finite) = (Math.Min(low, values[i]), Math.Max(high, values[i]), sum + values[i], finite + 1);
                }
            }

            result.Steps.Add(steps[stop - 1]);
            result.Low.Add(finite > 0 ? low : null);
            result.High.Add(finite > 0 ? high : null);
            result.Line.Add(
                running is null ? finite > 0 ? sum / finite : null : float.IsFinite(running[stop - 1]) ? running[stop - 1] : null);
        }

        return new Curve(
            result.Steps.MoveToImmutable(), result.Low.MoveToImmutable(), result.High.MoveToImmutable(), result.Line.MoveToImmutable());
    }

    private static int FirstFrom(IReadOnlyList<long> steps, long step)
    {
        (int low, int high) = (0, steps.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = steps[middle] < step ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
