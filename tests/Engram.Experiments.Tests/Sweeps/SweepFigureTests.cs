using Engram.Experiments.Sweeps;
using Engram.Figures;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Tests.Sweeps;

public class SweepFigureTests
{
    private static readonly SweepAxis Rate = new("meta-training.rates.feedforward") { Values = ["1e-3", "1e-2"] };
    private static readonly SweepAxis Rule = new("learner.rule") { Values = ["oja", "hebb"] };
    private static readonly SweepAxis Steps = new("meta-training.outer-steps") { From = 100, To = 1000, IsLogarithmic = true };

    [Fact]
    public void Draw_GridOfTwoKeys_IsAMapThatNamesTheEdge()
    {
        Figure figure = SweepReport.Draw(
            new SweepSpec { Recipe = "r", Search = SweepSearch.Grid, Vary = [Rate, Rule] },
            [Of(0.5, "1e-2", "hebb"), Of(1, "1e-3", "oja"), Of(2, "1e-3", "hebb"), Of(double.NaN, "1e-2", "oja")]);

        Panel panel = Assert.Single(figure.Panels);
        var map = Assert.IsType<HeatMap>(Assert.Single(panel.Series));
        Assert.Equal(["1e-3", "1e-2"], panel.X.Categories.AsEnumerable());
        Assert.Equal(["hebb", "oja"], panel.Y.Categories.AsEnumerable());
        Assert.Equal([2, 0.5, 1, double.NaN], map.Values.AsEnumerable());
        Assert.True(map.ValuesShown);
        Assert.Equal(
            "At the edge: meta-training.rates.feedforward: the best, 1e-2, is at the upper end of what was tried; a better one may lie " +
            "beyond.", Assert.Single(figure.Notes));
        figure.Validate();
    }

    [Fact]
    public void Draw_OneKeyOrARandomSearch_HasPointsWithErrorBars()
    {
        Figure one =
            SweepReport.Draw(new SweepSpec { Recipe = "r", Search = SweepSearch.Grid, Vary = [Steps] }, [Of(1, "300"), Of(2, "100")]);
        Figure random = SweepReport.Draw(new SweepSpec
        { Recipe = "r", Search = SweepSearch.Random, Vary = [Steps, Rule] }, [Of(1, "300", "oja"), Of(2, "700", "hebb")]);

        Assert.Single(one.Panels);
        Assert.Equal(2, random.Panels.Length);
        Assert.Empty(one.Notes);
        Assert.All(one.Panels.Concat(random.Panels).Select(p => (LineSeries)p.Series[0]),
            l => Assert.True(l is { ErrorBars: true, Joined: false } && Math.Abs(l.High[0] - l.Y[0] - 0.1) < 1e-9));
    }

    private static SweepOutcome Of(double loss, params string[] values) =>
        new(new SweepTrial("t", [.. values.Select(v => "key=" + v)], []), 10, new MeanAndError(loss, 0.1, 2), 0, Finished: true, null);
}
