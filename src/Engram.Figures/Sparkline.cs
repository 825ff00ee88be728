using System.Text;

namespace Engram.Figures;

/// <summary>A curve in one line of text.</summary>
public static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>What stands where a value is undefined, infinite, or off a logarithmic scale.</summary>
    public const char Undefined = '×';

    /// <summary>
    /// Values as block characters, lowest to highest, at most <paramref name="width"/> of them: where there are more values, each character
    /// stands for the mean
    /// of its share of them (of their logarithms if <paramref name="logarithmic"/>). A share with a value that can't be drawn is marked
    /// <see cref="Undefined"/>.
    /// </summary>
    /// <param name="values">The values, in order.</param>
    /// <param name="width">The most characters.</param>
    /// <param name="logarithmic">Whether equal ratios have equal heights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A width below 1.</exception>
    public static string Render(ReadOnlySpan<double> values, int width, bool logarithmic = false) => Draw(values, width, logarithmic).Text;

    /// <summary>The characters of <see cref="Render"/> with their scale: the values that the lowest and the highest one stand for; NaN
    /// where none can be drawn.</summary>
    /// <inheritdoc cref="Render" path="/param"/>
    /// <inheritdoc cref="Render" path="/exception"/>
    public static (string Text, double Lowest, double Highest) Draw(ReadOnlySpan<double> values, int width, bool logarithmic = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var heights = new double[Math.Min(width, values.Length)];
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        for (int i = 0; i < heights.Length; i++)
        {
            int first = (int)((long)i * values.Length / heights.Length);
            int end = (int)((long)(i + 1) * values.Length / heights.Length);
            double sum = 0;
            foreach (double value in values[first..end])
            {
                sum += (logarithmic ? value > 0 ? Math.Log(value) : double.NaN : value) / (end - first);
            }

            heights[i] = sum;
            if (double.IsFinite(sum))
            {
                (low, high) = (Math.Min(low, sum), Math.Max(high, sum));
            }
        }

        var text = new StringBuilder(heights.Length);
        foreach (double height in heights)
        {
            // Halves, so that a span beyond the largest double does not overflow.
            double share = high > low ? ((height / 2) - (low / 2)) / ((high / 2) - (low / 2)) : 0.5;
            text.Append(
                double.IsFinite(height) ? Blocks[Math.Clamp((int)((share + 1e-9) * Blocks.Length), 0, Blocks.Length - 1)] : Undefined);
        }

        return low > high ? (text.ToString(), double.NaN, double.NaN)
            : logarithmic ? (text.ToString(), Math.Exp(low), Math.Exp(high))
            : (text.ToString(), low, high);
    }
}
