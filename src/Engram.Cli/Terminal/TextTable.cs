using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>
/// A table as lines of text. Every column has a least width at which neither a name nor a number is broken. Where the columns do not fit
/// beside each other, each row becomes a record:
/// its cells one below the other, each with its heading. Nothing is ever left out.
/// </summary>
/// <param name="headings">Headings of the columns; one that starts with &gt; is aligned to the right, and its cells stay on one
/// line.</param>
/// <param name="rows">The rows, as long as the headings; text on one line each.</param>
internal sealed class TextTable(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
{
    // Words beyond it, such as paths, may be broken where nothing else helps, but not in the first column, which names the row.
    private const int LongestWord = 30;
    private const int LeastValue = 8;
    private const string Indent = "  ";

    private readonly bool[] right = [.. headings.Select(h => h.StartsWith('>'))];
    private readonly string[] heads = [.. headings.Select(h => h.TrimStart('>'))];

    /// <summary>A line, and whether it has headings alone.</summary>
    internal readonly record struct Line(string Text, bool IsHeading);

    /// <summary>The lines, none wider than asked for unless a single character is.</summary>
    /// <param name="width">How wide they may be, in character cells.</param>
    public IReadOnlyList<Line> Lines(int width)
    {
        int[] natural = [.. heads.Select((h, c) => Column(c).Append(h).Max(Width))];
        foreach ((int longest, int edge, int gap) in ((int, int, int)[])[(int.MaxValue, 2, 3), (int.MaxValue, 0, 2), (LongestWord, 2, 3),
            (LongestWord, 0, 2)])
        {
            int[] least = [.. heads.Select((_, c) => Least(c, longest))];
            int around = edge + (gap * (heads.Length - 1));
            if (least.Sum(w => (long)w) + around <= width)
            {
                return Beside(Share(least, natural, width - around), edge, gap, width);
            }
        }

        return Records(Math.Max(1, width));
    }

    /// <summary>Text in lines of a width: broken between words, and inside one only where it is wider than that.</summary>
    internal static IReadOnlyList<string> Wrap(string text, int width)
    {
        if (Width(text) <= width)
        {
            return [text];
        }

        List<string> lines = [];
        var line = new StringBuilder();
        int used = 0;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int size = Width(word);
            if (used > 0 && used + 1 + size > width)
            {
                End();
            }

            _ = used > 0 ? line.Append(' ') : line;
            used += used > 0 ? 1 : 0;
            TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(word);
            while (elements.MoveNext())
            {
                string element = elements.GetTextElement();
                if (used > 0 && used + Width(element) > width)
                {
                    End();
                }

                line.Append(element);
                used += Width(element);
            }
        }

        End();
        return lines;

        void End()
        {
            lines.Add(line.ToString());
            line.Clear();
            used = 0;
        }
    }

    private static int Width(string text) => text.GetCellWidth();

    private static int WidestWord(string text) => text.Split(' ').Max(Width);

    // What is left is shared out by what columns lack.
    private static int[] Share(int[] least, int[] natural, int room)
    {
        long extra = room - least.Sum(w => (long)w), wanted = natural.Select((n, c) => (long)Math.Max(0, n - least[c])).Sum();
        return [.. least.Select(
            (w, c) => natural[c] <= w ? w : wanted <= extra ? natural[c] : w + (int)(extra * (natural[c] - w) / wanted))];
    }

    private IEnumerable<string> Column(int c) => rows.Select(r => r[c]);

    private int Least(int c, int longest)
    {
        int words = Column(c).Append(heads[c]).Max(WidestWord);
        return right[c] ? Column(c).Select(Width).Append(WidestWord(heads[c])).Max() : c == 0 ? words : Math.Min(words, longest);
    }

    private List<Line> Beside(int[] widths, int edge, int gap, int width)
    {
        List<Line> lines = [.. Row(heads, atBottom: true).Select(t => new Line(t, true))];
        lines.Add(new Line(new string('─', Math.Min(width, widths.Sum() + (gap * (widths.Length - 1)) + (2 * edge))), false));
        lines.AddRange(rows.SelectMany(r => Row(r, atBottom: false)).Select(t => new Line(t, false)));
        return lines;

        IEnumerable<string> Row(IReadOnlyList<string> cells, bool atBottom)
        {
            IReadOnlyList<string>[] wrapped = [.. cells.Select((cell, c) => Wrap(cell, widths[c]))];
            int height = wrapped.Max(w => w.Count);
            for (int i = 0; i < height; i++)
            {
                var line = new StringBuilder(new string(' ', edge));
                for (int c = 0; c < wrapped.Length; c++)
                {
                    int at = atBottom ? i - (height - wrapped[c].Count) : i;
                    string text = at >= 0 && at < wrapped[c].Count ? wrapped[c][at] : string.Empty;
                    string space = new(' ', widths[c] - Width(text));
                    line.Append(c == 0 ? string.Empty : new string(' ', gap)).Append(right[c] ? space + text : text + space);
                }

                yield return line.ToString().TrimEnd();
            }
        }
    }

    private List<Line> Records(int width)
    {
        // Beside their headings where short values have room there; else below them. What would be broken there alone goes below.
        int label = heads.Max(Width) + 2;
        bool beside = label + LeastValue <= width;
        List<Line> lines = [];
        foreach (IReadOnlyList<string> row in rows)
        {
            if (lines.Count > 0)
            {
                lines.Add(default(Line) with { Text = string.Empty });
            }

            for (int c = 0; c < heads.Length; c++)
            {
                string value = row[c].Length == 0 ? "–" : row[c];
                int whole = right[c] ? Width(value) : c == 0 ? WidestWord(value) : 0;
                if (beside && label + whole <= width)
                {
                    lines.AddRange(
                        Wrap(value, width - label)
                        .Select((t, i) => new Line(
                        (i == 0 ? heads[c] + new string(' ', label - Width(heads[c])) : new string(' ', label)) + t, false)));
                    continue;
                }

                lines.AddRange(Wrap(heads[c], width).Select(t => new Line(t, true)));
                string indent = WidestWord(value) + Indent.Length <= width ? Indent : string.Empty;
                lines.AddRange(Wrap(value, width - indent.Length).Select(t => new Line(indent + t, false)));
            }
        }

        return lines;
    }
}
