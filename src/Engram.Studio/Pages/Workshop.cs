using Engram.Studio.Http;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Where lives are lived and figures drawn: one at a time, so that a studio leaves the machine to training, and what was made last
/// is kept.</summary>
internal sealed class Workshop : IDisposable
{
    private const int MostWaiting = 12;
    private const int MostKept = 24;
    private const long MostKeptBytes = 48 << 20;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim bench = new(1, 1);
    private readonly LinkedList<(string Key, Reply Reply)> kept = [];
    private int waiting;

    /// <summary>What was made under a key, or is made now.</summary>
    /// <param name="key">All that it depends on.</param>
    /// <param name="make">Makes it; not on the thread that answers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RequestException">Too many wait already.</exception>
    public async Task<Reply> MakeAsync(string key, Func<Reply> make, CancellationToken stop)
    {
        if (Find(key) is { } there)
        {
            return there;
        }

        if (Interlocked.Increment(ref waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref waiting);
            throw new RequestException(
                StatusCodes.Status429TooManyRequests,
                "Found too many lives and figures that wait to be made, expected fewer; try again in a moment.");
        }

        try
        {
            await bench.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                if (Find(key) is not { } made)
                {
                    made = await Task.Factory.StartNew(make, stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                        .ConfigureAwait(false);
                    Keep(key, made);

                    // A life or a figure takes much for a moment; a studio that stands open for days gives it back.
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                }

                return made;
            }
            finally
            {
                bench.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => bench.Dispose();

    private Reply? Find(string key)
    {
        lock (gate)
        {
            for (var node = kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    kept.Remove(node);
                    kept.AddFirst(node);
                    return node.Value.Reply;
                }
            }

            return null;
        }
    }

    private void Keep(string key, Reply reply)
    {
        lock (gate)
        {
            kept.AddFirst((key, reply));
            while (kept.Count > 1 && (kept.Count > MostKept || kept.Sum(k => (long)k.Reply.Bytes.Length) > MostKeptBytes))
            {
                kept.RemoveLast();
            }
        }
    }
}
