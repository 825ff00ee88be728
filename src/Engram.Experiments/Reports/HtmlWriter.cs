using System.Text;
using Engram.Figures.Rendering;

namespace Engram.Experiments.Reports;

/// <summary>Writes HTML: elements in order, text always escaped, names of parts never twice.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder html = new();
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <summary>Text as HTML shows it: &amp;, &lt;, &gt; and quotes escaped, characters that no document may hold replaced.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in SvgBuilder.Clean(text))
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    /// <summary>A name for a part of the page that no other part has: letters, digits and hyphens of the wanted one, and a number where
    /// that is taken.</summary>
    public string Name(string wanted)
    {
        string stem = string.Join(
            '-', new string([.. wanted.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        stem = stem.Length == 0 ? "part" : stem;
        string name = stem;
        for (int number = 2; !names.Add(name); number++)
        {
            name = FormattableString.Invariant($"{stem}-{number}");
        }

        return name;
    }

    /// <summary>Opens an element.</summary>
    public HtmlWriter Open(string element, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        html.Append('<').Append(element);
        foreach ((string name, string value) in attributes)
        {
            if (value.Length > 0)
            {
                html.Append(' ').Append(name).Append("=\"").Append(Escape(value)).Append('"');
            }
        }

        html.Append('>');
        return this;
    }

    /// <summary>Closes an element, and ends the line.</summary>
    public HtmlWriter Close(string element)
    {
        html.Append("</").Append(element).Append(">\n");
        return this;
    }

    /// <summary>Text.</summary>
    public HtmlWriter Text(string text)
    {
        html.Append(Escape(text));
        return this;
    }

    /// <summary>An element that holds nothing but text.</summary>
    public HtmlWriter Element(string element, string text, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        Open(element, attributes).Text(text).Close(element);

    /// <summary>Markup that is known to be whole, such as a picture of our own.</summary>
    public HtmlWriter Markup(string markup)
    {
        html.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => html.ToString();
}
