using System.Diagnostics;
using System.Globalization;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;
using Engram.Figures.Text;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>Shows how a comparison comes on: on a terminal a table that is drawn anew, a row for each method, with the time left; elsewhere
/// a line for each run every ten seconds.</summary>
/// <param name="output">Where it shows it.</param>
/// <param name="quiet">Whether to show notes alone.</param>
/// <param name="betweenLines">Time from one line of a run to the next where there is no terminal; ten seconds where it is left out.</param>
internal sealed class ComparisonView(Output output, bool quiet, TimeSpan? betweenLines = null)
    : LiveView<ComparisonRun, ComparisonProgress>(output, quiet, betweenLines ?? TimeSpan.FromSeconds(10))
{
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(200);

    private readonly Lock timing = new();
    private readonly Stopwatch clock = new();
    private Comparison? comparison;
    private double epochsBefore = double.NaN;

    /// <summary>Begins, with a heading.</summary>
    public void Start(Comparison comparison, string heading)
    {
        this.comparison = comparison;
        clock.Start();
        Start(heading);
    }

    /// <summary>The table as it stands.</summary>
    /// <param name="comparison">What is compared.</param>
    /// <param name="progress">The newest news of each run.</param>
    /// <param name="caption">A line below it.</param>
    /// <param name="width">How wide it may be.</param>
    internal static string Draw(Comparison comparison, IReadOnlyCollection<ComparisonProgress> progress, string caption, int width)
    {
        string unit = comparison.IsClassification ? ", %" : string.Empty;
        List<string[]> rows = [];
        foreach (ComparedMethod method in comparison.Methods)
        {
            ComparisonProgress[] own = [.. progress.Where(p => p.Run.Method == method.Label)];
            EpochLine? best = own.Select(p => p.Best).OfType<EpochLine>().MinBy(b => b.Validation);
            int done = own.Count(p => p.Result is not null), runs = ComparisonTraining.RunsOf(comparison, method);
            string at = string.Join(
                "; ", own.Where(p => p.Result is null).OrderBy(p => p.Run.Name, StringComparer.Ordinal).Select(p => string.Create(
                CultureInfo.InvariantCulture,
                    $"rate {p.Run.Rate:0.###e0}, seed {p.Run.Seed}: epoch {p.Epoch:0.0} of " +
                    $"{p.Epochs}{(p.Last is { } last ? $", loss {Numbers.Short(last.TrainLoss)}" : string.Empty)}")));
            rows.Add(
            [
                method.Label,
                string.Create(CultureInfo.InvariantCulture, $"{done} of {runs}"),
                best is null ? string.Empty : Numbers.Short(best.Validation),
                best is null ? string.Empty : Numbers.Short(best.Test),
                at.Length > 0 ? at : done == runs ? "done" : string.Empty,
            ]);
        }

        var table = new TextTable(
            ["Method", ">Runs", ">Best validation" + unit, ">Test" + unit, "At"],
            [.. rows.Select(r => (string[])[.. r.Select(Output.Cell)])]);
        return string.Join('\n', [string.Empty, .. table.Lines(width).Select(l => l.Text), caption]);
    }

    /// <inheritdoc/>
    protected override ComparisonRun KeyOf(ComparisonProgress progress) => progress.Run;

    /// <inheritdoc/>
    protected override string Line(ComparisonProgress progress) => $"{Describe(progress)} · all runs: {Left([.. Latest.Values])}";

    /// <inheritdoc/>
    protected override void Paint() => Output.MessageConsole.Live(new Text(string.Empty)).AutoClear(true).Start(context =>
    {
        do
        {
            ComparisonProgress[] now = [.. Latest.Values];
            context.UpdateTarget(new Text(Draw(comparison!, now, Left(now), Output.MessageConsole.Profile.Width)));
        }
        while (!IsOver(BetweenFrames));
    });

    private string Describe(ComparisonProgress p)
    {
        string unit = comparison!.IsClassification ? " %" : string.Empty;
        string last = p.Last is { } epoch ? $" · loss {Numbers.Short(epoch.TrainLoss)}" : string.Empty;
        string best = p.Best is { } found ? $" · best validation {Numbers.Short(found.Validation)}{unit}" : string.Empty;
        string at = p.Result is { } result ? (result.State == RunState.Diverged ? "diverged after" : "done after") : "epoch";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{p.Run.Method}, rate {p.Run.Rate:0.###e0}, seed {p.Run.Seed}: {at} {p.Epoch:0.#} of " +
            $"{p.Epochs}{(p.Result is null ? string.Empty : " epochs")}{last}{best}");
    }

    // Epochs of all runs as if none ended early: the time that is left at most.
    private string Left(ComparisonProgress[] now)
    {
        double all = comparison!.Methods.Sum(m => (double)m.Training.Epochs * ComparisonTraining.RunsOf(comparison, m));
        double done = now.Sum(p => p.Result is null ? p.Epoch : p.Epochs);
        double rate;
        lock (timing)
        {
            if (double.IsNaN(epochsBefore) && now.Length > 0)
            {
                epochsBefore = done;
                clock.Restart();
            }

            rate = (done - epochsBefore) / clock.Elapsed.TotalSeconds;
        }

        string left = rate > 0 ? $" · at most {Numbers.Duration(TimeSpan.FromSeconds(Math.Min(1e9, (all - done) / rate)))} left"
            : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{(all > 0 ? 100 * done / all : 0):0} %{left}");
    }
}
