using System.Numerics;
using Engram.Learning.Learners;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>What came of a lifetime.</summary>
/// <param name="QueryLoss">The objective on the query after the last inner step.</param>
/// <param name="QueryAccuracy">Share of query examples whose largest output is the right class; NaN in regression.</param>
public readonly record struct LifetimeOutcome(double QueryLoss, double QueryAccuracy)
{
    /// <summary>Share of query examples that are answered wrongly, in %; NaN in regression.</summary>
    public double QueryErrorPercent => 100 * (1 - QueryAccuracy);
}

/// <summary>Watches a life.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeObserver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether <see cref="OnActivity"/> is to be called. Fused kernels keep no activities by name, so that such a life is lived by
    /// the compiled engine.</summary>
    bool WantsActivity => false;

    /// <summary>Called before the first inner step (<paramref name="innerStep"/> −1) and after each one.</summary>
    /// <param name="innerStep">The step that has just ended, from 0; −1 before the first.</param>
    /// <param name="state">Everything that changes in life; valid during the call.</param>
    void OnState(int innerStep, LifeTensors<T> state);

    /// <summary>Called during each inner step, before its <see cref="OnState"/>.</summary>
    /// <param name="innerStep">The step, from 0.</param>
    /// <param name="activity">
    /// What the learner shows of it by name: of feedback learners <c>signal</c>, <c>error</c>, and for each plastic layer
    /// <c>layerI.activity</c> (before feedback), <c>layerI.feedback</c> and
    /// <c>layerI.after_feedback</c>; [n, units] each. Valid during the call.
    /// </param>
    void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<T>> activity)
    {
    }
}

/// <summary>Runs lifetimes of one learner on one network, and differentiates them.</summary>
/// <remarks>An engine keeps its buffers between lifetimes; use one per thread of work. Same input, same bits, whatever the number of
/// threads.</remarks>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeEngine<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What it runs.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Lives one lifetime.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">The stream and the query.</param>
    /// <param name="metaGradient">Where the gradient of the query loss with respect to every meta-parameter goes (overwritten); null for
    /// none.</param>
    /// <param name="observer">Sees every state after each inner step; null for nobody.</param>
    /// <param name="start">What the life goes on from instead of its birth, a constant of the meta-gradient; not changed. Null for
    /// birth.</param>
    /// <exception cref="NonFiniteException">A state, the loss or the meta-gradient is not finite.</exception>
    LifetimeOutcome Live(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null,
            LifeTensors<T>? start = null);
}
