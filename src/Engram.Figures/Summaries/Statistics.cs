using System.Collections.Immutable;
using System.Numerics;
using Engram.Numerics.Memory;
using MathNet.Numerics.Distributions;

namespace Engram.Figures.Summaries;

/// <summary>A mean and how sure it is.</summary>
/// <param name="Mean">Mean; NaN of no values.</param>
/// <param name="StandardError">Standard deviation (n − 1 in the denominator) over √n; NaN of fewer than two values.</param>
/// <param name="Count">n.</param>
public readonly record struct MeanAndError(double Mean, double StandardError, int Count);

/// <summary>What a distribution looks like. NaN where it has no value; a NaN among the values makes every number but the counts
/// NaN.</summary>
/// <param name="Count">How many values.</param>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">With n − 1 in the denominator; NaN of fewer than two values.</param>
/// <param name="Minimum">Least.</param>
/// <param name="LowerQuartile">Quantile ¼.</param>
/// <param name="Median">Quantile ½.</param>
/// <param name="UpperQuartile">Quantile ¾.</param>
/// <param name="Maximum">Greatest.</param>
/// <param name="ShareZero">Share of values that are exactly 0 (sparsity).</param>
/// <param name="ShareNegative">Share of values below 0.</param>
public readonly record struct Distribution(
    int Count,
    double Mean,
    double StandardDeviation,
    double Minimum,
    double LowerQuartile,
    double Median,
    double UpperQuartile,
    double Maximum,
    double ShareZero,
    double ShareNegative);

/// <summary>Plain statistics, in double precision and a fixed order of summation.</summary>
public static class Statistics
{
    /// <summary>Mean and standard error, two passes: s² = Σ (x − x̄)² / (n − 1), s.e. = s / √n.</summary>
    public static MeanAndError MeanAndError(ReadOnlySpan<double> values)
    {
        double mean = Mean(values);
        return new MeanAndError(mean, Math.Sqrt(Variance(values, mean) / values.Length), values.Length);
    }

    /// <summary>
    /// Half the width of the 95 % confidence interval of a sum or difference of independent means: t s, s² = Σ sᵢ², with t the quantile
    /// 0.975 of Student's distribution of
    /// ν = s⁴ / Σ sᵢ⁴ / (nᵢ − 1) degrees of freedom. Where a mean is of two values and the others are sure, that is 12.7 standard errors.
    /// </summary>
    /// <param name="means">Standard error of each mean, and of how many values it is.</param>
    /// <returns>NaN where one is of fewer than two values; 0 where none has an error.</returns>
    /// <remarks>Source: Welch 1947; Satterthwaite 1946.</remarks>
    public static double HalfWidth95(params ReadOnlySpan<(double StandardError, int Count)> means)
    {
        double squares = 0, fourths = 0;
        foreach ((double error, int count) in means)
        {
            double square = count < 2 ? double.NaN : error * error;
            squares += square;
            fourths += square * square / (count - 1);
        }

        return squares == 0 ? 0 : !double.IsFinite(squares) ? double.NaN
            : StudentT.InvCDF(0, 1, squares * squares / fourths, 0.975) * Math.Sqrt(squares);
    }

