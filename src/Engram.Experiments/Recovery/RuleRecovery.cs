using System.Collections.Immutable;
using Engram.Experiments.Analysis;
using Engram.Learning.Rules;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recovery;

/// <summary>One coefficient of the fitted rule.</summary>
/// <param name="Term">Exponents of presynaptic activity, postsynaptic activity and weight.</param>
/// <param name="Fitted">θ as fitted.</param>
/// <param name="StandardError">Its standard error, from what is left unexplained.</param>
/// <param name="Hidden">θ of the hidden rule; null where that is no polynomial, or not known.</param>
/// <param name="Identifiable">Whether what is seen tells this coefficient from others.</param>
public sealed record RecoveredTerm(string Term, double Fitted, double StandardError, double? Hidden, bool Identifiable);

/// <summary>What was recovered of a hidden rule.</summary>
/// <param name="Terms">All coefficients.</param>
/// <param name="RSquared">Share of the variance of change in new lives that the fitted rule explains.</param>
/// <param name="LargestError">Largest |θ − θ*|; null where θ* is not known.</param>
/// <param name="Iterations">Steps of the fit.</param>
public sealed record RecoveredRule(ImmutableArray<RecoveredTerm> Terms, double RSquared, double? LargestError, int Iterations)
{
    /// <summary>|θ − θ*| that counts as recovered.</summary>
    public const double Tolerance = 0.02;

    /// <summary>R² that counts as explained.</summary>
    public const double LeastRSquared = 0.99;

    /// <summary>Whether the rule explains new lives, all coefficients can be told apart, and they are those of the hidden rule where those
    /// are known.</summary>
    public bool Holds => RSquared >= LeastRSquared && Terms.All(t => t.Identifiable) && LargestError is null or < Tolerance;
}

/// <summary>Fits a polynomial plasticity rule to networks that learnt by a hidden one.</summary>
/// <remarks>
/// θ minimises Σ (seen − as lived under θ)², over whole lives: Gauss and Newton's method with damping, from θ = 0, derivatives by
/// differences. Known are the network at birth, what it
/// was shown and told, feedback, β and α; the scale of θ and that of α cannot be told apart.
/// </remarks>
public static class RuleRecovery
{
    private const int MostIterations = 30;
    private const double Difference = 1e-5;
    private const double Nothing = 1e-11;

    /// <summary>What is fitted: all 27 terms, shared by all layers.</summary>
    internal static PolynomialRule Model { get; } = new() { Level = PolynomialLevel.Network, Start = PolynomialStart.Zero };

    /// <summary>Makes networks that learn by a rule, sees them, and fits.</summary>
    /// <param name="rule">The hidden rule.</param>
    /// <param name="setting">How networks are made and seen.</param>
    /// <param name="threads">Threads; the result does not depend on it.</param>
    /// <param name="observations">Where what is seen is written; null for nowhere.</param>
    /// <param name="stop">Stops it.</param>
    public static RecoveredRule FromRule(
        IPlasticityRule rule, RecoverySetting setting, int threads = 1, string? observations = null, CancellationToken stop = default)
    {
        List<ObservedNetwork> networks = Observe(rule, setting);
        if (observations is not null)
        {
            ObservationFile.Write(observations, setting, networks);
        }

        return Fit(setting, networks, ThetaOf(rule), threads, stop);
    }

    /// <summary>Fits to networks of a file, whose last ones it is judged on.</summary>
    /// <exception cref="EngramException">It is no such file.</exception>
    public static RecoveredRule FromFile(string path, int threads = 1, CancellationToken stop = default)
    {
        (RecoverySetting setting, List<ObservedNetwork> networks) = ObservationFile.Read(path);
        return Fit(setting, networks, null, threads, stop);
    }

    private static double[]? ThetaOf(IPlasticityRule rule)
    {
        PolynomialStart? known = rule switch { OjaRule => PolynomialStart.Oja, HebbRule => PolynomialStart.Hebb, _ => null };
        return known is null ? null
            : [.. Model.Exponents().Select(e => e == (1, 1, 0) ? 1.0 : known == PolynomialStart.Oja && e == (0, 2, 1) ? -1.0 : 0.0)];
    }

