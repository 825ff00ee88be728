using Engram.Figures.Summaries;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Figures.Tests;

public class StatisticsTests
{
    [Fact]
    public void MeanAndError_HandWorked_Agrees()
    {
        // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, Σ(x − 5)² = 32.
        MeanAndError found = Statistics.MeanAndError([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, found.Mean);
        Assert.Equal(Math.Sqrt(32.0 / 7 / 8), found.StandardError, 1e-15);
        Assert.Equal(8, found.Count);
    }

    [Fact]
    public void MeanAndError_TooFewValues_IsUndefined()
    {
        Assert.True(double.IsNaN(Statistics.MeanAndError([]).Mean));
        Assert.Equal(3, Statistics.MeanAndError([3]).Mean);
        Assert.True(double.IsNaN(Statistics.MeanAndError([3]).StandardError));
    }

    /// <summary>Quantiles 0.975 of Student's distribution as tables have them: 12.706 with 1 degree of freedom, 4.303 with 2, 2.306 with 8,
    /// 1.960 with many.</summary>
    [Fact]
    public void HalfWidth95_OfTables_IsStudentsQuantileTimesTheError()
    {
        Assert.Equal(12.706, Statistics.HalfWidth95((1, 2)), 1e-3);
        Assert.Equal(12.706, Statistics.HalfWidth95((1, 2), (0, 5)), 1e-3);
        Assert.Equal(4.303 * Math.Sqrt(2), Statistics.HalfWidth95((1, 2), (1, 2)), 1e-3);
        Assert.Equal(2.306 * Math.Sqrt(0.5), Statistics.HalfWidth95((0.5, 5), (0.5, 5)), 1e-3);
        Assert.Equal(1.960, Statistics.HalfWidth95((1, 100_000)), 1e-3);

        // By hand: s² = 5, ν = 25 / (1 + 16 / 4) = 5, t = 2.571.
        Assert.Equal(2.571 * Math.Sqrt(5), Statistics.HalfWidth95((1, 2), (2, 5)), 1e-3);
    }

    [Fact]
    public void HalfWidth95_WithoutErrors_Is0AndOfOneValueUnknown()
    {
        Assert.Equal(0, Statistics.HalfWidth95((0, 2), (0, 3)));
        Assert.True(double.IsNaN(Statistics.HalfWidth95((0, 2), (double.NaN, 1))));
        Assert.True(double.IsNaN(Statistics.HalfWidth95((0.1, 1))));
    }

    [Fact]
    public void MeanAndError_UndefinedValue_IsNotLeftOut() =>
        Assert.True(double.IsNaN(Statistics.MeanAndError([1, double.NaN, 2]).Mean));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(1, 4)]
    public void Quantile_HandWorked_Agrees(double share, double expected) =>
        Assert.Equal(expected, Statistics.Quantile([4, 1, 3, 2], share), 1e-15);

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    public void Quantile_ShareOutsideItsRange_IsRefused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Quantile([1, 2], share));

    [Fact]
    public void StandardDeviation_TooFewValues_IsUndefined()
    {
        Assert.True(double.IsNaN(Statistics.StandardDeviation([])));
        Assert.True(double.IsNaN(Statistics.StandardDeviation([3])));
        Assert.Equal(Math.Sqrt(2), Statistics.StandardDeviation([3, 5]), 1e-15);
    }

    [Fact]
    public void Describe_NoValues_HasNoShares()
    {
        Distribution nothing = Statistics.Describe([]);

        Assert.Equal(0, nothing.Count);
        Assert.All([nothing.Mean, nothing.ShareZero, nothing.ShareNegative], v => Assert.True(double.IsNaN(v)));
    }

    [Fact]
    public void Describe_HandWorked_Agrees()
    {
        Distribution found = Statistics.Describe([0, -1, 0, 3, -2]);
        Assert.Equal(new Distribution(5, 0, Math.Sqrt(14.0 / 4), -2, -1, 0, 0, 3, 0.4, 0.4), found);
    }

    [Fact]
    public void Describe_UndefinedValue_IsNotReplaced()
    {
        Distribution found = Statistics.Describe([1, double.NaN]);
        Assert.True(double.IsNaN(found.Mean) && double.IsNaN(found.Median) && double.IsNaN(found.Maximum));
        Assert.True(double.IsNaN(Statistics.Describe([]).ShareNegative));
    }

    [Fact]
    public void Count_HandWorked_Agrees()
    {
        Histogram found =
            Histogram.Count([0, 0.5, 1, 1.5, 2, -1, 3, double.NaN, double.PositiveInfinity, double.NegativeInfinity], 2, 0, 2);
        Assert.Equal([0, 1, 2], found.Edges.AsEnumerable());
        Assert.Equal([2L, 3L], found.Counts.AsEnumerable());
        Assert.Equal((2, 2, 1, 10), (found.Below, found.Above, found.Undefined, found.Total));
    }

    // Values that are all one are given a width; a limit that is given is kept, even beyond all values.
    [Theory]
    [InlineData(4, 4, null, null, 3.8, 4.2)]
    [InlineData(-4, -4, null, null, -4.2, -3.8)]
    [InlineData(0, 0, null, null, -0.5, 0.5)]
    [InlineData(1, 3, 5.0, null, 5, 5.25)]
    [InlineData(1, 3, null, 0.0, -0.5, 0)]
    [InlineData(4, 4, 4.0, null, 4, 4.2)]
    [InlineData(4, 4, null, 4.0, 3.8, 4)]
    [InlineData(1, 3, 2.0, null, 2, 3)]
    [InlineData(1, 3, null, 2.0, 1, 2)]
    public void Count_OneLimitOrNone_TakesTheOtherFromTheValues(
        double least, double greatest, double? low, double? high, double first, double last)
    {
        Histogram found = Histogram.Count([greatest, least], 2, low, high);

        Assert.Equal(first, found.Edges[0], 1e-15);
        Assert.Equal(last, found.Edges[^1], 1e-15);
        Assert.Equal(2, found.Total);
    }

    [Fact]
    public void Count_LimitsThatDoNotRise_AreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Histogram.Count([1, 2, 3], 2, 2, 2));

    [Fact]
    public void Count_NoLimits_SpansTheFiniteValues()
    {
        Histogram found = Histogram.Count([-1, 3, double.PositiveInfinity], 4);
        Assert.Equal([-1, 0, 1, 2, 3], found.Edges.AsEnumerable());
        Assert.Equal([1L, 0L, 0L, 1L], found.Counts.AsEnumerable());
        Assert.Equal(5, Histogram.Count([2, 2, 2, 2, 2], 3).Counts.Sum());
        Assert.Equal(0, Histogram.Count([], 3).Total);
    }

    [Fact]
    public void Count_RandomValues_FallBetweenTheirEdges()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var random = new RandomStream(seed);
            double[] values = new double[500];
            random.FillNormal<double>(values, Math.Pow(10, random.NextInt32(20) - 10));
            Histogram found = Histogram.Count(values, 17);
            for (int i = 0; i < 17; i++)
            {
                int expected = values.Count(v => v >= found.Edges[i] && (i == 16 ? v <= found.Edges[17] : v < found.Edges[i + 1]));
                Assert.True(expected == found.Counts[i], $"seed {seed}, bin {i}: found {found.Counts[i]}, expected {expected}");
            }
        }
    }

    [Fact]
    public void FromRepetitions_TwoRuns_GivesMeanAndBand()
    {
        LineSeries line = LineSeries.FromRepetitions("s", [1, 2], [[1, 5], [3, double.NaN]]);
        Assert.Equal([2, double.NaN], line.Y.AsEnumerable());
        Assert.Equal(1, line.Low[0], 1e-15);
        Assert.Equal(3, line.High[0], 1e-15);
        Assert.True(double.IsNaN(line.Low[1]));
        Assert.Empty(LineSeries.FromRepetitions("s", [1], [[1]]).Low);
        Assert.Throws<EngramException>(() => LineSeries.FromRepetitions("s", [1, 2], [[1]]));
    }
}
