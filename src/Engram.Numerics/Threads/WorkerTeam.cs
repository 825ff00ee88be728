using System.Runtime.ExceptionServices;

namespace Engram.Numerics.Threads;

/// <summary>
/// A few threads that work on one thing together: each runs the same body as its part of the whole, and they meet at barriers. Forking and
/// meeting cost well under a microsecond, so products of 100 µs can be split.
/// </summary>
/// <remarks>
/// The caller is part 0. Waiting threads spin briefly, then yield, then sleep, so more threads than cores is slow but safe. What a part
/// computes must
/// depend on its share of rows only through which rows they are, never on how the parts were cut: that is what makes results the same for
/// any number of threads.
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    private readonly object gate = new();
    private readonly Thread[] workers;
    private readonly int spins;
    private readonly int yields;
    private Action<int>? body;
    private readonly Exception?[] failures;
    private bool failed;
    private int members;
    private int generation;
    private int running;
    private int sleepers;
    private int arrived;
    private int barrierGeneration;
    private bool stopping;

    /// <summary>Starts a team.</summary>
    /// <param name="parts">Threads including the caller, at least 1.</param>
    public WorkerTeam(int parts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        Parts = parts;
        failures = new Exception?[parts];
        workers = new Thread[parts - 1];

        // Spinning pays while every part has a core of its own; with more parts than cores it keeps the others from theirs.
        (spins, yields) = parts <= Environment.ProcessorCount ? (2_000, 100) : (20, 2);
        for (int i = 0; i < workers.Length; i++)
        {
            int part = i + 1;
            workers[i] = new Thread(() => Work(part)) { IsBackground = true, Name = $"engram worker {part}" };
            workers[i].Start();
        }
    }

    /// <summary>Threads, the caller included.</summary>
    public int Parts { get; }

    /// <summary>The share of <paramref name="rows"/> that falls to one part, in whole groups of <paramref name="group"/> rows.</summary>
    public static (int Start, int End) Share(int rows, int part, int parts, int group = 8)
    {
        long groups = (rows + group - 1) / group;
        return ((int)Math.Min(rows, groups * part / parts * group), (int)Math.Min(rows, groups * (part + 1) / parts * group));
    }

    /// <summary>Runs the body once per part and returns when all have ended.</summary>
    /// <remarks>Where parts throw, the others are let go at their next barrier, and the exception of the first of them is thrown
    /// here.</remarks>
    public void Run(Action<int> work) => Run(Parts, work);

    /// <summary>Runs the body for the first <paramref name="count"/> parts only. Such a body must not wait at barriers unless all parts
    /// run.</summary>
    public void Run(int count, Action<int> work)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Parts);
        if (count <= 1)
        {
            work(0);
            return;
        }

        (body, members, failed, arrived) = (work, count, false, 0);
        Volatile.Write(ref running, Parts - 1);
        Interlocked.Increment(ref generation);
        WakeSleepers();
        Guard(work, 0);
        Await(Event.End, 0);

        body = null;
        if (failed)
        {
            Exception? first = null;
            for (int i = 0; i < failures.Length; i++)
            {
                first ??= failures[i];
                failures[i] = null;
            }

            ExceptionDispatchInfo.Throw(first!);
        }
    }

    /// <summary>Waits until every part of the current <see cref="Run(Action{int})"/> has come here.</summary>
    public void Barrier()
    {
        if (Parts == 1)
        {
            return;
        }

        int seen = Volatile.Read(ref barrierGeneration);
        if (Interlocked.Increment(ref arrived) == Parts)
        {
            Volatile.Write(ref arrived, 0);
            Interlocked.Increment(ref barrierGeneration);
            WakeSleepers();
            return;
        }

        Await(Event.Barrier, seen);
        if (Volatile.Read(ref barrierGeneration) == seen)
        {
            throw new OperationCanceledException("Another part of the team failed.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (stopping)
        {
            return;
        }

        Volatile.Write(ref stopping, true);
        Interlocked.Increment(ref generation);
        WakeSleepers();
        foreach (Thread worker in workers)
        {
            worker.Join();
        }
    }

    private void Work(int part)
    {
        int seen = 0;
        while (true)
        {
            Await(Event.Start, seen);
            seen++;
            if (Volatile.Read(ref stopping))
            {
                return;
            }

            if (part < members)
            {
                Guard(body!, part);
            }

            if (Interlocked.Decrement(ref running) == 0)
            {
                WakeSleepers();
            }
        }
    }

    /// <summary>Whether what a thread waits for has come: it spins, yields, and then sleeps until somebody changes something.</summary>
    private bool HasCome(Event awaited, int seen) => awaited switch
    {
        Event.Start => Volatile.Read(ref generation) != seen,
        Event.End => Volatile.Read(ref running) == 0,
        _ => Volatile.Read(ref barrierGeneration) != seen || Volatile.Read(ref failed),
    };

    private void Await(Event awaited, int seen)
    {
        for (int i = 0; i < spins; i++)
        {
            if (HasCome(awaited, seen))
            {
                return;
            }

            Thread.SpinWait(4);
        }

        for (int i = 0; i < yields; i++)
        {
            if (HasCome(awaited, seen))
            {
                return;
            }

            Thread.Yield();
        }

        lock (gate)
        {
            // Counted before the last look: whoever changes something after that look sees the count and wakes us.
            Interlocked.Increment(ref sleepers);
            while (!HasCome(awaited, seen))
            {
                Monitor.Wait(gate);
            }

            Interlocked.Decrement(ref sleepers);
        }
    }

    private void WakeSleepers()
    {
        if (Volatile.Read(ref sleepers) > 0)
        {
            lock (gate)
            {
                Monitor.PulseAll(gate);
            }
        }
    }

    private void Guard(Action<int> work, int part)
    {
        try
        {
            work(part);
        }
        catch (OperationCanceledException) when (Volatile.Read(ref failed))
        {
            // Let go at a barrier because another part failed; that part's exception is the one that counts.
        }
        catch (Exception error)
        {
            failures[part] = error;
            Volatile.Write(ref failed, true);
            Interlocked.MemoryBarrier();
            WakeSleepers();
        }
    }

    private enum Event
    {
        Start,
        End,
        Barrier,
    }
}
