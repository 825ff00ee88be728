using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Engram.Experiments;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>Shows how runs come on: live on a terminal; elsewhere, a line for each run every ten seconds.</summary>
internal sealed class ProgressView : IDisposable
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(100);

    private readonly Output output;
    private readonly bool quiet;
    private readonly ConcurrentDictionary<string, TrainingProgress> latest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> lastLine = new(StringComparer.Ordinal);
    private readonly ManualResetEventSlim over = new();
    private Thread? painter;

    public ProgressView(Output output, bool quiet) => (this.output, this.quiet) = (output, quiet);

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
            painter = new Thread(Paint) { IsBackground = true, Name = "progress" };
            painter.Start();
        }
    }

    /// <summary>Takes news of a run; called from the threads that work.</summary>
    public void Report(TrainingProgress progress)
    {
        latest[progress.Folder] = progress;
        if (quiet || painter is not null)
        {
            return;
        }

        long now = Stopwatch.GetTimestamp();
        long last = lastLine.GetOrAdd(progress.Folder, now);
        if (Stopwatch.GetElapsedTime(last, now) >= BetweenLines && lastLine.TryUpdate(progress.Folder, now, last))
        {
            output.Note($"{progress.Run}: {Describe(progress)}");
        }
    }

    /// <summary>Tells the user something in between.</summary>
    public void Note(string message) => output.MessageConsole.Write(new Text(message + "\n"));

    /// <inheritdoc/>
    public void Dispose()
    {
        over.Set();
        painter?.Join();
        painter = null;
    }

    private static string Describe(TrainingProgress p)
    {
        string loss = double.IsNaN(p.RunningQueryLoss) ? string.Empty : $" · loss {Numbers.Short(p.RunningQueryLoss)}";
        loss += double.IsNaN(p.RunningQueryErrorPercent) ? string.Empty : $" · error {Numbers.Short(p.RunningQueryErrorPercent)} %";
        return p.Phase switch
        {
            TrainingPhase.Evaluation => $"evaluating{loss}",
            TrainingPhase.Done => $"done{loss}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{p.Lifetimes:N0} lifetimes · {p.LifetimesPerSecond:0.#}/s{loss}")
                + (p.Left is { } left ? $" · {Numbers.Duration(left)} left" : string.Empty),
        };
    }

    private void Paint()
    {
        output.MessageConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                var tasks = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
                do
                {
                    foreach (TrainingProgress p in latest.Values.OrderBy(p => p.Folder, StringComparer.Ordinal))
                    {
                        if (!tasks.TryGetValue(p.Folder, out ProgressTask? task))
                        {
                            tasks[p.Folder] = task = context.AddTask(Markup.Escape(p.Run), maxValue: Math.Max(1, p.OuterSteps));
                        }

                        task.Value = p.OuterStep;
                        task.Description = Markup.Escape($"{p.Run}: {Describe(p)}");
                    }
                }
                while (!over.Wait(BetweenFrames));
            });
    }
}
