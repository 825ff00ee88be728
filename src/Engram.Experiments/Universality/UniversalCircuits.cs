using Engram.Learning.Learners;
using Engram.Learning.Rules;

namespace Engram.Experiments.Universality;

/// <summary>The construction: a network whose plastic synapses keep the histogram of a life's examples, and what reads it.</summary>
/// <remarks>
/// Frozen layers make J units a_j(x) = 1 + e_j(x), e_j the share of x in bin j. The plastic layer has a unit (m, j) for each class m and
/// bin j, whose only plastic synapse comes from a_j and whose feedback is φ_m(y). With β = 1 and Hebb's rule w_mj = α Σ_k φ_m(y_k) a_j(x_k)
/// = α (N_mj + N_m). Layers above read z_mj = w_mj a_j(x*).
/// </remarks>
internal static class UniversalCircuits
{
    /// <summary>Inputs are odd multiples of 1 / (2 × this), so that none lies on the edge of a bin.</summary>
    public const int Grid = 1 << 14;

    /// <summary>Bins of circuits on counts: with one less than a power of two, dividing by J + 1 is exact.</summary>
    public const int Bins = 15;

    /// <summary>The most examples that circuits on counts can be shown.</summary>
    public const int MostExamples = 32;

    private const double Lambda = 0.1;

    /// <summary>The lowest layers: a_j(x) and x, then w_mj a_j(x).</summary>
    /// <param name="Builder">Where layers go on.</param>
    /// <param name="Read">z_mj, [m][j].</param>
    /// <param name="Code">a_j(x).</param>
    /// <param name="Input">x.</param>
    private sealed record Memory(CircuitBuilder Builder, Affine[][] Read, Affine[] Code, Affine Input);

    /// <summary>All that a reader needs, as outputs: z_mj, class after class, then a_j and x. y is one number from 0 to 1, coded by two
    /// hats.</summary>
    /// <param name="bins">J.</param>
    /// <param name="hats">Whether e_j are hat functions over J nodes in place of indicators of J bins.</param>
    public static UniversalNetwork Reader(int bins, bool hats)
    {
        Memory m = Store(bins, hats, 1.0 / bins, NumberCode(bins));
        return m.Builder.Build(
            [.. m.Read.SelectMany(r => r), .. m.Code, m.Input], new CircuitOptions(new HebbRule(), Objective.MeanSquaredError), 1.0 / 16);
    }

    /// <summary>The histogram N_mj of classes and bins as outputs, class after class.</summary>
    /// <param name="classes">M.</param>
    /// <param name="rule">The plasticity rule.</param>
    /// <param name="plasticity">α.</param>
    /// <param name="strength">β.</param>
    /// <param name="feedbackBias">c of all plastic units.</param>
    /// <param name="signal">What is fed back.</param>
    public static UniversalNetwork Histogram(
        int classes, IPlasticityRule rule, double plasticity, double strength = 1, double feedbackBias = 0,
            FeedbackSignal signal = FeedbackSignal.Target)
    {
        Memory m = Store(Bins, hats: false, 1.0 / (Bins + 1), ClassCode(classes, Bins));
        Affine[][] counts = Counts(m, plasticity * strength).Counts;
        return m.Builder.Build(
            [.. counts.SelectMany(c => c)], new CircuitOptions(rule, Objective.MeanSquaredError, signal), plasticity, strength,
            feedbackBias);
    }

    /// <summary>The label of the example whose bin is nearest to the query's, or farthest from it, of two labels.</summary>
    public static UniversalNetwork Neighbour(bool farthest)
    {
        const double Alpha = 1.0 / 64;
        Memory m = Store(Bins, hats: false, 1.0 / (Bins + 1), ClassCode(2, Bins));
        (Affine[][] found, Affine[] code, _) = Counts(m, Alpha);
        Affine here = Affine.Sum(code.Select((a, j) => (a - 1.0) * j));
        CircuitBuilder builder = m.Builder;

        // Occupied: min(N, 1) = N − max(N − 1, 0). Distance: |j − here|.
        Affine[] all = [.. found.SelectMany(c => c)], from = [.. Enumerable.Range(0, Bins).Select(j => here - (double)j)];
        Affine[] next = builder.Relu([.. all, .. all.Select(n => n - 1.0), .. from.Select(d => d * -1), .. from]);
        Affine Occupied(int at) => next[at] - next[(2 * Bins) + at];
        Affine Distance(int j) => next[(4 * Bins) + j] + next[(5 * Bins) + j];
        Affine[] scores = builder.Relu([.. Enumerable.Range(0, 2 * Bins).Select(at => farthest
            ? Distance(at % Bins) + 1.0 - ((1.0 - Occupied(at)) * (Bins + 1))
            : (Occupied(at) * Bins) - Distance(at % Bins))]);
        Affine[] best = builder.Largest([scores[..Bins], scores[Bins..]]);
        return builder.Build(best, new CircuitOptions(new HebbRule(), Objective.CrossEntropy), Alpha);
    }

    /// <summary>Whether the number of examples with label 1 is odd.</summary>
    public static UniversalNetwork Parity()
    {
        const double Alpha = 1.0 / 64;
        Memory m = Store(Bins, hats: false, 1.0 / (Bins + 1), ClassCode(2, Bins));
        Affine ones = Affine.Sum(Counts(m, Alpha).Counts[1]);

        // A saw: up to 1 at odd numbers, down to 0 at even ones.
        Affine[] saw = m.Builder.Relu([.. Enumerable.Range(0, MostExamples).Select(i => ones - (double)i)]);
        Affine odd = Affine.Sum(saw.Select((s, i) => s * (i == 0 ? 1 : i % 2 == 1 ? -2 : 2)));
        return m.Builder.Build([1.0 - odd, odd], new CircuitOptions(new HebbRule(), Objective.CrossEntropy), Alpha);
    }

