using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>Truncated backpropagation: the query loss at the end of each window of a life, differentiated back to where the window
/// began.</summary>
/// <remarks>
/// The state at the window's beginning counts as a constant, so that memory is bounded by the window, and what acts over a longer time is
/// not seen: biased, and possibly the wrong way. What a life is born with gets a
/// gradient from the first window alone. Lives go on from outer step to outer step, one window in each.
/// </remarks>
public sealed record TruncatedBackpropagationEstimator : IMetaGradientEstimator
{
    /// <summary>Inner steps of a window.</summary>
    [Setting(1, 1_000_000, "Inner steps of a life that an estimate is differentiated through.", Unit = "inner steps")]
    public int Window { get; init; } = 20;

    /// <summary>Share of lifetimes that may diverge.</summary>
    [Setting(0, 1, "Share of an outer step's lifetimes that may diverge and be dropped without ending it.", BelowMaximum = true)]
    public double MostDropped { get; init; }

    /// <inheritdoc/>
    public IEstimation Begin(EstimationContext context) => new Estimation(this, context);

    private sealed class Estimation(TruncatedBackpropagationEstimator spec, EstimationContext context) : IEstimation
    {
        private readonly Particles particles = new(context, spec.Window, ["state"], []);

        public ImmutableArray<SavedTensor> State => particles.State;

        public double MostDropped => spec.MostDropped;

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(context, particles, engine, slot);

        public void Dispose() => particles.Dispose();
    }

    private sealed class Worker : IEstimationWorker
    {
        private readonly Particles particles;
        private readonly ILifetimeEngine<float> engine;
        private readonly int slot;
        private readonly Arena arena = new();
        private readonly LifeTensors<float> reached;
        private readonly StateAtEnd end;

        public Worker(EstimationContext context, Particles particles, ILifetimeEngine<float> engine, int slot)
        {
            (this.particles, this.engine, this.slot) = (particles, engine, slot);
            reached = new LifeTensors<float>(context.Layout, arena);
            end = new StateAtEnd(reached);
        }

        public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
        {
            Particles.Place place = particles.Find(lifetime, slot);
            LifeTensors<float> state = particles.States[place.Item][0];
            LifetimeOutcome outcome = default;
            try
            {
                for (int number = place.Next - place.Ahead; number <= place.Next; number++)
                {
                    Lifetime<float> part = particles.Part(place, number);
                    end.LastStep = part.InnerSteps - 1;
                    outcome = engine.Live(parameters, part, number == place.Next ? gradient : null, end, number == 0 ? null : state);
                    state.CopyFrom(reached);
                }
            }
            catch (NonFiniteException)
            {
                particles.Drop(place.Item);
                throw;
            }

            particles.Lived(place);
            return outcome;
        }

        public void Dispose() => arena.Dispose();
    }
}
