using System.Runtime.ExceptionServices;
using Engram.Experiments.Runs;

namespace Engram.Experiments.Training;

/// <summary>Does several long pieces of work at once, each with its share of the threads.</summary>
internal static class SideBySide
{
    private const int MillisecondsBetweenTries = 1000;

    /// <summary>Does the work on every item.</summary>
    /// <typeparam name="T">What comes of one item.</typeparam>
    /// <param name="count">How many items.</param>
    /// <param name="options">Threads for all, of which each item that is being worked on gets its share; and what ends the work.</param>
    /// <param name="work">Works on the item of an index, with its own share of threads and told to stop where another item fails. Called
    /// from several threads.</param>
    /// <param name="group">Folder of the group whose items these are, for what is thrown.</param>
    /// <param name="waits">Whether items that other processes have are waited for, as all are needed now; where not, they are
    /// left.</param>
    /// <returns>What came of each.</returns>
    /// <remarks>
    /// Items are begun in order. The first failure that is no stop is thrown again after all threads have ended. Of shared work
    /// (<see cref="TrainingOptions.Shared"/>) items that another process has are tried again after the others. The process that ends the
    /// last item finds all others ended: so one of them comes back from here, whatever the moments at which they end.
    /// </remarks>
    /// <exception cref="RunStoppedException"><see cref="TrainingOptions.Stop"/> was set; every item that was begun has a
    /// checkpoint.</exception>
    /// <exception cref="RunsElsewhereException">Other processes still have items, and they are not waited for.</exception>
    public static T[] Run<T>(int count, TrainingOptions options, Func<int, TrainingOptions, T> work, string group, bool waits = false)
        where T : class
    {
        var results = new T?[count];
        int[] left = [.. Enumerable.Range(0, count)];
        while (true)
        {
            Once(results, left, options, work);
            int before = left.Length;
            left = [.. left.Where(i => results[i] is null)];
            if (left.Length == 0)
            {
                return results!;
            }

            if (options.Stop.IsCancellationRequested || !options.Shared)
            {
                throw new RunStoppedException(group);
            }

            // As long as something could be done here, others may have let go of more meanwhile.
            if (left.Length == before)
            {
                if (!waits)
                {
                    throw new RunsElsewhereException(group, left.Length);
                }

                options.Stop.WaitHandle.WaitOne(MillisecondsBetweenTries);
            }
        }
    }

    private static void Once<T>(T?[] results, int[] items, TrainingOptions options, Func<int, TrainingOptions, T> work)
        where T : class
    {
        int next = 0;
        // Ranks take one training at a time.
        int atOnce = options.Ranks is null ? Math.Min(options.Threads, items.Length) : 1;
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

        void Work(TrainingOptions own)
        {
            while (!failed.IsCancellationRequested && Interlocked.Increment(ref next) - 1 is var index && index < items.Length)
            {
                try
                {
                    results[items[index]] = work(items[index], own);
                }
                catch (RunInUseException) when (own.Shared)
                {
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
