using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>A part of a page, with a heading and a place in its contents.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Blocks">What stands in it, in order.</param>
public sealed record HtmlSection(string Heading, ImmutableArray<HtmlBlock> Blocks);

/// <summary>
/// A page that stands alone: no script, no font, picture or style from elsewhere. Light, and dark where its viewer prefers that; on paper
/// light, with all that is
/// folded away open.
/// </summary>
/// <remarks>The same page gives the same bytes. Text is escaped; nothing that it is made of becomes markup.</remarks>
public sealed record HtmlPage
{
    /// <summary>Title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence or two below the title; empty for none.</summary>
    public string Lead { get; init; } = "";

    /// <summary>The sections, in order.</summary>
    public required ImmutableArray<HtmlSection> Sections { get; init; }

    /// <summary>The page as text.</summary>
    /// <exception cref="EngramException">A table's row has not as many cells as there are columns, or a figure does not hold
    /// together.</exception>
    public string Render()
    {
        var html = new HtmlWriter();
        (HtmlSection Section, string Name)[] parts = [.. Sections.Select(s => (s, html.Name(s.Heading)))];
        html.Markup("<!DOCTYPE html>\n").Open("html", ("lang", "en")).Open("head");
        html.Open("meta", ("charset", "utf-8"));

        // What the page promises, browsers enforce.
        html.Open("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'"));
        html.Open("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        html.Open("meta", ("name", "color-scheme"), ("content", "light dark"));
        html.Element("title", Title).Open("style").Markup(HtmlStyle.Sheet).Close("style").Close("head").Open("body");
        html.Open("header").Element("h1", Title);
        if (Lead.Length > 0)
        {
            html.Element("p", Lead, ("class", "lead"));
        }

        WriteContents(html, parts);
        html.Close("header").Open("main");
        foreach ((HtmlSection section, string name) in parts)
        {
            html.Open("section", ("id", name)).Element("h2", section.Heading);
            foreach (HtmlBlock block in section.Blocks)
            {
                block.Write(html);
            }

            html.Close("section");
        }

        html.Close("main").Element("footer", $"Written by Engram {RunEnvironment.InformationalVersion}.").Close("body").Close("html");
        return html.ToString();
    }

    /// <summary>Writes the page; the file appears whole or not at all.</summary>
    /// <param name="path">The file; its folder is made if need be.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Write(string path)
    {
        string text = Render();
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not make the folder of '{path}': {e.Message.TrimEnd('.')}. Name a file that can be written.", e);
        }

        AtomicFile.WriteText(path, text);
    }

    private static void WriteContents(HtmlWriter html, (HtmlSection Section, string Name)[] parts)
    {
        const int FewestWithContents = 3;
        if (parts.Length < FewestWithContents)
        {
            return;
        }

        html.Open("nav", ("aria-label", "Contents")).Open("ul");
        foreach ((HtmlSection section, string name) in parts)
        {
            html.Open("li").Element("a", section.Heading, ("href", "#" + name)).Close("li");
        }

        html.Close("ul").Close("nav");
    }
}
