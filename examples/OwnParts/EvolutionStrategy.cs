using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// An evolution strategy with antithetic pairs: g = mean over pairs of (L(θ + σε) − L(θ − σε)) / (2σ) ε. Nothing is
/// differentiated. Differences that are far larger than usual are cut; what is usual is remembered from step to step.
/// </summary>
/// <remarks>Source: Salimans et al. 2017 for the estimator; the cut is ours.</remarks>
public sealed record EvolutionStrategy : IMetaGradientEstimator
{
    [Setting(1, 100_000, "Pairs of lives for each estimate.", Unit = "pairs")]
    public int Pairs { get; init; } = 8;

    [Setting(0, 10, "σ, standard deviation of the perturbations.", AboveMinimum = true)]
    public double Sigma { get; init; } = 0.02;

    [Setting(1, 1e6, "Differences of losses are cut at so many times their usual size.")]
    public double Limit { get; init; } = 3;

    public IEstimation Begin(EstimationContext context) => new Estimation(this, context);

    private sealed class Estimation : IEstimation
    {
        private readonly Arena arena = new();
        private readonly Tensor<float> usual;

        public Estimation(EvolutionStrategy spec, EstimationContext context)
        {
            // One number for each lifetime of an outer step: those are estimated by several threads at once.
            usual = arena.Allocate<float>(1, context.LifetimesPerOuterStep);
            (Spec, Context) = (spec, context);
        }

        public EvolutionStrategy Spec { get; }

        public EstimationContext Context { get; }

        // Saved with the run and restored with it; put back where an outer step fails.
        public ImmutableArray<SavedTensor> State => [new SavedTensor("usual_difference", [usual.Columns], usual)];

        public ref float UsualOf(ulong lifetime) => ref usual[0, (int)(lifetime % (ulong)usual.Columns)];

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) =>
            new Worker(this, engine, slot);

        public void Dispose() => arena.Dispose();
    }

    /// <summary>What one slot estimates with: its own scratch.</summary>
    private sealed class Worker(Estimation estimation, ILifetimeEngine<float> engine, int slot) : IEstimationWorker
    {
        private readonly MetaParameters<float> direction = new(estimation.Context.Layout);
        private readonly MetaParameters<float> moved = new(estimation.Context.Layout);

        // What is frozen is not perturbed: a direction in which nothing may move would only add noise.
        private readonly int[] learnt =
        [
            .. Enumerable.Range(0, estimation.Context.Layout.Parameters.Length)
                .Where(i => !estimation.Context.Frozen.Contains(estimation.Context.Layout.Parameters[i])),
        ];

        public LifetimeOutcome Estimate(
            MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
        {
            EvolutionStrategy spec = estimation.Spec;
            Lifetime<float> life = estimation.Context.Source.Get(lifetime, slot);
            RandomStream random = estimation.Context.RandomOf(lifetime);
            ref float usual = ref estimation.UsualOf(lifetime);
            double limit = usual > 0 ? spec.Limit * usual : double.MaxValue, sizes = 0;
            gradient.Clear();
            for (int pair = 0; pair < spec.Pairs; pair++)
            {
                Draw(random.Split((ulong)pair));
                double difference = Loss(parameters, life, spec.Sigma) - Loss(parameters, life, -spec.Sigma);
                sizes += Math.Abs(difference) / spec.Pairs;
                Add(gradient, direction, Math.Clamp(difference, -limit, limit) / (2 * spec.Sigma * spec.Pairs));
            }

            usual = (float)(usual > 0 ? (0.9 * usual) + (0.1 * sizes) : sizes);
            return engine.Live(parameters, life);
        }

        public void Dispose()
        {
            direction.Dispose();
            moved.Dispose();
        }

        private void Draw(RandomStream random)
        {
            foreach (int i in learnt)
            {
                for (int r = 0; r < direction[i].Rows; r++)
                {
                    random.FillNormal(direction[i].Row(r), 1);
                }
            }
        }

        private double Loss(MetaParameters<float> parameters, Lifetime<float> life, double step)
        {
            moved.CopyFrom(parameters);
            Add(moved, direction, step);
            return engine.Live(moved, life).QueryLoss;
        }

        private void Add(MetaParameters<float> sum, MetaParameters<float> summand, double factor)
        {
            foreach (int i in learnt)
            {
                for (int r = 0; r < sum[i].Rows; r++)
                {
                    Span<float> to = sum[i].Row(r), from = summand[i].Row(r);
                    for (int c = 0; c < to.Length; c++)
                    {
                        to[c] += (float)factor * from[c];
                    }
                }
            }
        }
    }
}
