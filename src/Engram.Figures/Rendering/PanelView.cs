using System.Collections.Immutable;

namespace Engram.Figures.Rendering;

/// <summary>A panel with its ranges, its marks and, once laid out, its place on the page.</summary>
internal sealed class PanelView
{
    private PanelView(Panel panel, string heading, AxisView x, AxisView y, Func<Series, int> styleOf)
    {
        (Panel, Letter, X, Y, StyleOf) = (panel, heading, x, y, styleOf);
        HeatMap = panel.Series.OfType<HeatMap>().FirstOrDefault();
        if (HeatMap is not null)
        {
            Color = ColorRange(HeatMap);
        }
    }

    public Panel Panel { get; }

    /// <summary>A, B, C …, or nothing.</summary>
    public string Letter { get; }

    public AxisView X { get; }

    public AxisView Y { get; }

    public HeatMap? HeatMap { get; }

    public AxisView? Color { get; }

    public Func<Series, int> StyleOf { get; }

    /// <summary>Whether tick labels and the label of the horizontal axis are written at this panel.</summary>
    public bool XLabelled { get; private set; } = true;

    /// <summary>Whether tick labels and the label of the vertical axis are written at this panel.</summary>
    public bool YLabelled { get; private set; } = true;

    public List<Tick> XMarks { get; set; } = [];

    public List<Tick> YMarks { get; set; } = [];

    public List<Tick> ColorMarks { get; set; } = [];

    public CategoryLabels? XCategories { get; set; }

    /// <summary>The area between the axes.</summary>
    public Box Plot { get; set; }

    /// <summary>Left edge of the panel's part of the page, labels included.</summary>
    public double CellLeft { get; set; }

    /// <summary>Baseline of the heading's first line.</summary>
    public double HeadingBaseline { get; set; }

    public List<string> HeadingLines { get; set; } = [];

    public static ImmutableArray<PanelView> Of(Figure figure)
    {
        Func<Series, int> styleOf = Styles(figure);
        (Extent X, Extent Y)[] extents = [.. figure.Panels.Select(Extents)];
        Share(figure.SharedX, [.. extents.Select(e => e.X)]);
        Share(figure.SharedY, [.. extents.Select(e => e.Y)]);
        return
        [
            .. figure.Panels.Select((panel, i) => new PanelView(
                panel,
                figure.PanelLetters && i < 26 ? ((char)('A' + i)).ToString() : "",
                new AxisView(panel.X, extents[i].X),
                new AxisView(panel.Y, extents[i].Y),
                styleOf)
            {
                XLabelled = !figure.SharedX || i + figure.Columns >= figure.Panels.Length,
                YLabelled = !figure.SharedY || i % figure.Columns == 0,
            }),
        ];
    }

    public double PlaceX(double value) => Plot.Left + (X.Fraction(value) * Plot.Width);

    public double PlaceY(double value) => Plot.Bottom - (Y.Fraction(value) * Plot.Height);

    /// <summary>Where a point lies on the page; not-a-number coordinates where it has no place.</summary>
    public Point Place(double x, double y) => X.CanShow(x)
        ? new Point(PlaceX(x), Y.CanShow(y) ? PlaceY(y) : double.NaN)
        : new Point(double.NaN, double.NaN);

    /// <summary>Edges between cells whose middles are given: half way between neighbours, on the axis's scale.</summary>
    public static double[] Edges(ImmutableArray<double> middles, int count, Axis axis)
    {
        double[] at = [.. Enumerable.Range(0, count)
            .Select(i => middles.IsDefaultOrEmpty ? i : axis.IsLogarithmic ? Math.Log10(middles[i]) : middles[i])];
        if (count == 0)
        {
            return [0];
        }

        var edges = new double[count + 1];
        for (int i = 1; i < count; i++)
        {
            edges[i] = (at[i - 1] + at[i]) / 2;
        }

        edges[0] = count == 1 ? at[0] - 0.5 : at[0] - (edges[1] - at[0]);
        edges[count] = count == 1 ? at[0] + 0.5 : at[count - 1] + (at[count - 1] - edges[count - 1]);
        return axis.IsLogarithmic ? [.. edges.Select(e => Math.Pow(10, e))] : edges;
    }

    private static Func<Series, int> Styles(Figure figure)
    {
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        Series[] all = [.. figure.Panels.SelectMany(p => p.Series).Where(s => s is not Engram.Figures.HeatMap)];
        var taken = all.Where(s => s.Style is not null).Select(s => s.Style!.Value).ToHashSet();
        int next = 0;
        foreach (Series series in all)
        {
            if (series.Style is { } own)
            {
                byName.TryAdd(series.Name, Math.Abs(own % 1000));
            }
            else if (!byName.ContainsKey(series.Name))
            {
                while (taken.Contains(next))
                {
                    next++;
                }

                byName.Add(series.Name, next++);
            }
        }

        return series => series.Style is { } own ? Math.Abs(own % 1000) : byName.GetValueOrDefault(series.Name);
    }

