using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Checks;

/// <summary>One learner with one choice of options, whose meta-gradient is checked over a small random lifetime in float64.</summary>
/// <remarks>
/// The meta-gradient that an engine gives is compared, for every number of every meta-parameter, with central differences of the plain
/// lifetime.
/// Where a learner counts a quantity as constant (first order, detached signals), the lifetime that is differenced has that quantity
/// replaced by
/// its values at the point. Points are drawn from the seeds 1, 2, … until one has no ReLU so near its kink that differences mean nothing,
/// and every
/// meta-parameter has an effect; which point is taken depends on the plain lifetime alone, never on the meta-gradient in question.
/// </remarks>
public sealed record GradientCheck
{
    private readonly Lazy<ParameterLayout> layout;

    /// <summary>Makes it.</summary>
    /// <param name="name">Name, parts joined by slashes.</param>
    /// <param name="layout">Makes the learner and the network when the check is run: options that do not fit a network fail this check
    /// alone.</param>
    public GradientCheck(string name, Func<ParameterLayout> layout) => (Name, this.layout) = (name, new Lazy<ParameterLayout>(layout));

    /// <summary>Name, parts joined by slashes.</summary>
    public string Name { get; }

    /// <summary>The learner and the network.</summary>
    /// <exception cref="EngramException">The learner's options do not fit the network.</exception>
    public ParameterLayout Layout => layout.Value;

    /// <summary>Whether some examples and outputs of the stream and the query have no target.</summary>
    public bool TargetsMissing { get; init; }

    /// <summary>Largest relative error that passes.</summary>
    public const double Tolerance = 1e-6;

    private const int InnerSteps = 3;
    private const int BatchSize = 2;
    private const int Queries = 3;
    private const int Points = 30;

    /// <summary>Runs the check.</summary>
    /// <param name="makeEngine">Makes the engine whose meta-gradient is checked; null for the plain one.</param>
    public GradientCheckReport Run(Func<ParameterLayout, ILifetimeEngine<double>>? makeEngine = null)
    {
        using ILifetimeEngine<double> engine = makeEngine is null ? new TapeLifetimeEngine<double>(Layout) : makeEngine(Layout);

        // Most points that are of no use show it at their first parameters: these are not differenced any further.
        for (ulong seed = 1; seed <= Points; seed++)
        {
            if (TryAt(seed, engine, 0, 0) is { Kinks: 0, Flat.Count: 0 } report)
            {
                return report;
            }
        }

        // A meta-parameter without effect is better than a kink: a rule may have no use for one. Of those, the first with fewest kinks.
        GradientCheckReport? kept = null;
        for (ulong seed = 1; seed <= Points && kept is not { Kinks: 0 }; seed++)
        {
            long most = kept is null ? long.MaxValue : kept.Kinks - 1;
            kept = TryAt(seed, engine, most, int.MaxValue) is { } report && report.Kinks <= most ? report : kept;
        }

        return kept!;
    }

    // None of a life that overflows, which says nothing of its gradient.
    private GradientCheckReport? TryAt(ulong seed, ILifetimeEngine<double> engine, long mostKinks, int mostFlat)
    {
        try
        {
            return RunAt(seed, engine, mostKinks, mostFlat);
        }
        catch (NonFiniteException) when (seed < Points)
        {
            return null;
        }
    }

    private GradientCheckReport RunAt(ulong seed, ILifetimeEngine<double> engine, long mostKinks, int mostFlat)
    {
        using var point = new RandomPoint(Layout, seed, InnerSteps, BatchSize, Queries, targetsMissing: TargetsMissing);
        using var gradient = new MetaParameters<double>(Layout);
        LifetimeOutcome outcome = engine.Live(point.Parameters, point.Lifetime, gradient);

        using var tape = new Tape<double>();
        using var noise = new Arena();
        var recorded = new RecordedStops(tape);
        double loss = tape.ScalarOf(WholeLifetime.Record(tape, noise, Layout, point.Parameters, point.Lifetime, recorded).Loss);
        using var replayed = new ReplayedStops(tape, recorded);
        double lossError = Math.Abs(outcome.QueryLoss - loss) / Math.Max(Math.Abs(loss), double.Epsilon);
        if (!(lossError <= Tolerance))
        {
            return new GradientCheckReport(Tolerance, 1, new CheckedElement("query loss", 0, 0, outcome.QueryLoss, loss, lossError), 0, []);
        }

        Var? recordedLoss = null;
        double Loss()
        {
            if (recordedLoss is { } again)
            {
                tape.Recompute();
                return tape.ScalarOf(again);
            }

            tape.Clear();
            noise.Reset();
            replayed.Restart();
            Var found = WholeLifetime.Record(tape, noise, Layout, point.Parameters, point.Lifetime, replayed).Loss;

            // The tape knows all of how the loss comes about, unless the learner looked at numbers while it was recorded.
            recordedLoss = tape.Reads == 0 ? found : null;
            return tape.ScalarOf(found);
        }

        return GradientChecker.Check(
            Loss, Layout.Parameters.Select((p, i) => new CheckedTensor(p.Name, point.Parameters[i], gradient[i])), mostKinks, mostFlat,
            Tolerance);
    }
}
