using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Engram.Figures.Rendering;

internal enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>Builds an SVG document: elements in order, colours with a style sheet for the dark theme, numbers to a hundredth of a
/// point.</summary>
internal sealed class SvgBuilder
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private readonly FigureTheme theme;
    private readonly XElement root;
    private readonly XElement definitions = new(Svg + "defs");
    private readonly SortedSet<(string Class, string Rule)> rules = [];
    private XElement current;
    private int clips;

    public SvgBuilder(string id, FigureTheme theme, double fontSize)
    {
        (Id, this.theme, FontSize) = (id, theme, fontSize);
        root = current = new XElement(Svg + "svg", new XAttribute("id", id));
    }

    public string Id { get; }

    public double FontSize { get; }

    public static string Number(double value)
    {
        string text = Math.Round(value, 2, MidpointRounding.AwayFromZero).ToString("0.##", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }

    /// <summary>Text without the characters that XML has no place for.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text, i++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\ufffd');
            }
        }

        return clean.ToString();
    }

    public string Color(Ink ink) => theme == FigureTheme.Dark ? ink.Dark : ink.Light;

    public IEnumerable<XAttribute> Fill(Ink ink) => Paint("fill", "f", ink, null);

    public IEnumerable<XAttribute> Stroke(Ink ink) => Paint("stroke", "l", ink, null);

    public IEnumerable<XAttribute> Both(Ink fill, Ink stroke) => Paint("fill", "f", fill, stroke);

    public XElement Add(string name, params object[] content)
    {
        var element = new XElement(Svg + name, content);
        current.Add(element);
        return element;
    }

    public void Group(Action content, params object[] attributes)
    {
        XElement outer = current;
        current = Add("g", attributes);
        content();
        if (!current.HasElements)
        {
            current.Remove();
        }

        current = outer;
    }

    /// <summary>A group whose content shows inside the rectangle only.</summary>
    public void Clipped(Box box, Action content)
    {
        string clip = $"{Id}-clip{clips++}";
        definitions.Add(new XElement(Svg + "clipPath", new XAttribute("id", clip), new XElement(Svg + "rect", Bounds(box))));
        Group(content, new XAttribute("clip-path", $"url(#{clip})"));
    }

    /// <summary>A pattern of lines or dots in the background's colour, to lay over bars; its address.</summary>
    public string Hatch(int kind)
    {
        string id = $"{Id}-hatch{kind}";
        if (!definitions.Elements().Any(e => (string?)e.Attribute("id") == id))
        {
            double size = FontSize * (kind == 3 ? 0.4 : 0.5);
            string path = kind switch
            {
                1 => $"M0 {Number(size)}L{Number(size)} 0",
                2 => $"M0 0L{Number(size)} {Number(size)}",
                4 => $"M0 {Number(size / 2)}H{Number(size)}",
                5 => $"M0 {Number(size / 2)}H{Number(size)}M{Number(size / 2)} 0V{Number(size)}",
                _ => "",
            };
            XElement mark = kind == 3
                ? new XElement(Svg + "circle", At("cx", size / 2), At("cy", size / 2), At("r", size * 0.22), Fill(Palette.Background))
                : new XElement(
                    Svg + "path",
                    new XAttribute("d", path),
                    At("stroke-width", FontSize * 0.09),
                    new XAttribute("stroke-linecap", "square"),
                    Stroke(Palette.Background));
            definitions.Add(
                new XElement(
                    Svg + "pattern", new XAttribute("id", id), new XAttribute("patternUnits", "userSpaceOnUse"), At("width", size),
                    At("height", size), mark));
        }

        return $"url(#{id})";
    }

    public static XAttribute At(string name, double value) => new(name, Number(value));

    public static IEnumerable<XAttribute> Bounds(Box box) =>
        [At("x", box.Left), At("y", box.Top), At("width", Math.Max(0, box.Width)), At("height", Math.Max(0, box.Height))];

    public void Line(double x1, double y1, double x2, double y2, Ink ink, double width, params object[] more) =>
        Add("line", At("x1", x1), At("y1", y1), At("x2", x2), At("y2", y2), At("stroke-width", width), Stroke(ink), more);

    /// <summary>Text whose baseline passes through the point.</summary>
    public void Text(
        Label label, double x, double y, double size, Ink ink, TextAnchor anchor = TextAnchor.Start, bool bold = false, double rotate = 0)
    {
        var content = new List<object> { At("x", x), At("y", y), Fill(ink) };
        if (size != FontSize)
        {
            content.Add(At("font-size", size));
        }

        if (anchor != TextAnchor.Start)
        {
            content.Add(new XAttribute("text-anchor", anchor == TextAnchor.Middle ? "middle" : "end"));
        }

        if (bold)
        {
            content.Add(new XAttribute("font-weight", "bold"));
        }

        if (rotate != 0)
        {
            content.Add(new XAttribute("transform", $"rotate({Number(rotate)} {Number(x)} {Number(y)})"));
        }

        content.Add(Clean(label.Text));
        if (label.Superscript.Length > 0)
        {
            content.Add(
                new XElement(Svg + "tspan", At("dy", -0.36 * size), At("font-size", size * Label.SuperscriptScale), label.Superscript));
        }

        Add("text", [.. content]);
    }

    public void Marker(MarkerShape shape, Point at, double radius, Ink ink)
    {
        (double x, double y, double r) = (at.X, at.Y, radius);
        switch (shape)
        {
            case MarkerShape.Circle:
                Add("circle", At("cx", x), At("cy", y), At("r", r), Fill(ink));
                break;
            case MarkerShape.Square:
                Add("rect", Bounds(new Box(x - (0.88 * r), y - (0.88 * r), 1.76 * r, 1.76 * r)), Fill(ink));
                break;
            case MarkerShape.Cross:
                r *= 0.85;
                Add(
                    "path", new XAttribute("d", Move(x - r, y - r) + To(x + r, y + r) + Move(x - r, y + r) + To(x + r, y - r)),
                    At("stroke-width", 0.55 * r), Stroke(ink), new XAttribute("fill", "none"));
                break;
            default:
                double up = shape == MarkerShape.TriangleDown ? -1 : 1;
                string path = shape == MarkerShape.Diamond
                    ? Move(x, y - (1.25 * r)) + To(x + (1.25 * r), y) + To(x, y + (1.25 * r)) + To(x - (1.25 * r), y) + "Z"
                    : Move(x, y - (1.2 * r * up)) + To(x + (1.1 * r), y + (0.8 * r * up)) + To(x - (1.1 * r), y + (0.8 * r * up)) + "Z";
                Add("path", new XAttribute("d", path), Fill(ink));
                break;
        }
    }

    public static string Move(double x, double y) => $"M{Number(x)} {Number(y)}";

    public static string To(double x, double y) => $"L{Number(x)} {Number(y)}";

    /// <summary>The whole document.</summary>
    public string Finish(double width, double height, string title, string description)
    {
        const double MillimetresPerPoint = 25.4 / 72, PixelsPerPoint = 96.0 / 72, ScreenFontPixels = 14;
        root.Add(
            new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"),
            new XAttribute("width", Number(width * MillimetresPerPoint) + "mm"),
            new XAttribute("height", Number(height * MillimetresPerPoint) + "mm"),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{Id}-title {Id}-desc"),
            new XAttribute("font-family", "Helvetica, Arial, sans-serif"),
            At("font-size", FontSize));
        var head = new List<XElement>
        {
            new(Svg + "title", new XAttribute("id", Id + "-title"), Clean(title)),
            new(Svg + "desc", new XAttribute("id", Id + "-desc"), Clean(description)),
        };
        // Opened by itself it is as large as text is read on a screen; on paper, and inside a page, as large as it says.
        double scale = Math.Max(1, ScreenFontPixels / (FontSize * PixelsPerPoint));
        string screen =
            $"@media screen{{#{Id}:root{{width:{Number(width * PixelsPerPoint * scale)}px;" +
                $"height:{Number(height * PixelsPerPoint * scale)}px}}}}";
        string dark = theme != FigureTheme.Automatic ? ""
            : $"@media screen and (prefers-color-scheme:dark){{{string.Concat(rules.Select(r => $"#{Id} .{r.Class}{{{r.Rule}}}"))}}}";
        head.Add(new XElement(Svg + "style", screen + dark));

        if (definitions.HasElements)
        {
            head.Add(definitions);
        }

        root.AddFirst(head);
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings
        { Indent = true, IndentChars = " ", NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            root.WriteTo(writer);
        }

        return text.Append('\n').ToString();
    }

    private List<XAttribute> Paint(string property, string prefix, Ink ink, Ink? stroke)
    {
        var attributes = new List<XAttribute> { new(property, Color(ink)) };
        string classes = prefix + ink.Key;
        rules.Add((classes, $"{property}:{ink.Dark}"));
        if (stroke is { } line)
        {
            attributes.Add(new XAttribute("stroke", Color(line)));
            rules.Add(("l" + line.Key, $"stroke:{line.Dark}"));
            classes += " l" + line.Key;
        }

        if (theme == FigureTheme.Automatic)
        {
            attributes.Add(new XAttribute("class", classes));
        }

        return attributes;
    }
}
