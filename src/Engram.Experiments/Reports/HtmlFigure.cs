using System.Text;

namespace Engram.Experiments;

/// <summary>A figure within a page: the picture itself, its title and description, and its numbers to take along.</summary>
/// <param name="Figure">The figure; its title stands in the caption rather than in the picture.</param>
/// <param name="Name">Name of the file that its numbers are saved under, without extension; empty leaves them out.</param>
public sealed record HtmlFigure(Figure Figure, string Name = "") : HtmlBlock
{
    /// <summary>What more there is to say below the picture; empty for nothing.</summary>
    public string Caption { get; init; } = "";

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure").Markup(Picture(html)).Open("figcaption").Element("strong", Figure.Title + ".");
        html.Text($" {Figure.Description} {Caption}".TrimEnd());
        if (Name.Length > 0)
        {
            string numbers = Convert.ToBase64String(Encoding.UTF8.GetBytes(FigureCsv.Render(Figure)));
            html.Text(" ").Element("a", "Numbers (CSV)", ("class", "numbers"), ("download", Name + ".csv"), ("href", "data:text/csv;charset=utf-8;base64," + numbers));
        }

        html.Close("figcaption").Close("figure");
    }

    // The same figure twice in a page would give two parts one name.
    private string Picture(HtmlWriter html)
    {
        Figure drawn = Figure with { TitleShown = false, Theme = FigureTheme.Automatic };
        string id = FigureSvg.IdOf(drawn);
        return FigureSvg.Render(drawn).Replace(id, html.Name(id), StringComparison.Ordinal);
    }
}
