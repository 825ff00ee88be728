using System.Xml.Linq;

namespace Engram.Figures.Rendering;

/// <summary>Draws one panel: grid, series, reference lines, axes, headings, colour bar.</summary>
internal static class PanelRenderer
{
    private const double HairWidth = 0.08;
    private const double AxisWidth = 0.1;

    public static void Draw(SvgBuilder svg, PanelView view, Legend legend)
    {
        double font = svg.FontSize;
        Box plot = view.Plot;
        DrawHeading(svg, view);
        if (Emptiness(view.Panel) is { } message)
        {
            // Axes without anything on them say less than a sentence.
            DrawSentence(svg, plot, message);
            return;
        }

        if (view.HeatMap is null)
        {
            foreach (Tick mark in Inside(view.YMarks, view.Y).Where(m => m.Label is not null && !view.Y.IsCategorical))
            {
                svg.Line(plot.Left, view.PlaceY(mark.Value), plot.Right, view.PlaceY(mark.Value), Palette.Grid, HairWidth * font);
            }
        }

        svg.Clipped(
            plot.Grow(view.HeatMap is null ? 0.1 * font : 0),
            () =>
            {
                DrawReferences(svg, view, legend);
                SeriesRenderer.Draw(svg, view);
            });
        svg.Group(() => SeriesRenderer.DrawMarkers(svg, view));
        DrawXAxis(svg, view);
        DrawYAxis(svg, view);
        DrawColorBar(svg, view);
    }

    private static void DrawSentence(SvgBuilder svg, Box plot, string sentence)
    {
        double font = svg.FontSize, line = font * TextMetrics.LineHeight;
        List<string> lines = TextMetrics.Wrap(sentence, font, 0.9 * plot.Width);
        for (int i = 0; i < lines.Count; i++)
        {
            svg.Text(new Label(lines[i]), plot.CentreX, plot.CentreY + (0.35 * font) + ((i - ((lines.Count - 1) / 2.0)) * line), font,
                Palette.Muted, TextAnchor.Middle);
        }
    }

    /// <summary>What to write where a panel has nothing to show: null where it has.</summary>
    public static string? Emptiness(Panel panel)
    {
        if (panel.Series.Any(s => IsDrawn(s, panel)))
        {
            return null;
        }

        bool any = panel.Series.Any(s => Values(s).Y.Count > 0);
        return panel.WhenEmpty.Length > 0 ? panel.WhenEmpty : any ? "All values are undefined." : "There are no data.";
    }

