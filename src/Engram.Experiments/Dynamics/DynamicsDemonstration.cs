using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Engram.Experiments.Sources;
using Engram.Figures.Text;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.RandomNumbers;
using Engram.Tasks.Data;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Dynamics;

/// <summary>One claim, what was measured, and whether it holds.</summary>
/// <param name="Name">The claim.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="Expected">What it must be.</param>
/// <param name="Holds">Whether it is.</param>
public sealed record DynamicsClaim(string Name, string Measured, string Expected, bool Holds);

/// <summary>How far weights after a life are from those of the finest step.</summary>
/// <param name="StepOverTimeConstant">dt / τ.</param>
/// <param name="Difference">Euclidean distance over all plastic weights to those of half the step.</param>
public sealed record DynamicsError(double StepOverTimeConstant, double Difference);

/// <summary>The largest loop gain at which a closed loop settles.</summary>
/// <param name="Layers">Layers in the loop.</param>
/// <param name="StepOverTimeConstant">dt / τ.</param>
/// <param name="Measured">By the learner's rates; infinite where it settles at every gain that was tried.</param>
/// <param name="Theory">By the eigenvalues of the linear loop.</param>
public sealed record CriticalGain(int Layers, double StepOverTimeConstant, double Measured, double Theory);

/// <summary>What a life and its meta-gradient cost.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Milliseconds">One life, the fastest of several.</param>
/// <param name="TimesTwoPhases">Over that of two phases on the same engine.</param>
public sealed record DynamicsCost(string Learner, double Milliseconds, double TimesTwoPhases);

/// <summary>What the demonstration of parallel dynamics found.</summary>
/// <param name="Claims">All claims.</param>
/// <param name="Errors">Convergence.</param>
/// <param name="Gains">Where closed loops are stable.</param>
/// <param name="Costs">What it costs.</param>
public sealed record DynamicsResult(
    ImmutableArray<DynamicsClaim> Claims, ImmutableArray<DynamicsError> Errors, ImmutableArray<CriticalGain> Gains,
    ImmutableArray<DynamicsCost> Costs)
{
    /// <summary>Whether all claims hold.</summary>
    public bool Holds => Claims.All(c => c.Holds);
}

/// <summary>Shows on the engine what parallel dynamics are in the limits that are known, where a closed loop is stable, and what they
/// cost.</summary>
/// <remarks>docs/DYNAMICS.md derives it.</remarks>
public static class DynamicsDemonstration
{
    private const double Kick = 1e-3;
    private const string TwoPhasesName = "two phases";

    /// <summary>dt / τ of the map of stability.</summary>
    private static readonly ImmutableArray<double> StabilitySteps = [1, 0.5, 0.25];

    /// <summary>Runs all of it.</summary>
    /// <param name="repetitions">Lives that are timed, of which the fastest counts.</param>
    /// <param name="stop">Stops it.</param>
    public static DynamicsResult Run(int repetitions = 5, CancellationToken stop = default)
    {
        var claims = ImmutableArray.CreateBuilder<DynamicsClaim>();
        foreach (PresynapticActivity presynaptic in Enum.GetValues<PresynapticActivity>())
        {
            double apart = Enumerable.Range(1, 3).Max(layers => TwoPhases(layers, presynaptic, FeedforwardDrive.Segregated));
            string name = presynaptic == PresynapticActivity.PreFeedback ? "pre-feedback" : "post-feedback";
            claims.Add(new(
                $"dt = τ, segregated: weights after a life are those of two phases, {name}, 1 to 3 layers",
                apart == 0 ? "to the last bit" : $"largest difference {Short(apart)}", "at most 1e−12", apart <= 1e-12));
        }

        double mixed = TwoPhases(2, PresynapticActivity.PostFeedback, FeedforwardDrive.Mixed);
        claims.Add(new(
            "dt = τ, mixed: two layers of regression are another learner than two phases", $"largest difference {Short(mixed)}", "above 0",
            mixed > 0));

        stop.ThrowIfCancellationRequested();
        ImmutableArray<DynamicsError> errors = Convergence();
        double order = Slope(errors);
        claims.Add(new("dt → 0: order of convergence", Short(order), "1 ± 0.1", Math.Abs(order - 1) <= 0.1));

        var gains = ImmutableArray.CreateBuilder<CriticalGain>();
        foreach (int layers in (int[])[1, 2, 3])
        {
            foreach (double step in StabilitySteps)
            {
                stop.ThrowIfCancellationRequested();
                gains.Add(new CriticalGain(layers, step, MeasuredGain(layers, step), Gain(layers, step)));
            }
        }

        double off = gains.Max(g => Math.Abs((g.Measured / g.Theory) - 1));
        claims.Add(new(
            "closed loop: largest stable gain, rates against eigenvalues", $"{Short(100 * off)} % apart", "at most 3 %", off <= 0.03));
        stop.ThrowIfCancellationRequested();
        return new DynamicsResult(claims.ToImmutable(), errors, gains.ToImmutable(), Costs(repetitions, stop));
    }

