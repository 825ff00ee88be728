using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Engram.Figures.Rendering;
using Engram.Numerics.Text;

namespace Engram.Figures.Tests;

public partial class FigureSvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Theory]
    [MemberData(nameof(SampleFigures.Names), MemberType = typeof(SampleFigures))]
    public void Render_AnyFigure_IsWellFormedAndAccessible(string name)
    {
        Figure figure = SampleFigures.All[name];
        XElement root = XDocument.Parse(FigureSvg.Render(figure)).Root!;
        Assert.Equal(Svg + "svg", root.Name);
        Assert.Equal("img", (string?)root.Attribute("role"));
        string[] labels = ((string)root.Attribute("aria-labelledby")!).Split(' ');
        Assert.Equal(labels[0], (string?)root.Element(Svg + "title")!.Attribute("id"));
        Assert.Equal(labels[1], (string?)root.Element(Svg + "desc")!.Attribute("id"));
        Assert.NotEmpty(root.Element(Svg + "desc")!.Value);
        string[] ids = [.. root.DescendantsAndSelf().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        foreach (Match reference in Reference().Matches(root.ToString()))
        {
            Assert.Contains(reference.Groups["id"].Value, ids);
        }
    }

    [Theory]
    [MemberData(nameof(SampleFigures.Names), MemberType = typeof(SampleFigures))]
    public void Render_AnyFigure_HasOnlyFiniteNumbers(string name)
    {
        XElement root = XDocument.Parse(FigureSvg.Render(SampleFigures.All[name])).Root!;
        foreach (XAttribute attribute in root.DescendantsAndSelf().Attributes()
            .Where(a => a.Name.LocalName is not ("aria-labelledby" or "id")))
        {
            Assert.DoesNotMatch("NaN|Infinity|∞|E[+-]", attribute.Value);
        }

        foreach (XElement rect in root.Descendants(Svg + "rect"))
        {
            Assert.True((double)rect.Attribute("width")! >= 0 && (double)rect.Attribute("height")! >= 0);
        }
    }

    [Theory]
    [MemberData(nameof(SampleFigures.Names), MemberType = typeof(SampleFigures))]
    public void Render_AnyFigure_KeepsAllTextOnThePage(string name)
    {
        XElement root = XDocument.Parse(FigureSvg.Render(SampleFigures.All[name])).Root!;
        (double width, double height) = PageSize(root);
        foreach ((string text, Box box) in TextBoxes(root))
        {
            Assert.True(
                box.Left >= -0.5 && box.Right <= width + 0.5 && box.Top >= -0.5 && box.Bottom <= height + 0.5,
                $"'{text}' at {box} leaves the page of {width}×{height}");
        }
    }

    [Theory]
    [MemberData(nameof(SampleFigures.Names), MemberType = typeof(SampleFigures))]
    public void Render_AnyFigure_KeepsTextsApart(string name)
    {
        XElement root = XDocument.Parse(FigureSvg.Render(SampleFigures.All[name])).Root!;
        (string Text, Box Box)[] upright = [.. TextBoxes(root).Where(t => t.Box.Width > 0)];
        for (int i = 0; i < upright.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.False(
                    upright[i].Box.Grow(-0.3).Intersects(upright[j].Box.Grow(-0.3)),
                    $"'{upright[i].Text}' at {upright[i].Box} lies on '{upright[j].Text}' at {upright[j].Box}");
            }
        }
    }

    [Fact]
    public void Render_SameFigureInAnotherCulture_GivesTheSameBytes()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            foreach (Figure figure in SampleFigures.All.Values)
            {
                CultureInfo.CurrentCulture = before;
                (string svg, string csv) = (FigureSvg.Render(figure), FigureCsv.Render(figure));
                var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                (strange.NumberFormat.NumberDecimalSeparator, strange.NumberFormat.NumberGroupSeparator,
                    strange.NumberFormat.NegativeSign) = (",", ".", "~");
                CultureInfo.CurrentCulture = strange;
                Assert.Equal(svg, FigureSvg.Render(figure));
                Assert.Equal(csv, FigureCsv.Render(figure));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Render_Automatic_IsLightInItselfAndDarkByStyle()
    {
        Figure figure = SampleFigures.All["learning-curve"];
        string automatic = FigureSvg.Render(figure);
        Assert.Contains("prefers-color-scheme:dark", automatic, StringComparison.Ordinal);
        Assert.Contains("fill=\"#ffffff\"", automatic, StringComparison.Ordinal);
        string[] used = [.. XDocument.Parse(automatic).Descendants().Attributes("class").SelectMany(a => a.Value.Split(' ')).Distinct()];
        Assert.All(used, c => Assert.Contains($".{c}{{", automatic, StringComparison.Ordinal));

        string light = FigureSvg.Render(figure with { Theme = FigureTheme.Light });
        Assert.DoesNotContain("prefers-color-scheme", light, StringComparison.Ordinal);
        string dark = FigureSvg.Render(figure with { Theme = FigureTheme.Dark });
        Assert.DoesNotContain("#ffffff", dark, StringComparison.Ordinal);
        Assert.DoesNotContain("prefers-color-scheme", dark, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_SingleColumn_IsThatWideAndHasThatText()
    {
        XElement root = XDocument.Parse(FigureSvg.Render(SampleFigures.All["learning-curve"])).Root!;
        Assert.Equal("85mm", (string?)root.Attribute("width"));
        Assert.Equal("8", (string?)root.Attribute("font-size"));
        Assert.Equal(85 / 25.4 * 72, PageSize(root).Width, 0.01);
        Assert.Contains(root.Elements(Svg + "text").Concat(root.Descendants(Svg + "text")), t => t.Value == "Query loss (MSE)");
    }

    [Fact]
    public void Render_Slide_FillsItsHeight()
    {
        (double width, double height) = PageSize(XDocument.Parse(FigureSvg.Render(SampleFigures.All["slide"])).Root!);
        Assert.Equal(142.9 / 254, height / width, 0.002);
    }

    [Fact]
    public void Render_UndefinedValues_BreaksTheLineAndSaysSo()
    {
        Figure whole = OneLine(1, 2, 3, 4, 5, 6);
        Figure gap = OneLine(1, 2, double.NaN, 4, 5, double.NaN);
        Assert.Single(Moves(whole));
        Assert.Equal(2, Moves(gap).Count);
        Assert.DoesNotContain("undefined", FigureSvg.Render(whole), StringComparison.Ordinal);
        Assert.Contains("s: 2 of 6 values undefined (gaps).", FigureSvg.Render(gap), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_UndefinedValues_DrawsNoPointInTheirPlace()
    {
        XElement root = XDocument.Parse(FigureSvg.Render(OneLine(1, double.NaN, 3))).Root!;
        Assert.Equal(2, root.Descendants(Svg + "circle").Count());
        Assert.Empty(Moves(OneLine(1, double.NaN, 3)));
    }

    [Fact]
    public void Render_OnlyUndefinedValues_SaysUndefinedAndNotNoData()
    {
        Assert.Contains(">All values are undefined.<", FigureSvg.Render(OneLine(double.NaN)), StringComparison.Ordinal);
        Assert.DoesNotContain(">There are no data.<", FigureSvg.Render(OneLine(double.NaN)), StringComparison.Ordinal);
        Assert.Contains(">There are no data.<", FigureSvg.Render(OneLine()), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_PanelWithNothingToShow_IsItsSentenceWithoutAxes()
    {
        Figure figure = OneLine(double.NaN);
        XElement root = XDocument.Parse(
            FigureSvg.Render(figure with { Panels = [figure.Panels[0] with { WhenEmpty = "Undefined: there is one task." }] })).Root!;
        Assert.Equal(
            ["Undefined: there is one task."],
            root.Descendants(Svg + "text").Select(t => t.Value).Where(t => !t.Contains("undefined throughout", StringComparison.Ordinal)));
        Assert.Empty(root.Descendants(Svg + "line"));
    }

    [Fact]
    public void Render_SeriesWithNothingToShow_IsInANoteAndNotInTheLegend()
    {
        Panel panel = new(
            new Axis("x"), new Axis("y"),
            [LineSeries.FromValues("seen", [1, 2]), LineSeries.FromValues("other", [2, 1]),
            LineSeries.FromValues("frozen", [double.NaN, double.NaN])]);
        string[] texts = [.. XDocument.Parse(FigureSvg.Render(new Figure { Title = "t", Panels = [panel] })).Root!.Descendants(Svg + "text")
            .Select(t => t.Value)];
        Assert.Contains("seen", texts);
        Assert.DoesNotContain("frozen", texts);
        Assert.Contains("frozen: undefined throughout.", texts);
    }

    [Fact]
    public void Render_ManySeriesWithTheSameFault_SayItOnce()
    {
        Panel panel = new(
            new Axis("x"), new Axis("y") { Scale = AxisScale.Logarithmic },
            [.. Enumerable.Range(0, 4).Select(i => LineSeries.FromValues($"line {i}", Enumerable.Range(-i, 8).Select(v => (double)v)))]);
        string[] notes = [.. XDocument.Parse(FigureSvg.Render(new Figure { Title = "t", Panels = [panel] })).Root!.Descendants(Svg + "text")
            .Select(t => t.Value)];
        Assert.Contains(
            "At or below 0, which a logarithmic axis has no place for: 1 to 4 values each of line 0; line 1;", string.Join(' ', notes),
            StringComparison.Ordinal);
        Assert.DoesNotContain("1 of 8 values", string.Join(' ', notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_NotesOfTheFigure_StandBelowIt() =>
        Assert.Contains(
            ">At the edge: more may lie beyond.<", FigureSvg.Render(OneLine(1, 2) with { Notes = ["At the edge: more may lie beyond."] }),
            StringComparison.Ordinal);

    [Fact]
    public void Render_LinesOfFewAndOfManyPoints_HaveMarkersAllOrNone()
    {
        XElement Of(int points) => XDocument.Parse(FigureSvg.Render(new Figure
        {
            Title = "t",
            Panels = [new Panel(
                new Axis("x"), new Axis("y"),
                [LineSeries.FromValues("few", [1, 2, 1]),
                LineSeries.FromValues("other", Enumerable.Range(0, points).Select(i => (double)i))])],
            Legend = LegendPlacement.None,
        })).Root!;

        Assert.Equal(3, Of(10).Descendants(Svg + "circle").Count());
        Assert.Empty(Of(100).Descendants(Svg + "circle"));
    }

    [Theory]
    [InlineData(8, 14)]
    [InlineData(16, 16 * 96 / 72.0)]
    public void Render_OnAScreen_HasTextOfAReadableSize(double fontSize, double expectedPixels)
    {
        Figure figure = OneLine(1, 2) with { Size = new FigureSize(85, fontSize) };
        string svg = FigureSvg.Render(figure);
        string rule = System.Text.RegularExpressions.Regex.Match(
            svg, @"@media screen\{#[\w-]+:root\{width:(?<w>[0-9.]+)px", System.Text.RegularExpressions.RegexOptions.None,
            TimeSpan.FromSeconds(5)).Groups["w"].Value;
        double shown = double.Parse(rule, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expectedPixels, shown * fontSize / (85 / 25.4 * 72), 0.05);
        Assert.Equal("85mm", (string?)XDocument.Parse(svg).Root!.Attribute("width"));
    }

    [Fact]
    public void Render_UndefinedBar_WritesUndefinedAndDrawsNoBar()
    {
        Panel panel = new(new Axis("") { Categories = ["a", "b"] }, new Axis("y"), [new BarSeries("s", [2, double.NaN])]);
        XElement root = XDocument.Parse(FigureSvg.Render(new Figure { Title = "t", Panels = [panel], Theme = FigureTheme.Light })).Root!;
        Assert.Single(root.Descendants(Svg + "rect"), r => (string?)r.Attribute("fill") == "#0072b2");
        Assert.Single(root.Descendants(Svg + "text"), t => t.Value == "undefined");
    }

    [Fact]
    public void Render_UndefinedCell_IsHatched()
    {
        Panel panel = new(new Axis("x"), new Axis("y"), [new HeatMap("v", [1, 2, double.NaN, 4], 2)]);
        string svg = FigureSvg.Render(new Figure { Title = "t", Panels = [panel] });
        Assert.Contains("hatch1", svg, StringComparison.Ordinal);
        Assert.Contains("v: 1 of 4 cells undefined (hatched).", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_InfiniteCell_HasAColourOfItsOwn()
    {
        HeatMap map = new("v", [1, 2, double.PositiveInfinity, 4], 2) { ValuesShown = true };
        string svg = FigureSvg.Render(new Figure { Title = "t", Panels = [new Panel(new Axis("x"), new Axis("y"), [map])] });
        XElement root = XDocument.Parse(svg).Root!;
        string[] colours = [.. root.Descendants(Svg + "rect").Select(r => (string?)r.Attribute("fill") ?? "").Where(f => f == "#d8d8d8")];
        Assert.Single(colours);
        Assert.Single(root.Descendants(Svg + "text"), t => t.Value == "∞");
        Assert.Contains("v: 1 of 4 cells infinite.", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_NotPositiveOnALogarithmicAxis_IsSaid()
    {
        Panel panel = new(new Axis("x"), new Axis("y") { Scale = AxisScale.Logarithmic }, [LineSeries.FromValues("s", [0, 1, 10])]);
        string svg = FigureSvg.Render(new Figure { Title = "t", Panels = [panel] });
        Assert.Contains("s: 1 of 3 values at or below 0, which a logarithmic axis has no place for (gaps).", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_LongCurve_IsASmallFileWithItsSpike()
    {
        double[] values = SampleFigures.Noise(1, 100_000, 0.05);
        string smooth = FigureSvg.Render(OneLine(values));
        values[43_210] = 50;
        string spiked = FigureSvg.Render(OneLine(values));
        Assert.InRange(spiked.Length, 2_000, 60_000);
        Assert.InRange(smooth.Length, 2_000, 60_000);

        // The spike is the highest point drawn, and stands 43 % of the way.
        (double X, double Y)[] points = Points(OneLine(values));
        (double X, double Y) top = points.MinBy(p => p.Y);
        (double left, double right) = (points.Min(p => p.X), points.Max(p => p.X));
        Assert.Equal(0.4321, (top.X - left) / (right - left), 0.003);
        Assert.True(top.Y < points.OrderBy(p => p.Y).Skip(1).First().Y - 50);
    }

    [Fact]
    public void Render_ValuesInPlace_AreWhereTheTicksSay()
    {
        // Two ticks fix the map from values to page; the line's end points must obey it.
        Figure figure = OneLine([.. Enumerable.Range(0, 101).Select(i => (double)i)]);
        XElement root = XDocument.Parse(FigureSvg.Render(figure)).Root!;
        double At(string label, string coordinate, string anchor) =>
            (double)root.Descendants(Svg + "text").Single(t => t.Value == label && (string?)t.Attribute("text-anchor") == anchor)
            .Attribute(coordinate)!;
        (double X, double Y)[] points = Points(figure);
        Assert.Equal(At("0", "x", "middle"), points[0].X, 0.02);
        Assert.Equal(At("100", "x", "middle"), points[^1].X, 0.02);
        double perUnit = (At("80", "y", "end") - At("20", "y", "end")) / 60;
        Assert.Equal(100 * perUnit, points[^1].Y - points[0].Y, 0.05);
    }

    [Fact]
    public void Render_SameNameInTwoPanels_LooksTheSameAndHasOneLegendLine()
    {
        XElement root = XDocument.Parse(FigureSvg.Render(SampleFigures.All["multiples"])).Root!;
        Assert.Single(root.Descendants(Svg + "text"), t => t.Value == "layer 7");
        Assert.Single(root.Descendants(Svg + "text"), t => t.Value == "readout");
        string[] colors = [.. root.Descendants(Svg + "path").Where(p => (string?)p.Attribute("fill") == "none")
            .Select(p => (string)p.Attribute("stroke")!)];
        Assert.Equal(["#0072b2", "#d55e00", "#0072b2", "#009e73"], colors);
    }

    [Fact]
    public void Render_DataInEveryCorner_PutsTheLegendBelow()
    {
        double bottom = LegendTop([[9, 0], [0, 9]], out double plotBottom);
        Assert.True(bottom > plotBottom);
    }

    [Fact]
    public void Render_FreeCorner_PutsTheLegendIntoIt()
    {
        double top = LegendTop([[0, 9], [0.5, 9.5]], out double plotBottom);
        Assert.True(top < plotBottom);
    }

    [Fact]
    public void Render_OneSeries_HasNoLegend() =>
        Assert.DoesNotContain(XDocument.Parse(FigureSvg.Render(OneLine(1, 2))).Descendants(Svg + "text"), t => t.Value == "s");

    [Fact]
    public void Render_SharedAxes_GiveAllPanelsOneRange()
    {
        Panel Of(params double[] values) => new(new Axis("x"), new Axis("y"), [LineSeries.FromValues("s", values)]);
        Figure apart = new() { Title = "t", Columns = 2, Panels = [Of(0, 1), Of(0, 100)], Size = FigureSize.PaperPage };
        double[] Heights(Figure figure) =>
            [.. XDocument.Parse(FigureSvg.Render(figure)).Descendants(Svg + "path").Select(p => Coordinates((string)p.Attribute("d")!))
            .Select(p => p[0].Y - p[^1].Y)];
        double[] free = Heights(apart);
        double[] shared = Heights(apart with { SharedY = true });
        Assert.Equal(free[0], free[1], 0.05);
        Assert.Equal(100, shared[1] / shared[0], 2.0);
    }

    public static TheoryData<string, Figure> Impossible()
    {
        Panel With(params ReadOnlySpan<Series> series) => new(new Axis("x"), new Axis("y"), [.. series]);
        Figure Of(Panel panel) => new() { Title = "t", Panels = [panel] };
        return new()
        {
            { "no panels", new Figure { Title = "t", Panels = [] } },
            { "0 columns", new Figure { Title = "t", Panels = [With()], Columns = 0 } },
            { "expected positive numbers", new Figure { Title = "t", Panels = [With()], Size = new FigureSize(-1, 8) } },
            { "Found 1 values in series 's' of panel 1", Of(With(new LineSeries("s", [1, 2], [1]))) },
            { "only one of Low and High", Of(With(new LineSeries("s", [1], [1]) { Low = [1] })) },
            { "Found 1 bars", Of(With(new BarSeries("s", [1]))) },
            { "rising numbers", Of(With(new HistogramSeries("s", [1, 1], [1]))) },
            { "expected whole rows", Of(With(new HeatMap("m", [1, 2, 3], 2))) },
            { "expected it alone", Of(With(new HeatMap("m", [1], 1), LineSeries.FromValues("s", [1]))) },
            { "the lower one first", Of(With() with { X = new Axis("x") { Minimum = 2, Maximum = 1 } }) },
            { "leave SharedY out", Of(With())
                with { SharedY = true, Panels = [With(), With() with { Y = new Axis("y") { Scale = AxisScale.Logarithmic } }] } },
            { "expected limits above 0", Of(With() with { X = new Axis("x") { Minimum = 0, Scale = AxisScale.Logarithmic } }) },
        };
    }

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Render_ImpossibleFigure_SaysWhatIsWrong(string message, Figure figure)
    {
        var error = Assert.Throws<EngramException>(() => FigureSvg.Render(figure));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static Figure OneLine(params double[] values) =>
        new() { Title = "t", Panels = [new Panel(new Axis("x"), new Axis("y"), [LineSeries.FromValues("s", values)])] };

    private static double LegendTop(double[][] lines, out double plotBottom)
    {
        Panel panel =
            new(new Axis("x"), new Axis("y"), [.. lines.Select((l, i) => LineSeries.FromValues($"line {i}", l) with { Markers = false })]);
        XElement root = XDocument.Parse(FigureSvg.Render(new Figure { Title = "t", Panels = [panel] })).Root!;
        plotBottom = (double)root.Descendants(Svg + "text").Single(t => t.Value == "x").Attribute("y")!;
        return (double)root.Descendants(Svg + "text").Single(t => t.Value == "line 0").Attribute("y")!;
    }

    private static List<string> Moves(Figure figure) =>
        [.. XDocument.Parse(FigureSvg.Render(figure)).Descendants(Svg + "path").Where(p => (string?)p.Attribute("fill") == "none")
            .SelectMany(p => ((string)p.Attribute("d")!).Split('M', StringSplitOptions.RemoveEmptyEntries))];

    private static (double X, double Y)[] Points(Figure figure) => Coordinates(string.Join(' ', Moves(figure)));

    private static (double X, double Y)[] Coordinates(string path) =>
        [.. Pair().Matches(path)
            .Select(
            m =>
            (double.Parse(m.Groups["x"].ValueSpan, CultureInfo.InvariantCulture),
            double.Parse(m.Groups["y"].ValueSpan, CultureInfo.InvariantCulture)))];

    private static (double Width, double Height) PageSize(XElement root)
    {
        double[] view = [.. ((string)root.Attribute("viewBox")!).Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        return (view[2], view[3]);
    }

    /// <summary>Where texts lie; those turned by other than a right angle are left out.</summary>
    private static IEnumerable<(string Text, Box Box)> TextBoxes(XElement root)
    {
        double font = (double)root.Attribute("font-size")!;
        foreach (XElement text in root.Descendants(Svg + "text"))
        {
            double size = (double?)text.Attribute("font-size") ?? font;
            (double x, double y) = ((double)text.Attribute("x")!, (double)text.Attribute("y")!);
            string superscript = text.Element(Svg + "tspan")?.Value ?? "";
            double width = new Label(text.Value[..^superscript.Length], superscript).Width(size);
            double before = (string?)text.Attribute("text-anchor") switch { "middle" => width / 2, "end" => width, _ => 0 };
            string turn = (string?)text.Attribute("transform") ?? "";
            if (turn.StartsWith("rotate(-90 ", StringComparison.Ordinal))
            {
                yield return (text.Value, new Box(x - (0.75 * size), y - width + before, size, width));
            }
            else if (turn.Length == 0)
            {
                yield return (text.Value, new Box(x - before, y - (0.75 * size), width, size));
            }
        }
    }

    [GeneratedRegex("url\\(#(?<id>[^)]+)\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Reference();

    [GeneratedRegex("(?<x>-?[\\d.]+) (?<y>-?[\\d.]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Pair();
}
