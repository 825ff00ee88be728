using Engram.Figures.Summaries;
using Engram.Figures.Text;

namespace Engram.Experiments.Verdicts;

/// <summary>A difference of two learners over what both went through: networks of the same seeds, or the same lifetimes.</summary>
/// <param name="Mean">Mean difference: the first less the second.</param>
/// <param name="HalfWidth">Half the width of its 95 % confidence interval, t s / √n with n − 1 degrees of freedom; NaN of fewer than two
/// pairs.</param>
/// <param name="Pairs">n.</param>
/// <param name="OverNetworks">Whether pairs are networks; else they are lifetimes of one network each, and the interval says nothing of
/// other networks.</param>
/// <remarks>Source: Student 1908.</remarks>
public sealed record PairedDifference(double Mean, double HalfWidth, int Pairs, bool OverNetworks)
{
    /// <summary>Whether the interval leaves 0 out.</summary>
    public bool IsClear => Math.Abs(Mean) > HalfWidth;

    /// <summary>The difference over pairs.</summary>
    /// <param name="first">Values of the first.</param>
    /// <param name="second">Values of the second, pair by pair.</param>
    /// <param name="overNetworks">Whether a pair is of networks.</param>
    /// <exception cref="ArgumentException">There are not as many of both.</exception>
    public static PairedDifference Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second, bool overNetworks)
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"Found {first.Length} and {second.Length} values, expected pairs.", nameof(second));
        }

        double[] differences = new double[first.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = first[i] - second[i];
        }

        MeanAndError mean = Statistics.MeanAndError(differences);
        return new PairedDifference(mean.Mean, Statistics.HalfWidth95((mean.StandardError, mean.Count)), mean.Count, overNetworks);
    }

    /// <summary>The difference over networks of the same seeds; null where fewer than two seeds are in both.</summary>
    internal static PairedDifference? OverSeeds(
        IEnumerable<(ulong Seed, double Value)> first, IEnumerable<(ulong Seed, double Value)> second)
    {
        (double A, double B)[] pairs = [.. first.Join(second, a => a.Seed, b => b.Seed, (a, b) => (a.Value, b.Value))];
        return pairs.Length < 2 ? null : Of([.. pairs.Select(p => p.A)], [.. pairs.Select(p => p.B)], overNetworks: true);
    }

    /// <summary>The difference and its interval, as tables have it.</summary>
    public static string Describe(PairedDifference? found) => found is not { } pair ? "–"
        : double.IsNaN(pair.HalfWidth) ? Signed(pair.Mean)
        : $"{Signed(pair.Mean)} [{Signed(pair.Mean - pair.HalfWidth)}, {Signed(pair.Mean + pair.HalfWidth)}]";

    private static string Signed(double value) => (value < 0 ? "−" : "+") + Numbers.Short(Math.Abs(value));
}
