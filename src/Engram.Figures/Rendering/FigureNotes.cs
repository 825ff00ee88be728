using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Figures.Rendering;

/// <summary>Says in words what a picture cannot show: values that are undefined, infinite or off a logarithmic axis, and averaged
/// cells.</summary>
internal static class FigureNotes
{
    private const int Most = 6;
    private const string Undefined = "Undefined";

    public static ImmutableArray<string> Of(Figure figure)
    {
        var found = new List<(string Panel, string Series, Note Note)>();
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

        // What many panels or series have in common is said once.
        string[] notes =
        [
            .. found.GroupBy(n => (n.Series, n.Note))
                .SelectMany(
                g =>
                g.Count() > 2 ? [(Kind: g.Key.Note.Kind, Notes: g, InPanels: true)]
                : g.Select(n => (n.Note.Kind, Notes: (IEnumerable<(string Panel, string Series, Note Note)>)[n], InPanels: false)))
                .GroupBy(g => g.Kind, StringComparer.Ordinal)
                .SelectMany(kind => kind.Count() > 2
                    ? [Together([.. kind.SelectMany(g => g.Notes).Select(n => (n.Series, n.Note))])]
                    : kind.Select(g => g.InPanels
                        ? string.Create(
                            CultureInfo.InvariantCulture, $"In {g.Notes.Count()} panels, {g.Notes.First().Series}: {g.Notes.First().Note}.")
                        : $"{g.Notes.First().Panel}{g.Notes.First().Series}: {g.Notes.First().Note}.")),
        ];
        return [.. figure.Notes.IsDefault ? [] : figure.Notes, .. notes.Length <= Most ? notes
            : [.. notes.Take(Most - 1), string.Create(CultureInfo.InvariantCulture, $"And {notes.Length - Most + 1} more of this kind.")]];
    }

    private static string Together((string Series, Note Note)[] notes)
    {
        string names = string.Join("; ", notes.Select(n => n.Series).Distinct(StringComparer.Ordinal));
        (int least, int most) = (notes.Min(n => n.Note.Count), notes.Max(n => n.Note.Count));
        string count = least == most ? string.Create(CultureInfo.InvariantCulture, $"{least:N0}")
            : string.Create(CultureInfo.InvariantCulture, $"{least:N0} to {most:N0}");
        string things = most == 1 ? notes[0].Note.Things.TrimEnd('s') : notes[0].Note.Things;
        return $"{notes[0].Note.Kind}: {count} {things} each of {names}{notes[0].Note.Drawn}.";
    }

    /// <summary>What a series cannot show: how many of how many things, of what kind, and what stands in their place.</summary>
    private readonly record struct Note(int Count, int Of, string Things, string Kind, string Drawn)
    {
        public override string ToString() => Of == 0 ? Kind
            : Count == Of && Kind == Undefined ? "undefined throughout"
            : string.Create(
                CultureInfo.InvariantCulture, $"{Count:N0} of {Of:N0} {Things} {char.ToLowerInvariant(Kind[0])}{Kind.AsSpan(1)}{Drawn}");
    }

    private static IEnumerable<Note> NotesOf(Panel panel, Series series)
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
            off += xOff
                || (axis.IsLogarithmic && values[i] <= 0 && values[i] >= -Extent.Largest && !(series is HistogramSeries && values[i] == 0))
                ? 1 : 0;
        }

        string drawn = series switch { HeatMap => " (hatched)", BarSeries => "", _ => " (gaps)" };
        if (undefined > 0)
        {
            yield return new Note(undefined, values.Count, things, Undefined, drawn);
        }

        if (infinite > 0)
        {
            yield return new Note(infinite, values.Count, things, "Infinite", series is LineSeries ? " (triangles at the edge)" : "");
        }

        if (off > 0)
        {
            yield return new Note(off, values.Count, things, "At or below 0, which a logarithmic axis has no place for", drawn);
        }

        if (series is HeatMap large && SeriesRenderer.BlockSize(large) is var (across, down) && across * down > 1)
        {
            yield return new Note(0, 0, "", string.Create(CultureInfo.InvariantCulture, $"drawn as means of {down} × {across} cells"), "");
        }
    }
}