    private static void Share(bool shared, Extent[] extents)
    {
        if (!shared)
        {
            return;
        }

        for (int i = 0; i < extents.Length; i++)
        {
            for (int j = 0; j < extents.Length; j++)
            {
                if (i != j)
                {
                    extents[i].Add(extents[j]);
                }
            }
        }
    }

    private static (Extent X, Extent Y) Extents(Panel panel)
    {
        (Extent x, Extent y) = (new Extent(panel.X), new Extent(panel.Y) { FromNearZero = true });
        foreach (Series series in panel.Series)
        {
            switch (series)
            {
                case LineSeries line:
                    Add(line.X, x);
                    Add(line.Y, y);
                    Add(line.Low, y);
                    Add(line.High, y);
                    x.Tight |= line.Joined && !LineGeometry.HasMarkers(line, panel) && !line.ErrorBars;
                    break;
                case BarSeries bars:
                    Add(bars.Values, y);
                    Add(bars.Low, y);
                    Add(bars.High, y);
                    y.FromZero = true;
                    break;
                case HistogramSeries histogram:
                    Add(histogram.Edges, x);
                    Add(histogram.Counts, y);
                    (x.Tight, y.FromZero) = (true, true);
                    break;
                case HeatMap map:
                    Add(Edges(map.ColumnPositions, map.Columns, panel.X), x);
                    Add(Edges(map.RowPositions, map.Rows, panel.Y), y);
                    (x.Tight, y.Tight) = (true, true);
                    break;
            }
        }

        foreach (ReferenceLine line in panel.ReferenceLines)
        {
            (line.Upright ? x : y).Add(line.Value);
        }

        return (x, y);
    }

    private static void Add(IReadOnlyList<double> values, Extent extent)
    {
        foreach (double value in values)
        {
            extent.Add(value);
        }
    }

    private static AxisView ColorRange(HeatMap map)
    {
        Axis axis = map.ColorAxis ?? new Axis(map.Name);
        var extent = new Extent(axis) { Tight = true };
        Add(map.Values, extent);
        if (map.Colors == ColorMap.Diverging && !extent.IsEmpty)
        {
            double reach = Math.Max(Math.Abs(axis.Minimum ?? extent.Low), Math.Abs(axis.Maximum ?? extent.High));
            reach = reach == 0 ? 1 : reach;
            axis = axis with { Minimum = -reach, Maximum = reach };
        }

        return new AxisView(axis, extent);
    }
}

/// <summary>How the names of categories are written below an axis.</summary>
/// <param name="Lines">The lines of each name; empty for one left out for want of room.</param>
/// <param name="Slanted">Whether they are written at an angle.</param>
/// <param name="Height">Room they take downwards.</param>
/// <param name="Overhang">How far they reach to the left of the axis's beginning.</param>
internal sealed record CategoryLabels(ImmutableArray<ImmutableArray<string>> Lines, bool Slanted, double Height, double Overhang)
{
    public const double SlantDegrees = 40;

    public static CategoryLabels Arrange(ImmutableArray<string> names, double length, double fontSize)
    {
        double room = length / names.Length;
        ImmutableArray<ImmutableArray<string>> wrapped =
            [.. names.Select(n => TextMetrics.Wrap(n, fontSize, room - (0.5 * fontSize)).ToImmutableArray())];
        if (wrapped.All(w => w.Length <= 3 && w.All(line => TextMetrics.Width(line, fontSize) <= room - (0.5 * fontSize))))
        {
            return new CategoryLabels(wrapped, false, wrapped.Max(w => w.Length) * TextMetrics.LineHeight * fontSize, 0);
        }

        int every = Math.Max(1, (int)Math.Ceiling(1.35 * fontSize / room));
        string[] shown = [.. names.Select((n, i) => i % every == 0 ? TextMetrics.Shorten(n, fontSize, 13 * fontSize) : "")];
        double longest = shown.Max(n => TextMetrics.Width(n, fontSize));
        (double sine, double cosine) = Math.SinCos(SlantDegrees * Math.PI / 180);
        double overhang = shown.Select((n, i) => (TextMetrics.Width(n, fontSize) * cosine) - ((i + 0.5) * room)).Max();
        return new CategoryLabels(
            [.. shown.Select(n => n.Length == 0 ? ImmutableArray<string>.Empty : [n])], true, (longest * sine) + (fontSize * cosine),
            overhang);
    }
}
