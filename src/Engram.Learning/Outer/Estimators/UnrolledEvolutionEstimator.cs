using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>What of a life that is lived in windows counts.</summary>
public enum LifeObjective
{
    /// <summary>The query loss at the end of life, as the sum of its changes from window to window: L_T = Σ_t (L_t − L_{t−1}), L_0 =
    /// 0.</summary>
    End,

    /// <summary>The mean of the query losses at the ends of windows, 1/n Σ_t L_t.</summary>
    Mean,
}

/// <summary>Evolution strategies that estimate from a window of inner steps at a time, on particles that live on from outer step to outer
/// step.</summary>
/// <remarks>
/// Of a life of n windows each gives an estimate ĝ_t = n (p_t⁺ − p_t⁻) / 2σ · ξ_t, with p_t what window t adds to the objective; their mean
/// over a life estimates the objective's gradient. The outcome that is reported
/// is the query loss at the end of the window, so a mean over lives of all ages.
/// </remarks>
public abstract record UnrolledEvolutionEstimator : EvolutionEstimator
{
    /// <summary>Inner steps of a window.</summary>
    [Setting(1, 1_000_000, "Inner steps of a life between two estimates.", Unit = "inner steps")]
    public int Window { get; init; } = 20;

    /// <summary>What counts.</summary>
    [Setting("What of a life counts: the query's loss at its end, or its mean over the ends of windows.")]
    public LifeObjective Objective { get; init; }

    /// <summary>Whether each window has noise of its own, or a life one.</summary>
    private protected abstract bool NoiseOfEachWindow { get; }

    /// <inheritdoc/>
    public override IEstimation Begin(EstimationContext context) => new Estimation(this, context);

    private sealed class Estimation : IEstimation
    {
        private readonly UnrolledEvolutionEstimator spec;
        private readonly EstimationContext context;
        private readonly Perturbation perturbation;
        private readonly Particles particles;

        public Estimation(UnrolledEvolutionEstimator spec, EstimationContext context)
        {
            (this.spec, this.context) = (spec, context);
            perturbation = new Perturbation(spec, context);
            particles = new Particles(context, spec.Window, ["plus", "minus"], spec.NoiseOfEachWindow ? perturbation.Evolving : []);
        }

        public ImmutableArray<SavedTensor> State => particles.State;

        public double MostDropped => spec.MostDropped;

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(this, engine, slot);

        public void Dispose() => particles.Dispose();

        private sealed class Worker : IEstimationWorker
        {
            private readonly Estimation estimation;
            private readonly Particles particles;
            private readonly PairScratch pair;
            private readonly Arena arena = new();
            private readonly LifeTensors<float> reached;
            private readonly StateAtEnd end;
            private readonly int slot;

            public Worker(Estimation estimation, ILifetimeEngine<float> engine, int slot)
            {
                (this.estimation, particles, this.slot) = (estimation, estimation.particles, slot);
                pair = new PairScratch(estimation.spec, estimation.perturbation, estimation.context, engine);
                reached = new LifeTensors<float>(estimation.context.Layout, arena);
                end = new StateAtEnd(reached);
            }

            public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
            {
                Particles.Place place = particles.Find(lifetime, slot);
                try
                {
                    return Estimate(parameters, place, gradient);
                }
                catch (NonFiniteException)
                {
                    particles.Drop(place.Item);
                    throw;
                }
            }

            public void Dispose()
            {
                pair.Dispose();
                arena.Dispose();
            }

            private LifetimeOutcome Estimate(MetaParameters<float> parameters, in Particles.Place place, MetaParameters<float> gradient)
            {
                RandomStream random = estimation.context.RandomOf(place.Index);
                if (!estimation.spec.NoiseOfEachWindow)
                {
                    pair.Draw(random);
                }

                LifetimeOutcome plus = default, minus = default;
                double added = 0;
                for (int number = place.Next - place.Ahead; number <= place.Next; number++)
                {
                    if (estimation.spec.NoiseOfEachWindow)
                    {
                        DrawFor(place.Item, number, random);
                    }

                    (plus, minus) = (Live(parameters, 1, place, number), Live(parameters, -1, place, number));
                    ref float before = ref particles.DifferenceOf(place.Item);
                    double now = plus.QueryLoss - minus.QueryLoss;
                    added = estimation.spec.Objective == LifeObjective.End ? now - before : now / place.Windows;
                    before = (float)now;
                }

                int item = place.Item;
                Func<int, Tensor<float>> noise = estimation.spec.NoiseOfEachWindow ? i => particles.Noise(item, i) : i => pair.Noise[i];
                estimation.perturbation.Estimate(gradient, noise, added * place.Windows);
                particles.Lived(place);
                return pair.AddExact(parameters, place.Lifetime, gradient, PairScratch.Mean(plus, minus));
            }

            // ε of this window, and ξ, the sum of a life's.
            private void DrawFor(int item, int number, RandomStream random)
            {
                pair.Draw(random.Split((ulong)number));
                foreach (int i in estimation.perturbation.Evolving)
                {
                    Tensor<float> sum = particles.Noise(item, i);
                    if (number == 0)
                    {
                        sum.Clear();
                    }

                    Perturbation.Add(sum, pair.Noise[i], 1);
                }
            }

            private LifetimeOutcome Live(MetaParameters<float> parameters, int sign, in Particles.Place place, int number)
            {
                LifeTensors<float> state = particles.States[place.Item][sign > 0 ? 0 : 1];
                Lifetime<float> part = particles.Part(place, number);
                end.LastStep = part.InnerSteps - 1;
                LifetimeOutcome outcome = pair.Live(parameters, sign, part, end, number == 0 ? null : state);
                state.CopyFrom(reached);
                return outcome;
            }
        }
    }
}

/// <summary>Persistent evolution strategy: new noise for each window, ξ_t = Σ_{τ ≤ t} ε_τ.</summary>
/// <remarks>Unbiased for lives of any length, where parameters stand still; for a linear objective tr Var = P Σ‖c_ρτ‖² + Σ c_ρτ·c_τρ over a
/// life's windows. Source: Vicol, Metz, Sohl-Dickstein 2021.</remarks>
public sealed record PersistentEvolutionEstimator : UnrolledEvolutionEstimator
{
    /// <inheritdoc/>
    private protected override bool NoiseOfEachWindow => true;
}

/// <summary>Noise-reuse evolution strategy: one ε for all windows of a life, ξ_t = ε.</summary>
/// <remarks>For a linear objective tr Var = (P + 1)‖∇L‖² over a life's windows. Source: Li, Harrison, Sohl-Dickstein, Smith, Metz 2023;
/// Vicol 2023 (ES-Single).</remarks>
public sealed record NoiseReuseEstimator : UnrolledEvolutionEstimator
{
    /// <inheritdoc/>
    private protected override bool NoiseOfEachWindow => false;
}
