namespace Engram.Figures.Tests;

public class SparklineTests
{
    [Theory]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, 8, "▁▂▃▄▅▆▇█")]
    [InlineData(new double[] { 0, 0, 7, 7 }, 2, "▁█")]
    [InlineData(new double[] { 5, 5 }, 10, "▅▅")]
    [InlineData(new double[] { 0, double.NaN, 1 }, 3, "▁×█")]
    [InlineData(new double[] { 0, double.PositiveInfinity, 1 }, 3, "▁×█")]
    [InlineData(new double[] { -1e308, 1e308 }, 2, "▁█")]
    [InlineData(new double[0], 5, "")]
    public void Render_Values_GivesBlocks(double[] values, int width, string expected) =>
        Assert.Equal(expected, Sparkline.Render(values, width));

    [Fact]
    public void Render_Logarithmic_GivesEqualRatiosEqualSteps()
    {
        Assert.Equal("▁▅█", Sparkline.Render([0.01, 1, 100], 3, logarithmic: true));
        Assert.Equal("▁▁█", Sparkline.Render([0.01, 1, 100], 3));
        Assert.Equal("×▁█", Sparkline.Render([0, 1, 100], 3, logarithmic: true));
    }

    [Fact]
    public void Render_ManyValues_IsAsWideAsAsked() =>
        Assert.Equal(60, Sparkline.Render(new double[12_345], 60).Length);

    [Theory]
    [InlineData(new double[] { 1, 3, 5, 7 }, 2, false, "▁█", 2, 6)]
    [InlineData(new double[] { 0.01, 1, 100 }, 3, true, "▁▅█", 0.01, 100)]
    [InlineData(new double[] { -4, double.NaN, 8 }, 3, false, "▁×█", -4, 8)]
    [InlineData(new double[] { 5, 5 }, 10, false, "▅▅", 5, 5)]
    [InlineData(new double[] { double.NaN }, 3, false, "×", double.NaN, double.NaN)]
    [InlineData(new double[0], 3, true, "", double.NaN, double.NaN)]
    public void Draw_Values_HasTheScaleOfItsCharacters(
        double[] values, int width, bool logarithmic, string text, double lowest, double highest)
    {
        var drawn = Sparkline.Draw(values, width, logarithmic);

        Assert.Equal(text, drawn.Text);
        Assert.Equal(lowest, drawn.Lowest, 1e-12);
        Assert.Equal(highest, drawn.Highest, 1e-12);
    }
}
