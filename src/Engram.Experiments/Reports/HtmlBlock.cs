using System.Collections.Immutable;

namespace Engram.Experiments.Reports;

/// <summary>Something that stands in a section of a page. All text is plain text; the page escapes it.</summary>
public abstract record HtmlBlock
{
    private protected HtmlBlock()
    {
    }

    internal abstract void Write(HtmlWriter html);
}

/// <summary>A paragraph.</summary>
/// <param name="Text">What it says.</param>
public sealed record HtmlParagraph(string Text) : HtmlBlock
{
    internal override void Write(HtmlWriter html) => html.Element("p", Text);
}

/// <summary>A heading below the section's.</summary>
/// <param name="Text">What it says.</param>
public sealed record HtmlHeading(string Text) : HtmlBlock
{
    internal override void Write(HtmlWriter html) => html.Element("h3", Text);
}

/// <summary>A paragraph that nobody should miss, such as that a run has not ended.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Tone">Good news, bad news or neither.</param>
public sealed record HtmlNotice(string Text, HtmlTone Tone = HtmlTone.Bad) : HtmlBlock
{
    internal override void Write(HtmlWriter html) =>
        html.Element("p", Text, ("class", $"notice {HtmlCell.ClassOf(Tone)}".TrimEnd()), ("role", "note"));
}

/// <summary>A list.</summary>
/// <param name="Items">What it lists.</param>
public sealed record HtmlList(ImmutableArray<string> Items) : HtmlBlock
{
    internal override void Write(HtmlWriter html)
    {
        html.Open("ul");
        foreach (string item in Items)
        {
            html.Element("li", item);
        }

        html.Close("ul");
    }
}

/// <summary>Text that stands as it is, in letters of one width: commands, files.</summary>
/// <param name="Text">The text, line breaks and all.</param>
public sealed record HtmlCode(string Text) : HtmlBlock
{
    internal override void Write(HtmlWriter html) => html.Open("pre", ("tabindex", "0")).Element("code", Text).Close("pre");
}

/// <summary>Blocks that are folded away until somebody looks; on paper they are open.</summary>
/// <param name="Summary">What is in them.</param>
/// <param name="Blocks">The blocks.</param>
public sealed record HtmlDetails(string Summary, ImmutableArray<HtmlBlock> Blocks) : HtmlBlock
{
    /// <summary>Whether they are open at first.</summary>
    public bool IsOpen { get; init; }

    internal override void Write(HtmlWriter html)
    {
        html.Open("details", ("open", IsOpen ? "open" : "")).Element("summary", Summary);
        foreach (HtmlBlock block in Blocks)
        {
            block.Write(html);
        }

        html.Close("details");
    }
}
