using System.Numerics;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>Lives every lifetime by two engines, and stops where they differ.</summary>
public sealed class CheckedEngineFactory : ILifetimeEngineFactory
{
    // Below 0: it is never taken by itself, only by name.
    public int Rank => -1;

    public bool Supports(ParameterLayout layout) => true;

    public ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new CheckedEngine<T>(
            LifetimeEngines.Create<T>(layout, "tape", options),
            LifetimeEngines.Create<T>(layout, "whole-lifetime", options));
}

internal sealed class CheckedEngine<T>(ILifetimeEngine<T> engine, ILifetimeEngine<T> other) : ILifetimeEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ParameterLayout Layout => engine.Layout;

    public LifetimeOutcome Live(
        MetaParameters<T> parameters,
        Lifetime<T> lifetime,
        MetaParameters<T>? metaGradient = null,
        ILifetimeObserver<T>? observer = null,
        LifeTensors<T>? start = null)
    {
        LifetimeOutcome expected = other.Live(parameters, lifetime, start: start);
        LifetimeOutcome found = engine.Live(parameters, lifetime, metaGradient, observer, start);
        return Math.Abs(found.QueryLoss - expected.QueryLoss) <= 1e-3 * (1 + Math.Abs(expected.QueryLoss)) ? found
            : throw new EngramException($"Found a query loss of {found.QueryLoss}, expected {expected.QueryLoss}.");
    }

    public void Dispose()
    {
        engine.Dispose();
        other.Dispose();
    }
}
