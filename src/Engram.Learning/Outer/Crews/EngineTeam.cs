using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>Engines and the threads that drive them: lives several lifetimes at once, or one with all threads inside it.</summary>
internal sealed class EngineTeam : IDisposable
{
    private readonly ILifetimeEngine<float>[] engines;
    private readonly Action<int> runOne;
    private Action<int, int, ILifetimeEngine<float>>? body;
    private int first;

    /// <param name="layout">What the engines run.</param>
    /// <param name="parallelLifetimes">How many lifetimes there are to live at once.</param>
    /// <param name="threads">Threads for all of it.</param>
    /// <param name="engineFactory">Makes an engine that uses so many threads.</param>
    internal EngineTeam(
        ParameterLayout layout, int parallelLifetimes, int threads, Func<ParameterLayout, int, ILifetimeEngine<float>> engineFactory)
    {
        MetaTrainingSpec.Expect("threads", threads, threads >= 1, "1 or more");
        int count = Math.Min(threads, parallelLifetimes);
        engines = new ILifetimeEngine<float>[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                engines[i] = engineFactory(layout, (threads / count) + (i < threads % count ? 1 : 0));
            }

            Team = new WorkerTeam(threads);
        }
        catch
        {
            DisposeEngines();
            throw;
        }

        runOne = slot => body!(first + slot, slot, engines[slot]);
    }

    internal WorkerTeam Team { get; }

    /// <summary>How many lifetimes are lived at once.</summary>
    internal int Slots => engines.Length;

    /// <summary>The engine of a slot.</summary>
    internal ILifetimeEngine<float> EngineOf(int slot) => engines[slot];

    /// <summary>Calls the body with item, slot and the slot's engine for the items from <paramref name="firstItem"/>, one per
    /// slot.</summary>
    internal void RunWave(int firstItem, int count, Action<int, int, ILifetimeEngine<float>> wave)
    {
        (first, body) = (firstItem, wave);
        Team.Run(count, runOne);
    }

    public void Dispose()
    {
        Team.Dispose();
        DisposeEngines();
    }

    private void DisposeEngines()
    {
        foreach (ILifetimeEngine<float>? engine in engines)
        {
            engine?.Dispose();
        }
    }
}
