using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;

namespace Engram.Figures.Rendering;

/// <summary>Draws the series of one panel.</summary>
internal static class SeriesRenderer
{
    // Multiples of the font size.
    public const double LineWidth = 0.16;
    public const double ReferenceWidth = 0.12;
    public const double MarkerRadius = 0.3;
    public const double BandOpacity = 0.2;
    private const double GroupShare = 0.78;
    private const int MostCells = 256;

    // A colour of no scale, so that what has diverged doesn't look like the largest value that hasn't.
    private const string InfiniteCell = "#d8d8d8";

    // Points that a heat map's cell reaches under the next ones.
    private const double SeamCover = 0.5;

    public static XAttribute[] Dashes(ImmutableArray<double> dash, double width) =>
        dash.IsEmpty ? [] : [new XAttribute("stroke-dasharray", string.Join(' ', dash.Select(d => SvgBuilder.Number(d * width))))];

    public static void Swatch(SvgBuilder svg, Box box, int style, bool outline)
    {
        Ink ink = Palette.Ink(style);
        if (outline)
        {
            svg.Add(
                "rect", SvgBuilder.Bounds(box), svg.Both(ink, ink), SvgBuilder.At("fill-opacity", BandOpacity),
                SvgBuilder.At("stroke-width", ReferenceWidth * svg.FontSize), Dashes(Palette.Dash(style), ReferenceWidth * svg.FontSize));
            return;
        }

        svg.Add("rect", SvgBuilder.Bounds(box), svg.Fill(ink));
        if (Palette.Hatch(style) > 0)
        {
            svg.Add("rect", SvgBuilder.Bounds(box), new XAttribute("fill", svg.Hatch(Palette.Hatch(style))));
        }
    }

    /// <summary>What a legend inside the panel must not cover.</summary>
    public static bool Touches(PanelView view, Box box, double font)
    {
        foreach (Series series in view.Panel.Series)
        {
            bool touched = series switch
            {
                LineSeries line => LineGeometry.Of(line, view, font).Touches(box),
                BarSeries bars =>
                    Bars(view, bars).Any(b => b.Outline.Grow(0.2 * font).Intersects(box) || (b.Note.Length > 0 && b.Slot.Intersects(box))),
                HistogramSeries histogram => Enumerable.Range(0, histogram.Counts.Length).Any(i => Bin(view, histogram, i).Intersects(box)),
                _ => true,
            };
            if (touched)
            {
                return true;
            }
        }

        return view.Panel.ReferenceLines.Any(r => r.Upright
            ? view.X.CanShow(r.Value) && box.Left < view.PlaceX(r.Value) && view.PlaceX(r.Value) < box.Right
            : view.Y.CanShow(r.Value) && box.Top < view.PlaceY(r.Value) && view.PlaceY(r.Value) < box.Bottom);
    }

    public static void Draw(SvgBuilder svg, PanelView view)
    {
        foreach (Series series in view.Panel.Series)
        {
            switch (series)
            {
                case LineSeries line: DrawLine(svg, view, line); break;
                case BarSeries bars: DrawBars(svg, view, bars); break;
                case HistogramSeries histogram: DrawHistogram(svg, view, histogram); break;
                case HeatMap map: DrawHeatMap(svg, view, map); break;
            }
        }
    }

    /// <summary>The markers of lines and clouds: drawn apart, so that none is cut in half by the panel's edge.</summary>
    public static void DrawMarkers(SvgBuilder svg, PanelView view)
    {
        Box plot = view.Plot.Grow(0.02 * svg.FontSize);
        foreach (LineSeries line in view.Panel.Series.OfType<LineSeries>())
        {
            int style = view.StyleOf(line);
            IEnumerable<Point> points = LineGeometry.Of(line, view, svg.FontSize).Points.Where(p => plot.Crosses(p, p));
            svg.Group(
                () =>
                {
                    foreach (Point point in points)
                    {
                        svg.Marker(Palette.Marker(style), point,
                            MarkerRadius * svg.FontSize * (line.Joined ? 1 : line.ErrorBars ? 1.25 : 0.75), Palette.Ink(style));
                    }
                },
                line.Joined ? [] : [SvgBuilder.At("fill-opacity", 0.75)]);
        }
    }

