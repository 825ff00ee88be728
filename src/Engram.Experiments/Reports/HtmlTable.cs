using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>How something reads: good news, bad news or neither.</summary>
public enum HtmlTone
{
    /// <summary>Neither.</summary>
    Plain,

    /// <summary>Good: it holds, it passes.</summary>
    Good,

    /// <summary>Bad: it does not.</summary>
    Bad,

    /// <summary>Of little weight: nothing to compare, not measured.</summary>
    Muted,
}

/// <summary>One cell of a table; text turns into one by itself.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Tone">How it reads. A tone is a colour and a mark, so that grey print has it too.</param>
public readonly record struct HtmlCell(string Text, HtmlTone Tone = HtmlTone.Plain)
{
    /// <summary>A plain cell.</summary>
    public static implicit operator HtmlCell(string text) => new(text);

    /// <summary>A plain cell.</summary>
    public static HtmlCell FromString(string text) => new(text);

    internal static string ClassOf(HtmlTone tone) =>
        tone switch { HtmlTone.Good => "good", HtmlTone.Bad => "bad", HtmlTone.Muted => "muted", _ => "" };
}

/// <summary>A column of a table.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="IsNumeric">Whether it is aligned to the right, with digits of one width.</param>
public readonly record struct HtmlColumn(string Heading, bool IsNumeric = false)
{
    /// <summary>A column of text; one of numbers where the heading starts with &gt;, as in tables of the terminal.</summary>
    public static implicit operator HtmlColumn(string heading) => FromString(heading);

    /// <summary>A column of text; one of numbers where the heading starts with &gt;, as in tables of the terminal.</summary>
    public static HtmlColumn FromString(string heading) => new(heading.TrimStart('>'), heading.StartsWith('>'));
}

/// <summary>A table. The first cell of each row is its heading.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, each as long as the columns.</param>
public sealed record HtmlTable(ImmutableArray<HtmlColumn> Columns, ImmutableArray<ImmutableArray<HtmlCell>> Rows) : HtmlBlock
{
    /// <summary>What it shows, in a sentence; empty for none.</summary>
    public string Caption { get; init; } = "";

    internal override void Write(HtmlWriter html)
    {
        html.Open("div", ("class", "scroll"), ("tabindex", "0")).Open("table");
        if (Caption.Length > 0)
        {
            html.Element("caption", Caption);
        }

        html.Open("thead").Open("tr");
        foreach (HtmlColumn column in Columns)
        {
            html.Element("th", column.Heading, ("scope", "col"), ("class", column.IsNumeric ? "number" : ""));
        }

        html.Close("tr").Close("thead").Open("tbody");
        foreach (ImmutableArray<HtmlCell> row in Rows)
        {
            if (row.Length != Columns.Length)
            {
                throw new EngramException(
                    $"Found a row of {row.Length} cells in the table '{Caption}', expected {Columns.Length}, one for each column.");
            }

            html.Open("tr");
            for (int i = 0; i < row.Length; i++)
            {
                string classes = $"{(Columns[i].IsNumeric ? "number" : "")} {HtmlCell.ClassOf(row[i].Tone)}".Trim();
                (string element, string scope) = i == 0 ? ("th", "row") : ("td", "");
                html.Element(element, row[i].Text, ("scope", scope), ("class", classes));
            }

            html.Close("tr");
        }

        html.Close("tbody").Close("table").Close("div");
    }
}
