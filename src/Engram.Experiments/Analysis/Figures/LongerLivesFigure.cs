using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Numerics.Text;
using Engram.Tasks.Families;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>
/// How a learner does on lifetimes of other lengths than it was meta-trained on: with 1/4, 1/2, 1, 2, 5, 10 and 20 times as many examples
/// of each task and, where the
/// network has room for them, as many tasks.
/// </summary>
/// <remarks>
/// Tasks of a lifetime are drawn as ever; their numbers are rounded to whole ones. A lifetime that meets a number that is not finite counts
/// as an infinite loss; lives
/// that the data do not suffice for are left out, and the description says why. Source: Lindsey and Litwin-Kumar 2020, section 8.2, which
/// leaves it open.
/// </remarks>
internal sealed class LongerLivesFigure : IRunFigure
{
    private static readonly double[] Factors = [0.25, 0.5, 1, 2, 5, 10, 20];

    private static readonly Sweep[] Sweeps =
    [
        new("Length of life", "times as meta-trained", (task, factor) => task.WithLength(factor), "times as long"),
        new("Number of tasks", "times as meta-trained", (task, factor) => task.WithTasks(factor), "times as many tasks"),
    ];

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.None;

    /// <inheritdoc/>
    public bool IsInAll => false;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var drawing = new Drawing(request);
        List<Panel> panels =
            [.. Sweeps.SelectMany(sweep => request.ByOrdering().Select(o => drawing.PanelOf(sweep, o.Title, o.Learners))).OfType<Panel>()];
        return panels.Count == 0
            ? throw new EngramException(
                $"Found a task family without lifetimes of other lengths for '{request.Learners[0].Label}', expected one that has them, " +
                $"such as sines.")
            : new RunFigure(
                new Figure
                {
                    Title = "Longer lives",
                    Description = drawing.Describe(),
                    TitleShown = request.HasTitle(),
                    Panels = [.. panels],
                    Columns = request.ColumnsFor(panels.Count, 2),
                    SharedX = panels.Select(p => p.X.Label).Distinct(StringComparer.Ordinal).Count() == 1,
                    SharedY = true,
                    Size = request.Size,
                },
                [.. drawing.Rows]);
    }

    /// <summary>One way of making lives longer. <paramref name="Stretch"/> has no answer where a family cannot.</summary>
    private sealed record Sweep(string Axis, string Unit, Func<TaskFamilySpec, double, TaskFamilySpec?> Stretch, string Where);

    private sealed class Drawing(RunFigureRequest request)
    {
        private readonly bool regression = request.Learners[0].Layout.Learner.Objective == Objective.MeanSquaredError;
        private readonly Bands bands = new();
        private readonly List<LearnerAnalysis> shown = [];
        private readonly SortedSet<string> limits = new(StringComparer.Ordinal);
        private readonly List<string> diverged = [];

        public List<SummaryRow> Rows { get; } = [];

        private string Quantity => regression ? "Query loss (MSE)" : "Query error (%)";

        /// <summary>A line for each learner; null where none has other lives of that kind.</summary>
        public Panel? PanelOf(Sweep sweep, string title, LearnerAnalysis[] learners)
        {
            Func<LearnerAnalysis, string> name = RunFigureParts.Names(learners);
            Series[] series = [.. learners.Select(l => Line(sweep, l, name(l))).OfType<Series>()];
            return series.Length == 0 ? null : new Panel(
                new Axis(sweep.Axis, sweep.Unit) { Scale = AxisScale.Logarithmic },
                new Axis(Quantity) { Scale = regression ? AxisScale.Logarithmic : AxisScale.Linear },
                [.. series])
            { Title = title, ReferenceLines = [new ReferenceLine(1, "as meta-trained") { Upright = true }] };
        }

        public string Describe() =>
            string.Join(
                ' ', ["Error after lives of other lengths than meta-training had.", bands.Describe(shown, "Error bars"), .. limits,
                .. diverged]);

        private LineSeries? Line(Sweep sweep, LearnerAnalysis learner, string name)
        {
            TaskFamilySpec task = learner.Task
                ?? throw new EngramException(
                $"Found lifetimes of '{learner.Label}' that belong to no task family, expected one whose lifetimes can be made longer.");
            if (task.WhyTasksAreFixed() is { } why)
            {
                limits.Add(why);
            }

            var points = new List<(double Length, MeanAndError Value)>();
            foreach (TaskFamilySpec longer in Factors.Select(f => sweep.Stretch(task, f)).OfType<TaskFamilySpec>().Distinct())
            {
                double length = longer.Shape.InnerSteps / (double)task.Shape.InnerSteps;
                string where = string.Create(CultureInfo.InvariantCulture, $"{length:0.##} {sweep.Where}");
                if (Live(learner, longer, where) is { } lived)
                {
                    MeanAndError value = bands.Value(lived, ErrorOf);
                    points.Add((length, value));
                    Rows.Add(learner.Row(Quantity, where, value));
                }
            }

            // Life as it was alone says nothing about other lengths.
            return points.All(p => p.Length == 1) ? null
                : new LineSeries(name, [.. points.Select(p => p.Length)], [.. points.Select(p => p.Value.Mean)])
                {
                    Low = [.. points.Select(p => p.Value.Mean - p.Value.StandardError)],
                    High = [.. points.Select(p => p.Value.Mean + p.Value.StandardError)],
                    ErrorBars = true,
                    Markers = true,
                };
        }

        // A lifetime that diverged has no error, which must not make the mean one over the others.
        private double ErrorOf(LifetimeTrace trace) =>
            regression ? trace.Outcome.QueryLoss : double.IsFinite(trace.Outcome.QueryLoss) ? trace.Outcome.QueryErrorPercent
                : double.PositiveInfinity;

        private LearnerAnalysis? Live(LearnerAnalysis learner, TaskFamilySpec task, string where)
        {
            LearnerAnalysis lived;
            try
            {
                lived = learner with
                {
                    Runs =
                    [
                        .. learner.Runs.Select(run => run with
                        {
                            Traces = LifetimeTracing.Trace(
                                run.Parameters, new TraceSource(task.Create(request.Work.Data), run.Seed, learner.Split),
                                    request.Lifetimes, TraceParts.None, request.Work.Threads, divergedIsInfinite: true, request.Work.Stop),
                        }),
                    ],
                };
            }
            catch (EngramException e)
            {
                // More images of a class than there are, or more classes than outputs.
                limits.Add($"Left out, {where}: {e.Message}");
                return null;
            }

            shown.Add(lived);
            int lost = lived.Runs.Sum(r => r.Traces.Count(t => !double.IsFinite(t.Outcome.QueryLoss)));
            if (lost > 0)
            {
                diverged.Add(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"{learner.Label}, {where}: {lost} of {lived.Runs.Sum(r => r.Traces.Length)} lifetimes diverged."));
            }

            return lived;
        }
    }
}
