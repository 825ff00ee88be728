using Engram.Figures.Rendering;
using Engram.Numerics.RandomNumbers;

namespace Engram.Figures.Tests;

public class ThinningTests
{
    private const double Gap = double.NaN;

    [Fact]
    public void Line_FewPoints_StayAsTheyAre()
    {
        Point[] points = [new(0, 1), new(1, 5), new(2, 3)];
        Assert.Equal(points, Assert.Single(Thinning.Line(points, 0.5)));
    }

    [Fact]
    public void Line_GapAsWideAsAColumn_StaysAGap()
    {
        Point[] points = [new(0, 1), new(1, 5), new(2, Gap), new(3, 3), new(4, Gap), new(5, 1), new(6, 1)];
        List<List<Point>> runs = Thinning.Line(points, 0.5);
        Assert.Equal([2, 1, 2], runs.Select(r => r.Count));
    }

    [Fact]
    public void Line_ManyPoints_KeepsEveryColumnsExtremes()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var random = new RandomStream(seed);
            var points = new Point[20_000];
            for (int i = 0; i < points.Length; i++)
            {
                points[i] = new Point(i / 200.0, seed > 10 && random.NextUniform() < 0.3 ? Gap : random.NextNormal());
            }

            List<List<Point>> runs = Thinning.Line(points, 1);
            Point[] kept = [.. runs.SelectMany(r => r)];
            Assert.True(kept.Length <= 100 * 12, $"seed {seed}: {kept.Length} points");
            Assert.Subset(points.ToHashSet(), kept.ToHashSet());
            foreach (IGrouping<double, Point> column in points.Where(p => !double.IsNaN(p.Y)).GroupBy(p => Math.Floor(p.X)))
            {
                Point[] left = [.. kept.Where(p => Math.Floor(p.X) == column.Key)];
                Assert.Equal(column.Min(p => p.Y), left.Min(p => p.Y));
                Assert.Equal(column.Max(p => p.Y), left.Max(p => p.Y));
            }
        }
    }

    [Fact]
    public void Line_XThatFalls_KeepsAllPoints()
    {
        Point[] points = [.. Enumerable.Range(0, 1000).Select(i => new Point(Math.Cos(i), Math.Sin(i)))];
        Assert.Equal(points, Assert.Single(Thinning.Line(points, 1)));
    }

    [Fact]
    public void Band_ManyPoints_EnclosesThemAll()
    {
        BandPoint[] points = [.. Enumerable.Range(0, 5000).Select(i => new BandPoint(i / 100.0, 10 + Math.Sin(i), -10 + Math.Cos(i)))];
        List<BandPoint> thin = Assert.Single(Thinning.Band(points, 1));
        Assert.True(thin.Count <= 100);
        Assert.Equal(points.Min(p => p.High), thin.Min(p => p.High), 0.01);
    }

    [Fact]
    public void Cloud_PointsOnTopOfEachOther_LeaveOne() =>
        Assert.Equal([new(1, 1), new(2, 1)], Thinning.Cloud([new(1, 1), new(1.01, 1), new(2, 1), new(3, Gap)], 0.1));
}
