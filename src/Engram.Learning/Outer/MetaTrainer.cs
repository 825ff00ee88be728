using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer.Crews;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>What an outer step did.</summary>
/// <param name="OuterStep">Its index, from 0.</param>
/// <param name="MeanQueryLoss">Mean of its lifetimes' query losses, before the update.</param>
/// <param name="MeanQueryAccuracy">Mean of their query accuracies; NaN in regression.</param>
/// <param name="MetaGradientNorm">Euclidean norm of the averaged meta-gradient over all meta-parameters, before clipping.</param>
/// <param name="Clipped">Whether the meta-gradient was scaled down.</param>
/// <param name="RateFactor">What the schedule multiplied the rates by.</param>
public readonly record struct OuterStepReport(
    long OuterStep, double MeanQueryLoss, double MeanQueryAccuracy, double MetaGradientNorm, bool Clipped, double RateFactor)
{
    /// <summary>Mean of their query errors, in %; NaN in regression.</summary>
    public double MeanQueryErrorPercent => 100 * (1 - MeanQueryAccuracy);

    /// <summary>Lifetimes that diverged and are not among those of the means; 0 unless the estimator has settings for that.</summary>
    public int Dropped { get; init; }
}

/// <summary>The outer loop: lives lifetimes, averages their meta-gradients and updates the meta-parameters.</summary>
/// <remarks>
/// g = (1/k) Σᵢ ∂Lᵢ/∂θ over the outer step's k lifetimes, summed in their order; where ‖g‖ exceeds the clip norm c, g ← g c / ‖g‖; then the
/// optimizer's
/// update. Lifetime i of outer step s has index s k + i, so that nothing but a counter says where in the randomness a run stands.
/// The same seed gives the same bits whatever the number of threads, and a resumed run those of one that never stopped.
/// Not for use by several threads at once.
/// </remarks>
public sealed class MetaTrainer : IDisposable
{
    private readonly ILifeCrew crew;
    private readonly MetaUpdate update;
    private readonly SavedBefore remembered;
    private readonly MetaGrowth growth;

    /// <summary>Makes the meta-parameters and everything a step needs.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="initialization">Where the meta-parameters start.</param>
    /// <param name="spec">How they are learnt.</param>
    /// <param name="source">Where lifetimes come from; not disposed of.</param>
    /// <param name="seed">The run's seed: initial values, and random numbers of the estimator. The source has its own.</param>
    /// <param name="threads">Threads in all: as many lifetimes at once as an outer step has, and what is left inside each.</param>
    /// <param name="engineFactory">Makes an engine for the layout that uses so many threads; the trainer disposes of it.</param>
    /// <param name="frozen">What stays as it starts; null for nothing.</param>
    /// <param name="crew">Who lives the lifetimes; null for the threads of this process.</param>
    /// <exception cref="EngramException">A setting is out of its range, or what is frozen is not there.</exception>
    public MetaTrainer(
        ParameterLayout layout,
        InitializationSpec initialization,
        MetaTrainingSpec spec,
        IMetaTrainingSource<float> source,
        ulong seed,
        int threads,
        Func<ParameterLayout, int, ILifetimeEngine<float>> engineFactory,
        FrozenParameters? frozen = null,
        ILifeCrewFactory? crew = null)
    {
        spec.Validate();
        Frozen = frozen ?? FrozenParameters.None;
        Frozen.Validate(layout);
        spec.Rates.Named.Validate(layout, "meta-rates");
        (Layout, Initialization, Spec, Seed) = (layout, initialization, spec, seed);
        EstimationContext estimation = EstimationOf(layout, spec, source, seed, Frozen);
        ExpectMemory(layout, spec, threads);
        Parameters = new MetaParameters<float>(layout);
        Initializer.Initialize(Parameters, initialization, estimation.Random.Split("initialization"));
        growth = new MetaGrowth(Parameters);
        this.crew = (crew ?? LifeCrews.Registry.Get("threads")).Create(new CrewContext(spec.Estimator, estimation, threads, engineFactory));
        remembered = new SavedBefore(this.crew.State);
        update = new MetaUpdate(Parameters, spec, Frozen, this.crew.Team);
    }

    /// <summary>What a trainer's crew estimates for: the same in every process that takes part.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="spec">How they are learnt.</param>
    /// <param name="source">Where lifetimes come from.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="frozen">What stays as it starts.</param>
    public static EstimationContext EstimationOf(
        ParameterLayout layout, MetaTrainingSpec spec, IMetaTrainingSource<float> source, ulong seed, FrozenParameters frozen) =>
        new(layout, source, spec.LifetimesPerOuterStep, frozen, new RandomStream(seed).Split("meta-training"));

