using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Rules;
using Engram.Numerics.RandomNumbers;

namespace Engram.Experiments.Universality;

/// <summary>One claim, what was measured, and whether it holds.</summary>
/// <param name="Name">The claim.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="Expected">What it must be.</param>
/// <param name="Holds">Whether it is.</param>
public sealed record UniversalityClaim(string Name, string Measured, string Expected, bool Holds);

/// <summary>An error at some widths or strengths, and how fast it falls.</summary>
/// <param name="Name">What was varied.</param>
/// <param name="Values">Its values.</param>
/// <param name="Errors">Root mean square error at each.</param>
/// <param name="Slope">Of ln error against ln value, by least squares.</param>
public sealed record UniversalityCurve(string Name, ImmutableArray<double> Values, ImmutableArray<double> Errors, double Slope);

/// <summary>How often a circuit answers as what it was built for.</summary>
/// <param name="Circuit">The circuit.</param>
/// <param name="Lives">Lives that were compared.</param>
/// <param name="RightPercent">Share of right answers, in %.</param>
public sealed record UniversalityAgreement(string Circuit, int Lives, double RightPercent);

/// <summary>How many different memories a rule makes of sequences of labels.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Memories">Different memories.</param>
public sealed record UniversalityMemories(string Rule, int Memories);

/// <summary>What the demonstration of universality found.</summary>
/// <param name="Claims">All claims.</param>
/// <param name="Widths">Error of Nadaraya-Watson regression against width, of both codes.</param>
/// <param name="Limits">Where it breaks: error of the counts against 1 − β, and against α under Oja's rule.</param>
/// <param name="Agreement">Share of right answers of each circuit, in %.</param>
/// <param name="Orders">How many different memories the sequences of eight labels leave, by rule.</param>
public sealed record UniversalityResult(
    ImmutableArray<UniversalityClaim> Claims,
    ImmutableArray<UniversalityCurve> Widths,
    ImmutableArray<UniversalityCurve> Limits,
    ImmutableArray<UniversalityAgreement> Agreement,
    ImmutableArray<UniversalityMemories> Orders)
{
    /// <summary>Whether all claims hold.</summary>
    public bool Holds => Claims.All(c => c.Holds);
}

/// <summary>Shows that a network with feedback and local plasticity can learn by any rule: constructed, not trained, and lived on the
/// ordinary engine.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 4.2, by a construction of ours; docs/UNIVERSALITY.md proves it.</remarks>
public static class UniversalityDemonstration
{
    private const int Examples = 16;
    private const int Classes = 4;
    private const double Bandwidth = 0.15;
    private static readonly ImmutableArray<int> Widths = [8, 16, 32, 64, 128];

    /// <summary>Runs all of it.</summary>
    /// <param name="lives">Random lives of each circuit; a fiftieth of it where numbers are compared.</param>
    /// <param name="seed">Where the lives are drawn from.</param>
    /// <param name="threads">Threads that live them; the result does not depend on it.</param>
    /// <param name="stop">Stops it.</param>
    public static UniversalityResult Run(int lives = 10_000, ulong seed = 1, int threads = 1, CancellationToken stop = default)
    {
        var random = new RandomStream(seed);
        int few = Math.Max(20, lives / 50);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop };
        var claims = ImmutableArray.CreateBuilder<UniversalityClaim>();

        (double synapses, double read) = HistogramError(random.Split("histogram"), few, new HebbRule(), 1.0 / 64, 1);
        claims.Add(new("histogram identity: synapses are α (N_mj + N_m)", Exactly(synapses), "exact", synapses == 0));
        claims.Add(new("histogram read by ReLU layers", Exactly(read), "exact", read == 0));

        ImmutableArray<UniversalityCurve> widths = [KernelRegression(random.Split("kernel"), few, hats: false, parallel),
            KernelRegression(random.Split("kernel"), few, hats: true, parallel)];
        claims.Add(Slope("kernel regression, indicators: slope of error against J", widths[0].Slope, -1, 0.1));
        claims.Add(Slope("kernel regression, hats: slope of error against J", widths[1].Slope, -2, 0.15));

        var agreement = ImmutableArray.CreateBuilder<UniversalityAgreement>();
        foreach ((string name, Func<UniversalNetwork> make, Func<(int Bin, int Label)[], int, int?> truth) in Circuits())
        {
            double right = Agreement(random.Split(name), lives, make, truth, parallel);
            agreement.Add(new(name, lives, right));
            claims.Add(new($"{name}: right answers over {ClaimText.N(lives)} lives", $"{ClaimText.Short(right)} %", "100 %", right == 100));
        }