    /// <summary>Ridge regression without intercept, x* Σ x y / (Σ x² + λ), its top fitted: logarithms and an exponential, linear between
    /// nodes.</summary>
    public static UniversalNetwork Ridge(int bins)
    {
        const double Alpha = 1.0 / 64;
        const int Nodes = 256;
        Memory m = Store(bins, hats: false, 1.0 / bins, NumberCode(bins));
        (Affine[][] counts, _, Affine input) = Counts(m, Alpha);
        Affine products = Affine.Sum(counts[1].Select((n, j) => n * Centre(bins, j)));
        Affine squares = Affine.Sum(counts.SelectMany(c => c.Select((n, j) => n * Square(Centre(bins, j)))));
        double[] scale = [.. Enumerable.Range(0, Nodes).Select(i => 1e-3 * Math.Pow(MostExamples / 1e-3, i / (Nodes - 1.0)))];
        Affine[] logs = m.Builder.Interpolate([(input, scale, Math.Log), (products, scale, Math.Log), (squares + Lambda, scale, Math.Log)]);
        double[] even = [.. Enumerable.Range(0, Nodes).Select(i => -12 + (14.0 * i / (Nodes - 1)))];
        Affine[] answer = m.Builder.Interpolate([(logs[0] + logs[1] - logs[2], even, Math.Exp)]);
        return m.Builder.Build(answer, new CircuitOptions(new HebbRule(), Objective.MeanSquaredError), Alpha);
    }

    /// <summary>Ridge regression without intercept on weighted examples.</summary>
    public static double RidgeAnswer(IEnumerable<(double X, double Y, double Weight)> examples, double query)
    {
        (double products, double squares) = (0, Lambda);
        foreach ((double x, double y, double weight) in examples)
        {
            products += weight * x * y;
            squares += weight * x * x;
        }

        return query * products / squares;
    }

    /// <summary>The middle of a bin.</summary>
    public static double Centre(int bins, int bin) => (bin + 0.5) / bins;

    private static double Square(double x) => x * x;

    private static PlasticUnit[] ClassCode(int classes, int bins) =>
        [.. from c in Enumerable.Range(0, classes) from j in Enumerable.Range(0, bins) select new PlasticUnit(j, c, 1, 0)];

    // Two hats over 0 … 1: 1 − y and y.
    private static PlasticUnit[] NumberCode(int bins) =>
        [.. Enumerable.Range(0, bins).Select(j => new PlasticUnit(j, 0, -1, 1)),
            .. Enumerable.Range(0, bins).Select(j => new PlasticUnit(j, 0, 1, 0))];

    private static Memory Store(int bins, bool hats, double width, PlasticUnit[] units)
    {
        var builder = new CircuitBuilder(1);
        Affine x = builder.Inputs[0];
        Affine[] shares;
        if (hats)
        {
            // e_j = r_j − 2 r_{j+1} + r_{j+2}, r_i = max(x / h − i + 1, 0), nodes at j h.
            double inverse = bins - 1;
            Affine[] r = builder.Relu([.. Enumerable.Range(0, bins + 2).Select(i => (x * inverse) - (i - 1.0)), x]);
            shares = [.. Enumerable.Range(0, bins).Select(j => r[j] - (r[j + 1] * 2) + r[j + 2])];
            x = r[^1];
        }
        else
        {
            // A step at an edge t is max(G (x − t) + ½, 0) − max(G (x − t) − ½, 0): 0 or 1 on the grid.
            Affine[] edges = [.. Enumerable.Range(1, bins - 1).Select(j => (x * Grid) - (Grid * width * j))];
            Affine[] r = builder.Relu([.. edges.Select(e => e + 0.5), .. edges.Select(e => e - 0.5), x]);
            Affine[] steps = [1.0, .. Enumerable.Range(0, bins - 1).Select(j => r[j] - r[bins - 1 + j]), 0.0];
            shares = [.. Enumerable.Range(0, bins).Select(j => steps[j] - steps[j + 1])];
            x = r[^1];
        }

        Affine[] code = builder.Relu([.. shares.Select(e => e + 1.0), x]);
        (Affine[] plastic, Affine[] passed) = builder.PlasticLayer(units, code);
        return new Memory(builder, [.. plastic.Chunk(bins)], passed[..bins], passed[bins]);
    }

    // Of indicators a_j is 1 or 2: w = z − ½ max(z − C (2 − a), 0), C at least the largest z. Then N_m = Σ_j w_mj / ((J + 1) α), N_mj =
    // w_mj / α − N_m.
    private static (Affine[][] Counts, Affine[] Code, Affine Input) Counts(Memory m, double scale)
    {
        const double Largest = 256;
        int bins = m.Code.Length;
        Affine[] z = [.. m.Read.SelectMany(r => r)];
        Affine[] next = m.Builder.Relu([.. z, .. z.Select((r, at) => r - ((2.0 - m.Code[at % bins]) * Largest)), .. m.Code, m.Input]);
        Affine[][] weights =
            [.. Enumerable.Range(0, z.Length).Select(at => (next[at] - (next[z.Length + at] * 0.5)) * (1 / scale)).Chunk(bins)];
        Affine[][] counts = [.. weights.Select(w =>
        {
            Affine all = Affine.Sum(w) * (1.0 / (bins + 1));
            return w.Select(own => own - all).ToArray();
        })];
        return (counts, next[(2 * z.Length)..^1], next[^1]);
    }
}
