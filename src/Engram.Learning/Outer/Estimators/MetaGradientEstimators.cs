using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Estimates, from one lifetime, the gradient of the query loss with respect to the meta-parameters.</summary>
/// <remarks>The trainer averages the estimates of an outer step's lifetimes in their order. One instance serves several threads at once and keeps no state.</remarks>
public interface IMetaGradientEstimator
{
    /// <summary>Lives the lifetime, as often as it takes, and estimates.</summary>
    /// <param name="engine">What lives lifetimes; this thread's own.</param>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">The lifetime.</param>
    /// <param name="random">Random numbers of this lifetime, for estimators that need some.</param>
    /// <param name="gradient">Where the estimate goes (overwritten).</param>
    /// <returns>What came of the lifetime under the unchanged meta-parameters.</returns>
    /// <exception cref="NonFiniteException">A weight, the loss or the meta-gradient is not finite.</exception>
    LifetimeOutcome Estimate(
        ILifetimeEngine<float> engine, MetaParameters<float> parameters, Lifetime<float> lifetime, RandomStream random, MetaParameters<float> gradient);
}

/// <summary>The meta-gradient estimators there are, by name.</summary>
public static class MetaGradientEstimators
{
    /// <summary>All estimators; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IMetaGradientEstimator> Registry { get; } = BuiltIn();

    private static Registry<IMetaGradientEstimator> BuiltIn()
    {
        var registry = new Registry<IMetaGradientEstimator>("meta-gradient estimator");
        registry.Register("backpropagation", new BackpropagationEstimator(), "the exact derivative of the query loss, through every inner step");
        return registry;
    }
}

/// <summary>The engine's own meta-gradient: the query loss differentiated through the whole lifetime.</summary>
public sealed record BackpropagationEstimator : IMetaGradientEstimator
{
    /// <inheritdoc/>
    public LifetimeOutcome Estimate(
        ILifetimeEngine<float> engine, MetaParameters<float> parameters, Lifetime<float> lifetime, RandomStream random, MetaParameters<float> gradient) =>
        engine.Live(parameters, lifetime, gradient);
}
