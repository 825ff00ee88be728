using System.Collections.Immutable;
using System.Numerics;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>Where traced lifetimes come from.</summary>
/// <param name="Family">The task family.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Split">The split.</param>
public sealed record TraceSource(ITaskFamily Family, ulong Seed, Split Split);

/// <summary>Traces many lifetimes at once, one a thread.</summary>
public static class LifetimeTracing
{
    /// <summary>Lives lifetimes 0 … <paramref name="lifetimes"/> − 1 of a source and measures them.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="source">Where lifetimes come from.</param>
    /// <param name="lifetimes">How many, 1 or more.</param>
    /// <param name="parts">What to measure.</param>
    /// <param name="threads">Threads; the result does not depend on it.</param>
    /// <param name="divergedIsInfinite">Whether a lifetime that meets a number that is not finite has an infinite loss and no more; an
    /// error otherwise.</param>
    /// <param name="stop">Ends it between lifetimes.</param>
    /// <exception cref="NonFiniteException">A weight or a loss is not finite.</exception>
    /// <exception cref="EngramException">Fewer than one lifetime or thread.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ImmutableArray<LifetimeTrace> Trace<T>(
        MetaParameters<T> parameters, TraceSource source, int lifetimes, TraceParts parts, int threads, bool divergedIsInfinite = false,
            CancellationToken stop = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (lifetimes < 1 || threads < 1)
        {
            throw new EngramException($"Found {lifetimes} lifetimes and {threads} threads for an analysis, expected 1 or more of each.");
        }

        var traces = new LifetimeTrace?[lifetimes];
        var failures = new Exception?[lifetimes];
        int next = -1;
        int atOnce = Math.Min(threads, lifetimes);
        var workers = new Thread[atOnce];
        using var sources = new EvaluationLifetimes<T>(source.Family, source.Seed, source.Split);
        for (int slot = 0; slot < atOnce; slot++)
        {
            int own = slot;
            int share = (threads / atOnce) + (slot < threads % atOnce ? 1 : 0);
            workers[slot] = new Thread(() => Work(own, share)) { Name = $"lifetimes {slot}" };
            workers[slot].Start();
        }

        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        // The first in order, so that the same error is told whatever the number of threads.
        if (Array.Find(failures, f => f is not null and not OperationCanceledException) is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        stop.ThrowIfCancellationRequested();
        return [.. traces.Select(t => t!)];

        void Work(int slot, int share)
        {
            LifetimeTracer<T>? tracer = null;
            try
            {
                while (Interlocked.Increment(ref next) is var index && index < lifetimes && !stop.IsCancellationRequested)
                {
                    try
                    {
                        tracer ??= new LifetimeTracer<T>(
                            LifetimeEngines.Create<T>(parameters.Layout, options: new EngineOptions { Threads = share }));
                        Lifetime<T> lifetime = sources.Get((ulong)index, slot);
                        Episode<T> episode = sources.EpisodeOf(slot);
                        traces[index] = tracer.Trace(parameters, lifetime, episode.StreamTasks, episode.QueryTasks, parts, (ulong)index);
                    }
                    catch (NonFiniteException) when (divergedIsInfinite)
                    {
                        traces[index] = new LifetimeTrace((ulong)index, new LifetimeOutcome(double.PositiveInfinity, double.NaN));
                    }
                    catch (Exception e)
                    {
                        failures[index] = e;
                    }
                }
            }
            finally
            {
                tracer?.Dispose();
            }
        }
    }
}
