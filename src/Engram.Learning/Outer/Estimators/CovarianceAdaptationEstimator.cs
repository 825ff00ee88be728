using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>CMA-ES: candidates x_i = m + s σ ∘ B D z_i with C = B D² Bᵀ, ranked by loss; the mean goes to Σ w_i x_i of the better half, and
/// s and C adapt.</summary>
/// <remarks>
/// Each lifetime of an outer step is a candidate; all live the same lifetimes. m are the meta-parameters: the estimate is m − Σ w_i x_i,
/// which <c>sgd</c> at a meta-rate of 1, without clipping, makes the new mean.
/// σ are the settings' and stay; s begins at 1. Nothing but the order of losses counts. Source: Hansen 2016 (arXiv:1604.00772), with
/// positive weights.
/// </remarks>
public sealed record CovarianceAdaptationEstimator : EvolutionEstimator
{
    /// <summary>Lifetimes of each candidate.</summary>
    [Setting(1, 100_000, "Lifetimes that each candidate lives, the same for all; at most lifetimes-per-outer-step.", Unit = "lifetimes")]
    public int LivesPerCandidate { get; init; } = 1;

    /// <inheritdoc/>
    public override IEstimation Begin(EstimationContext context) => new Estimation(this, context);

    private sealed class Estimation : IEstimation
    {
        private const int MostNumbers = 1000;
        private readonly CovarianceAdaptationEstimator spec;
        private readonly EstimationContext context;
        private readonly Perturbation perturbation;
        private readonly Arena arena = new();
        private readonly int n, candidates;

        // s and the number of outer steps; both paths; C, B and D.
        private readonly Tensor<float> scalars, paths, covariance, axes, lengths;

        // Of the outer step: B D z of each candidate, its loss, not a number where it diverged, and its mean outcome.
        private readonly double[][] steps;
        private readonly double[] losses;
        private readonly LifetimeOutcome[] means;

        public Estimation(CovarianceAdaptationEstimator spec, EstimationContext context)
        {
            (this.spec, this.context, candidates) = (spec, context, context.LifetimesPerOuterStep);
            perturbation = new Perturbation(spec, context);
            long count = perturbation.Evolving.Sum(i => (long)context.Layout.Parameters[i].Rows * context.Layout.Parameters[i].Columns);
            if (count > MostNumbers)
            {
                throw new SettingException(
                    string.Create(CultureInfo.InvariantCulture,
                    $"Found {count:D} numbers that evolve by cma-es, expected at most {MostNumbers}; name fewer in evolves, or take " +
                    $"another estimator."), nameof(Evolves));
            }

            if (candidates < 4 || spec.LivesPerCandidate > candidates)
            {
                throw new SettingException(
                    $"Found cma-es with {candidates} candidates of {spec.LivesPerCandidate} lives each, expected 4 candidates or more " +
                        $"and no more lives each than that; raise lifetimes-per-outer-step.", nameof(LivesPerCandidate));
            }

            n = (int)count;
            (scalars, paths, lengths) = (arena.Allocate<float>(1, 2), arena.Allocate<float>(2, n), arena.Allocate<float>(1, n));
            (covariance, axes) = (arena.Allocate<float>(n, n), arena.Allocate<float>(n, n));
            (scalars[0, 0], losses, means) = (1, new double[candidates], new LifetimeOutcome[candidates]);
            lengths.Fill(1);
            for (int i = 0; i < n; i++)
            {
                (covariance[i, i], axes[i, i]) = (1, 1);
            }

            steps = [.. Enumerable.Range(0, candidates).Select(_ => new double[n])];
        }

        public ImmutableArray<SavedTensor> State =>
        [
            new("scalars", [2], scalars), new("paths", [2, n], paths), new("covariance", [n, n], covariance), new("axes", [n, n], axes),
                new("lengths", [n], lengths),
        ];

        public double MostDropped => spec.MostDropped;

        public bool LivesAllFirst => true;

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(this, engine, slot);

        public void Complete()
        {
            (double[] weights, double effective) = Weights();
            double sum = (4 + (effective / n)) / (n + 4 + (2 * effective / n)), rate = (effective + 2) / (n + effective + 5);
            double one = 2 / (((n + 1.3) * (n + 1.3)) + effective);
            double many = Math.Min(1 - one, 2 * (effective - 2 + (1 / effective)) / (((n + 2.0) * (n + 2)) + effective));
            double damping = 1 + rate + (2 * Math.Max(0, Math.Sqrt((effective - 1) / (n + 1)) - 1));
            double usual = Math.Sqrt(n) * (1 - (1 / (4.0 * n)) + (1 / (21.0 * n * n)));
            double[] mean = new double[n], white = new double[n];
            for (int k = 0; k < candidates; k++)
            {
                for (int i = 0; i < n && weights[k] > 0; i++)
                {
                    mean[i] += weights[k] * steps[k][i];
                }
            }

            for (int j = 0; j < n; j++)
            {
                double along = 0;
                for (int i = 0; i < n; i++)
                {
                    along += axes[i, j] * mean[i];
                }

                for (int i = 0; i < n; i++)
                {
                    white[i] += axes[i, j] * along / lengths[0, j];
                }
            }

            double squared = 0;
            for (int i = 0; i < n; i++)
            {
                paths[0, i] = (float)(((1 - rate) * paths[0, i]) + (Math.Sqrt(rate * (2 - rate) * effective) * white[i]));
                squared += (double)paths[0, i] * paths[0, i];
            }

            scalars[0, 1]++;
            double stationary = 1 - DeterministicMath.Power(1 - rate, 2 * (long)scalars[0, 1]);
            bool goes = Math.Sqrt(squared / stationary) < (1.4 + (2.0 / (n + 1))) * usual;
            for (int i = 0; i < n; i++)
            {
                paths[1, i] = (float)(((1 - sum) * paths[1, i]) + (goes ? Math.Sqrt(sum * (2 - sum) * effective) * mean[i] : 0));
            }

            Adapt(weights, one, many, goes ? 0 : sum * (2 - sum));
            scalars[0, 0] =
                (float)(scalars[0, 0] * DeterministicMath.Exp(Math.Min(1, rate / damping * ((Math.Sqrt(squared) / usual) - 1))));
        }

