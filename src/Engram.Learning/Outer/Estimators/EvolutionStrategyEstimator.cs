using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>Evolution strategy over whole lives with antithetic pairs: ĝ = (L(θ + σε) − L(θ − σε)) / 2σ · ε.</summary>
/// <remarks>
/// E ĝ is the gradient of L averaged over perturbations; for a linear L, tr Var ĝ = (P + 1)‖∇L‖² for a pair. With <see cref="Ranks"/> L is
/// replaced by its rank among all 2N losses of the outer step, from −½ to ½:
/// what comes of it does not depend on the scale of L, and is no estimate of its gradient any more. Source: Salimans et al. 2017.
/// </remarks>
public sealed record EvolutionStrategyEstimator : EvolutionEstimator
{
    /// <summary>Whether losses are replaced by their centred ranks.</summary>
    [Setting(
        "Whether losses are replaced by their centred ranks among the outer step's, -1/2 to 1/2: free of the losses' scale, and biased.")]
    public bool Ranks { get; init; }

    /// <inheritdoc/>
    public override IEstimation Begin(EstimationContext context)
    {
        if (Ranks && context.LifetimesPerOuterStep < 2)
        {
            throw new SettingException(
                $"Found ranks with {context.LifetimesPerOuterStep} lifetime per outer step, expected 2 or more to rank among; raise " +
                $"lifetimes-per-outer-step.", nameof(Ranks));
        }

        return new Estimation(this, context);
    }

    private sealed class Estimation(EvolutionStrategyEstimator spec, EstimationContext context) : IEstimation
    {
        private readonly Perturbation perturbation = new(spec, context);

        // Losses of both lives of each pair of the outer step; not a number where there are none.
        private readonly (double Plus, double Minus)[] losses =
            [.. Enumerable.Repeat((double.NaN, double.NaN), context.LifetimesPerOuterStep)];

        public double MostDropped => Spec.MostDropped;

        public bool LivesAllFirst => Spec.Ranks;

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(this, engine, slot);

        public void Dispose()
        {
        }

        private sealed class Worker(Estimation estimation, ILifetimeEngine<float> engine, int slot) : IEstimationWorker
        {
            private readonly EstimationContext context = estimation.Context;
            private readonly PairScratch pair = new(estimation.Spec, estimation.perturbation, estimation.Context, engine);
            private readonly LifetimeOutcome[] means = estimation.Means;

            public void Live(MetaParameters<float> parameters, ulong lifetime)
            {
                ref (double Plus, double Minus) losses = ref estimation.losses[Item(lifetime)];
                losses = (double.NaN, double.NaN);
                Lifetime<float> life = context.Source.Get(lifetime, slot);
                pair.Draw(context.RandomOf(lifetime));
                LifetimeOutcome plus = pair.Live(parameters, 1, life), minus = pair.Live(parameters, -1, life);
                losses = (plus.QueryLoss, minus.QueryLoss);
                means[Item(lifetime)] = PairScratch.Mean(plus, minus);
            }

            public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
            {
                if (estimation.LivesAllFirst)
                {
                    pair.Draw(context.RandomOf(lifetime));
                }
                else
                {
                    Live(parameters, lifetime);
                }

                (double plus, double minus) = estimation.losses[Item(lifetime)];
                double difference = estimation.LivesAllFirst ? estimation.Rank(plus) - estimation.Rank(minus) : plus - minus;
                estimation.perturbation.Estimate(gradient, i => pair.Noise[i], difference);
                return pair.AddExact(parameters, context.Source.Get(lifetime, slot), gradient, means[Item(lifetime)]);
            }

            public void Dispose() => pair.Dispose();

            private int Item(ulong lifetime) => (int)(lifetime % (ulong)context.LifetimesPerOuterStep);
        }

        private EvolutionStrategyEstimator Spec { get; } = spec;

        private EstimationContext Context { get; } = context;

        private LifetimeOutcome[] Means { get; } = new LifetimeOutcome[context.LifetimesPerOuterStep];

        // The share of the step's losses that lie below, equal ones half: 0 for the least, 1 for the greatest. The −½ falls out of
        // differences.
        private double Rank(double loss)
        {
            double below = -0.5;
            int count = 0;
            foreach ((double plus, double minus) in losses)
            {
                foreach (double other in (ReadOnlySpan<double>)[plus, minus])
                {
                    count += double.IsNaN(other) ? 0 : 1;
                    below += other < loss ? 1 : other == loss ? 0.5 : 0;
                }
            }

            return count > 1 ? below / (count - 1) : 0.5;
        }
    }
}
