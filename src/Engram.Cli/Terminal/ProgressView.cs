using System.Globalization;
using Engram.Experiments.Training;
using Engram.Figures.Text;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>Shows how runs come on: live on a terminal; elsewhere, a line for each run every ten seconds.</summary>
internal sealed class ProgressView(Output output, bool quiet) : LiveView<string, TrainingProgress>(output, quiet, TimeSpan.FromSeconds(10))
{
    // A narrower terminal has room for words alone.
    private const int RoomForBars = 110;

    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    protected override string KeyOf(TrainingProgress progress) => progress.Folder;

    /// <inheritdoc/>
    protected override string Line(TrainingProgress progress) => $"{progress.Run}: {Describe(progress)}";

    /// <inheritdoc/>
    protected override void Paint()
    {
        // By itself it would draw on a thread of its own, which a lost terminal takes the program down with.
        Output.MessageConsole.Progress()
            .AutoRefresh(false)
            .AutoClear(true)
            .Columns(
                [new TaskDescriptionColumn { Alignment = Justify.Left }, .. Output.MessageConsole.Profile.Width < RoomForBars
                ? (ProgressColumn[])[] : [new ProgressBarColumn()], new PercentageColumn()])
            .Start(context =>
            {
                var tasks = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
                do
                {
                    foreach (TrainingProgress p in Latest.Values.OrderBy(p => p.Folder, StringComparer.Ordinal))
                    {
                        if (!tasks.TryGetValue(p.Folder, out ProgressTask? task))
                        {
                            tasks[p.Folder] = task =
                                context.AddTask(Markup.Escape(Output.Cell(p.Run)), maxValue: Math.Max(1, p.OuterSteps));
                        }

                        task.Value = p.OuterStep;
                        task.Description = Markup.Escape(Output.Cell($"{p.Run}: {Describe(p)}"));
                    }

                    context.Refresh();
                }
                while (!IsOver(BetweenFrames));
            });
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
}
