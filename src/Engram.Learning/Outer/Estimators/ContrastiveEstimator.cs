using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>What each inner step of the phases after life is shown.</summary>
public enum PhasePresentation
{
    /// <summary>The whole stream as one batch: each step descends the energy itself.</summary>
    Stream,

    /// <summary>The stream's batches in their order, again and again: cheaper, and the energy's minimum only on average.</summary>
    Batches,
}

/// <summary>The contrastive meta-rule: two minima of the energy plus β times the query loss, and the difference of that sum's partial
/// derivatives between them, over the difference of β. No second derivatives, and nothing is kept of life.</summary>
/// <remarks>
/// <para>For learners whose inner step descends an energy E(φ, θ) (<see cref="IEnergyLearner"/>), φ the state and θ the meta-parameters.
/// With φ_β the minimum of E + β L over φ, L the query loss: dL(φ₀)/dθ = d/dβ ∂(E + β L)/∂θ (φ_β) at β = 0. So
/// ĝ = [∂(E + β L)/∂θ (φ_β) − ∂(E + β' L)/∂θ (φ_β')] / (β − β'), β' = −β where it is symmetric, else 0: with an error of order β², else β.
/// Only the partial derivatives stand there: of the weights at birth λ (φ_β' − φ_β) / (β − β'), of λ the difference of squared distances,
/// of frozen layers' weights ordinary backpropagation at both points.</para>
/// <para>A life is lived as ever, its end is where the free phase begins: <see cref="FreeSteps"/> more steps down E. From there each nudged
/// phase takes <see cref="NudgedSteps"/> steps down E ± β L, with the learner's own inner rates; the unsymmetric one takes as many with β =
/// 0, so that what the free phase lacked drops out. Exact where these reach the minima; too few nudged steps see the last of them alone, as
/// truncated backpropagation would at a fixed point. E over a stream is that of all its examples as one batch.</para>
/// <para>The minimum does not depend on inner rates: they must be fixed or frozen. Source: Zucchet, Schug, von Oswald, Zhao, Sacramento
/// 2022 (A contrastive rule for meta-learning), equations 4 and 5.</para>
/// </remarks>
public sealed record ContrastiveEstimator : IMetaGradientEstimator
{
    /// <summary>β.</summary>
    [Setting(0, 1e6, "β, the weight of the query loss beside the energy in a nudged phase.", AboveMinimum = true)]
    public double Nudge { get; init; } = 0.1;

    /// <summary>Whether two nudged phases, with β and −β, are contrasted.</summary>
    [Setting("Whether phases with β and -β are contrasted, with an error of order β²; else β and 0, with an error of order β.")]
    public bool Symmetric { get; init; } = true;

    /// <summary>Steps from the end of life to the energy's minimum.</summary>
    [Setting(0, 1_000_000, "Steps down the energy after life, toward its minimum.", Unit = "inner steps")]
    public int FreeSteps { get; init; }

    /// <summary>Steps of a nudged phase.</summary>
    [Setting(1, 1_000_000, "Steps of each nudged phase.", Unit = "inner steps")]
    public int NudgedSteps { get; init; } = 100;

    /// <summary>What each of these steps is shown.</summary>
    [Setting("Whether each of these steps is shown the whole stream as one batch, or one of its batches after the other.")]
    public PhasePresentation Presents { get; init; }

    /// <summary>Share of lifetimes that may diverge.</summary>
    [Setting(0, 1, "Share of an outer step's lifetimes that may diverge and be dropped without ending it.", BelowMaximum = true)]
    public double MostDropped { get; init; }

    /// <inheritdoc/>
    public IEstimation Begin(EstimationContext context)
    {
        if (context.Layout.Dynamics is not IEnergyLearner learner)
        {
            throw new EngramException(
                "Found the estimator 'contrastive' with a learner whose inner step descends no energy, expected one that does: learner " +
                "gradient with learner.pull; change the learner, or take another estimator.");
        }

        if (learner.LacksMinimum is { } lack)
        {
            throw new EngramException($"{lack}, with the estimator 'contrastive'.");
        }

        bool IsRate(ParameterSpec p) => p.Role == ParameterRoles.Plasticity && !context.Frozen.Contains(p);
        return context.Layout.Parameters.FirstOrDefault(IsRate) is { } rate
            ? throw new EngramException(
                $"Found the inner rate {rate.Name} to be meta-learned by the estimator 'contrastive', expected it fixed, since no " +
                $"minimum depends on it; set learner.inner-rate, or initialization.frozen: [plasticity].")
            : new Estimation(this, context, learner);
    }

    private sealed class Estimation(ContrastiveEstimator spec, EstimationContext context, IEnergyLearner learner) : IEstimation
    {
        public double MostDropped => spec.MostDropped;

        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(spec, context, learner, engine, slot);

        public void Dispose()
        {
        }
    }

    private sealed class Worker(
        ContrastiveEstimator spec, EstimationContext context, IEnergyLearner learner, ILifetimeEngine<float> engine, int slot)
        : IEstimationWorker
    {
        private readonly EnergyPhases phases = new(context.Layout, learner);

        public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient)
        {
            Lifetime<float> life = context.Source.Get(lifetime, slot);
            LifetimeOutcome outcome = engine.Live(parameters, life, null, phases.Free(life.InnerSteps));
            bool whole = spec.Presents == PhasePresentation.Stream;
            phases.Begin(parameters, life, whole);
            phases.Descend(phases.FreeState, spec.FreeSteps, 0);
            (double nudge, double other) = (spec.Nudge, spec.Symmetric ? -spec.Nudge : 0);
            gradient.Clear();
            foreach (double beta in (ReadOnlySpan<double>)[nudge, other])
            {
                phases.Nudged.CopyFrom(phases.FreeState);
                phases.Descend(phases.Nudged, spec.NudgedSteps, beta);
                phases.AddPartial(phases.Nudged, beta, (beta == nudge ? 1 : -1) / (nudge - other), gradient);
            }

            phases.AddThroughFeatures(gradient);
            Query.CheckFinite(gradient);
            return outcome;
        }

        public void Dispose() => phases.Dispose();
    }
}
