using System.Collections.Immutable;

namespace Engram.Figures.Rendering;

internal enum SampleKind
{
    Line,
    Cloud,
    Bar,
    Histogram,
    Reference,
}

internal readonly record struct LegendItem(string Name, SampleKind Kind, int Style, bool Marker, bool Band);

/// <summary>What each style means: one line for each name, in order of first appearance, reference lines last.</summary>
internal sealed class Legend
{
    private const double SampleGap = 0.5;
    private const double ItemGap = 1.4;
    private const double RowHeight = 1.4;
    private readonly double font;
    private readonly double widest;
    private readonly double sampleWidth;

    public Legend(Figure figure, ImmutableArray<PanelView> views)
    {
        font = figure.Size.FontSizePoints;
        widest = figure.Size.WidthMillimetres * 72 / 25.4 * 0.8;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = new List<LegendItem>();
        foreach (PanelView view in views)
        {
            foreach (Series series in view.Panel.Series)
            {
                if (series is not HeatMap && series.Name.Length > 0 && PanelRenderer.IsDrawn(series, view.Panel) && seen.Add(series.Name))
                {
                    items.Add(ItemOf(series, view));
                }
            }
        }

        ReferenceLabels = [.. figure.Panels.SelectMany(p => p.ReferenceLines).Select(r => r.Label).Where(l => l.Length > 0)
            .Distinct(StringComparer.Ordinal)];
        IsNeeded = items.Count > 1 || ReferenceLabels.Length > 0;
        items.AddRange(ReferenceLabels.Select((label, i) => new LegendItem(label, SampleKind.Reference, i, false, false)));
        Items = [.. items];
        sampleWidth = items.Exists(i => i.Kind is SampleKind.Line or SampleKind.Reference) ? 2.6 : 1.3;
    }

    public ImmutableArray<LegendItem> Items { get; }

    public ImmutableArray<string> ReferenceLabels { get; }

    /// <summary>Whether there is something to tell apart.</summary>
    public bool IsNeeded { get; }

    /// <summary>Size with one item a line.</summary>
    public (double Width, double Height) ColumnSize => (Items.Select(ItemWidth).DefaultIfEmpty(0).Max(), Items.Length * RowHeight * font);

    /// <summary>Height with as many items side by side as fit.</summary>
    public double RowsHeight(double width) =>
        Flow(width).Select(p => p.Row).DefaultIfEmpty(-1).Max() * RowHeight * font + (RowHeight * font);

    /// <summary>Dashes of a reference line with that label.</summary>
    public ImmutableArray<double> ReferenceDash(string label) => Palette.Dash(1 + (Math.Max(0, ReferenceLabels.IndexOf(label)) % 5));

    public void DrawColumn(SvgBuilder svg, Box area)
    {
        for (int i = 0; i < Items.Length; i++)
        {
            DrawItem(svg, Items[i], area.Left, area.Top + ((i + 0.5) * RowHeight * font));
        }
    }

    public void DrawRows(SvgBuilder svg, Box area)
    {
        foreach ((LegendItem item, double left, int row) in Flow(area.Width))
        {
            DrawItem(svg, item, area.Left + left, area.Top + ((row + 0.5) * RowHeight * font));
        }
    }

    private static LegendItem ItemOf(Series series, PanelView view) => series switch
    {
        LineSeries line => new LegendItem(
            line.Name,
            line.Joined ? SampleKind.Line : SampleKind.Cloud,
            view.StyleOf(series),
            Marker: LineGeometry.HasMarkers(line, view.Panel),
            Band: !line.Low.IsDefaultOrEmpty && !line.ErrorBars),
        BarSeries bars => new LegendItem(bars.Name, SampleKind.Bar, view.StyleOf(series), false, false),
        _ => new LegendItem(series.Name, SampleKind.Histogram, view.StyleOf(series), false, false),
    };

    private string Text(LegendItem item) => TextMetrics.Shorten(item.Name, font, widest);

    private double ItemWidth(LegendItem item) => ((sampleWidth + SampleGap) * font) + TextMetrics.Width(Text(item), font);

    private List<(LegendItem Item, double Left, int Row)> Flow(double width)
    {
        // Columns of equal width where they save no row otherwise lost: easier to read than ragged ones.
        var places = new List<(LegendItem, double, int)>();
        double column = Items.Select(ItemWidth).DefaultIfEmpty(0).Max() + (ItemGap * font);
        int columns = Math.Max(1, (int)((width + (ItemGap * font)) / column));
        bool oneRow = Items.Sum(ItemWidth) + ((Items.Length - 1) * ItemGap * font) <= width;
        double left = 0;
        for (int i = 0; i < Items.Length; i++)
        {
            places.Add(oneRow ? (Items[i], left, 0) : (Items[i], i % columns * column, i / columns));
            left += ItemWidth(Items[i]) + (ItemGap * font);
        }

        return places;
    }

    private void DrawItem(SvgBuilder svg, LegendItem item, double left, double centre)
    {
        Ink ink = Palette.Ink(item.Style);
        double right = left + (sampleWidth * font);
        switch (item.Kind)
        {
            case SampleKind.Line or SampleKind.Cloud:
                if (item.Band)
                {
                    svg.Add(
                        "rect", SvgBuilder.Bounds(new Box(left, centre - (0.38 * font), sampleWidth * font, 0.76 * font)), svg.Fill(ink),
                        SvgBuilder.At("fill-opacity", SeriesRenderer.BandOpacity));
                }

                if (item.Kind == SampleKind.Line)
                {
                    svg.Line(
                        left, centre, right, centre, ink, SeriesRenderer.LineWidth * font,
                        SeriesRenderer.Dashes(Palette.Dash(item.Style), SeriesRenderer.LineWidth * font));
                }

                if (item.Marker)
                {
                    svg.Marker(Palette.Marker(item.Style), new Point((left + right) / 2, centre), SeriesRenderer.MarkerRadius * font, ink);
                }

                break;
            case SampleKind.Reference:
                svg.Line(
                    left, centre, right, centre, Palette.Reference, SeriesRenderer.ReferenceWidth * font,
                    SeriesRenderer.Dashes(Palette.Dash(1 + (item.Style % 5)), SeriesRenderer.ReferenceWidth * font));
                break;
            default:
                var swatch = new Box(((left + right) / 2) - (0.65 * font), centre - (0.4 * font), 1.3 * font, 0.8 * font);
                SeriesRenderer.Swatch(svg, swatch, item.Style, item.Kind == SampleKind.Histogram);
                break;
        }

        svg.Text(new Label(Text(item)), right + (SampleGap * font), centre + (0.35 * font), font, Palette.Text);
    }
}