    private static void DrawLine(SvgBuilder svg, PanelView view, LineSeries line)
    {
        double font = svg.FontSize;
        int style = view.StyleOf(line);
        Ink ink = Palette.Ink(style);
        var geometry = LineGeometry.Of(line, view, font);
        foreach (List<BandPoint> run in geometry.Band.Where(r => r.Count > 1))
        {
            var path = new StringBuilder();
            for (int i = 0; i < run.Count; i++)
            {
                path.Append(i == 0 ? SvgBuilder.Move(run[i].X, run[i].High) : SvgBuilder.To(run[i].X, run[i].High));
            }

            for (int i = run.Count - 1; i >= 0; i--)
            {
                path.Append(SvgBuilder.To(run[i].X, run[i].Low));
            }

            svg.Add("path", new XAttribute("d", path.Append('Z').ToString()), svg.Fill(ink), SvgBuilder.At("fill-opacity", BandOpacity));
        }

        var lines = new StringBuilder();
        foreach (List<Point> run in geometry.Runs.Where(r => r.Count > 1))
        {
            for (int i = 0; i < run.Count; i++)
            {
                lines.Append(i == 0 ? SvgBuilder.Move(run[i].X, run[i].Y) : SvgBuilder.To(run[i].X, run[i].Y));
            }
        }

        if (lines.Length > 0)
        {
            svg.Add(
                "path", new XAttribute("d", lines.ToString()), new XAttribute("fill", "none"), svg.Stroke(ink),
                SvgBuilder.At("stroke-width", LineWidth * font), new XAttribute("stroke-linejoin", "round"),
                Dashes(Palette.Dash(style), LineWidth * font));
        }

        foreach (BandPoint bar in geometry.ErrorBars)
        {
            DrawErrorBar(svg, bar.X, bar.Low, bar.High, 0.3 * font, ink);
        }

        foreach ((double x, bool up) in geometry.Infinite)
        {
            svg.Marker(
                up ? MarkerShape.TriangleUp : MarkerShape.TriangleDown,
                new Point(x, up ? view.Plot.Top + (0.4 * font) : view.Plot.Bottom - (0.4 * font)), 0.36 * font, ink);
        }
    }

    private static void DrawErrorBar(SvgBuilder svg, double x, double low, double high, double halfCap, Ink ink)
    {
        string path = SvgBuilder.Move(x, low) + SvgBuilder.To(x, high)
            + SvgBuilder.Move(x - halfCap, low) + SvgBuilder.To(x + halfCap, low)
            + SvgBuilder.Move(x - halfCap, high) + SvgBuilder.To(x + halfCap, high);
        svg.Add(
            "path", new XAttribute("d", path), new XAttribute("fill", "none"), svg.Stroke(ink),
            SvgBuilder.At("stroke-width", 0.11 * svg.FontSize));
    }

    private static IEnumerable<(Box Slot, Box Outline, string Note, int Index)> Bars(PanelView view, BarSeries bars)
    {
        BarSeries[] group = [.. view.Panel.Series.OfType<BarSeries>()];
        int position = Array.FindIndex(group, b => ReferenceEquals(b, bars));
        double slot = view.Plot.Width / bars.Values.Length;
        double width = GroupShare * slot / group.Length;
        double baseline = view.Y.CanShow(0) ? Math.Clamp(view.PlaceY(0), view.Plot.Top, view.Plot.Bottom) : view.Plot.Bottom;
        for (int i = 0; i < bars.Values.Length; i++)
        {
            double left = view.Plot.Left + (slot * (i + 0.5)) - (GroupShare * slot / 2) + (position * width);
            double value = bars.Values[i];
            bool shown = view.Y.CanShow(value);
            double y = shown ? view.PlaceY(value) : baseline;
            double top = Math.Min(y, baseline);
            double bottom = Math.Max(y, baseline);
            if (shown && !bars.Low.IsDefaultOrEmpty)
            {
                top = view.Y.CanShow(bars.High[i]) ? Math.Min(top, view.PlaceY(bars.High[i])) : top;
                bottom = view.Y.CanShow(bars.Low[i]) ? Math.Max(bottom, view.PlaceY(bars.Low[i])) : bottom;
            }

            string note = shown ? "" : double.IsNaN(value) ? "undefined" : value > Extent.Largest ? "∞" : value < -Extent.Largest ? "−∞"
                : "≤ 0";
            yield return (new Box(left, view.Plot.Top, width, view.Plot.Height), new Box(left, top, width, bottom - top), note, i);
        }
    }