    /// <summary>Checks that the meta-parameters of a trainer and all that goes with them fit into memory.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="spec">How they are learnt.</param>
    /// <param name="threads">Threads in all.</param>
    /// <exception cref="EngramException">They do not; the line says which key of a recipe makes most of them.</exception>
    public static void ExpectMemory(ParameterLayout layout, MetaTrainingSpec spec, int threads)
    {
        // Parameters, two moments, their three backups, the gradient and what a checkpoint copies; and a gradient per lifetime at once.
        double copies = 10 + Math.Min(threads, spec.LifetimesPerOuterStep);
        string key = layout.Network.Layers.Any(l => l is ConvolutionSpec) ? "network.channels or network.hidden-widths"
            : "network.width or network.hidden-widths";
        MemoryLimit.Expect(
            sizeof(float) * copies * layout.Count,
            FormattableString.Invariant($"{layout.Count:N0} meta-parameters with gradients and moments"), $"lower {key}.");
        if (layout.Parameters.FirstOrDefault(p => (double)p.Rows * p.Columns * sizeof(float) > Array.MaxLength) is { } large)
        {
            throw new EngramException(
                string.Create(CultureInfo.InvariantCulture,
                $"Found the meta-parameter {large.Name} of {large.Rows:N0} × {large.Columns:N0} numbers, expected at most " +
                $"{Array.MaxLength / sizeof(float):N0}, which a checkpoint can hold; lower {key}."));
        }
    }

    /// <summary>Network and learner.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Where the meta-parameters started.</summary>
    public InitializationSpec Initialization { get; }

    /// <summary>How they are learnt.</summary>
    public MetaTrainingSpec Spec { get; }

    /// <summary>What stays as it starts.</summary>
    public FrozenParameters Frozen { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>The meta-parameters after <see cref="OuterStepsDone"/> outer steps; the same object from first to last.</summary>
    public MetaParameters<float> Parameters { get; }

    /// <summary>How many outer steps have been done.</summary>
    public long OuterStepsDone { get; private set; }

    /// <summary>Whether all outer steps of the settings have been done.</summary>
    public bool IsDone => OuterStepsDone >= Spec.OuterSteps;

    /// <summary>Does one outer step.</summary>
    /// <exception cref="NonFiniteException">Something is not finite; the meta-parameters and the optimizer are as they were before this
    /// step.</exception>
    /// <exception cref="InvalidOperationException">All outer steps have been done.</exception>
    public OuterStepReport Step()
    {
        if (IsDone)
        {
            throw new InvalidOperationException($"All {Spec.OuterSteps} outer steps have been done.");
        }

        remembered.Take();
        try
        {
            return StepOnce();
        }
        catch (NonFiniteException failure)
        {
            remembered.PutBack();
            throw failure.During(OuterStepsDone, Seed, growth.Advice());
        }
        catch
        {
            remembered.PutBack();
            throw;
        }
    }

    /// <summary>A copy of all that a later trainer of the same settings needs to go on from here.</summary>
    public TrainerState Capture() => TrainerState.Of(this, update, crew.State);

    /// <summary>Goes on from a state: parameters, moments and counters become the state's.</summary>
    /// <exception cref="EngramException">The state is another network's, learner's, seed's or setting's; nothing has changed
    /// then.</exception>
    public void Restore(TrainerState state)
    {
        state.CopyTo(this, update, crew.State);
        OuterStepsDone = state.OuterStepsDone;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        crew.Dispose();
        update.Dispose();
        remembered.Dispose();
        Parameters.Dispose();
    }

    private OuterStepReport StepOnce()
    {
        int lifetimes = Spec.LifetimesPerOuterStep;
        CrewEstimate estimate = crew.Estimate(Parameters, (ulong)OuterStepsDone * (ulong)lifetimes, lifetimes);
        double loss = 0, accuracy = 0;
        foreach (LifetimeOutcome outcome in estimate.Outcomes.Span)
        {
            loss += outcome.QueryLoss;
            accuracy += outcome.QueryAccuracy;
        }

        if (!double.IsFinite(loss))
        {
            throw new NonFiniteException("query loss", -1, -1);
        }

        int counted = lifetimes - estimate.Dropped;
        double factor = Spec.Schedule.Factor(OuterStepsDone, Spec.OuterSteps);
        (double norm, bool clipped) = update.Apply(estimate.Sum, OuterStepsDone, factor, 1.0 / counted);
        return new OuterStepReport(OuterStepsDone++, loss / counted, accuracy / counted, norm, clipped, factor)
        { Dropped = estimate.Dropped };
    }
}
