using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Lives;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How good the features are that a network is born with, beside how well it learns.</summary>
/// <remarks>
/// Error on the query of the learner after its life, and of a readout fitted in closed form to the whole stream (least squares) on the
/// activity of the last hidden
/// layer at the initial weights, which stay as they are. Source: Lindsey and Litwin-Kumar 2020, section 7.1 and Figure 2A; there the
/// readout was trained for many epochs.
/// </remarks>
internal sealed class ReadoutProbeFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Readout;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        bool regression = request.Learners[0].Layout.Learner.Objective == Objective.MeanSquaredError;
        string quantity = regression ? "Mean squared error" : "Error";
        foreach ((string title, LearnerAnalysis[] group) in request.ByOrdering())
        {
            LearnerAnalysis[] learners = [.. group.OrderBy(l => l.Layout.Network.PlasticLayers)];
            Func<LearnerAnalysis, string> name = RunFigureParts.Names(learners);
            MeanAndError[] lived = [.. learners.Select(l => bands.Value(l, t => ErrorOf(t.Outcome, regression)))];
            MeanAndError[] born = [.. learners.Select(l => bands.Value(l, t => ErrorOf(t.InitialFeatures!.Value, regression)))];
            panels.Add(new Panel(
                new Axis("Learner (plastic layers)") { Categories = [.. learners.Select(l => NameWithLayers(name(l), l))] },
                new Axis(quantity, regression ? "" : "%") { Scale = regression ? AxisScale.Logarithmic : AxisScale.Linear },
                [Points("learns in life", lived), Points("readout fitted to features at birth", born)])
            { Title = title });
            for (int i = 0; i < learners.Length; i++)
            {
                rows.Add(learners[i].Row(quantity, "after life", lived[i]));
                rows.Add(learners[i].Row(quantity, "readout fitted to features at birth", born[i]));
            }
        }

        return new RunFigure(
            new Figure
            {
                Title = "Learning in life, and the features at birth",
                Description =
                    "Error after life, and of a linear readout fitted to all of the life's data on features that stay as they are at " +
                    "birth. " + bands.Describe(request.Learners, "Error bars"),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count, 2),
                SharedY = true,
                Size = request.Size,
            },
            [.. rows]);
    }

    private static double ErrorOf(LifetimeOutcome outcome, bool regression) => regression ? outcome.QueryLoss : outcome.QueryErrorPercent;

    private static double ErrorOf(ReadoutScore score, bool regression) => regression ? score.MeanSquaredError : 100 * (1 - score.Accuracy);

    // Recipes of the repository have the number in their name already.
    private static string NameWithLayers(string name, LearnerAnalysis learner)
    {
        string count = $"({learner.Layout.Network.PlasticLayers})";
        return name.Contains(count, StringComparison.Ordinal) ? name : $"{name} {count}";
    }

    private static LineSeries Points(string name, MeanAndError[] values) =>
        new(name, RunFigureParts.Steps(values.Length, 0), [.. values.Select(v => v.Mean)])
        {
            Low = [.. values.Select(v => v.Mean - v.StandardError)],
            High = [.. values.Select(v => v.Mean + v.StandardError)],
            ErrorBars = true,
            Joined = false,
            Markers = true,
        };
}