    /// <summary>The largest gain g at which s = y − r_L around a loop of that many layers is stable in Euler steps.</summary>
    /// <remarks>Eigenvalues 1 − h + h k e^{iπ(2m+1)/n}, kⁿ = g, h = dt / τ; those of m = 0 are the largest.</remarks>
    /// <param name="layers">n.</param>
    /// <param name="step">h.</param>
    public static double Gain(int layers, double step)
    {
        double cosine = Math.Cos(Math.PI / layers), rest = 1 - step;
        double k = (Math.Sqrt((rest * rest * cosine * cosine) + 1 - (rest * rest)) - (rest * cosine)) / step;
        return Math.Pow(k, layers);
    }

    private static string Short(double value) => Numbers.Short(value).Replace('-', '−');

    // Largest difference of weights after a life, of two phases and of as many steps of τ as there are layers.
    private static double TwoPhases(int layers, PresynapticActivity presynaptic, FeedforwardDrive drive)
    {
        double time = 10 * layers;
        double[] phases = LastWeights(new LocalLearnerSpec { Presynaptic = presynaptic }, layers);
        double[] parallel = LastWeights(
            new ParallelLearnerSpec
            {
                Presynaptic = presynaptic,
                Drive = drive,
                BeforeSignal = time,
                WithSignal = time,
                PlasticTime = PlasticTime.AtEnd,
            },
            layers);
        return phases.Zip(parallel, (a, b) => Math.Abs(a - b)).Max();
    }

    private static ImmutableArray<DynamicsError> Convergence()
    {
        double[] steps = [0.5, 0.25, 0.125, 0.0625, 0.03125];
        double[][] ends = [.. steps.Select(h => LastWeights(
            new ParallelLearnerSpec { TimeStep = 10 * h, BeforeSignal = 20, WithSignal = 20 }, 2, batches: 2))];
        return
        [
            .. steps.SkipLast(1).Select((h, i) => new DynamicsError(
                h, Math.Sqrt(ends[i].Zip(ends[i + 1], (a, b) => (a - b) * (a - b)).Sum()))),
        ];
    }

    // Least squares of ln difference on ln dt, of the finer half.
    private static double Slope(ImmutableArray<DynamicsError> errors)
    {
        (double X, double Y)[] points =
            [.. errors.Skip(errors.Length / 2).Select(e => (Math.Log(e.StepOverTimeConstant), Math.Log(e.Difference)))];
        (double x, double y) = (points.Average(p => p.X), points.Average(p => p.Y));
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }

