using System.Text;
using Engram.Figures;
using Engram.Figures.Rendering;

namespace Engram.Experiments.Reports;

/// <summary>A picture within a page, with a caption and its numbers to take along.</summary>
/// <param name="Svg">The picture, as <see cref="FigureSvg.Render"/> makes it.</param>
/// <param name="Description">What it shows, in sentences; empty for nothing.</param>
public sealed record HtmlFigure(string Svg, string Description) : HtmlBlock
{
    private const int MostNumbers = 256 * 1024;

    /// <summary>What the caption begins with; empty where the picture has its title in itself.</summary>
    public string Title { get; init; } = "";

    /// <summary>Its numbers as CSV; empty for none. Beyond 256 KiB they are left out, so that pages stay small.</summary>
    public string Csv { get; init; } = "";

    /// <summary>Name of the file that the numbers are saved under.</summary>
    public string FileName { get; init; } = "numbers.csv";

    /// <summary>A figure whose title stands in the caption.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="name">Name of the file that its numbers are saved under, without extension.</param>
    public static HtmlFigure Of(Figure figure, string name) =>
        new(FigureSvg.Render(figure with { TitleShown = false, Theme = FigureTheme.Automatic }), figure.Description)
        {
            Title = figure.Title,
            Csv = FigureCsv.Render(figure),
            FileName = name + ".csv",
        };

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure").Markup(Picture(html)).Open("figcaption");
        if (Title.Length > 0)
        {
            html.Element("strong", Title + ".");
        }

        html.Text(Description + " ");
        if (Csv.Length is > 0 and <= MostNumbers)
        {
            new HtmlDownload("Numbers (CSV)", FileName, Csv).WriteLink(html);
        }

        html.Close("figcaption").Close("figure");
    }

    // The same figure twice in a page would give two parts one name.
    private string Picture(HtmlWriter html)
    {
        string id = FigureSvg.IdIn(Svg);
        return id.Length == 0 ? Svg : Svg.Replace(id, html.Name(id), StringComparison.Ordinal);
    }
}

/// <summary>A link that saves a text which travels in the page.</summary>
/// <param name="Label">What the link says.</param>
/// <param name="FileName">Name of the file.</param>
/// <param name="Text">The text.</param>
public sealed record HtmlDownload(string Label, string FileName, string Text) : HtmlBlock
{
    internal override void Write(HtmlWriter html)
    {
        html.Open("p");
        WriteLink(html);
        html.Close("p");
    }

    internal void WriteLink(HtmlWriter html) => html.Element(
        "a",
        Label,
        ("class", "download"),
        ("download", FileName),
        ("href", "data:text/plain;charset=utf-8;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(Text))));
}
