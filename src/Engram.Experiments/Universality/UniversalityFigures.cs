using System.Globalization;
using Engram.Figures;

namespace Engram.Experiments.Universality;

/// <summary>The figures of the demonstration.</summary>
public static class UniversalityFigures
{
    /// <summary>Error against width, right answers of circuits, where it breaks, and what order leaves behind.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Draw(UniversalityResult result)
    {
        yield return ("universality-width", new Figure
        {
            Title = "Error of kernel regression by feedback and plasticity, against width",
            Description =
                "Root mean square difference from Nadaraya-Watson regression on the examples themselves; 16 examples, bandwidth 0.15.",
            TitleShown = true,
            Panels = [new Panel(new Axis("Bins J") { Scale = AxisScale.Logarithmic }, Error(), [.. result.Widths.Select(Line)])],
        });
        yield return ("universality-agreement", new Figure
        {
            Title = "Right answers of constructed circuits over random lives",
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Circuit") { Categories = [.. result.Agreement.Select(a => a.Circuit)] },
                    new Axis("Right answers", "%") { Minimum = 0, Maximum = 100 },
                    [new BarSeries("right answers", [.. result.Agreement.Select(a => a.RightPercent)])]),
            ],
        });
        yield return ("universality-limits", new Figure
        {
            Title = "Where the construction breaks: largest error of the counts",
            TitleShown = true,
            Size = FigureSize.PaperPage,
            Columns = 2,
            Panels =
            [
                .. result.Limits.Select((curve, i) => new Panel(
                    new Axis(i == 0 ? "1 − β" : "α") { Scale = AxisScale.Logarithmic }, new Axis("Error of counts")
                        { Scale = AxisScale.Logarithmic }, [Line(curve)])),
            ],
        });
        yield return ("universality-order", new Figure
        {
            Title = "Different memories that the 256 sequences of eight labels leave",
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Rule") { Categories = [.. result.Orders.Select(o => o.Rule)] },
                    new Axis("Memories") { Minimum = 0 },
                    [new BarSeries("memories", [.. result.Orders.Select(o => (double)o.Memories)])]),
            ],
        });
    }

    private static Axis Error() => new("Root mean square error") { Scale = AxisScale.Logarithmic };

    private static LineSeries Line(UniversalityCurve curve) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{curve.Name}, slope {curve.Slope:0.00}").Replace('-', '−'), curve.Values,
            curve.Errors)
        { Markers = true };
}