    /// <summary>Whether anything of a series shows in a panel.</summary>
    public static bool IsDrawn(Series series, Panel panel)
    {
        (IReadOnlyList<double> x, IReadOnlyList<double> y) = Values(series);
        Axis axis = series is HeatMap heat ? heat.ColorAxis ?? new Axis("") : panel.Y;
        for (int i = 0; i < y.Count; i++)
        {
            bool hasPlace = series is not LineSeries || AxisView.CanShow(panel.X, x[i]);
            if ((hasPlace && AxisView.CanShow(axis, y[i])) || double.IsInfinity(y[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static (IReadOnlyList<double> X, IReadOnlyList<double> Y) Values(Series series) => series switch
    {
        LineSeries line => (line.X, line.Y),
        BarSeries bars => (bars.Values, bars.Values),
        HistogramSeries histogram => (histogram.Counts, histogram.Counts),
        HeatMap map => (map.Values, map.Values),
        _ => ([], []),
    };

    private static IEnumerable<Tick> Inside(IEnumerable<Tick> marks, AxisView axis) =>
        marks.Where(m => axis.Fraction(m.Value) is > -1e-6 and < 1 + 1e-6);

    private static void DrawHeading(SvgBuilder svg, PanelView view)
    {
        double font = svg.FontSize;
        if (view.Letter.Length > 0)
        {
            svg.Text(new Label(view.Letter), view.CellLeft, view.HeadingBaseline, 1.15 * font, Palette.Text, bold: true);
        }

        // A letter over a narrow margin would touch the heading.
        double clear = view.Letter.Length == 0 ? 0 : view.CellLeft + (1.5 * font) - view.Plot.Left;
        for (int i = 0; i < view.HeadingLines.Count; i++)
        {
            if (view.HeadingLines[i].Length > 0)
            {
                svg.Text(
                    new Label(view.HeadingLines[i]), view.Plot.Left + Math.Max(0, clear),
                    view.HeadingBaseline + (i * font * TextMetrics.LineHeight), font, Palette.Text, bold: true);
            }
        }
    }

    private static void DrawReferences(SvgBuilder svg, PanelView view, Legend legend)
    {
        foreach (ReferenceLine line in view.Panel.ReferenceLines)
        {
            // A mark without a name stays in the background.
            bool named = line.Label.Length > 0;
            double width = (named ? SeriesRenderer.ReferenceWidth : HairWidth) * svg.FontSize;
            Ink ink = named ? Palette.Reference : Palette.Mark;
            AxisView axis = line.Upright ? view.X : view.Y;
            if (!axis.CanShow(line.Value))
            {
                continue;
            }

            XAttribute[] dash = named ? SeriesRenderer.Dashes(legend.ReferenceDash(line.Label), width) : [];
            if (line.Upright)
            {
                svg.Line(view.PlaceX(line.Value), view.Plot.Top, view.PlaceX(line.Value), view.Plot.Bottom, ink, width, dash);
            }
            else
            {
                svg.Line(view.Plot.Left, view.PlaceY(line.Value), view.Plot.Right, view.PlaceY(line.Value), ink, width, dash);
            }
        }
    }

    private static void DrawXAxis(SvgBuilder svg, PanelView view)
    {
        double font = svg.FontSize;
        Box plot = view.Plot;
        svg.Line(plot.Left, plot.Bottom, plot.Right, plot.Bottom, Palette.Axis, AxisWidth * font,
            new XAttribute("stroke-linecap", "square"));
        foreach (Tick mark in Inside(view.XMarks, view.X))
        {
            double x = view.PlaceX(mark.Value);
            double length = FigureLayout.TickLength * font * (mark.Label is null ? 0.6 : 1);
            svg.Line(x, plot.Bottom, x, plot.Bottom + length, Palette.Axis, HairWidth * font);
            if (mark.Label is { } label && view.XLabelled)
            {
                svg.Text(label, x, LabelTop(view, font) + (0.8 * font), font, Palette.Text, TextAnchor.Middle);
            }
        }

        if (!view.XLabelled)
        {
            return;
        }

        double height = font * TextMetrics.LineHeight;
        if (view.XCategories is { } names)
        {
            DrawCategories(svg, view, names);
            height = names.Height;
        }

        double y = LabelTop(view, font) + height + (FigureLayout.LabelGap * font) + (0.9 * font);
        foreach (string line in TextMetrics.Wrap(view.X.Axis.Text, font, plot.Width))
        {
            svg.Text(new Label(line), plot.CentreX, y, font, Palette.Text, TextAnchor.Middle);
            y += font * TextMetrics.LineHeight;
        }
    }

    private static double LabelTop(PanelView view, double font) =>
        view.Plot.Bottom + ((FigureLayout.TickLength + FigureLayout.TickGap) * font);

    private static void DrawCategories(SvgBuilder svg, PanelView view, CategoryLabels names)
    {
        double font = svg.FontSize;
        for (int i = 0; i < names.Lines.Length; i++)
        {
            double x = view.PlaceX(i);
            double y = LabelTop(view, font) + (0.8 * font);
            foreach (string line in names.Lines[i])
            {
                if (names.Slanted)
                {
                    svg.Text(
                        new Label(line), x + (0.35 * font), y - (0.2 * font), font, Palette.Text, TextAnchor.End,
                        rotate: -CategoryLabels.SlantDegrees);
                }
                else
                {
                    svg.Text(new Label(line), x, y, font, Palette.Text, TextAnchor.Middle);
                }

                y += font * TextMetrics.LineHeight;
            }
        }
    }

    private static void DrawYAxis(SvgBuilder svg, PanelView view)
    {
        double font = svg.FontSize;
        Box plot = view.Plot;
        svg.Line(plot.Left, plot.Top, plot.Left, plot.Bottom, Palette.Axis, AxisWidth * font, new XAttribute("stroke-linecap", "square"));
        int every = view.Y.IsCategorical ? Math.Max(1, (int)Math.Ceiling(1.25 * font * view.YMarks.Count / plot.Height)) : 1;
        foreach ((Tick mark, int i) in Inside(view.YMarks, view.Y).Select((m, i) => (m, i)))
        {
            double y = view.PlaceY(mark.Value);
            if (!view.Y.IsCategorical)
            {
                double length = FigureLayout.TickLength * font * (mark.Label is null ? 0.6 : 1);
                svg.Line(plot.Left - length, y, plot.Left, y, Palette.Axis, HairWidth * font);
            }

            if (mark.Label is { } label && view.YLabelled && i % every == 0)
            {
                Label text = view.Y.IsCategorical
                    ? new Label(TextMetrics.Shorten(label.Text, font, FigureLayout.MaximumCategoryWidth(plot.Width))) : label;
                svg.Text(
                    text, plot.Left - ((FigureLayout.TickLength + FigureLayout.TickGap) * font), y + (0.35 * font), font, Palette.Text,
                    TextAnchor.End);
            }
        }

        if (view.YLabelled)
        {
            DrawUprightLabel(svg, view.Y.Axis.Text, plot, LeftEdge(view, font));
        }
    }

    private static double LeftEdge(PanelView view, double font)
    {
        double most = view.Y.IsCategorical ? FigureLayout.MaximumCategoryWidth(view.Plot.Width) : double.MaxValue;
        double labels = view.YMarks.Where(m => m.Label is not null)
            .Select(m => Math.Min(most, m.Label!.Value.Width(font)))
            .DefaultIfEmpty(0)
            .Max();
        return view.Plot.Left - ((FigureLayout.TickLength + FigureLayout.TickGap + FigureLayout.LabelGap) * font) - labels;
    }

    /// <summary>Lines that read upwards, the last one ending at <paramref name="right"/>.</summary>
    private static void DrawUprightLabel(SvgBuilder svg, string text, Box plot, double right)
    {
        double font = svg.FontSize;
        List<string> lines = TextMetrics.Wrap(text, font, plot.Height);
        for (int i = 0; i < lines.Count; i++)
        {
            double x = right - ((lines.Count - 1 - i) * font * TextMetrics.LineHeight) - (0.25 * font);
            svg.Text(new Label(lines[i]), x, plot.CentreY, font, Palette.Text, TextAnchor.Middle, rotate: -90);
        }
    }

    private static void DrawColorBar(SvgBuilder svg, PanelView view)
    {
        if (view is not { HeatMap: { } map, Color: { } color })
        {
            return;
        }

        const int Steps = 64;
        double font = svg.FontSize;
        Box plot = view.Plot;
        var bar = new Box(plot.Right + (0.8 * font), plot.Top, FigureLayout.BarWidth * font, plot.Height);
        svg.Group(
            () =>
            {
                for (int i = 0; i < Steps; i++)
                {
                    double top = bar.Bottom - (bar.Height * (i + 1) / Steps);
                    svg.Add(
                        "rect", SvgBuilder.Bounds(new Box(bar.Left, top, bar.Width, bar.Height / Steps)),
                        new XAttribute("fill", Palette.Color(map.Colors, (i + 0.5) / Steps)));
                }
            },
            new XAttribute("shape-rendering", "crispEdges"));
        double widest = 0;
        foreach (Tick mark in Inside(view.ColorMarks, color))
        {
            double y = bar.Bottom - (color.Fraction(mark.Value) * bar.Height);
            svg.Line(bar.Right, y, bar.Right + (FigureLayout.TickLength * font * (mark.Label is null ? 0.6 : 1)), y, Palette.Axis,
                HairWidth * font);
            if (mark.Label is { } label)
            {
                svg.Text(label, bar.Right + ((FigureLayout.TickLength + FigureLayout.TickGap) * font), y + (0.35 * font), font,
                    Palette.Text);
                widest = Math.Max(widest, label.Width(font));
            }
        }

        int lines = TextMetrics.Wrap(color.Axis.Text, font, plot.Height).Count;
        double right = bar.Right + ((FigureLayout.TickLength + FigureLayout.TickGap + FigureLayout.LabelGap) * font) + widest
            + (lines * font * TextMetrics.LineHeight);
        DrawUprightLabel(svg, color.Axis.Text, plot, right);
    }
}
