using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>What an estimator works for.</summary>
/// <param name="Layout">Network and learner.</param>
/// <param name="Source">Where lifetimes come from.</param>
/// <param name="LifetimesPerOuterStep">Lifetimes whose estimates are averaged for one outer step: lifetime i belongs to outer step i / k,
/// and is its item i mod k.</param>
/// <param name="Frozen">What stays as it starts: nothing need be estimated for it.</param>
/// <param name="Random">Where random numbers come from; only its splits are read.</param>
public sealed record EstimationContext(
    ParameterLayout Layout, IMetaTrainingSource<float> Source, int LifetimesPerOuterStep, FrozenParameters Frozen, RandomStream Random)
{
    /// <summary>Random numbers of one lifetime: the same for the same index, whoever lives it.</summary>
    public RandomStream RandomOf(ulong lifetime) => Random.Split("estimator").Split(lifetime);
}

/// <summary>Estimates the gradient of the query loss with respect to the meta-parameters, from one lifetime after the other. A record of
/// settings.</summary>
/// <remarks>
/// Settings are <c>init</c> properties with <see cref="SettingAttribute"/>, keys of recipes beside its name. What it remembers from step to
/// step, such as particles, stands in the tensors of
/// <see cref="IEstimation.State"/>, is saved with the run and restored with it.
/// </remarks>
public interface IMetaGradientEstimator
{
    /// <summary>Begins to estimate for one training.</summary>
    /// <exception cref="EngramException">The settings do not fit the learner or the training.</exception>
    IEstimation Begin(EstimationContext context);
}

/// <summary>An estimator at work for one training.</summary>
public interface IEstimation : IDisposable
{
    /// <summary>What it remembers from outer step to outer step; empty where it remembers nothing. Item k of an outer step may write to
    /// what belongs to k alone.</summary>
    ImmutableArray<SavedTensor> State => [];

    /// <summary>Share of an outer step's lifetimes that may throw a <see cref="NonFiniteException"/> without ending it: they are dropped
    /// from its means and counted. 0 for none.</summary>
    double MostDropped => 0;

    /// <summary>Whether an estimate depends on what came of other lifetimes of the outer step, such as ranks: then
    /// <see cref="IEstimationWorker.Live"/> is called for all of them before any estimate.</summary>
    bool LivesAllFirst => false;

    /// <summary>All lifetimes of an outer step have been estimated, and those that are dropped are known. Called once, by one
    /// thread.</summary>
    void Complete()
    {
    }

    /// <summary>Makes what one slot estimates with, scratch and all. Slots work at once.</summary>
    /// <param name="engine">What lives lifetimes in that slot; not disposed of.</param>
    /// <param name="slot">The slot: whose buffers of the source it may use.</param>
    IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot);
}

/// <summary>What one slot estimates with.</summary>
public interface IEstimationWorker : IDisposable
{
    /// <summary>Lives one lifetime ahead of its estimate, where <see cref="IEstimation.LivesAllFirst"/>; what comes of it is kept in the
    /// estimation, for any slot.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">Index of the lifetime.</param>
    /// <exception cref="NonFiniteException">A state or the loss is not finite.</exception>
    void Live(MetaParameters<float> parameters, ulong lifetime)
    {
    }

    /// <summary>Estimates from one lifetime.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">Index of the lifetime.</param>
    /// <param name="gradient">Where the estimate goes (overwritten).</param>
    /// <returns>What came of the lifetime under the unchanged meta-parameters; of an estimator that lives none such, the mean over those
    /// that it lived.</returns>
    /// <exception cref="NonFiniteException">A state, the loss or the meta-gradient is not finite.</exception>
    LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient);
}

/// <summary>The meta-gradient estimators there are, by name.</summary>
public static class MetaGradientEstimators
{
    /// <summary>All estimators, each with its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IMetaGradientEstimator> Registry { get; } = BuiltIn();

    private static Registry<IMetaGradientEstimator> BuiltIn()
    {
        var registry = new Registry<IMetaGradientEstimator>("meta-gradient estimator");
        registry.Register(
            "backpropagation", new BackpropagationEstimator(), "the exact derivative of the query loss, through every inner step");
        registry.Register(
            "truncated-backpropagation", new TruncatedBackpropagationEstimator(),
            "the derivative of the query loss through the last window of inner steps; lives go on from outer step to outer step");
        registry.Register(
            "contrastive", new ContrastiveEstimator(),
            "contrastive meta-rule, of gradient learners with a pull: ∂(E + βL)/∂θ at two minima of E + βL, difference over that of β");
        registry.Register("es", new EvolutionStrategyEstimator(), "evolution strategy over whole lives: (L(θ + σε) − L(θ − σε)) / 2σ · ε");
        registry.Register(
            "pes", new PersistentEvolutionEstimator(),
            "persistent evolution strategy: new ε for each window of a life, ξ = Σ ε, (L⁺ − L⁻) / 2σ · ξ");
        registry.Register(
            "nres", new NoiseReuseEstimator(), "noise-reuse evolution strategy: one ε for all windows of a life, (L⁺ − L⁻) / 2σ · ε");
        registry.Register(
            "cma-es", new CovarianceAdaptationEstimator(),
            "CMA-ES: candidates m + σ N(0, C), ranked; the mean goes to the best of them, and σ and C adapt; for sgd at a meta-rate of 1");
        return registry;
    }
}
