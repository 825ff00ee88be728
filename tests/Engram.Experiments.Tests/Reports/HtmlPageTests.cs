using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Engram.Experiments.Reports;
using Engram.Figures;
using Engram.Figures.Rendering;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests;

public sealed class HtmlPageTests
{
    private const string Hostile = "<script>alert('1')</script> & \"x\" \u0001";
    private const string Escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot; \ufffd";

    private static readonly Figure Curve = new()
    {
        Title = "A curve",
        TitleShown = true,
        Panels = [new Panel(new Axis("x"), new Axis("y"), [LineSeries.FromValues("line", [1, 3, 2])])],
    };

    public static TheoryData<HtmlBlock> HostileBlocks() =>
    [
        new HtmlParagraph(Hostile),
        new HtmlHeading(Hostile),
        new HtmlNotice(Hostile),
        new HtmlList([Hostile]),
        new HtmlCode(Hostile),
        new HtmlDetails(Hostile, []),
        new HtmlDetails("more", [new HtmlParagraph(Hostile)]),
        new HtmlTable([Hostile], []),
        new HtmlTable(["Name"], [[Hostile]]),
        new HtmlTable(["Name"], []) { Caption = Hostile },
        HtmlFigure.Of(Curve with { Title = Hostile }, "curve"),
        HtmlFigure.Of(Curve with { Description = Hostile }, "curve"),
        new HtmlFigure(FigureSvg.Render(Curve), Hostile),
        new HtmlDownload(Hostile, "file", "text"),
        new HtmlDownload("label", Hostile, "text"),
    ];

