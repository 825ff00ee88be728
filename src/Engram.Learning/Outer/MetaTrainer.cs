using Engram.Numerics;

namespace Engram.Learning;

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
}

/// <summary>The outer loop: lives lifetimes, averages their meta-gradients and updates the meta-parameters.</summary>
/// <remarks>
/// g = (1/k) Σᵢ ∂Lᵢ/∂θ over the outer step's k lifetimes, summed in their order; where ‖g‖ exceeds the clip norm c, g ← g c / ‖g‖; then the optimizer's
/// update. Lifetime i of outer step s has index s k + i, so that nothing but a counter says where in the randomness a run stands.
/// The same seed gives the same bits whatever the number of threads, and a resumed run those of one that never stopped.
/// Not for use by several threads at once.
/// </remarks>
public sealed class MetaTrainer : IDisposable
{
    private readonly IMetaTrainingSource<float> source;
    private readonly IMetaGradientEstimator estimator;
    private readonly LifetimeCrew crew;
    private readonly MetaParameters<float>[] slotGradients;
    private readonly MetaParameters<float> gradient;
    private readonly MetaUpdate update;
    private readonly LifetimeOutcome[] outcomes;
    private readonly Action<int, int, ILifetimeEngine<float>> liveOne;
    private readonly RandomStream random;

    /// <summary>Makes the meta-parameters and everything a step needs.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="initialization">Where the meta-parameters start.</param>
    /// <param name="spec">How they are learnt.</param>
    /// <param name="source">Where lifetimes come from; not disposed of.</param>
    /// <param name="seed">The run's seed: initial values, and random numbers of the estimator. The source has its own.</param>
    /// <param name="threads">Threads in all: as many lifetimes at once as an outer step has, and what is left inside each.</param>
    /// <param name="engineFactory">Makes an engine for the layout that uses so many threads; the trainer disposes of it.</param>
    /// <param name="frozen">What stays as it starts; null for nothing.</param>
    /// <exception cref="EngramException">A setting is out of its range, or what is frozen is not there.</exception>
    public MetaTrainer(
        ParameterLayout layout,
        InitializationSpec initialization,
        MetaTrainingSpec spec,
        IMetaTrainingSource<float> source,
        ulong seed,
        int threads,
        Func<ParameterLayout, int, ILifetimeEngine<float>> engineFactory,
        FrozenParameters? frozen = null)
    {
        spec.Validate();
        Frozen = frozen ?? FrozenParameters.None;
        Frozen.Validate(layout);
        spec.Rates.Named.Validate(layout, "meta-rates");
        (Layout, Initialization, Spec, Seed, this.source) = (layout, initialization, spec, seed, source);
        estimator = spec.Estimator;
        random = new RandomStream(seed).Split("meta-training");

        ExpectMemory(layout, spec, threads);
        Parameters = new MetaParameters<float>(layout);
        Initializer.Initialize(Parameters, initialization, random.Split("initialization"));

        crew = new LifetimeCrew(layout, spec.LifetimesPerOuterStep, threads, engineFactory);
        slotGradients = new MetaParameters<float>[crew.Slots];
        for (int i = 0; i < slotGradients.Length; i++)
        {
            slotGradients[i] = new MetaParameters<float>(layout);
        }

        // One lifetime's meta-gradient needs no place to be summed in.
        gradient = spec.LifetimesPerOuterStep == 1 ? slotGradients[0] : new MetaParameters<float>(layout);
        update = new MetaUpdate(Parameters, gradient, spec, Frozen, crew.Team);
        outcomes = new LifetimeOutcome[spec.LifetimesPerOuterStep];
        liveOne = LiveOne;
    }

