using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Figures.Rendering;

/// <summary>Says in words what a picture cannot show: values that are undefined, infinite or off a logarithmic axis, and averaged cells.</summary>
internal static class FigureNotes
{
    private const int Most = 6;

    public static ImmutableArray<string> Of(Figure figure)
    {
        var found = new List<(string Panel, string Series, string Text)>();
        for (int i = 0; i < figure.Panels.Length; i++)
        {
            Panel panel = figure.Panels[i];
            foreach (Series series in panel.Series)
            {
                string where = figure.Panels.Length == 1 ? ""
                    : figure.PanelLetters && i < 26 ? $"{(char)('A' + i)}, "
                    : panel.Title.Length > 0 ? $"{panel.Title}, "
                    : $"Panel {i + 1}, ";
                found.AddRange(NotesOf(panel, series).Select(n => (where, series.Name.Length > 0 ? series.Name : "data", n)));
            }
        }

        // What many panels have in common is said once.
        string[] notes =
        [
            .. found.GroupBy(n => (n.Series, n.Text)).SelectMany(g => g.Count() > 2
                ? [string.Create(CultureInfo.InvariantCulture, $"In {g.Count()} panels, {g.Key.Series}: {g.Key.Text}.")]
                : g.Select(n => $"{n.Panel}{n.Series}: {n.Text}.")),
        ];
        return notes.Length <= Most ? [.. notes] : [.. notes.Take(Most - 1), string.Create(CultureInfo.InvariantCulture, $"And {notes.Length - Most + 1} more of this kind.")];
    }

    private static IEnumerable<string> NotesOf(Panel panel, Series series)
    {
        (IReadOnlyList<double> values, Axis axis, string things) = series switch
        {
            LineSeries line => (line.Y, panel.Y, "values"),
            BarSeries bars => (bars.Values, panel.Y, "bars"),
            HistogramSeries histogram => ((IReadOnlyList<double>)histogram.Counts, panel.Y, "bins"),
            HeatMap map => (map.Values, map.ColorAxis ?? new Axis(map.Name), "cells"),
            _ => ([], panel.Y, "values"),
        };
        (int undefined, int infinite, int off) = (0, 0, 0);
        for (int i = 0; i < values.Count; i++)
        {
            double x = series is LineSeries line ? line.X[i] : 1;
            bool xOff = panel.X.IsLogarithmic && x <= 0;
            undefined += double.IsNaN(values[i]) || double.IsNaN(x) ? 1 : 0;
            infinite += Math.Abs(values[i]) > Extent.Largest || Math.Abs(x) > Extent.Largest ? 1 : 0;

            // An empty bin is nothing to remark on.
            off += xOff || (axis.IsLogarithmic && values[i] <= 0 && values[i] >= -Extent.Largest && !(series is HistogramSeries && values[i] == 0)) ? 1 : 0;
        }

        string drawn = series switch { HeatMap => " (hatched)", BarSeries => "", _ => " (gaps)" };
        if (undefined > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{undefined:N0} of {values.Count:N0} {things} undefined{drawn}");
        }

        if (infinite > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{infinite:N0} of {values.Count:N0} {things} infinite{(series is LineSeries ? " (triangles at the edge)" : "")}");
        }

        if (off > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{off:N0} of {values.Count:N0} {things} at or below 0, which a logarithmic axis has no place for{drawn}");
        }

        if (series is HeatMap large && SeriesRenderer.BlockSize(large) is var (across, down) && across * down > 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"drawn as means of {down} × {across} cells");
        }
    }
}