        (double whole, double binning) = RidgeErrors(random.Split("ridge"), few);
        claims.Add(new(
            "ridge regression, fitted top, J = 32: error over that of binning", ClaimText.Short(whole / binning), "at most 2",
            whole <= 2 * binning));

        (ImmutableArray<UniversalityCurve> limits, ImmutableArray<UniversalityMemories> orders) =
            WhereItBreaks(random.Split("limits"), few, claims);
        return new UniversalityResult(claims.ToImmutable(), widths, limits, agreement.ToImmutable(), orders);
    }

    private static string Exactly(double error) => error == 0 ? "exact" : $"largest error {ClaimText.Short(error)}";

    private static UniversalityClaim Slope(string name, double found, double expected, double within) =>
        new(name, ClaimText.Short(found), $"{ClaimText.N(expected)} ± {ClaimText.N(within)}", Math.Abs(found - expected) <= within);

    private static double Input(ref RandomStream random, double width = 1) =>
        ((2 * random.NextInt32((int)(width * UniversalCircuits.Grid))) + 1) / (2.0 * UniversalCircuits.Grid);

    private static int BinOf(double x) => (int)(x * (UniversalCircuits.Bins + 1));

    private static double[] OneHot(int label, int count) => [.. Enumerable.Range(0, count).Select(c => c == label ? 1.0 : 0.0)];

    private static DemonstratedLife ClassLife(ref RandomStream random, int examples, int classes, out int[] labels)
    {
        double width = UniversalCircuits.Bins / (UniversalCircuits.Bins + 1.0);
        (var xs, labels) = (new double[examples], new int[examples]);
        for (int k = 0; k < examples; k++)
        {
            (xs[k], labels[k]) = (Input(ref random, width), random.NextInt32(classes));
        }

        double query = Input(ref random, width);
        return new DemonstratedLife(xs, [.. labels.Select(l => OneHot(l, classes))], [query], [[]]);
    }

    // The largest errors of synapses and of what is read of them, over lives of 1 to 32 examples.
    private static (double Synapses, double Read) HistogramError(
        RandomStream all, int lives, IPlasticityRule rule, double alpha, double beta)
    {
        using UniversalNetwork network = UniversalCircuits.Histogram(Classes, rule, alpha, beta);
        using var runner = new LifeRunner(network);
        (double synapses, double read) = (0, 0);
        for (int i = 0; i < lives; i++)
        {
            RandomStream random = all.Split((ulong)i);
            DemonstratedLife life = ClassLife(ref random, 1 + random.NextInt32(UniversalCircuits.MostExamples), Classes, out int[] labels);
            double[] counts = CountsOf(life, labels);
            LivedLife lived = runner.Live(life);
            for (int at = 0; at < counts.Length; at++)
            {
                double ofClass = labels.Count(l => l == at / UniversalCircuits.Bins);
                synapses = Math.Max(synapses, Math.Abs(lived.Weights[at] - (alpha * (counts[at] + ofClass))));
                read = Math.Max(read, Math.Abs(lived.Outputs[0][at] - counts[at]));
            }
        }

        return (synapses, read);
    }

    private static double[] CountsOf(DemonstratedLife life, int[] labels)
    {
        var counts = new double[Classes * UniversalCircuits.Bins];
        for (int k = 0; k < labels.Length; k++)
        {
            counts[(labels[k] * UniversalCircuits.Bins) + BinOf(life.Inputs[k])]++;
        }

        return counts;
    }

    // Noisy waves; the same lives at all widths and of both codes.
    private static DemonstratedLife NumberLife(RandomStream random, int questions)
    {
        double phase = random.NextUniform(), height = 0.2 + (0.2 * random.NextUniform());
        var xs = new double[Examples];
        var ys = new double[Examples][];
        for (int k = 0; k < Examples; k++)
        {
            xs[k] = Input(ref random);
            double y = 0.5 + (height * DeterministicMath.Cos(2 * Math.PI * (xs[k] + phase))) + (0.05 * random.NextNormal());
            ys[k] = [Math.Clamp(y, 0, 1)];
        }

        var asked = new double[questions];
        for (int q = 0; q < questions; q++)
        {
            asked[q] = Input(ref random);
        }

        return new DemonstratedLife(xs, ys, asked, [.. asked.Select(_ => Array.Empty<double>())]);
    }

    private static double Kernel(double distance) => Math.Exp(-0.5 * distance * distance / (Bandwidth * Bandwidth));

    private static UniversalityCurve KernelRegression(RandomStream all, int lives, bool hats, ParallelOptions parallel)
    {
        var errors = new double[Widths.Length];
        Parallel.For(0, Widths.Length, parallel, at =>
        {
            int bins = Widths[at];
            using UniversalNetwork network = UniversalCircuits.Reader(bins, hats);
            using var runner = new LifeRunner(network);
            (double squares, int count) = (0, 0);
            for (int i = 0; i < lives; i++)
            {
                DemonstratedLife life = NumberLife(all.Split((ulong)i), questions: 8);
                LivedLife lived = runner.Live(life);
                for (int q = 0; q < life.Questions.Length; q++)
                {
                    double difference = ReadKernelRegression(lived.Outputs[q], bins, hats) - ExactKernelRegression(life, life.Questions[q]);
                    squares += difference * difference;
                    count++;
                }
            }

            errors[at] = Math.Sqrt(squares / count);
        });
        return new UniversalityCurve(
            hats ? "hats" : "indicators", [.. Widths.Select(w => (double)w)], [.. errors],
            SlopeOf([.. Widths.Select(w => (double)w)], errors));
    }

    // From z, a and x* as the network gives them: w = z / a, N_m = Σ w / (J + 1), then the kernel at bins' centres, or at nodes.
    private static double ReadKernelRegression(double[] outputs, int bins, bool hats)
    {
        double query = outputs[^1];
        double[] weights = [.. Enumerable.Range(0, 2 * bins).Select(i => outputs[i] / outputs[(2 * bins) + (i % bins)])];
        double[] all = [.. weights.Chunk(bins).Select(w => w.Sum() / (bins + 1))];
        (double numerator, double denominator) = (0, 0);
        for (int j = 0; j < bins; j++)
        {
            double kernel = Kernel(query - (hats ? j / (bins - 1.0) : UniversalCircuits.Centre(bins, j)));
            double high = weights[bins + j] - all[1];
            numerator += kernel * high;
            denominator += kernel * (high + weights[j] - all[0]);
        }

        return numerator / denominator;
    }

    private static double ExactKernelRegression(DemonstratedLife life, double query)
    {
        (double numerator, double denominator) = (0, 0);
        for (int k = 0; k < life.Inputs.Length; k++)
        {
            double kernel = Kernel(query - life.Inputs[k]);
            numerator += kernel * life.Targets[k][0];
            denominator += kernel;
        }

        return numerator / denominator;
    }

    // What each circuit must say of examples (bin, label) and the query's bin; null where it is not defined.
    private static IEnumerable<(string Name, Func<UniversalNetwork> Make, Func<(int Bin, int Label)[], int, int?> Truth)> Circuits()
    {
        yield return ("nearest neighbour", () => UniversalCircuits.Neighbour(farthest: false),
            (examples, query) => Alone(examples, query, e => e.Min()));
        yield return ("farthest neighbour", () => UniversalCircuits.Neighbour(farthest: true),
            (examples, query) => Alone(examples, query, e => e.Max()));
        yield return ("parity of the labels", UniversalCircuits.Parity, (examples, _) => examples.Count(e => e.Label == 1) % 2);
    }

    private static int? Alone((int Bin, int Label)[] examples, int query, Func<IEnumerable<int>, int> choose)
    {
        int distance = choose(examples.Select(e => Math.Abs(e.Bin - query)));
        int[] labels = [.. examples.Where(e => Math.Abs(e.Bin - query) == distance).Select(e => e.Label).Distinct()];
        return labels.Length == 1 ? labels[0] : null;
    }

    private static double Agreement(
        RandomStream all, int lives, Func<UniversalNetwork> make, Func<(int Bin, int Label)[], int, int?> truth, ParallelOptions parallel)
    {
        const int Chunk = 250;
        using UniversalNetwork network = make();
        int right = 0;
        Parallel.For(0, (lives + Chunk - 1) / Chunk, parallel, chunk =>
        {
            using var runner = new LifeRunner(network);
            int own = 0;
            for (int i = chunk * Chunk; i < Math.Min(lives, (chunk + 1) * Chunk); i++)
            {
                own += IsRight(runner, all.Split((ulong)i), truth) ? 1 : 0;
            }

            Interlocked.Add(ref right, own);
        });
        return 100.0 * right / lives;
    }

    private static bool IsRight(LifeRunner runner, RandomStream random, Func<(int Bin, int Label)[], int, int?> truth)
    {
        // Lives in which two labels are equally near are drawn again.
        while (true)
        {
            DemonstratedLife life = ClassLife(ref random, 1 + random.NextInt32(12), 2, out int[] labels);
            if (truth([.. life.Inputs.Select((x, k) => (BinOf(x), labels[k]))], BinOf(life.Questions[0])) is { } answer)
            {
                return runner.Accuracy(life with { Answers = [OneHot(answer, 2)] }) == 1;
            }
        }
    }

    private static (double Whole, double Binning) RidgeErrors(RandomStream all, int lives)
    {
        const int Width = 32;
        using UniversalNetwork network = UniversalCircuits.Ridge(Width);
        using var runner = new LifeRunner(network);
        (double whole, double binning) = (0, 0);
        for (int i = 0; i < lives; i++)
        {
            RandomStream random = all.Split((ulong)i);
            double slope = 0.2 + (0.6 * random.NextUniform());
            double[] xs = [.. Enumerable.Range(0, Examples).Select(_ => Input(ref random))];
            double[][] ys = [.. xs.Select(x => new[] { Math.Clamp((slope * x) + (0.1 * random.NextNormal()), 0, 1) })];
            double[] asked = [.. Enumerable.Range(0, 8).Select(_ => Input(ref random))];
            LivedLife lived = runner.Live(new DemonstratedLife(xs, ys, asked, [.. asked.Select(_ => Array.Empty<double>())]));
            for (int q = 0; q < asked.Length; q++)
            {
                double exact = UniversalCircuits.RidgeAnswer(xs.Select((x, k) => (x, ys[k][0], 1.0)), asked[q]);
                double binned = UniversalCircuits.RidgeAnswer(
                    xs.Select((x, k) => (UniversalCircuits.Centre(Width, (int)(x * Width)), ys[k][0], 1.0)), asked[q]);
                whole += Math.Pow(lived.Outputs[q][0] - exact, 2);
                binning += Math.Pow(binned - exact, 2);
            }
        }

        return (Math.Sqrt(whole / (8 * lives)), Math.Sqrt(binning / (8 * lives)));
    }

    private static (ImmutableArray<UniversalityCurve> Limits, ImmutableArray<UniversalityMemories> Orders) WhereItBreaks(
        RandomStream random, int lives, ImmutableArray<UniversalityClaim>.Builder claims)
    {
        double[] weaker = [.. Enumerable.Range(0, 6).Select(i => Math.Pow(2, -2 - (2 * i)))],
            rates = [.. Enumerable.Range(0, 6).Select(i => Math.Pow(2, -4 - (2 * i)))];
        double[] ofStrength =
            [.. weaker.Select(w => HistogramError(random.Split("strength"), lives, new HebbRule(), 1.0 / 64, 1 - w).Read)];
        double[] ofRate = [.. rates.Select(a => HistogramError(random.Split("rate"), lives, new OjaRule(), a, 1).Read)];
        ImmutableArray<UniversalityCurve> limits =
        [
            new("1 − β, Hebb", [.. weaker], [.. ofStrength], SlopeOf(weaker[2..], ofStrength[2..])),
            new("α, Oja with 0/1 activity", [.. rates], [.. ofRate], SlopeOf(rates[2..], ofRate[2..])),
        ];
        claims.Add(Slope("feedback below 1: slope of the counts' error against 1 − β", limits[0].Slope, 1, 0.1));
        claims.Add(Slope("Oja, 0/1 activity: slope of the counts' error against α", limits[1].Slope, 1, 0.1));

        int decoded = ExactSequences(random.Split("sequence"), lives);
        claims.Add(new(
            "Oja, 0/1 activity, α = ½: lives whose sequence of bins is decoded", $"{ClaimText.N(decoded)} of {ClaimText.N(lives)}", "all",
            decoded == lives));
        int hebb = Memories(new HebbRule(), 0), oja = Memories(new OjaRule(), 1);
        claims.Add(new("Hebb: memories left by the 256 sequences of 8 labels", ClaimText.N(hebb), "9, one a count", hebb == 9));
        claims.Add(new("Oja, activity 1 or 2: memories left by the 256 sequences of 8 labels", ClaimText.N(oja), "256", oja == 256));

        double wrong = WrongCountsByError(random.Split("error"), lives);
        claims.Add(new(
            "the error y − ŷ in place of the target: lives whose counts are wrong", $"{ClaimText.Short(wrong)} %", "above 10 %",
            wrong > 10));
        return (limits, [new("Hebb, activity 0 or 1", hebb), new("Oja, activity 1 or 2", oja)]);
    }

    // With α = ½ the synapses of a class are sums of a_j(x_k) / 2^(n − k + 1): binary numbers whose digits are the bins in the order shown.
    private static int ExactSequences(RandomStream all, int lives)
    {
        using UniversalNetwork network = UniversalCircuits.Histogram(Classes, new OjaRule(), 0.5);
        using var runner = new LifeRunner(network);
        int decoded = 0;
        for (int i = 0; i < lives; i++)
        {
            RandomStream random = all.Split((ulong)i);
            DemonstratedLife life = ClassLife(ref random, 1 + random.NextInt32(UniversalCircuits.MostExamples), Classes, out int[] labels);
            double[] weights = runner.Live(life).Weights;
            bool right = true;
            for (int c = 0; c < Classes && right; c++)
            {
                int[] shown = [.. Enumerable.Range(0, labels.Length).Where(k => labels[k] == c).Select(k => BinOf(life.Inputs[k]))];
                right = SequenceOf(weights.AsSpan(c * UniversalCircuits.Bins, UniversalCircuits.Bins)).SequenceEqual(shown);
            }

            decoded += right ? 1 : 0;
        }

        return decoded;
    }

    private static List<int> SequenceOf(ReadOnlySpan<double> weights)
    {
        // Σ_j w_mj = (J + 1) (1 − 2^−n) says n; w less 1 − 2^−n has the digits, the last example first.
        double offset = 0;
        foreach (double weight in weights)
        {
            offset += weight / (weights.Length + 1);
        }

        double[] digits = [.. weights.ToArray().Select(w => w - offset)];
        var sequence = new List<int>();
        for (double unit = 0.5; offset > 1e-12; unit /= 2, offset -= unit * 2)
        {
            int bin = Array.FindIndex(digits, d => d >= unit);
            if (bin < 0)
            {
                break;
            }

            digits[bin] -= unit;
            sequence.Insert(0, bin);
        }

        return sequence;
    }

    private static int Memories(IPlasticityRule rule, double feedbackBias)
    {
        const int Length = 8;
        using UniversalNetwork network = UniversalCircuits.Histogram(2, rule, 0.125, feedbackBias: feedbackBias);
        using var runner = new LifeRunner(network);
        double x = 1.0 / (2 * UniversalCircuits.Grid);
        var memories = new List<double[]>();
        for (int sequence = 0; sequence < 1 << Length; sequence++)
        {
            double[][] targets = [.. Enumerable.Range(0, Length).Select(k => OneHot((sequence >> k) & 1, 2))];
            double[] weights = runner.Live(new DemonstratedLife([.. Enumerable.Repeat(x, Length)], targets, [x], [[]])).Weights;
            if (!memories.Exists(m => m.Zip(weights, (a, b) => Math.Abs(a - b)).Max() < 1e-9))
            {
                memories.Add(weights);
            }
        }

        return memories.Count;
    }

    private static double WrongCountsByError(RandomStream all, int lives)
    {
        using UniversalNetwork network = UniversalCircuits.Histogram(Classes, new HebbRule(), 1.0 / 64, signal: FeedbackSignal.Error);
        using var runner = new LifeRunner(network);
        int wrong = 0;
        for (int i = 0; i < lives; i++)
        {
            RandomStream random = all.Split((ulong)i);
            DemonstratedLife life = ClassLife(ref random, Examples, Classes, out int[] labels);
            wrong += runner.Live(life).Outputs[0].Zip(CountsOf(life, labels), (a, b) => Math.Abs(a - b)).Max() > 0.5 ? 1 : 0;
        }

        return 100.0 * wrong / lives;
    }

    private static double SlopeOf(double[] x, double[] y)
    {
        double[] u = [.. x.Select(a => Math.Log(a))], v = [.. y.Select(b => Math.Log(b))];
        (double mu, double mv) = (u.Average(), v.Average());
        return u.Zip(v, (a, b) => (a - mu) * (b - mv)).Sum() / u.Sum(a => (a - mu) * (a - mu));
    }
}
