using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>What came of an evaluation.</summary>
/// <param name="Outcomes">Every lifetime's outcome, by index.</param>
public sealed record EvaluationResult(ImmutableArray<LifetimeOutcome> Outcomes)
{
    /// <summary>Mean query loss.</summary>
    public double MeanLoss => Mean(o => o.QueryLoss);

    /// <summary>Standard error of the mean query loss: the lifetimes' standard deviation (with n − 1) over √n; NaN for a single
    /// lifetime.</summary>
    public double LossStandardError => StandardError(o => o.QueryLoss);

    /// <summary>Mean query accuracy; NaN in regression.</summary>
    public double MeanAccuracy => Mean(o => o.QueryAccuracy);

    /// <summary>Standard error of the mean query accuracy; NaN in regression and for a single lifetime.</summary>
    public double AccuracyStandardError => StandardError(o => o.QueryAccuracy);

    /// <summary>Mean query error, in %; NaN in regression.</summary>
    public double MeanErrorPercent => Mean(o => o.QueryErrorPercent);

    /// <summary>Standard error of the mean query error, in %; NaN in regression and for a single lifetime.</summary>
    public double ErrorStandardErrorPercent => StandardError(o => o.QueryErrorPercent);

    private double Mean(Func<LifetimeOutcome, double> value) => Outcomes.Sum(value) / Outcomes.Length;

    private double StandardError(Func<LifetimeOutcome, double> value)
    {
        double mean = Mean(value);
        double squares = Outcomes.Sum(o => (value(o) - mean) * (value(o) - mean));
        return Math.Sqrt(squares / (Outcomes.Length - 1.0) / Outcomes.Length);
    }
}

/// <summary>Measures meta-parameters: lives lifetimes with them and learns nothing from it.</summary>
/// <remarks>Same bits whatever the number of threads. Not for use by several threads at once.</remarks>
public sealed class Evaluator : IDisposable
{
    private readonly EngineTeam crew;

    /// <summary>Makes the engines.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="parallelLifetimes">How many lifetimes to live at once, at most; each takes an engine's memory.</param>
    /// <param name="threads">Threads in all.</param>
    /// <param name="engineFactory">Makes an engine for the layout that uses so many threads; the evaluator disposes of it.</param>
    /// <exception cref="EngramException">A number is below 1.</exception>
    public Evaluator(
        ParameterLayout layout, int parallelLifetimes, int threads, Func<ParameterLayout, int, ILifetimeEngine<float>> engineFactory)
    {
        MetaTrainingSpec.Expect("lifetimes at once", parallelLifetimes, parallelLifetimes >= 1, "1 or more");
        crew = new EngineTeam(layout, parallelLifetimes, threads, engineFactory);
    }

    /// <summary>Lives lifetimes <paramref name="firstIndex"/> … <paramref name="firstIndex"/> + <paramref name="lifetimes"/> − 1 of the
    /// source.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="source">Where lifetimes come from.</param>
    /// <param name="lifetimes">How many, 1 or more.</param>
    /// <param name="firstIndex">Index of the first.</param>
    /// <param name="cancellation">Stops between lifetimes.</param>
    /// <exception cref="NonFiniteException">A weight or a loss is not finite.</exception>
    /// <exception cref="EngramException">Fewer than one lifetime.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public EvaluationResult Evaluate(
        MetaParameters<float> parameters, ILifetimeSource<float> source, int lifetimes, ulong firstIndex = 0,
            CancellationToken cancellation = default)
    {
        MetaTrainingSpec.Expect("evaluation lifetimes", lifetimes, lifetimes >= 1, "1 or more");
        var outcomes = new LifetimeOutcome[lifetimes];
        for (int first = 0; first < lifetimes; first += crew.Slots)
        {
            cancellation.ThrowIfCancellationRequested();
            crew.RunWave(first, Math.Min(crew.Slots, lifetimes - first), (item, slot, engine) =>
            {
                outcomes[item] = engine.Live(parameters, source.Get(firstIndex + (ulong)item, slot));
                if (!double.IsFinite(outcomes[item].QueryLoss))
                {
                    throw new NonFiniteException("query loss", -1, -1);
                }
            });
        }

        return new EvaluationResult([.. outcomes]);
    }

    /// <inheritdoc/>
    public void Dispose() => crew.Dispose();
}
