using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>What came of a lifetime.</summary>
/// <param name="QueryLoss">The objective on the query after the last inner step.</param>
/// <param name="QueryAccuracy">Share of query examples whose largest output is the right class; NaN in regression.</param>
public readonly record struct LifetimeOutcome(double QueryLoss, double QueryAccuracy)
{
    /// <summary>Share of query examples that are answered wrongly, in %; NaN in regression.</summary>
    public double QueryErrorPercent => 100 * (1 - QueryAccuracy);
}

/// <summary>Watches the plastic layers change.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeObserver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Called before the first inner step (<paramref name="innerStep"/> −1) and after each one.</summary>
    /// <param name="innerStep">The step that has just ended, from 0; −1 before the first.</param>
    /// <param name="weights">W of every plastic layer, first plastic layer first; valid during the call.</param>
    /// <param name="biases">b of every plastic layer, [1, out] each; valid during the call.</param>
    void OnWeights(int innerStep, ReadOnlySpan<Tensor<T>> weights, ReadOnlySpan<Tensor<T>> biases);
}

/// <summary>Runs lifetimes of one learner on one network, and differentiates them.</summary>
/// <remarks>An engine keeps its buffers between lifetimes; use one per thread of work. Same input, same bits, whatever the number of threads.</remarks>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeEngine<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What it runs.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Lives one lifetime.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">The stream and the query.</param>
    /// <param name="metaGradient">Where the gradient of the query loss with respect to every meta-parameter goes (overwritten); null for none.</param>
    /// <param name="observer">Sees the plastic weights after each inner step; null for nobody.</param>
    /// <exception cref="NonFiniteException">A weight, the loss or the meta-gradient is not finite.</exception>
    LifetimeOutcome Live(MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null);
}
