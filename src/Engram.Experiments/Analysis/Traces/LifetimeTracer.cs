using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>Lives lifetimes and measures what happens in them, in one pass over each. Works for every learner and engine; not for several
/// threads at once.</summary>
/// <remarks>
/// It sees nothing but the weights before and after each inner step. Outputs and gradients are computed from them by
/// <see cref="FeedforwardPass"/> and
/// <see cref="BatchGradient"/>, apart from what the learner itself computes.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class LifetimeTracer<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILifetimeEngine<T> engine;
    private readonly Arena arena = new();

    /// <summary>Makes a tracer that lives lifetimes on an engine.</summary>
    /// <param name="engine">The engine; the tracer disposes of it.</param>
    public LifetimeTracer(ILifetimeEngine<T> engine) => this.engine = engine;

    /// <summary>Lives and measures one lifetime.</summary>
    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The stream and the query.</param>
    /// <param name="streamTasks">Which task each inner step belongs to.</param>
    /// <param name="queryTasks">Which task each query example belongs to.</param>
    /// <param name="parts">What to measure.</param>
    /// <param name="index">Which lifetime it is.</param>
    /// <exception cref="NonFiniteException">A weight or the loss is not finite.</exception>
    /// <exception cref="ArgumentException">There are not as many tasks as inner steps or query examples.</exception>
    public LifetimeTrace Trace(
        MetaParameters<T> parameters, Lifetime<T> lifetime, ReadOnlySpan<int> streamTasks, ReadOnlySpan<int> queryTasks,
            TraceParts parts = TraceParts.All, ulong index = 0)
    {
        if (streamTasks.Length != lifetime.InnerSteps || queryTasks.Length != lifetime.QueryInputs.Rows)
        {
            throw new ArgumentException(
                $"Found tasks of {streamTasks.Length} inner steps and {queryTasks.Length} query examples, expected " +
                $"{lifetime.InnerSteps} and {lifetime.QueryInputs.Rows}.", nameof(streamTasks));
        }

        arena.Reset();
        if (parts == TraceParts.None)
        {
            return new LifetimeTrace(index, engine.Live(parameters, lifetime)) { StreamTasks = [.. streamTasks] };
        }

        var observation = new LifetimeObservation<T>(parameters, lifetime, streamTasks, queryTasks, parts, arena);
        LifetimeOutcome outcome = engine.Live(parameters, lifetime, metaGradient: null, observation);
        return observation.Finish(index, outcome);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        engine.Dispose();
        arena.Dispose();
    }
}
