using System.Numerics;
using Engram.Learning.Learners;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>A lifetime under way: advance, judge the query, go back.</summary>
/// <remarks>
/// Whole-life backpropagation is <c>Advance(T)</c>, <c>Backward</c>; truncated backpropagation advances a part, goes back and cuts; an
/// evolution strategy advances and judges. Steps are computed when
/// something is asked that depends on them, so that a life that is only differentiated is lived once. Not for use by several threads at
/// once; the engine serves one life at a time.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
public interface ILife<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The stream and the query.</summary>
    Lifetime<T> Lifetime { get; }

    /// <summary>Inner steps that have been taken.</summary>
    int InnerStep { get; }

    /// <summary>Inner steps that are left.</summary>
    int StepsLeft { get; }

    /// <summary>Everything that changes in life, now; valid until the life goes on.</summary>
    LifeTensors<T> State { get; }

    /// <summary>Takes inner steps.</summary>
    /// <exception cref="EngramException">There are fewer left, or the number is negative.</exception>
    void Advance(int innerSteps);

    /// <summary>Judges the query as if life ended now.</summary>
    /// <exception cref="NonFiniteException">A state or the loss is not finite.</exception>
    LifetimeOutcome Query();

    /// <summary>The gradient of the query's loss now with respect to every meta-parameter, through all steps since birth or the last
    /// cut.</summary>
    /// <param name="gradient">Where it goes (overwritten).</param>
    /// <exception cref="NonFiniteException">A state, the loss or the gradient is not finite.</exception>
    LifetimeOutcome Backward(MetaParameters<T> gradient);

    /// <summary>Makes the state now a constant: gradients go back to here and no further.</summary>
    void Cut();
}

/// <summary>Begins lives.</summary>
public static class LifeExtensions
{
    /// <summary>Begins a lifetime on an engine.</summary>
    /// <param name="engine">What lives it; not disposed of.</param>
    /// <param name="parameters">The meta-parameters; not changed, and not to be changed while the life goes on.</param>
    /// <param name="lifetime">The stream and the query.</param>
    /// <exception cref="EngramException">The lifetime does not fit the network.</exception>
    public static ILife<T> Begin<T>(this ILifetimeEngine<T> engine, MetaParameters<T> parameters, Lifetime<T> lifetime)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        lifetime.Validate(engine.Layout.Network);
        return new LifeOnEngine<T>(engine, parameters, lifetime);
    }
}