    private static List<ObservedNetwork> Observe(IPlasticityRule rule, RecoverySetting setting)
    {
        using var lives = new ObservedLives(setting, rule);
        var all = new RandomStream(setting.Seed);
        var networks = new List<ObservedNetwork>();
        for (int n = 0; n < setting.Networks + setting.NewNetworks; n++)
        {
            RandomStream random = all.Split((ulong)n);
            ObservedNetwork network = lives.Draw(random);
            double[] values = lives.Live(network);
            int perStep = lives.PerStep, moments = values.Length / perStep;

            // New lives are seen whole and without noise: they judge.
            bool judges = n >= setting.Networks;
            int[] seen = new int[judges ? perStep : Math.Max(1, (int)Math.Round(setting.Seen * perStep))];
            random.Split("seen").Sample(seen, perStep);
            Array.Sort(seen);
            double[] found = [.. from t in Enumerable.Range(0, moments) from s in seen select values[(t * perStep) + s]];
            if (!judges && setting.Noise > 0)
            {
                double change = Math.Sqrt(found.Select((v, i) => Math.Pow(v - found[i % seen.Length], 2)).Average());
                var noise = new double[found.Length];
                random.Split("noise").FillNormal<double>(noise, setting.Noise * change);
                found = [.. found.Zip(noise, (v, e) => v + e)];
            }

            networks.Add(network with { Seen = seen, Values = found });
        }

        return networks;
    }

    private static RecoveredRule Fit(
        RecoverySetting setting, List<ObservedNetwork> networks, double[]? hidden, int threads, CancellationToken stop)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop };
        List<ObservedNetwork> fitted = networks[..setting.Networks];
        int terms = Model.Exponents().Length;
        var theta = new double[terms];
        NormalEquations now = Linearize(setting, fitted, theta, parallel);
        double damping = 0;
        int iteration = 0;
        for (; iteration < MostIterations; iteration++)
        {
            double[] step = now.Solve(damping);
            double[] next = [.. theta.Zip(step, (a, b) => a + b)];
            double squares = Squares(setting, fitted, next, parallel);
            if (!(squares < now.Squares))
            {
                if (now.Squares == 0 || damping > 1e3 || step.Max(Math.Abs) < Nothing)
                {
                    break;
                }

                damping = Math.Max(damping * 10, 1e-6);
                continue;
            }

            damping = damping < 1e-6 ? 0 : damping / 10;
            bool settled = step.Max(Math.Abs) < 1e-9;
            theta = next;
            now = Linearize(setting, fitted, theta, parallel);
            if (settled)
            {
                break;
            }
        }

        (double[] errors, bool[] identifiable) = now.Errors();
        RecoveredTerm[] found = [.. Model.Exponents()
            .Select((e, k) => new RecoveredTerm($"{e.Pre}{e.Post}{e.Weight}", theta[k], errors[k], hidden?[k], identifiable[k]))];
        double? largest = hidden is null ? null : found.Max(t => Math.Abs(t.Fitted - t.Hidden!.Value));
        return new RecoveredRule([.. found], RSquared(setting, networks[setting.Networks..], theta), largest, iteration);
    }

    // Of the change since birth, or of activity itself.
    private static double RSquared(RecoverySetting setting, List<ObservedNetwork> networks, double[] theta)
    {
        (double left, double all) = (0, 0);
        using var lives = new ObservedLives(setting, Model);
        lives.SetTheta(theta);
        foreach (ObservedNetwork network in networks)
        {
            double[] lived = Seen(network, LiveOrNothing(lives, network), lives.PerStep);
            int count = network.Seen.Length;
            double[] change =
                [.. network.Values.Select((v, i) => setting.Observed == ObservedQuantity.Weights ? v - network.Values[i % count] : v)];
            double mean = change.Average();
            left += network.Values.Zip(lived, (a, b) => (a - b) * (a - b)).Sum();
            all += change.Sum(c => (c - mean) * (c - mean));
        }

        return double.IsFinite(left) ? 1 - (left / all) : double.NegativeInfinity;
    }

    private static double[] Seen(ObservedNetwork network, double[] all, int perStep) =>
        [.. from t in Enumerable.Range(0, all.Length / perStep) from s in network.Seen select all[(t * perStep) + s]];

    // A rule that explodes explains nothing.
    private static double[] LiveOrNothing(ObservedLives lives, ObservedNetwork network)
    {
        try
        {
            return lives.Live(network);
        }
        catch (NonFiniteException)
        {
            return [.. Enumerable.Repeat(double.PositiveInfinity, network.Values.Length / network.Seen.Length * lives.PerStep)];
        }
    }

    private static double Squares(RecoverySetting setting, List<ObservedNetwork> networks, double[] theta, ParallelOptions parallel)
    {
        var squares = new double[networks.Count];
        Parallel.For(0, networks.Count, parallel, n =>
        {
            using var lives = new ObservedLives(setting, Model);
            lives.SetTheta(theta);
            squares[n] = networks[n].Values.Zip(
                Seen(networks[n], LiveOrNothing(lives, networks[n]), lives.PerStep), (a, b) => (a - b) * (a - b)).Sum();
        });
        return squares.Sum();
    }

    private static NormalEquations Linearize(
        RecoverySetting setting, List<ObservedNetwork> networks, double[] theta, ParallelOptions parallel)
    {
        var parts = new NormalEquations[networks.Count];
        Parallel.For(0, networks.Count, parallel, n =>
        {
            using var lives = new ObservedLives(setting, Model);
            ObservedNetwork network = networks[n];
            double[] At(int term, double by)
            {
                double[] moved = [.. theta];
                if (by != 0)
                {
                    moved[term] += by;
                }

                lives.SetTheta(moved);
                return Seen(network, LiveOrNothing(lives, network), lives.PerStep);
            }

            double[] residuals = [.. network.Values.Zip(At(0, 0), (a, b) => a - b)];
            double[][] columns = [.. theta.Select(
                (_, k) => At(k, Difference).Zip(At(k, -Difference), (up, down) => (up - down) / (2 * Difference)).ToArray())];
            parts[n] = NormalEquations.Of(columns, residuals);
        });
        return NormalEquations.Sum(parts);
    }
}

