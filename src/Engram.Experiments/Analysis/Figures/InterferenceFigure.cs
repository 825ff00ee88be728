using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How much learning one task changes what a network answers about earlier ones.</summary>
/// <remarks>
/// Left: mean over query examples of tasks 1 … k − 1 and over outputs of (ŷ after task k − ŷ before it)², against k. Right: loss on a task
/// against the number of tasks
/// learnt since, mean over tasks. Learners whose tasks are mixed have no “before” and “after”, and their interference is undefined.
/// Source: Lindsey and Litwin-Kumar 2020, section 7.2 and Figure 2B. Deviation: answers to new examples of the earlier tasks, not to the
/// very examples that were learnt.
/// </remarks>
internal sealed class InterferenceFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Outputs;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        LearnerAnalysis[] ordered = [.. request.Learners.Where(HasOrder)];
        LearnerAnalysis[] mixed = [.. request.Learners.Where(l => !HasOrder(l))];
        Func<LearnerAnalysis, string> name = RunFigureParts.Names(request.Learners);
        var change = new List<Series>();
        var forgetting = new List<Series>();
        var rows = new List<SummaryRow>();
        foreach (LearnerAnalysis learner in ordered)
        {
            int tasks = learner.Example.TaskOrder.Length;
            change.Add(bands.Line(name(learner), RunFigureParts.Steps(tasks - 1, 2), learner, t => t.Interference));
            forgetting.Add(bands.Line(name(learner), RunFigureParts.Steps(tasks, 0), learner, LossBySteps));
            rows.Add(learner.Row(
                "Mean squared change of answers", "mean over tasks",
                bands.Value(learner, t => RunFigureParts.MeanOfDefined(t.Interference))));
            rows.Add(learner.Row("Loss on a task", "just learnt", bands.Value(learner, t => LossBySteps(t)[0])));
            rows.Add(learner.Row(
                "Loss on a task", string.Create(CultureInfo.InvariantCulture, $"{tasks - 1} tasks later"),
                bands.Value(learner, t => LossBySteps(t)[^1])));
        }

        rows.AddRange(
            mixed.Select(
            l => new SummaryRow(l.Label, "Mean squared change of answers", "undefined: tasks are mixed", double.NaN, double.NaN)));
        if (ordered.Length == 0)
        {
            // Nothing but undefined values, which the panels then say.
            change.AddRange(mixed.Select(l => new LineSeries(name(l), [2], [double.NaN])));
            forgetting.AddRange(mixed.Select(l => new LineSeries(name(l), [0], [double.NaN])));
        }

        const string Mixed = "Undefined: the tasks of these lives are mixed, so that none is learnt before another.";
        string left = mixed.Length == 0 ? ""
            : $" Undefined where tasks are mixed: {string.Join("; ", mixed.Select(l => l.Label)).TrimEnd('.')}.";
        return new RunFigure(
            new Figure
            {
                Title = "Interference and forgetting",
                Description =
                    "Mean squared change of answers about earlier tasks by learning the next one, and loss on a task as others are " +
                    "learnt after it. " + bands.Describe(ordered.Length > 0 ? ordered : mixed) + left,
                TitleShown = request.HasTitle(),
                Panels =
                [
                    new Panel(new Axis("Tasks learnt") { WholeNumbers = true }, new Axis("Squared change")
                        { Scale = AxisScale.Logarithmic }, [.. change]) { Title = "Interference", WhenEmpty = Mixed },
                    new Panel(new Axis("Tasks learnt since") { WholeNumbers = true }, new Axis("Loss on a task")
                        { Scale = AxisScale.Logarithmic }, [.. forgetting]) { Title = "Forgetting", WhenEmpty = Mixed },
                ],
                Columns = request.IsNarrow() ? 1 : 2,
                PanelLetters = true,
                Size = request.Size,
            },
            [.. rows]);
    }

    // Of all lifetimes: a short i.i.d. stream may have its tasks one after the other by chance.
    internal static bool HasOrder(LearnerAnalysis learner) => learner.Runs.All(r => r.Traces.All(t => t.TaskOrder.Length > 1));

    /// <summary>Mean loss on a task after 0, 1, 2 … others have been learnt after it; the mean over fewer tasks the more have.</summary>
    internal static double[] LossBySteps(LifetimeTrace trace)
    {
        int tasks = trace.TaskOrder.Length;
        var result = new double[tasks];
        for (int later = 0; later < tasks; later++)
        {
            for (int k = 0; k + later < tasks; k++)
            {
                result[later] += trace.TaskLoss[trace.TaskOrder[k]][trace.TaskEnds[k + later]] / (tasks - later);
            }
        }

        return result;
    }
}

/// <summary>Loss on the query examples of each task after each inner step: what is learnt when, and how it fades.</summary>
internal sealed class ForgettingFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Outputs;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        double[][] maps = [.. request.Learners.Select(learner => Means(bands, learner))];
        double[] positive = [.. maps.SelectMany(m => m).Where(v => v > 0 && double.IsFinite(v))];
        var colors = new Axis("Loss on the task") { Scale = AxisScale.Logarithmic };
        if (positive.Length > 0 && positive.Min() < positive.Max())
        {
            colors = colors with { Minimum = positive.Min(), Maximum = positive.Max() };
        }

        foreach ((LearnerAnalysis learner, double[] values) in request.Learners.Zip(maps))
        {
            int tasks = learner.Example.TaskLoss.Length, columns = learner.Example.QueryLoss.Length;
            string what = InterferenceFigure.HasOrder(learner) ? "Task, in order of learning" : "Task";
            panels.Add(new Panel(
                new Axis("Inner steps"),
                new Axis(what) { WholeNumbers = true },
                [new HeatMap("Loss on the task", [.. values], columns)
                    { ColorAxis = colors, RowPositions = RunFigureParts.Steps(tasks, 1) }])
            { Title = learner.Label });
            for (int task = 0; task < tasks; task++)
            {
                int rank = task;
                rows.Add(learner.Row(
                    "Loss on the task at the end", string.Create(CultureInfo.InvariantCulture, $"task {task + 1}"),
                    bands.Value(learner, t => t.TaskLoss[Ranked(t, rank)][^1])));
            }
        }

        return new RunFigure(
            new Figure
            {
                Title = "Loss on each task over the lifetime",
                Description = "Mean over " + bands.Describe(request.Learners, "lifetimes; standard errors are in the table"),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count, 2),
                Size = request.Size,
            },
            [.. rows]);
    }

    private static double[] Means(Bands bands, LearnerAnalysis learner) =>
    [
        .. Enumerable.Range(0, learner.Example.TaskLoss.Length)
            .SelectMany(
                task =>
                bands.Line("", RunFigureParts.Steps(learner.Example.QueryLoss.Length, 0), learner, t => t.TaskLoss[Ranked(t, task)]).Y),
    ];

    private static int Ranked(LifetimeTrace trace, int rank) => trace.TaskOrder.IsEmpty ? rank : trace.TaskOrder[rank];
}
