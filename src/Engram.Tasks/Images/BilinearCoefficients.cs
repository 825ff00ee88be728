namespace Engram.Tasks.Images;

/// <summary>The weights of a resize along one side: out[i] = Σⱼ weight[i, j] · in[first[i] + j], in fixed point.</summary>
/// <remarks>
/// A triangle whose half-width is one input pixel, or, where pixels become fewer, one output pixel: so every input pixel counts
/// (antialiasing).
/// With r = max(1, from / to) and c = (i + ½) from / to, the weight of input x is proportional to max(0, 1 − |x + ½ − c| / r), over the x
/// between
/// ⌊c − r + ½⌋ and ⌊c + r + ½⌋ inside the image, and the weights of an output sum to one, times 2²².
/// </remarks>
internal sealed class BilinearCoefficients
{
    /// <summary>Binary digits of a weight's fraction: 32 less 8 of a sample and 2 against overflow.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int[] first;
    private readonly int[] count;
    private readonly int[] weights;

    /// <summary>Computes the weights.</summary>
    /// <param name="from">Pixels of the side before.</param>
    /// <param name="to">Pixels of the side after.</param>
    public BilinearCoefficients(int from, int to)
    {
        double scale = (double)from / to;
        double halfWidth = Math.Max(scale, 1);
        Most = ((int)Math.Ceiling(halfWidth) * 2) + 1;
        first = new int[to];
        count = new int[to];
        weights = new int[to * Most];
        Span<double> exact = new double[Most];
        for (int i = 0; i < to; i++)
        {
            double centre = (i + 0.5) * scale;
            first[i] = Math.Max((int)(centre - halfWidth + 0.5), 0);
            count[i] = Math.Min((int)(centre + halfWidth + 0.5), from) - first[i];
            double sum = 0;
            for (int j = 0; j < count[i]; j++)
            {
                exact[j] = Math.Max(0, 1 - Math.Abs((j + first[i] - centre + 0.5) * (1 / halfWidth)));
                sum += exact[j];
            }

            for (int j = 0; j < count[i]; j++)
            {
                weights[(i * Most) + j] = (int)(0.5 + (exact[j] / sum * (1 << FractionBits)));
            }
        }
    }

    /// <summary>Most inputs that an output depends on.</summary>
    public int Most { get; }

    /// <summary>The first input that an output depends on.</summary>
    public int First(int output) => first[output];

    /// <summary>The weights of an output, from its first input on.</summary>
    public ReadOnlySpan<int> Of(int output) => weights.AsSpan(output * Most, count[output]);
}