    private static double[] LastWeights(LearnerSpec learner, int plasticLayers, int batches = 10)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Sines(4, 12, plasticLayers), learner);
        using MetaParameters<double> parameters = Start(layout);
        using var lifetimes = Sines(batches);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        using ILife<double> life = engine.Begin(parameters, lifetimes.Get(0, 0));
        life.Advance(life.StepsLeft);
        return [.. life.State.Weights.SelectMany(w => w.ToArray())];
    }

    private static MetaParameters<double> Start(ParameterLayout layout)
    {
        var parameters = new MetaParameters<double>(layout);
        Initializer.Initialize(
            parameters, new InitializationSpec { HiddenPlasticity = 1e-3, ReadoutPlasticity = 1e-3, HiddenFeedbackStrength = 0.5 },
            new RandomStream(1));
        return parameters;
    }

    private static EvaluationLifetimes<double> Sines(int batches, int batchSize = 4) => new(
        new SinesSpec { Sines = 3, BatchesPerSine = batches, BatchSize = batchSize, QueryPerSine = 4 }.Create(DataContext.Default()), 1,
        Split.MetaTest);

    // Between gains a factor of two around the one that theory names, by halving; the loop is the learner's own.
    private static double MeasuredGain(int layers, double step)
    {
        (double stable, double unstable) = (Gain(layers, step) / 2, Gain(layers, step) * 2);
        for (int i = 0; i < 9; i++)
        {
            double middle = Math.Sqrt(stable * unstable);
            (stable, unstable) = Settles(layers, step, middle) ? (middle, unstable) : (stable, middle);
        }

        return Math.Sqrt(stable * unstable);
    }

    // One unit a layer, weights of 1 that stand still; feedback at the first layer alone, half of its drive, so that the gain is B / 2. The
    // loop starts in its fixed point but for a small kick, and rectification is far away.
    private static bool Settles(int layers, double step, double gain)
    {
        int time = (int)(40 * layers / step);
        var learner = new ParallelLearnerSpec
        {
            TimeConstant = 1,
            TimeStep = step,
            BeforeSignal = 12 * layers,
            WithSignal = time * step,
            ClosedLoop = true,
            PlasticTime = PlasticTime.AtEnd,
        };
        ParameterLayout layout = ParameterLayout.For(
            NetworkSpec.Feedforward([.. Enumerable.Repeat(1, layers + 1)], layers), learner);
        using var parameters = new MetaParameters<double>(layout);
        foreach ((int i, ParameterSpec spec) in layout.Parameters.Index())
        {
            parameters[i].Fill(spec switch
            {
                { Role: ParameterRoles.FeedforwardWeights } => 1,
                { Role: ParameterRoles.FeedbackStrength, Layer: 0 } => 0.5,
                { Role: ParameterRoles.FeedbackWeights, Layer: 0 } => 2 * gain,
                { Role: ParameterRoles.FeedbackBiases, Layer: 0 } => 1,
                _ => 0,
            });
        }

        using var arena = new Numerics.Memory.Arena();
        Numerics.Memory.Tensor<double> one = arena.Allocate<double>(1, 1), wanted = arena.Allocate<double>(1, 1);
        (one[0, 0], wanted[0, 0]) = (1, 1 + Kick);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        var seen = new LastLayer(string.Create(CultureInfo.InvariantCulture, $"layer{layers - 1}.rate."));
        engine.Live(parameters, new Lifetime<double>(1, 1, one, wanted, one, wanted), observer: seen);

        // Where it settles: r* = 1 + g δ / (1 + g).
        double rest = 1 + (gain * Kick / (1 + gain));
        double[] off = [.. seen.Rates.TakeLast(time).Select(r => Math.Abs(r - rest))];
        double early = off[(time / 4)..(time / 2)].Max(), late = off[^(time / 4)..].Max();

        // Rounding alone is left of a loop that settles fast; one that swings ends far from the kick, where rectification bounds it.
        return late < 1e-6 * Kick || (late < early && late < 10 * Kick);
    }

    private static ImmutableArray<DynamicsCost> Costs(int repetitions, CancellationToken stop)
    {
        (string Name, LearnerSpec Learner)[] learners =
        [
            (TwoPhasesName, new LocalLearnerSpec()),
            (TwoPhasesName + ", kernels by hand", new LocalLearnerSpec()),
            ("parallel, dt = τ", new ParallelLearnerSpec()),
            ("parallel, dt = τ / 2", new ParallelLearnerSpec { TimeStep = 5 }),
            ("parallel, dt = τ / 4", new ParallelLearnerSpec { TimeStep = 2.5 }),
            ("segregated, dt = τ", new ParallelLearnerSpec { Drive = FeedforwardDrive.Segregated }),
            ("closed loop, dt = τ", new ParallelLearnerSpec { ClosedLoop = true }),
        ];
        var costs = new List<(string Name, double Milliseconds)>();
        foreach ((string name, LearnerSpec learner) in learners)
        {
            stop.ThrowIfCancellationRequested();
            costs.Add((name, Milliseconds(learner, name.EndsWith("hand", StringComparison.Ordinal) ? "fused" : "compiled", repetitions)));
        }

        return [.. costs.Select(c => new DynamicsCost(c.Name, c.Milliseconds, c.Milliseconds / costs[0].Milliseconds))];
    }

    // A life of small sines with its meta-gradient. The compiled engine runs all learners.
    private static double Milliseconds(LearnerSpec learner, string engineName, int repetitions)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Sines(6, 64, 2), learner);
        using var parameters = new MetaParameters<float>(layout);
        Initializer.Initialize(
            parameters, new InitializationSpec { HiddenPlasticity = 1e-5, HiddenFeedbackStrength = 0.9 }, new RandomStream(1));
        using var gradient = new MetaParameters<float>(layout);
        using var lifetimes = new EvaluationLifetimes<float>(
            new SinesSpec { Sines = 5, BatchesPerSine = 8 }.Create(DataContext.Default()), 1, Split.MetaTest);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, engineName);
        Lifetime<float> lifetime = lifetimes.Get(0, 0);
        engine.Live(parameters, lifetime, gradient);
        return Enumerable.Range(0, repetitions).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            engine.Live(parameters, lifetime, gradient);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        });
    }

    private sealed class LastLayer(string name) : ILifetimeObserver<double>
    {
        public double[] Rates { get; private set; } = [];

        public bool WantsActivity => true;

        public void OnState(int innerStep, LifeTensors<double> state)
        {
        }

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Numerics.Memory.Tensor<double>> activity) =>
            Rates =
            [
                .. activity.Where(a => a.Key.StartsWith(name, StringComparison.Ordinal))
                    .Select(a => (Step: int.Parse(a.Key.AsSpan(name.Length), CultureInfo.InvariantCulture), Rate: a.Value[0, 0]))
                    .OrderBy(a => a.Step).Select(a => a.Rate),
            ];
    }
}
