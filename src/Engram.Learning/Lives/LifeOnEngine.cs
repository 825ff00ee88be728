using System.Numerics;
using Engram.Learning.Learners;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>A life in parts, each of which an engine lives as a lifetime that goes on from a state.</summary>
internal sealed class LifeOnEngine<T> : ILife<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILifetimeEngine<T> engine;
    private readonly MetaParameters<T> parameters;
    private readonly Arena arena = new();
    private readonly EndOfLife end;
    private readonly LifeTensors<T> beginning;
    private LifeTensors<T> state, next;
    private int livedTo = -1, cutAt = -1;
    private LifetimeOutcome? outcome;

    public LifeOnEngine(ILifetimeEngine<T> engine, MetaParameters<T> parameters, Lifetime<T> lifetime)
    {
        (this.engine, this.parameters, Lifetime) = (engine, parameters, lifetime);
        (state, next, beginning) =
            (new LifeTensors<T>(engine.Layout, arena), new LifeTensors<T>(engine.Layout, arena), new LifeTensors<T>(engine.Layout, arena));
        end = new EndOfLife();
    }

    /// <inheritdoc/>
    public Lifetime<T> Lifetime { get; }

    /// <inheritdoc/>
    public int InnerStep { get; private set; }

    /// <inheritdoc/>
    public int StepsLeft => Lifetime.InnerSteps - InnerStep;

    /// <inheritdoc/>
    public LifeTensors<T> State
    {
        get
        {
            Live();
            return state.With(parameters);
        }
    }

    /// <inheritdoc/>
    public void Advance(int innerSteps)
    {
        if (innerSteps < 0 || innerSteps > StepsLeft)
        {
            throw new EngramException(
                $"Found {innerSteps} inner steps to advance by after {InnerStep} of {Lifetime.InnerSteps}, expected 0 to {StepsLeft}.");
        }

        InnerStep += innerSteps;
        outcome = innerSteps > 0 ? null : outcome;
    }

    /// <inheritdoc/>
    public LifetimeOutcome Query()
    {
        Live();
        return outcome!.Value;
    }

    /// <inheritdoc/>
    public LifetimeOutcome Backward(MetaParameters<T> gradient)
    {
        outcome = LivePart(Math.Max(cutAt, 0), cutAt < 0 ? null : beginning, gradient);
        return outcome.Value;
    }

    /// <inheritdoc/>
    public void Cut()
    {
        Live();
        beginning.CopyFrom(state);
        cutAt = InnerStep;
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private void Live()
    {
        if (livedTo != InnerStep || outcome is null)
        {
            outcome = LivePart(Math.Max(livedTo, 0), livedTo < 0 ? null : state, null);
        }
    }

    // The steps from one to where the life is now, and its state and outcome there.
    private LifetimeOutcome LivePart(int from, LifeTensors<T>? start, MetaParameters<T>? gradient)
    {
        int steps = InnerStep - from;
        Lifetime<T> part = Lifetime.Part(from, steps);
        (end.LastStep, end.Copy) = (steps - 1, next);
        try
        {
            LifetimeOutcome found = engine.Live(parameters, part, gradient, end, start);
            (state, next, livedTo) = (next, state, InnerStep);
            return found;
        }
        catch (NonFiniteException failure) when (from > 0 && failure.InnerStep >= 0)
        {
            throw new NonFiniteException(failure.Quantity, failure.Layer, from + failure.InnerStep);
        }
    }

    private sealed class EndOfLife : ILifetimeObserver<T>
    {
        public int LastStep { get; set; }

        public LifeTensors<T>? Copy { get; set; }

        public void OnState(int innerStep, LifeTensors<T> state)
        {
            if (innerStep == LastStep)
            {
                Copy!.CopyFrom(state);
            }
        }
    }
}
