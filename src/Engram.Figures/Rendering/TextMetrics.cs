namespace Engram.Figures.Rendering;

/// <summary>A short text with, perhaps, an exponent: 2×10⁻⁸ is ("2×10", "−8").</summary>
internal readonly record struct Label(string Text, string Superscript = "")
{
    public const double SuperscriptScale = 0.72;

    public double Width(double fontSize) =>
        TextMetrics.Width(Text, fontSize) + TextMetrics.Width(Superscript, fontSize * SuperscriptScale);
}

/// <summary>
/// How much room text takes. The font is the reader's, so widths are those of a wide sans-serif: a narrower one leaves some air.
/// </summary>
internal static class TextMetrics
{
    public const double LineHeight = 1.22;

    // Between the widest common sans-serif (DejaVu Sans, 1) and the narrow ones (Helvetica, Arial: 0.87).
    private const double Estimate = 0.94;

    /// <summary>Estimated width, in the font size's unit.</summary>
    public static double Width(string text, double fontSize, bool bold = false)
    {
        double em = 0;
        foreach (char c in text)
        {
            em += Em(c);
        }

        return em * fontSize * (bold ? 1.1 : 1) * Estimate;
    }

    /// <summary>Breaks at spaces so that lines fit the width where words do; a word too long for a line stays whole.</summary>
    public static List<string> Wrap(string text, double fontSize, double width, bool bold = false)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && Width(longer, fontSize, bold) > width)
            {
                lines.Add(line);
                longer = word;
            }

            line = longer;
        }

        if (line.Length > 0)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>The text, or as much of its beginning as fits with an ellipsis.</summary>
    public static string Shorten(string text, double fontSize, double width)
    {
        if (Width(text, fontSize) <= width)
        {
            return text;
        }

        int length = text.Length;
        while (length > 1 && Width(text[..length] + "…", fontSize) > width)
        {
            length--;
        }

        if (char.IsHighSurrogate(text[length - 1]) && length > 1)
        {
            length--;
        }

        return text[..length].TrimEnd() + "…";
    }

    private static double Em(char c) => c switch
    {
        'i' or 'j' or 'l' or '\'' or '|' => 0.29,
        ' ' or '.' or ',' or ':' or ';' or 'I' or 'f' or 't' or '!' or '(' or ')' or '[' or ']' or '/' or '-' => 0.38,
        'r' => 0.42,
        'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.97,
        '−' or '×' or '=' or '+' or '<' or '>' or '±' => 0.84,
        >= 'A' and <= 'Z' => 0.72,
        >= 'a' and <= 'z' => 0.61,
        >= '0' and <= '9' => 0.64,
        < '\u2000' => 0.68,
        '…' or '—' => 1,
        >= '\u2e80' => 1,
        _ => 0.75,
    };
}
