using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engram.Numerics.Text;

namespace Engram.Figures.Rendering;

/// <summary>Draws figures as SVG.</summary>
public static class FigureSvg
{
    /// <summary>
    /// The figure as an SVG document: text stays text, colours are light in themselves and dark by a style sheet, size is in millimetres.
    /// The same
    /// figure gives the same text, whatever the machine's culture.
    /// </summary>
    /// <exception cref="EngramException">The figure does not hold together (<see cref="Figure.Validate"/>).</exception>
    public static string Render(Figure figure)
    {
        figure.Validate();
        ImmutableArray<PanelView> views = PanelView.Of(figure);
        var legend = new Legend(figure, views);
        ImmutableArray<string> notes = FigureNotes.Of(figure);
        (FigureLayout layout, Box? corner) = Arrange(figure, views, legend, notes);

        var svg = new SvgBuilder("engram-" + Fingerprint(figure), figure.Theme, figure.Size.FontSizePoints);
        svg.Add("rect", SvgBuilder.At("width", layout.Width), SvgBuilder.At("height", layout.Height), svg.Fill(Palette.Background));
        double titleSize = svg.FontSize * FigureLayout.TitleSize;
        for (int i = 0; i < layout.TitleLines.Count; i++)
        {
            svg.Text(
                new Label(layout.TitleLines[i]), layout.Margin, layout.Margin + (titleSize * (0.85 + (i * TextMetrics.LineHeight))),
                titleSize, Palette.Text, bold: true);
        }

        foreach (PanelView view in views)
        {
            svg.Group(() => PanelRenderer.Draw(svg, view, legend));
        }

        svg.Group(() => DrawLegend(svg, legend, layout, corner, Placement(figure, legend, corner)));
        double noteSize = svg.FontSize * FigureLayout.NoteSize;
        for (int i = 0; i < layout.NoteLines.Length; i++)
        {
            svg.Text(
                new Label(layout.NoteLines[i]), layout.Margin, layout.NotesTop + (noteSize * (0.85 + (i * TextMetrics.LineHeight))),
                noteSize, Palette.Muted);
        }

        return svg.Finish(layout.Width, layout.Height, figure.Title, Describe(figure, views, notes));
    }

    /// <summary>What all names of parts begin with in a picture that <see cref="Render"/> made; empty where there is none.</summary>
    internal static string IdIn(string svg)
    {
        const string Attribute = "<svg id=\"";
        int from = svg.StartsWith(Attribute, StringComparison.Ordinal) ? Attribute.Length : -1;
        return from < 0 ? "" : svg[from..svg.IndexOf('"', from)];
    }

    private static (FigureLayout Layout, Box? Corner) Arrange(
        Figure figure, ImmutableArray<PanelView> views, Legend legend, ImmutableArray<string> notes)
    {
        if (figure.Legend == LegendPlacement.Automatic && legend.IsNeeded && views.Length == 1)
        {
            var open = new FigureLayout(figure, views, legend, LegendPlacement.None, notes);
            if (FreeCorner(views[0], legend, figure.Size.FontSizePoints) is { } corner)
            {
                return (open, corner);
            }
        }

        return (new FigureLayout(figure, views, legend, Placement(figure, legend, null), notes), null);
    }

    private static LegendPlacement Placement(Figure figure, Legend legend, Box? corner) => figure.Legend switch
    {
        LegendPlacement.Automatic => legend.IsNeeded && corner is null ? LegendPlacement.Below : LegendPlacement.None,
        var asked => legend.Items.IsEmpty ? LegendPlacement.None : asked,
    };

    private static Box? FreeCorner(PanelView view, Legend legend, double font)
    {
        (double width, double height) = legend.ColumnSize;
        (double air, Box plot) = (0.6 * font, view.Plot);
        if (width > 0.7 * plot.Width || height > 0.6 * plot.Height)
        {
            return null;
        }

        Box[] corners =
        [
            new(plot.Right - width - air, plot.Top + air, width, height),
            new(plot.Left + air, plot.Top + air, width, height),
            new(plot.Right - width - air, plot.Bottom - height - air, width, height),
            new(plot.Left + air, plot.Bottom - height - air, width, height),
        ];
        foreach (Box corner in corners)
        {
            if (!SeriesRenderer.Touches(view, corner.Grow(air), font))
            {
                return corner;
            }
        }

        return null;
    }

    private static void DrawLegend(SvgBuilder svg, Legend legend, FigureLayout layout, Box? corner, LegendPlacement placement)
    {
        if (corner is { } inside)
        {
            svg.Add("rect", SvgBuilder.Bounds(inside.Grow(0.55 * svg.FontSize)), svg.Fill(Palette.Background));
            legend.DrawColumn(svg, inside);
        }
        else if (placement == LegendPlacement.Beside)
        {
            legend.DrawColumn(svg, layout.LegendArea);
        }
        else if (placement == LegendPlacement.Below)
        {
            legend.DrawRows(svg, layout.LegendArea);
        }
    }

    private static string Describe(Figure figure, ImmutableArray<PanelView> views, ImmutableArray<string> notes)
    {
        var text = new StringBuilder(figure.Description.Trim());
        foreach ((PanelView view, int i) in views.Select((v, i) => (v, i)))
        {
            text.Append(text.Length > 0 ? " " : "");
            text.Append(
                views.Length > 1 ? $"Panel {(view.Letter.Length > 0 ? view.Letter : (i + 1).ToString(CultureInfo.InvariantCulture))}"
                : "Plot");
            text.Append(view.Panel.Title.Length > 0 ? $" '{view.Panel.Title}': " : ": ");
            text.Append(view.HeatMap is { } map
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"a map of {map.Rows} rows and {map.Columns} columns, colours {Span(view.Color!)}; rows {Name(view.Y)}, columns " +
                    $"{Name(view.X)}.")
                : $"{Span(view.Y)} against {Span(view.X)}.");
            string[] names = [.. view.Panel.Series.Where(s => s is not Engram.Figures.HeatMap && s.Name.Length > 0).Select(s => s.Name)];
            text.Append(names.Length == 0 ? "" : $" Series: {string.Join("; ", names)}.");
            string[] lines = [.. view.Panel.ReferenceLines.Where(r => r.Label.Length > 0).Select(r => r.Label)];
            text.Append(lines.Length == 0 ? "" : $" Reference lines: {string.Join("; ", lines)}.");
        }

        return string.Join(' ', [text.ToString(), .. notes]);
    }

    private static string Name(AxisView axis) => axis.Axis.Text.Length == 0 ? "without a label" : axis.Axis.Text;

    private static string Span(AxisView axis) => axis.IsCategorical
        ? $"{Name(axis)} ({string.Join("; ", axis.Axis.Categories)})"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(axis)}, {(axis.Axis.IsLogarithmic ? "logarithmic, " : "")}{axis.Low:G3} to {axis.High:G3}");

    // Several figures in one page must not share the names of their parts.
    private static string Fingerprint(Figure figure)
    {
        string content = string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Title}\n{figure.Theme}\n{figure.Size.WidthMillimetres:R} {figure.Size.FontSizePoints:R}\n{FigureCsv.Render(figure)}");
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(content));
        return Convert.ToHexStringLower(hash.AsSpan(0, 5));
    }
}
