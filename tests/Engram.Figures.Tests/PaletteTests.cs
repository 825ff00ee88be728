using System.Globalization;
using Engram.Figures.Rendering;

namespace Engram.Figures.Tests;

public class PaletteTests
{
    [Fact]
    public void Series_EveryStyle_StandsOutFromBothGrounds()
    {
        for (int style = 0; style < 7; style++)
        {
            Ink ink = Palette.Ink(style);
            Assert.True(Contrast(ink.Light, Palette.Background.Light) >= 3, ink.Light);
            Assert.True(Contrast(ink.Dark, Palette.Background.Dark) >= 3, ink.Dark);
        }
    }

    [Fact]
    public void Text_OnBothGrounds_IsReadable()
    {
        Assert.All((Ink[])[Palette.Text, Palette.Muted], ink =>
        {
            Assert.True(Contrast(ink.Light, Palette.Background.Light) >= 4.5);
            Assert.True(Contrast(ink.Dark, Palette.Background.Dark) >= 4.5);
        });
    }

    [Fact]
    public void Styles_Fourteen_DifferInMoreThanColour()
    {
        Assert.Equal(
            14, Enumerable.Range(0, 14).Select(s => (Palette.Ink(s).Key, string.Join(' ', Palette.Dash(s)), Palette.Marker(s))).Distinct()
            .Count());
        Assert.Equal(6, Enumerable.Range(0, 6).Select(s => string.Join(' ', Palette.Dash(s))).Distinct().Count());
    }

    [Fact]
    public void Sequential_Map_GetsEverLighter()
    {
        for (int i = 1; i <= 100; i++)
        {
            Assert.True(Palette.Luminance(ColorMap.Sequential, i / 100.0) > Palette.Luminance(ColorMap.Sequential, (i - 1) / 100.0));
        }
    }

    [Fact]
    public void Diverging_Map_IsLightestInTheMiddleAndDarkensEvenly()
    {
        for (int i = 1; i <= 50; i++)
        {
            Assert.True(
                Palette.Luminance(ColorMap.Diverging, 0.5 + (i / 100.0)) < Palette.Luminance(ColorMap.Diverging, 0.5 + ((i - 1) / 100.0)));
            Assert.True(
                Palette.Luminance(ColorMap.Diverging, 0.5 - (i / 100.0)) < Palette.Luminance(ColorMap.Diverging, 0.5 - ((i - 1) / 100.0)));
        }
    }

    [Fact]
    public void Diverging_HeatMap_HasZeroInTheMiddleOfItsColours()
    {
        var figure = new Figure
        {
            Title = "t",
            Panels = [new Panel(new Axis("x"), new Axis("y"), [new HeatMap("m", [-1, 4], 2) { Colors = ColorMap.Diverging }])]
        };
        Assert.Equal(0.5, PanelView.Of(figure)[0].Color!.Fraction(0), 1e-12);
    }

    private static double Contrast(string first, string second)
    {
        (double a, double b) = (Luminance(first), Luminance(second));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color)
    {
        double Linear(int at)
        {
            double c = int.Parse(color.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return c <= 0.03928 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Linear(1)) + (0.7152 * Linear(3)) + (0.0722 * Linear(5));
    }
}