    private static void DrawBars(SvgBuilder svg, PanelView view, BarSeries bars)
    {
        double font = svg.FontSize;
        double baseline = view.Y.CanShow(0) ? Math.Clamp(view.PlaceY(0), view.Plot.Top, view.Plot.Bottom) : view.Plot.Bottom;
        int style = view.StyleOf(bars);
        foreach ((Box slot, _, string note, int i) in Bars(view, bars))
        {
            if (note.Length > 0)
            {
                if (slot.Width >= 0.9 * font)
                {
                    svg.Text(new Label(note), slot.CentreX + (0.28 * font), baseline - (0.3 * font), 0.85 * font, Palette.Muted,
                        rotate: -90);
                }

                continue;
            }

            double y = view.PlaceY(bars.Values[i]);
            double air = 0.06 * slot.Width;
            Swatch(svg, new Box(slot.Left + air, Math.Min(y, baseline), slot.Width - (2 * air), Math.Abs(y - baseline)), style,
                outline: false);
            if (!bars.Low.IsDefaultOrEmpty && !double.IsNaN(bars.Low[i]) && !double.IsNaN(bars.High[i]))
            {
                double low = view.Y.CanShow(bars.Low[i]) ? view.PlaceY(bars.Low[i]) : view.Plot.Bottom + font;
                double high = view.Y.CanShow(bars.High[i]) ? view.PlaceY(bars.High[i]) : view.Plot.Top - font;
                DrawErrorBar(svg, slot.CentreX, low, high, Math.Min(0.3 * font, 0.3 * slot.Width), Palette.Text);
            }
        }

        if (view.Y.CanShow(0) && view.Y.Low < 0 && view.Y.High > 0)
        {
            svg.Line(view.Plot.Left, baseline, view.Plot.Right, baseline, Palette.Axis, 0.09 * font);
        }
    }

    private static Box Bin(PanelView view, HistogramSeries histogram, int i)
    {
        (double left, double right) = (histogram.Edges[i], histogram.Edges[i + 1]);
        if (!view.X.CanShow(right) || !view.Y.CanShow(histogram.Counts[i]))
        {
            return default;
        }

        double from = view.X.CanShow(left) ? view.PlaceX(left) : view.Plot.Left;
        double top = view.PlaceY(histogram.Counts[i]);
        return new Box(from, top, view.PlaceX(right) - from, view.Plot.Bottom - top);
    }

    private static void DrawHistogram(SvgBuilder svg, PanelView view, HistogramSeries histogram)
    {
        int style = view.StyleOf(histogram);
        Ink ink = Palette.Ink(style);
        var path = new StringBuilder();
        Box last = default;
        for (int i = 0; i < histogram.Counts.Length; i++)
        {
            Box bin = Bin(view, histogram, i);
            if (bin == default)
            {
                Close();
            }
            else
            {
                path.Append(
                    last == default ? SvgBuilder.Move(bin.Left, view.Plot.Bottom) + SvgBuilder.To(bin.Left, bin.Top)
                    : SvgBuilder.To(bin.Left, bin.Top));
                path.Append(SvgBuilder.To(bin.Right, bin.Top));
            }

            last = bin;
        }

        Close();
        if (path.Length > 0)
        {
            double width = ReferenceWidth * svg.FontSize;
            svg.Add(
                "path", new XAttribute("d", path.ToString()), svg.Both(ink, ink), SvgBuilder.At("fill-opacity", BandOpacity),
                SvgBuilder.At("stroke-width", width), Dashes(Palette.Dash(style), width));
        }

        void Close()
        {
            if (last != default)
            {
                path.Append(SvgBuilder.To(last.Right, view.Plot.Bottom));
            }
        }
    }

