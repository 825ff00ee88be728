using Engram.Numerics;

namespace Engram.Experiments.Tests;

public class LearningCurveTests
{
    [Fact]
    public void Make_OneRun_AveragesTheLastQuarterAtFirstAndTheWindowLater()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [8, 6, 4, 2, 10, 20, 30, 40, 50, 60, 70, 80])], null, window: 2).Panels[0].Series[0];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], line.X.AsEnumerable());
        Assert.Equal([8, 6, 4, 2, 6, 15, 25, 35, 45, 55, 65, 75], line.Y.AsEnumerable());
    }

    [Fact]
    public void Make_SeveralLifetimesPerValue_CountsLifetimes()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [1, 2, 3], 16)], null).Panels[0].Series[0];
        Assert.Equal([16, 32, 48], line.X.AsEnumerable());
    }

    [Fact]
    public void Make_LifetimesOfEachValue_AreWhereTheValuesStand()
    {
        var line = (LineSeries)LearningCurve.Make([new("run", [1, 2, 3], 16) { Lifetimes = [16, 32, 40] }], null).Panels[0].Series[0];
        Assert.Equal([16, 32, 40], line.X.AsEnumerable());
        EngramException error = Assert.Throws<EngramException>(() => LearningCurve.Make([new("run", [1, 2, 3]) { Lifetimes = [16] }], null));
        Assert.StartsWith("Found 1 numbers of lifetimes for 3 losses of 'run'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_UndefinedLoss_LeavesAGapAsLongAsTheWindow()
    {
        double[] losses = [.. Enumerable.Range(0, 100).Select(i => i == 50 ? double.NaN : 1.0)];
        var line = (LineSeries)LearningCurve.Make([new("run", [.. losses])], null, window: 10).Panels[0].Series[0];
        Assert.Equal(Enumerable.Range(50, 10), Enumerable.Range(0, 100).Where(i => double.IsNaN(line.Y[i])));
    }

    [Fact]
    public void Make_TargetVariance_IsAReferenceLine()
    {
        Panel panel = LearningCurve.Make([new("run", [1])], 4.2).Panels[0];
        Assert.Equal(new ReferenceLine(4.2, "variance of the targets"), Assert.Single(panel.ReferenceLines));
        Assert.Equal((AxisScale.Logarithmic, AxisScale.Logarithmic), (panel.X.Scale, panel.Y.Scale));
    }

    [Fact]
    public void Make_NoRuns_IsRefused() =>
        Assert.Contains("Found 0 runs", Assert.Throws<EngramException>(() => LearningCurve.Make([], null)).Message, StringComparison.Ordinal);
}