/// <summary>JᵀJ δ = Jᵀr of a least squares problem.</summary>
/// <param name="Gram">JᵀJ.</param>
/// <param name="Right">Jᵀr.</param>
/// <param name="Squares">rᵀr.</param>
/// <param name="Count">How many residuals.</param>
internal sealed record NormalEquations(double[][] Gram, double[] Right, double Squares, int Count)
{
    // Below this share of the largest, a direction of scaled coefficients moves nothing that is seen.
    private const double Unseen = 1e-11;

    // What part of a coefficient may lie in such directions, and what error it may have.
    private const double MostUnseen = 1e-3;

    /// <summary>Of columns of J and residuals.</summary>
    public static NormalEquations Of(double[][] columns, double[] residuals) => new(
        [.. columns.Select(a => columns.Select(b => Dot(a, b)).ToArray())], [.. columns.Select(c => Dot(c, residuals))],
            Dot(residuals, residuals), residuals.Length);

    /// <summary>Of all networks together, in their order.</summary>
    public static NormalEquations Sum(IReadOnlyList<NormalEquations> parts)
    {
        int terms = parts[0].Right.Length;
        return new NormalEquations(
            [.. Enumerable.Range(0, terms).Select(i => Enumerable.Range(0, terms).Select(j => parts.Sum(p => p.Gram[i][j])).ToArray())],
            [.. Enumerable.Range(0, terms).Select(i => parts.Sum(p => p.Right[i]))],
            parts.Sum(p => p.Squares),
            parts.Sum(p => p.Count));
    }

    /// <summary>δ, the shortest where there are many, with damping.</summary>
    public double[] Solve(double damping)
    {
        (double[] scales, double[] values, double[][] vectors) = Directions();
        var step = new double[Right.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > Unseen * values.Max())
            {
                double along = vectors[i].Select((v, k) => v * Right[k] / scales[k]).Sum() / (values[i] + (damping * values.Max()));
                for (int k = 0; k < step.Length; k++)
                {
                    step[k] += along * vectors[i][k] / scales[k];
                }
            }
        }

        return step;
    }

    /// <summary>Standard errors, and which coefficients what is seen tells from others.</summary>
    public (double[] Errors, bool[] Identifiable) Errors()
    {
        (double[] scales, double[] values, double[][] vectors) = Directions();
        double variance = Squares / Math.Max(1, Count - Right.Length);
        var errors = new double[Right.Length];
        var identifiable = new bool[Right.Length];
        for (int k = 0; k < errors.Length; k++)
        {
            (double sum, double unseen) = (0, 0);
            for (int i = 0; i < values.Length; i++)
            {
                double square = vectors[i][k] * vectors[i][k];
                if (values[i] > Unseen * values.Max())
                {
                    sum += square / values[i];
                }
                else
                {
                    unseen += square;
                }
            }

            errors[k] = Math.Sqrt(variance * sum) / scales[k];
            identifiable[k] = unseen < MostUnseen && errors[k] < RecoveredRule.Tolerance;
        }

        return (errors, identifiable);
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    // Eigenvalues and eigenvectors of the Gram matrix whose diagonal is scaled to 1.
    private (double[] Scales, double[] Values, double[][] Vectors) Directions()
    {
        double[] scales = [.. Gram.Select((row, k) => row[k] > 0 && double.IsFinite(row[k]) ? Math.Sqrt(row[k]) : 1)];
        double[][] rows =
            [.. Gram.Select((row, i) => row.Select((v, j) => double.IsFinite(v) ? v / (scales[i] * scales[j]) : 0).ToArray())];

        // Rows made orthogonal are the eigenvectors times their eigenvalues; those of rounding get directions from what the others leave.
        double[][] vectors = [.. rows.Select((_, i) => rows.Select((_, j) => i == j ? 1.0 : 0.0).ToArray())];
        JacobiRotations.Orthogonalize(rows, vectors);
        return (scales, [.. rows.Select(r => Math.Sqrt(Dot(r, r)))], vectors);
    }
}
