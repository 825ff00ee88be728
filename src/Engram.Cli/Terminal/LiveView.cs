using System.Collections.Concurrent;
using System.Diagnostics;

namespace Engram.Cli.Terminal;

/// <summary>Shows how runs come on: painted by a thread of its own on a terminal; elsewhere, a line for each run every so often.</summary>
/// <typeparam name="TKey">What tells runs apart.</typeparam>
/// <typeparam name="TProgress">News of a run.</typeparam>
internal abstract class LiveView<TKey, TProgress>(Output output, bool quiet, TimeSpan betweenLines) : IDisposable
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, long> lastLine = new();
    private readonly ManualResetEventSlim over = new();
    private Thread? painter;

    /// <summary>Where it shows it.</summary>
    protected Output Output => output;

    /// <summary>The newest news of each run.</summary>
    protected ConcurrentDictionary<TKey, TProgress> Latest { get; } = new();

    /// <summary>Begins, with a heading.</summary>
    public void Start(string heading)
    {
        if (quiet)
        {
            return;
        }

        output.Note(heading);
        if (output.MessagesToTerminal && output.MessageConsole.Profile.Capabilities.Ansi)
        {
            painter = new Thread(() => Output.TryWrite(Paint)) { IsBackground = true, Name = "progress" };
            painter.Start();
        }
    }

    /// <summary>Takes news of a run; called from the threads that work.</summary>
    public void Report(TProgress progress)
    {
        TKey run = KeyOf(progress);
        Latest[run] = progress;
        if (quiet || painter is not null)
        {
            return;
        }

        long now = Stopwatch.GetTimestamp(), last = lastLine.GetOrAdd(run, now);
        if (Stopwatch.GetElapsedTime(last, now) >= betweenLines && lastLine.TryUpdate(run, now, last))
        {
            output.Note(Line(progress));
        }
    }

    /// <summary>Tells the user something in between: on a terminal, above what is painted.</summary>
    public void Note(string message) => output.NoteAbove(message);

    /// <inheritdoc/>
    public void Dispose()
    {
        over.Set();
        painter?.Join();
        painter = null;
    }

    /// <summary>Which run it is about.</summary>
    protected abstract TKey KeyOf(TProgress progress);

    /// <summary>The line of a run where there is no terminal.</summary>
    protected abstract string Line(TProgress progress);

    /// <summary>Draws on the terminal until <see cref="IsOver"/> says so, all of it on the thread that calls it: where the terminal is
    /// lost, drawing fails there and ends.</summary>
    protected abstract void Paint();

    /// <summary>Waits for the next frame.</summary>
    /// <returns>Whether it was the last.</returns>
    protected bool IsOver(TimeSpan betweenFrames) => over.Wait(betweenFrames);
}
