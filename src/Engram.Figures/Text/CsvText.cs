namespace Engram.Figures.Text;

/// <summary>Text of CSV files, as RFC 4180 has it.</summary>
internal static class CsvText
{
    /// <summary>A field: as it is, or in quotation marks where it has a comma, a quotation mark or a line's end in it.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
