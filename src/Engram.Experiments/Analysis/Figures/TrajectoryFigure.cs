using System.Collections.Immutable;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Learning.Learners;
using Engram.Tasks.Sines;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Loss on the query, all tasks together, before the first inner step and after each; in classification, the error.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, appendix C.</remarks>
internal sealed class TrajectoryFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Outputs;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        bool regression = request.Learners[0].Layout.Learner.Objective == Objective.MeanSquaredError;
        bool sines = request.Learners.All(l => l.Task is SinesSpec);
        string quantity = regression ? "Query loss (MSE)" : "Query error (%)";
        foreach ((string title, LearnerAnalysis[] learners) in request.ByOrdering())
        {
            Func<LearnerAnalysis, string> name = RunFigureParts.Names(learners);
            var axis = new Axis(quantity) { Scale = regression ? AxisScale.Logarithmic : AxisScale.Linear };
            panels.Add(new Panel(
                new Axis("Inner steps"),
                axis,
                [.. learners.Select(
                    l => bands.Line(name(l), RunFigureParts.Steps(l.Example.QueryLoss.Length, 0), l, t => Values(t, regression)))])
            {
                Title = title,
                ReferenceLines = sines ? [new ReferenceLine(IncrementalSines.DataVariance, "variance of the targets")] : [],
            });
            foreach (LearnerAnalysis learner in learners)
            {
                rows.Add(learner.Row(quantity, "at birth", bands.Value(learner, t => Values(t, regression)[0])));
                rows.Add(learner.Row(
                    quantity, "after half of life", bands.Value(learner, t => Values(t, regression)[t.StreamTasks.Length / 2])));
                rows.Add(learner.Row(quantity, "after life", bands.Value(learner, t => Values(t, regression)[^1])));
            }
        }

        return new RunFigure(
            new Figure
            {
                Title = regression ? "Loss over the lifetime" : "Error over the lifetime",
                Description = "On query examples of all tasks, those not learnt yet among them. " + bands.Describe(request.Learners),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count, 2),
                SharedY = true,
                Size = request.Size,
            },
            [.. rows]);
    }

    private static ImmutableArray<double> Values(LifetimeTrace trace, bool regression) =>
        regression ? trace.QueryLoss : [.. trace.QueryAccuracy.Select(a => 100 * (1 - a))];
}