    /// <summary>Σ x / n; NaN of no values.</summary>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return values.IsEmpty ? double.NaN : sum / values.Length;
    }

    /// <summary>s = √(Σ (x − x̄)² / (n − 1)); NaN of fewer than two values.</summary>
    public static double StandardDeviation(ReadOnlySpan<double> values) => Math.Sqrt(Variance(values, Mean(values)));

    /// <summary>
    /// The value below which a share of the values lies, interpolated linearly between neighbours: position <paramref name="share"/> · (n −
    /// 1)
    /// among the sorted values. NaN of no values, or where one is NaN.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A share outside 0 … 1.</exception>
    public static double Quantile(ReadOnlySpan<double> values, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return QuantileOfSorted(Sort(values), share);
    }

    /// <summary>Summary of a tensor's elements.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    public static Distribution Describe<T>(Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Describe(TensorNumbers.ToDoubles(tensor));

    /// <summary>Summary of a distribution.</summary>
    public static Distribution Describe(ReadOnlySpan<double> values)
    {
        double[] sorted = Sort(values);
        (int zero, int negative) = (0, 0);
        foreach (double value in values)
        {
            zero += value == 0 ? 1 : 0;
            negative += value < 0 ? 1 : 0;
        }

        double mean = Mean(values);
        double count = values.Length;
        return new Distribution(
            values.Length,
            mean,
            Math.Sqrt(Variance(values, mean)),
            QuantileOfSorted(sorted, 0),
            QuantileOfSorted(sorted, 0.25),
            QuantileOfSorted(sorted, 0.5),
            QuantileOfSorted(sorted, 0.75),
            QuantileOfSorted(sorted, 1),
            zero / count,
            negative / count);
    }

    private static double Variance(ReadOnlySpan<double> values, double mean)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += (value - mean) * (value - mean);
        }

        return values.Length < 2 ? double.NaN : sum / (values.Length - 1);
    }

    private static double[] Sort(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    private static double QuantileOfSorted(double[] sorted, double share)
    {
        // NaN sorts first, so one look tells.
        if (sorted.Length == 0 || double.IsNaN(sorted[0]))
        {
            return double.NaN;
        }

        double position = share * (sorted.Length - 1);
        int below = (int)Math.Floor(position);
        double rest = position - below;
        return rest == 0 ? sorted[below] : ((1 - rest) * sorted[below]) + (rest * sorted[below + 1]);
    }
}

/// <summary>How many values fall into each bin.</summary>
/// <param name="Edges">Edges of the bins, rising, one more than bins. A bin holds its lower edge; the last one also its upper edge.</param>
/// <param name="Counts">Values in each bin.</param>
/// <param name="Below">Values below the first edge, −∞ included.</param>
/// <param name="Above">Values above the last edge, ∞ included.</param>
/// <param name="Undefined">Values that are NaN.</param>
public sealed record Histogram(ImmutableArray<double> Edges, ImmutableArray<long> Counts, long Below, long Above, long Undefined)
{
    /// <summary>All values, wherever they fell.</summary>
    public long Total => Counts.Sum() + Below + Above + Undefined;

    /// <summary>Counts values between the least and the greatest finite one, in bins of equal width.</summary>
    /// <param name="values">The values.</param>
    /// <param name="bins">How many bins.</param>
    /// <param name="low">First edge; null for the least finite value.</param>
    /// <param name="high">Last edge; null for the greatest finite value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one bin, or edges that do not rise.</exception>
    public static Histogram Count(ReadOnlySpan<double> values, int bins, double? low = null, double? high = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        (double least, double greatest) = FiniteRange(values);
        (double first, double last) = (low ?? Math.Min(least, high ?? least), high ?? Math.Max(greatest, low ?? greatest));
        if (first == last && (low is null || high is null))
        {
            double half = first == 0 ? 0.5 : Math.Abs(first) * 0.05;
            (first, last) = (low ?? first - half, high ?? last + half);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(first, last, nameof(low));
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(i => i == bins ? last : first + ((last - first) * i / bins))];
        var counts = new long[bins];
        (long below, long above, long undefined) = (0, 0, 0);
        foreach (double value in values)
        {
            if (double.IsNaN(value))
            {
                undefined++;
            }
            else if (value < first)
            {
                below++;
            }
            else if (value > last)
            {
                above++;
            }
            else
            {
                int found = Array.BinarySearch(edges, value);
                counts[Math.Min(bins - 1, found >= 0 ? found : ~found - 1)]++;
            }
        }

        return new Histogram([.. edges], [.. counts], below, above, undefined);
    }

    private static (double Least, double Greatest) FiniteRange(ReadOnlySpan<double> values)
    {
        (double least, double greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            }
        }

        return least <= greatest ? (least, greatest) : (0, 0);
    }
}
