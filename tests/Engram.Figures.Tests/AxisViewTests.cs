using Engram.Figures.Rendering;

namespace Engram.Figures.Tests;

public class AxisViewTests
{
    private static readonly Axis Linear = new("x");
    private static readonly Axis Logarithmic = new("x") { Scale = AxisScale.Logarithmic };

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0.5)]
    [InlineData(10, 1)]
    [InlineData(20, 2)]
    public void Fraction_Linear_IsProportional(double value, double expected) =>
        Assert.Equal(expected, Of(Linear with { Minimum = 0, Maximum = 10 }).Fraction(value), 1e-12);

    [Theory]
    [InlineData(0.01, 0)]
    [InlineData(1, 0.5)]
    [InlineData(100, 1)]
    public void Fraction_Logarithmic_IsProportionalToTheLogarithm(double value, double expected) =>
        Assert.Equal(expected, Of(Logarithmic with { Minimum = 0.01, Maximum = 100 }).Fraction(value), 1e-12);

    [Theory]
    [InlineData(double.NaN, false, false)]
    [InlineData(double.PositiveInfinity, false, false)]
    [InlineData(double.MaxValue, false, false)]
    [InlineData(0, true, false)]
    [InlineData(-1, true, false)]
    [InlineData(1e-300, true, true)]
    public void CanShow_Value_DependsOnTheScale(double value, bool linear, bool logarithmic)
    {
        Assert.Equal(linear, AxisView.CanShow(Linear, value));
        Assert.Equal(logarithmic, AxisView.CanShow(Logarithmic, value));
    }

    [Fact]
    public void Range_NoValues_IsFromZeroToOne() => Assert.Equal((0, 1), Ends(Of(Linear)));

    [Fact]
    public void Range_Constant_HasTheValueInItsMiddle()
    {
        Assert.Equal(0.5, Of(Linear, 3, 3).Fraction(3), 1e-12);
        Assert.Equal(0.5, Of(Linear, 0).Fraction(0), 1e-12);
        Assert.Equal(0.5, Of(Logarithmic, 3, 3).Fraction(3), 1e-12);
    }

    [Fact]
    public void Range_InfiniteAndUndefinedValues_DoNotCount() =>
        Assert.Equal(Ends(Of(Linear, 5, 10)), Ends(Of(Linear, 5, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 10)));

    [Fact]
    public void Range_LimitBeyondTheData_StillHasARange()
    {
        AxisView view = Of(Linear with { Minimum = 50 }, 1, 2);
        Assert.True(view.Low == 50 && view.High > 50);
        view = Of(Logarithmic with { Maximum = 0.1 }, 1, 2);
        Assert.True(view.High == 0.1 && view.Low is < 0.1 and > 0);
    }

    [Fact]
    public void Range_FromZero_StartsThere()
    {
        var extent = new Extent(Linear) { FromZero = true };
        extent.Add(8);
        extent.Add(9);
        Assert.Equal(0, new AxisView(Linear, extent).Low);
    }

    private static (double Low, double High) Ends(AxisView view) => (view.Low, view.High);

    private static AxisView Of(Axis axis, params double[] values)
    {
        var extent = new Extent(axis);
        foreach (double value in values)
        {
            extent.Add(value);
        }

        return new AxisView(axis, extent);
    }
}
