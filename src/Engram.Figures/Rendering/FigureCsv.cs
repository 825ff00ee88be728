using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engram.Figures.Text;

namespace Engram.Figures.Rendering;

/// <summary>A figure's numbers as text, all of them, to full precision.</summary>
/// <remarks>
/// One row a value under <c>panel,series,x,y,low,high</c>. Panel: its title where all titles are there and differ, its number from 1
/// otherwise.
/// x is a category's name on an axis of categories. Bars and lines: low and high are the error bar's or the band's ends, empty where there
/// are none.
/// Histograms: x is a bin's lower edge; a last row without y has the upper edge of the last bin. Heat maps: one series for each row of the
/// map, named by its position or
/// category. Single repetitions of a line follow it as series "LINE, NAME". Reference lines: y, or x for an upright one. Numbers are the
/// shortest text that reads back to the same double; NaN, Infinity and −Infinity are
/// written so. Lines end in \n; fields that need it are quoted as in RFC 4180.
/// </remarks>
public static class FigureCsv
{
    /// <summary>The CSV text of a figure.</summary>
    public static string Render(Figure figure)
    {
        var text = new StringBuilder("panel,series,x,y,low,high\n");
        bool named = figure.Panels.All(p => p.Title.Length > 0)
            && figure.Panels.Select(p => p.Title).Distinct(StringComparer.Ordinal).Count() == figure.Panels.Length;
        for (int i = 0; i < figure.Panels.Length; i++)
        {
            Panel panel = figure.Panels[i];
            string name = named ? panel.Title : (i + 1).ToString(CultureInfo.InvariantCulture);
            foreach (Series series in panel.Series)
            {
                Write(text, name, panel, series);
            }

            foreach (ReferenceLine line in panel.ReferenceLines)
            {
                Row(text, name, line.Label, line.Upright ? Number(line.Value) : "", line.Upright ? "" : Number(line.Value), "", "");
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, string panel, Panel description, Series series)
    {
        ImmutableArray<string> categories = description.X.Categories;
        switch (series)
        {
            case LineSeries line:
                for (int i = 0; i < line.X.Length; i++)
                {
                    Row(text, panel, line.Name, Position(line.X[i], categories), Number(line.Y[i]), At(line.Low, i), At(line.High, i));
                }

                foreach ((string name, ImmutableArray<double> values) in line.Each)
                {
                    for (int i = 0; i < line.X.Length; i++)
                    {
                        Row(text, panel, $"{line.Name}, {name}", Position(line.X[i], categories), Number(values[i]), "", "");
                    }
                }

                break;
            case BarSeries bars:
                for (int i = 0; i < bars.Values.Length; i++)
                {
                    Row(text, panel, bars.Name, categories[i], Number(bars.Values[i]), At(bars.Low, i), At(bars.High, i));
                }

                break;
            case HistogramSeries histogram:
                for (int i = 0; i < histogram.Edges.Length; i++)
                {
                    Row(text, panel, histogram.Name, Number(histogram.Edges[i]), At(histogram.Counts, i), "", "");
                }

                break;
            case HeatMap map:
                for (int i = 0; i < map.Values.Length; i++)
                {
                    (int row, int column) = (i / map.Columns, i % map.Columns);
                    double y = map.RowPositions.IsDefaultOrEmpty ? row : map.RowPositions[row];
                    double x = map.ColumnPositions.IsDefaultOrEmpty ? column : map.ColumnPositions[column];
                    Row(text, panel, Position(y, description.Y.Categories), Position(x, categories), Number(map.Values[i]), "", "");
                }

                break;
        }
    }

    private static string Position(double value, ImmutableArray<string> categories) =>
        !categories.IsDefaultOrEmpty && value >= 0 && value < categories.Length && value == Math.Floor(value) ? categories[(int)value]
            : Number(value);

    private static string At(ImmutableArray<double> values, int i) => values.IsDefault || i >= values.Length ? "" : Number(values[i]);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Row(StringBuilder text, params ReadOnlySpan<string> fields)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            text.Append(i == 0 ? "" : ",");
            text.Append(CsvText.Field(fields[i]));
        }

        text.Append('\n');
    }
}