        public void Dispose() => arena.Dispose();

        private void Adapt(double[] weights, double one, double many, double missing)
        {
            var c = new double[n, n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    double ranked = 0;
                    for (int k = 0; k < candidates; k++)
                    {
                        ranked += weights[k] > 0 ? weights[k] * steps[k][i] * steps[k][j] : 0;
                    }

                    double old = (1 - one - many + (one * missing)) * covariance[i, j];
                    covariance[i, j] = covariance[j, i] = (float)(old + (one * paths[1, i] * paths[1, j]) + (many * ranked));
                    c[i, j] = c[j, i] = covariance[i, j];
                }
            }

            var vectors = new double[n, n];
            double[] values = SymmetricMatrix.Decompose(c, vectors);
            for (int j = 0; j < n; j++)
            {
                lengths[0, j] = (float)Math.Sqrt(Math.Max(values[j], 1e-14));
                for (int i = 0; i < n; i++)
                {
                    axes[i, j] = (float)vectors[i, j];
                }
            }
        }

        // ln(μ + ½) − ln rank for the better half, made to sum to 1, by candidate; and 1 / Σ w². Equal losses stand in the order of
        // candidates.
        private (double[] Weights, double Effective) Weights()
        {
            int[] order = [.. Enumerable.Range(0, candidates).Where(k => !double.IsNaN(losses[k])).OrderBy(k => losses[k])];
            int half = Math.Min(candidates / 2, order.Length);
            var weights = new double[candidates];
            for (int rank = 0; rank < half; rank++)
            {
                weights[order[rank]] = DeterministicMath.Log((half + 0.5) / (rank + 1));
            }

            double total = weights.Sum();
            for (int k = 0; k < candidates; k++)
            {
                weights[k] /= total;
            }

            return (weights, 1 / weights.Sum(w => w * w));
        }

        private int Alive => losses.Count(l => !double.IsNaN(l));

        private sealed class Worker(Estimation estimation, ILifetimeEngine<float> engine, int slot) : IEstimationWorker
        {
            private readonly PairScratch scratch = new(estimation.spec, estimation.perturbation, estimation.context, engine);

            public void Live(MetaParameters<float> parameters, ulong lifetime)
            {
                int candidate = Item(lifetime);
                estimation.losses[candidate] = double.NaN;
                Draw(estimation.context.RandomOf(lifetime), estimation.steps[candidate]);
                PutStep(candidate);
                double loss = 0, accuracy = 0;
                for (int i = 0; i < estimation.spec.LivesPerCandidate; i++)
                {
                    LifetimeOutcome outcome =
                        scratch.Live(parameters, 1, estimation.context.Source.Get(lifetime - (ulong)candidate + (ulong)i, slot));
                    loss += outcome.QueryLoss / estimation.spec.LivesPerCandidate;
                    accuracy += outcome.QueryAccuracy / estimation.spec.LivesPerCandidate;
                }

                estimation.losses[candidate] = loss;
                estimation.means[candidate] = new LifetimeOutcome(loss, accuracy);
            }

            public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
            {
                int candidate = Item(lifetime);
                PutStep(candidate);
                double weight = estimation.Weights().Weights[candidate] * estimation.Alive;
                estimation.perturbation.Step(gradient, scratch.Noise, -weight);
                return scratch.AddExact(parameters, estimation.context.Source.Get(lifetime, slot), gradient, estimation.means[candidate]);
            }

            public void Dispose() => scratch.Dispose();

            private int Item(ulong lifetime) => (int)(lifetime % (ulong)estimation.candidates);

            // B D z.
            private void Draw(RandomStream random, double[] step)
            {
                Array.Clear(step);
                for (int j = 0; j < estimation.n; j++)
                {
                    double along = random.NextNormal() * estimation.lengths[0, j];
                    for (int i = 0; i < estimation.n; i++)
                    {
                        step[i] += estimation.axes[i, j] * along;
                    }
                }
            }

            // s B D z where pairs have ε.
            private void PutStep(int candidate)
            {
                int at = 0;
                foreach (int i in estimation.perturbation.Evolving)
                {
                    for (int r = 0; r < scratch.Noise[i].Rows; r++)
                    {
                        foreach (ref float value in scratch.Noise[i].Row(r))
                        {
                            value = (float)(estimation.scalars[0, 0] * estimation.steps[candidate][at++]);
                        }
                    }
                }
            }
        }
    }
}
