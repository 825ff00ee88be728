using System.Globalization;
using Engram.Learning;
using Engram.Numerics;
using Engram.Tasks;

namespace Engram.Experiments;

/// <summary>How a learner does on lifetimes of other lengths than it was meta-trained on: 1/4, 1/2, 1, 2, 5, 10 and 20 times as long.</summary>
/// <remarks>
/// Where the network can be given more tasks (<see cref="TaskFamilySpec.WithTasks"/>), a longer life has more of them; else more examples of each. Numbers are rounded to whole ones, and
/// lives that need more than there are data are left out. A lifetime that meets a number that is not finite counts as an
/// infinite loss. Source: Lindsey and Litwin-Kumar 2020, section 8.2, which leaves it open.
/// </remarks>
public sealed class LongerLivesFigure : IRunFigure
{
    private static readonly double[] Factors = [0.25, 0.5, 1, 2, 5, 10, 20];

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.None;

    /// <inheritdoc/>
    public bool IsInAll => false;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands();
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        var diverged = new List<string>();
        var shown = new List<LearnerAnalysis>();
        var limits = new SortedSet<string>(StringComparer.Ordinal);
        bool regression = request.Learners[0].Layout.Learner.Objective == Objective.MeanSquaredError;
        string quantity = regression ? "Query loss (MSE)" : "Query error (%)";
        foreach ((string title, LearnerAnalysis[] learners) in request.ByOrdering())
        {
            Func<LearnerAnalysis, string> name = RunFigureParts.Names(learners);
            var series = new List<Series>();
            foreach (LearnerAnalysis learner in learners)
            {
                TaskFamilySpec task = learner.Task ?? throw new EngramException($"Found lifetimes of '{learner.Label}' that belong to no task family, expected one whose lifetimes can be made longer.");
                if (task.WhyTasksAreFixed() is { } why)
                {
                    limits.Add(why);
                }

                var points = new List<(double Length, MeanAndError Value)>();
                foreach (TaskFamilySpec length in Lengths(task, learner, limits))
                {
                    LearnerAnalysis lived = Live(learner, length, request);
                    shown.Add(lived);
                    double steps = length.Create().Shape.InnerSteps / (double)task.Create().Shape.InnerSteps;
                    MeanAndError value = bands.Value(lived, t => regression ? t.Outcome.QueryLoss : t.Outcome.QueryErrorPercent);
                    points.Add((steps, value));
                    string where = string.Create(CultureInfo.InvariantCulture, $"{steps:0.##} times as long");
                    rows.Add(learner.Row(quantity, where, value));
                    int lost = lived.Runs.Sum(r => r.Traces.Count(t => !double.IsFinite(t.Outcome.QueryLoss)));
                    if (lost > 0)
                    {
                        diverged.Add(string.Create(CultureInfo.InvariantCulture, $"{learner.Label}, {where}: {lost} of {lived.Runs.Sum(r => r.Traces.Length)} lifetimes diverged."));
                    }
                }

                series.Add(new LineSeries(name(learner), [.. points.Select(p => p.Length)], [.. points.Select(p => p.Value.Mean)])
                {
                    Low = [.. points.Select(p => p.Value.Mean - p.Value.StandardError)],
                    High = [.. points.Select(p => p.Value.Mean + p.Value.StandardError)],
                    ErrorBars = true,
                    Markers = true,
                });
            }

            panels.Add(new Panel(
                new Axis("Length of life", "times as meta-trained") { Scale = AxisScale.Logarithmic },
                new Axis(quantity) { Scale = AxisScale.Logarithmic },
                [.. series])
            { Title = title, ReferenceLines = [new ReferenceLine(1, "as meta-trained") { Upright = true }] });
        }

        return new RunFigure(
            new Figure
            {
                Title = "Longer lives",
                Description = string.Join(' ', ["Error after lives of other lengths than meta-training had.", bands.Describe(shown, "Error bars"), .. limits, .. diverged]),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count, 2),
                SharedX = true,
                SharedY = true,
                Size = request.Size,
            },
            [.. rows]);
    }

    private static TaskFamilySpec[] Lengths(TaskFamilySpec task, LearnerAnalysis learner, SortedSet<string> limits)
    {
        bool grows = task.WithTasks(1) is not null;
        TaskFamilySpec[] lengths = [.. Factors.Select(f => grows ? task.WithTasks(f) : task.WithLength(f)).OfType<TaskFamilySpec>().Distinct().Where(HasData)];
        return lengths.Length > 0 ? lengths : throw new EngramException($"Found a task family without lifetimes of other lengths for '{learner.Label}', expected one that has them, such as sines.");

        bool HasData(TaskFamilySpec length)
        {
            try
            {
                length.Create().Check(learner.Split);
                return true;
            }
            catch (EngramException e)
            {
                limits.Add($"Left out: {e.Message}");
                return false;
            }
        }
    }

    private static LearnerAnalysis Live(LearnerAnalysis learner, TaskFamilySpec task, RunFigureRequest request) => learner with
    {
        Runs =
        [
            .. learner.Runs.Select(run => run with
            {
                Traces = LifetimeTracing.Trace(
                    run.Parameters, new TraceSource(task.Create(), run.Seed, learner.Split), request.Lifetimes, TraceParts.None, request.Threads, divergedIsInfinite: true, request.Stop),
            }),
        ],
    };
}