    /// <summary>Checks that the meta-parameters of a trainer and all that goes with them fit into memory.</summary>
    /// <param name="layout">Network and learner.</param>
    /// <param name="spec">How they are learnt.</param>
    /// <param name="threads">Threads in all.</param>
    /// <exception cref="EngramException">They do not; the line says which key of a recipe makes most of them.</exception>
    public static void ExpectMemory(ParameterLayout layout, MetaTrainingSpec spec, int threads)
    {
        // Parameters, two moments, their three backups, the gradient and what a checkpoint copies; and a gradient per lifetime at once.
        double copies = 10 + Math.Min(threads, spec.LifetimesPerOuterStep);
        string key = layout.Network.Layers.Any(l => l is ConvolutionSpec) ? "network.channels or network.hidden-widths" : "network.width or network.hidden-widths";
        MemoryLimit.Expect(sizeof(float) * copies * layout.Count, $"{layout.Count:N0} meta-parameters with gradients and moments", $"lower {key}.");
        if (layout.Parameters.FirstOrDefault(p => (double)p.Rows * p.Columns * sizeof(float) > Array.MaxLength) is { } large)
        {
            throw new EngramException($"Found the meta-parameter {large.Name} of {large.Rows:N0} × {large.Columns:N0} numbers, expected at most {Array.MaxLength / sizeof(float):N0}, which a checkpoint can hold; lower {key}.");
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
    /// <exception cref="NonFiniteException">Something is not finite; the meta-parameters and the optimizer are as they were before this step.</exception>
    /// <exception cref="InvalidOperationException">All outer steps have been done.</exception>
    public OuterStepReport Step()
    {
        if (IsDone)
        {
            throw new InvalidOperationException($"All {Spec.OuterSteps} outer steps have been done.");
        }

        try
        {
            return StepOnce();
        }
        catch (NonFiniteException failure)
        {
            throw failure.During(OuterStepsDone, Seed);
        }
    }

    /// <summary>A copy of all that a later trainer of the same settings needs to go on from here.</summary>
    public TrainerState Capture() => TrainerState.Of(this, update);

    /// <summary>Goes on from a state: parameters, moments and counters become the state's.</summary>
    /// <exception cref="EngramException">The state is another network's, learner's, seed's or setting's; nothing has changed then.</exception>
    public void Restore(TrainerState state)
    {
        state.CopyTo(this, update);
        OuterStepsDone = state.OuterStepsDone;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        crew.Dispose();
        update.Dispose();
        foreach (MetaParameters<float> slot in slotGradients)
        {
            slot.Dispose();
        }

        gradient.Dispose();
        Parameters.Dispose();
    }

    private OuterStepReport StepOnce()
    {
        int lifetimes = Spec.LifetimesPerOuterStep;
        for (int first = 0; first < lifetimes; first += crew.Slots)
        {
            // Waves as wide as there are engines; each adds its lifetimes in their order, so the width changes no sum.
            int count = Math.Min(crew.Slots, lifetimes - first);
            crew.RunWave(first, count, liveOne);
            if (lifetimes > 1)
            {
                update.Accumulate(slotGradients.AsSpan(0, count), overwrite: first == 0);
            }
        }

        double loss = 0, accuracy = 0;
        foreach (LifetimeOutcome outcome in outcomes)
        {
            loss += outcome.QueryLoss;
            accuracy += outcome.QueryAccuracy;
        }

        if (!double.IsFinite(loss))
        {
            throw new NonFiniteException("query loss", -1, -1);
        }

        double factor = Spec.Schedule.Factor(OuterStepsDone, Spec.OuterSteps);
        (double norm, bool clipped) = update.Apply(OuterStepsDone, factor, 1.0 / lifetimes);
        return new OuterStepReport(OuterStepsDone++, loss / lifetimes, accuracy / lifetimes, norm, clipped, factor);
    }

    private void LiveOne(int item, int slot, ILifetimeEngine<float> engine)
    {
        ulong index = ((ulong)OuterStepsDone * (ulong)Spec.LifetimesPerOuterStep) + (ulong)item;
        Lifetime<float> lifetime = source.Get(index, slot);
        outcomes[item] = estimator.Estimate(engine, Parameters, lifetime, random.Split("estimator").Split(index), slotGradients[slot]);
    }
}
