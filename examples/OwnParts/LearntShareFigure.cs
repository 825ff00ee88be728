using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;

namespace OwnParts;

/// <summary>How much of the loss at birth is gone after each inner step: 1 − L(t) / L(0), over all lifetimes.</summary>
public sealed class LearntShareFigure : IRunFigure
{
    // What of each lifetime is measured for it: the loss after every inner step.
    public TraceParts Needs => TraceParts.Outputs;

    public RunFigure Draw(RunFigureRequest request)
    {
        var lines = new List<Series>();
        var summary = new List<SummaryRow>();
        foreach (LearnerAnalysis learner in request.Learners)
        {
            LifetimeTrace[] lives = [.. learner.Runs.SelectMany(r => r.Traces)];
            IEnumerable<int> moments = Enumerable.Range(0, lives[0].QueryLoss.Length);
            double[] loss = [.. moments.Select(t => lives.Average(l => l.QueryLoss[t]))];
            double[] share = [.. loss.Select(l => 1 - (l / loss[0]))];
            lines.Add(LineSeries.FromValues(learner.Label, share));
            summary.Add(new SummaryRow(learner.Label, "Share of the loss taken away", "", share[^1], double.NaN));
        }

        var panel = new Panel(new Axis("Inner steps"), new Axis("Share of the loss taken away"), [.. lines]);
        var figure = new Figure { Title = "What life takes away", Panels = [panel], Size = request.Size };
        return new RunFigure(figure, [.. summary]);
    }
}
