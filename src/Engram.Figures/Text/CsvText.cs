using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Figures.Text;

/// <summary>Text of CSV files, as RFC 4180 has it, and harmless where a spreadsheet opens it.</summary>
internal static class CsvText
{
    /// <summary>
    /// A field: in quotation marks where it has a comma, a quotation mark or a line's end in it. Characters that steer a terminal become
    /// escapes. Text that a spreadsheet would
    /// compute, because it begins with =, +, - or @ and is no number, has an apostrophe before it, which spreadsheets take for "this is
    /// text".
    /// </summary>
    public static string Field(string text)
    {
        string clean = CleanText.Lines(text);
        clean = IsFormula(clean) ? "'" + clean : clean;
        return clean.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{clean.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : clean;
    }

    // White space before it does not make a formula text.
    private static bool IsFormula(string text) =>
        text.AsSpan().TrimStart() is [('=' or '+' or '-' or '@'), ..]
            && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
