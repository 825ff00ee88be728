using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Engram.Learning;

/// <summary>Threads that live as long as their owner and run one piece of work together at a time, the caller as member 0.</summary>
internal sealed class WorkerTeam : IDisposable
{
    private readonly Thread[] threads;
    private readonly SemaphoreSlim[] wake;
    private readonly CountdownEvent running = new(0);
    private readonly Exception?[] failures;
    private Action<int>? work;
    private bool stopping;

    internal WorkerTeam(int members)
    {
        Members = members;
        failures = new Exception?[members];
        wake = new SemaphoreSlim[members];
        threads = new Thread[members];
        for (int i = 1; i < members; i++)
        {
            int member = i;
            wake[i] = new SemaphoreSlim(0);
            threads[i] = new Thread(() => Loop(member)) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"engram worker {i}") };
            threads[i].Start();
        }
    }

    internal int Members { get; }

    /// <summary>Calls the body once for each of the first members, at the same time, and returns when all are done; then throws what the first of them threw.</summary>
    internal void Run(int members, Action<int> body)
    {
        work = body;
        if (members > 1)
        {
            running.Reset(members - 1);
            for (int i = 1; i < members; i++)
            {
                wake[i].Release();
            }
        }

        Do(0);
        if (members > 1)
        {
            running.Wait();
        }

        work = null;
        Exception? first = null;
        for (int i = 0; i < members; i++)
        {
            first ??= failures[i];
            failures[i] = null;
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    public void Dispose()
    {
        stopping = true;
        for (int i = 1; i < Members; i++)
        {
            wake[i].Release();
        }

        for (int i = 1; i < Members; i++)
        {
            threads[i].Join();
            wake[i].Dispose();
        }

        running.Dispose();
    }

    private void Loop(int member)
    {
        while (true)
        {
            wake[member].Wait();
            if (Volatile.Read(ref stopping))
            {
                return;
            }

            Do(member);
            running.Signal();
        }
    }

    private void Do(int member)
    {
        try
        {
            work!(member);
        }
        catch (Exception failure)
        {
            failures[member] = failure;
        }
    }
}