    [Theory]
    [MemberData(nameof(HostileBlocks))]
    public void Render_TextThatLooksLikeMarkup_StaysText(HtmlBlock block)
    {
        string html = Page(block).Render();

        Assert.Contains(Escaped, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Render_HostileTitles_AreEscapedEverywhere()
    {
        string html = new HtmlPage
        { Title = Hostile, Lead = Hostile, Sections = [.. Enumerable.Repeat(new HtmlSection(Hostile, []), 3)] }.Render();

        // Title, heading, lead; three headings and three entries of the contents.
        Assert.Equal(9, Count(html, Escaped));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Render_PageOfEverything_RefersToNothingOutside()
    {
        string html = Everything().Render();

        Assert.Contains("default-src 'none'", html.Replace("&#39;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.All(html.Split("url(").Skip(1), address => Assert.StartsWith("#", address, StringComparison.Ordinal));
        XElement body = Body(html);
        string[] addresses = [.. body.Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src").Select(a => a.Value)];
        Assert.NotEmpty(addresses);
        Assert.All(addresses,
            address => Assert.True(address.StartsWith('#') || address.StartsWith("data:text/plain;", StringComparison.Ordinal), address));
        Assert.Empty(
            body.Descendants().Select(e => e.Name.LocalName)
            .Intersect(["script", "link", "iframe", "img", "image", "object", "embed", "use"]));
    }

    [Fact]
    public void Render_PageOfEverything_ClosesWhatItOpens()
    {
        XElement body = Body(Everything().Render());

        Assert.Equal(["header", "main", "footer"], body.Elements().Select(e => e.Name.LocalName));
        Assert.Equal(
            ["h2", "p", "h3", "p", "ul", "pre", "div", "figure", "p", "details"],
            body.Descendants("section").First().Elements().Select(e => e.Name.LocalName));
    }

    [Fact]
    public void Render_SameFigureAndHeadingTwice_NamesNoPartTwice()
    {
        var section = new HtmlSection("Curves", [HtmlFigure.Of(Curve, "a"), HtmlFigure.Of(Curve, "b")]);

        string html = new HtmlPage { Title = "Page", Sections = [section, section, section] }.Render();

        XElement body = Body(html);
        string[] names = [.. body.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("curves-3", names);
        Assert.All(body.Descendants().Attributes("href").Where(a => a.Value[0] == '#'), a => Assert.Contains(a.Value[1..], names));
        Assert.All(body.Descendants().Attributes("clip-path"), a => Assert.Contains(a.Value["url(#".Length..^1], names));
        Assert.All(body.Descendants().Attributes("aria-labelledby"),
            a => Assert.All(a.Value.Split(' '), name => Assert.Contains(name, names)));
    }

    [Fact]
    public void Render_Figure_CarriesItsNumbersAndKeepsTextAsText()
    {
        string html = Page(HtmlFigure.Of(Curve, "curve")).Render();

        XElement body = Body(html);
        XElement numbers = body.Descendants("a").Single();
        Assert.Equal("curve.csv", numbers.Attribute("download")!.Value);
        Assert.Equal(
            FigureCsv.Render(Curve),
            Encoding.UTF8.GetString(
            Convert.FromBase64String(numbers.Attribute("href")!.Value["data:text/plain;charset=utf-8;base64,".Length..])));

        // The title is the caption's, and the picture's accessible name: not drawn once more.
        Assert.Equal(
            ["title", "strong"],
            body.Descendants().Where(e => !e.HasElements && e.Value.TrimEnd('.') == "A curve").Select(e => e.Name.LocalName));
        Assert.Contains(body.Descendants(), e => e.Name.LocalName == "text");
    }

    [Fact]
    public void Render_Tones_AreClassesThatTheSheetKnows()
    {
        string html = Page(
            new HtmlTable(
            ["What", ">Value"],
            [["a", new HtmlCell("1", HtmlTone.Good)], ["b", new HtmlCell("2", HtmlTone.Bad)], ["c", new HtmlCell("3", HtmlTone.Muted)]]))
            .Render();

        Assert.Equal(["number good", "number bad", "number muted"], Body(html).Descendants("td").Select(e => e.Attribute("class")!.Value));
        Assert.Contains("<th scope=\"col\" class=\"number\">Value</th>", html, StringComparison.Ordinal);
        Assert.All(new[] { ".number", ".good", ".bad", ".muted", "td.good::before", "@media print", "prefers-color-scheme: dark" },
            rule => Assert.Contains(rule, html, StringComparison.Ordinal));
    }

    [Fact]
    public void Render_RowOfAnotherLength_SaysWhichTable()
    {
        EngramException error =
            Assert.Throws<EngramException>(() => Page(new HtmlTable(["a", "b"], [["1"]]) { Caption = "Results" }).Render());

        Assert.Equal("Found a row of 1 cells in the table 'Results', expected 2, one for each column.", error.Message);
    }

    [Fact]
    public void Write_FolderThatIsAFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("taken", "text");

        EngramException error = Assert.Throws<EngramException>(() => Everything().Write(Path.Combine(file, "report.html")));

        Assert.StartsWith("Could not make the folder of '", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Twice_LeavesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        (string one, string two) = (Path.Combine(folder.Path, "deep", "one.html"), Path.Combine(folder.Path, "two.html"));

        Everything().Write(one);
        Everything().Write(two);

        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", File.ReadAllText(one), StringComparison.Ordinal);
    }

    private static HtmlPage Page(HtmlBlock block) => new() { Title = "Page", Sections = [new HtmlSection("Section", [block])] };

    private static HtmlPage Everything()
    {
        ImmutableArray<HtmlBlock> blocks =
        [
            new HtmlParagraph("A paragraph."),
            new HtmlHeading("A heading"),
            new HtmlNotice("A notice."),
            new HtmlList(["one", "two"]),
            new HtmlCode("engram train\nengram runs"),
            new HtmlTable(["Name", ">Value"], [["a", "1"], ["b", "2"]]) { Caption = "A table" },
            HtmlFigure.Of(Curve, "curve"),
            new HtmlDownload("Save", "recipe.yaml", "name: x\n"),
            new HtmlDetails("More", [new HtmlParagraph("Folded.")]) { IsOpen = true },
        ];
        return new HtmlPage
        {
            Title = "Everything",
            Lead = "All blocks.",
            Sections = [new HtmlSection("One", blocks), new HtmlSection("Two", blocks), new HtmlSection("Three", [])]
        };
    }

    // All but the elements that HTML never closes reads as XML.
    private static XElement Body(string html) =>
        XElement.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)]);

    private static int Count(string text, string part) =>
        (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;
}
