using System.Runtime.ExceptionServices;

namespace Engram.Experiments.Training;

/// <summary>Does several long pieces of work at once, each with its share of the threads.</summary>
internal static class SideBySide
{
    /// <summary>Does the work on every item.</summary>
    /// <typeparam name="T">What comes of one item.</typeparam>
    /// <param name="count">How many items.</param>
    /// <param name="options">Threads for all, of which each item that is being worked on gets its share; and what ends the work.</param>
    /// <param name="work">Works on the item of an index, with its own share of threads and told to stop where another item fails. Called
    /// from several threads.</param>
    /// <returns>What came of each; the default for those that were not begun, or stopped, because <see cref="TrainingOptions.Stop"/> was
    /// set.</returns>
    /// <remarks>Items are begun in order. The first failure that is no stop is thrown again after all threads have ended.</remarks>
    public static T?[] Run<T>(int count, TrainingOptions options, Func<int, TrainingOptions, T> work)
        where T : class
    {
        var results = new T?[count];
        int next = 0;
        // Ranks take one training at a time.
        int atOnce = options.Ranks is null ? Math.Min(options.Threads, count) : 1;
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(options.Stop);
        var failures = new List<Exception>();
        var threads = new List<Thread>();
        for (int t = 0; t < atOnce; t++)
        {
            TrainingOptions own = options
                with
            { Threads = (options.Threads / atOnce) + (t < options.Threads % atOnce ? 1 : 0), Stop = failed.Token };
            var thread = new Thread(() => Work(own)) { Name = $"run {t}" };
            threads.Add(thread);
            thread.Start();
        }

        threads.ForEach(t => t.Join());
        if (failures.Find(e => e is not OperationCanceledException) is { } cause)
        {
            // What went wrong, rather than the stops that it caused.
            ExceptionDispatchInfo.Throw(cause);
        }

        return results;

        void Work(TrainingOptions own)
        {
            while (!failed.IsCancellationRequested && Interlocked.Increment(ref next) - 1 is var index && index < count)
            {
                try
                {
                    results[index] = work(index, own);
                }
                catch (Exception e)
                {
                    lock (failures)
                    {
                        failures.Add(e);
                    }

                    failed.Cancel();
                    return;
                }
            }
        }
    }
}
