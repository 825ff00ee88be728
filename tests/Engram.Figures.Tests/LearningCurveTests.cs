using Engram.Numerics.Text;

namespace Engram.Figures.Tests;

public class LearningCurveTests
{
    private static readonly LearningCurveQuantity Squared = LearningCurveQuantity.SquaredError(null);

    [Fact]
    public void Make_OneRun_AveragesTheLastQuarterAtFirstAndTheWindowLater()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [8, 6, 4, 2, 10, 20, 30, 40, 50, 60, 70, 80])], Squared, window: 2).Panels[
            0].Series[0];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], line.X.AsEnumerable());
        Assert.Equal([8, 6, 4, 2, 6, 15, 25, 35, 45, 55, 65, 75], line.Y.AsEnumerable());
    }

    [Fact]
    public void Make_RunsOfOneName_AreTheirMeanWithABandAndEachInTheNumbers()
    {
        Figure figure = LearningCurve.Make(
            [new("A", [1, 3, 5]) { Repetition = "seed 1" }, new("B", [9, 9, 9]), new("A", [3, 5]) { Repetition = "seed 2" }], Squared,
            window: 1);

        LineSeries[] lines = [.. figure.Panels[0].Series.Cast<LineSeries>()];
        Assert.Equal(["A", "B"], lines.Select(l => l.Name));
        Assert.Equal([2, 4, 5], lines[0].Y.AsEnumerable());
        Assert.Equal([1, 3, 5], lines[0].Low.AsEnumerable());
        Assert.Equal([3, 5, 5], lines[0].High.AsEnumerable());
        Assert.Equal(["seed 1", "seed 2"], lines[0].Each.Select(e => e.Name));
        Assert.Equal([3, 5, double.NaN], lines[0].Each[1].Y.AsEnumerable());
        Assert.True(lines[1].Low.IsDefaultOrEmpty);
        Assert.Contains("bands: one standard error", figure.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_SeveralLifetimesPerValue_CountsLifetimes()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [1, 2, 3], 16)], Squared).Panels[0].Series[0];
        Assert.Equal([16, 32, 48], line.X.AsEnumerable());
    }

    [Fact]
    public void Make_LifetimesOfEachValue_AreWhereTheValuesStand()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [1, 2, 3], 16) { Lifetimes = [16, 32, 40] }], Squared).Panels[0].Series[0];
        Assert.Equal([16, 32, 40], line.X.AsEnumerable());
        EngramException error =
            Assert.Throws<EngramException>(() => LearningCurve.Make([new("run", [1, 2, 3]) { Lifetimes = [16] }], Squared));
        Assert.StartsWith("Found 1 numbers of lifetimes for 3 values of 'run'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_ValuesThatLeaveLifetimesOut_AreSaidToBeOfWhatWasRecorded()
    {
        Assert.StartsWith(
            "Running mean over the last 100 lifetimes", LearningCurve.Make([new("run", [1, 2, 3], 10)], Squared).Description,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Running mean over what was recorded of the last 100 lifetimes",
            LearningCurve.Make([new("run", [1, 2, 3], 10) { LeavesOut = true }], Squared).Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_UndefinedLoss_LeavesAGapAsLongAsTheWindow()
    {
        double[] losses = [.. Enumerable.Range(0, 100).Select(i => i == 50 ? double.NaN : 1.0)];
        var line = (LineSeries)LearningCurve.Make([new("run", [.. losses])], Squared, window: 10).Panels[0].Series[0];
        Assert.Equal(Enumerable.Range(50, 10), Enumerable.Range(0, 100).Where(i => double.IsNaN(line.Y[i])));
    }

    [Fact]
    public void Make_TargetVariance_IsAReferenceLine()
    {
        Panel panel = LearningCurve.Make([new("run", [1])], LearningCurveQuantity.SquaredError(4.2)).Panels[0];
        Assert.Equal(new ReferenceLine(4.2, "variance of the targets"), Assert.Single(panel.ReferenceLines));
        Assert.Equal((AxisScale.Logarithmic, AxisScale.Logarithmic), (panel.X.Scale, panel.Y.Scale));
    }

    [Fact]
    public void Make_Errors_AreInPercentOnALinearAxisWithGuessingBeside()
    {
        Panel panel = LearningCurve.Make([new("run", [80, 40, 0])], LearningCurveQuantity.ErrorPercent(5)).Panels[0];
        Assert.Equal(("Query error (%)", AxisScale.Linear), (panel.Y.Text, panel.Y.Scale));
        Assert.Equal(new ReferenceLine(80, "guessing among 5 classes"), Assert.Single(panel.ReferenceLines));
        Assert.Empty(LearningCurve.Make([new("run", [80])], LearningCurveQuantity.ErrorPercent(null)).Panels[0].ReferenceLines);
    }

    [Fact]
    public void Make_NoRuns_IsRefused() =>
        Assert.Contains(
            "Found 0 runs", Assert.Throws<EngramException>(() => LearningCurve.Make([], Squared)).Message, StringComparison.Ordinal);
}