    private static void DrawHeatMap(SvgBuilder svg, PanelView view, HeatMap map)
    {
        double[] columns = PanelView.Edges(map.ColumnPositions, map.Columns, view.X.Axis);
        double[] rows = PanelView.Edges(map.RowPositions, map.Rows, view.Y.Axis);
        (int acrossBlock, int downBlock) = BlockSize(map);
        svg.Group(
            () =>
            {
                for (int row = 0; row < map.Rows; row += downBlock)
                {
                    int rowEnd = Math.Min(map.Rows, row + downBlock);
                    (double top, double bottom) = (view.PlaceY(rows[rowEnd]), view.PlaceY(rows[row]));
                    (double runLeft, double runRight, string? runColor) = (0, 0, null);
                    for (int column = 0; column < map.Columns; column += acrossBlock)
                    {
                        int columnEnd = Math.Min(map.Columns, column + acrossBlock);
                        string color = ColorOf(view, map, BlockMean(map, row, rowEnd, column, columnEnd));
                        double left = view.PlaceX(columns[column]);
                        if (color != runColor)
                        {
                            Cell(runLeft, runRight, top, bottom, runColor);
                            (runLeft, runColor) = (left, color);
                        }

                        runRight = view.PlaceX(columns[columnEnd]);
                    }

                    Cell(runLeft, runRight, top, bottom, runColor);
                }
            },
            new XAttribute("shape-rendering", "crispEdges"));
        if (map.ValuesShown && acrossBlock == 1 && downBlock == 1)
        {
            DrawValues(svg, view, map, columns, rows);
        }

        void Cell(double left, double right, double top, double bottom, string? color)
        {
            // Under the next cells, which are drawn later, so that no seam of the background shows between them at any scale.
            double over = right < view.Plot.Right - SeamCover ? SeamCover : 0;
            double above = top > view.Plot.Top + SeamCover ? SeamCover : 0;
            var box = new Box(left, top - above, right - left + over, bottom - top + above);
            if (color == "")
            {
                svg.Add("rect", SvgBuilder.Bounds(box), svg.Fill(Palette.Muted));
                svg.Add("rect", SvgBuilder.Bounds(box), new XAttribute("fill", svg.Hatch(1)));
            }
            else if (color is not null)
            {
                svg.Add("rect", SvgBuilder.Bounds(box), new XAttribute("fill", color));
            }
        }
    }

    /// <summary>Cells that are drawn as one, across and down: more than the picture can show are averaged.</summary>
    public static (int Across, int Down) BlockSize(HeatMap map) =>
        ((map.Columns + MostCells - 1) / MostCells, Math.Max(1, (map.Rows + MostCells - 1) / MostCells));

    private static double BlockMean(HeatMap map, int row, int rowEnd, int column, int columnEnd)
    {
        double sum = 0;
        for (int r = row; r < rowEnd; r++)
        {
            for (int c = column; c < columnEnd; c++)
            {
                sum += map.Values[(r * map.Columns) + c];
            }
        }

        return sum / ((rowEnd - row) * (columnEnd - column));
    }

    private static string ColorOf(PanelView view, HeatMap map, double value) =>
        double.IsNaN(value) || (!view.Color!.CanShow(value) && double.IsFinite(value))
        ? ""
        : double.IsInfinity(value) ? InfiniteCell : Palette.Color(map.Colors, view.Color.Fraction(value));

    private static void DrawValues(SvgBuilder svg, PanelView view, HeatMap map, double[] columns, double[] rows)
    {
        double size = 0.85 * svg.FontSize;
        for (int i = 0; i < map.Values.Length; i++)
        {
            (int row, int column) = (i / map.Columns, i % map.Columns);
            (double left, double right) = (view.PlaceX(columns[column]), view.PlaceX(columns[column + 1]));
            (double top, double bottom) = (view.PlaceY(rows[row + 1]), view.PlaceY(rows[row]));
            Label label = Ticks.Short(map.Values[i], 2);
            if (label.Width(size) > right - left || size * 1.1 > bottom - top || ColorOf(view, map, map.Values[i]) == "")
            {
                continue;
            }

            bool dark = double.IsInfinity(map.Values[i]) || Palette.Luminance(map.Colors, view.Color!.Fraction(map.Values[i])) > 0.3;
            svg.Text(
                label, (left + right) / 2, ((top + bottom) / 2) + (0.35 * size), size,
                dark ? new Ink("cellDark", "#111111", "#111111") : new Ink("cellLight", "#ffffff", "#ffffff"), TextAnchor.Middle);
        }
    }
}
