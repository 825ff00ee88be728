using System.Text;
using Engram.Figures;
using Engram.Figures.Rendering;
using Engram.Studio.Http;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>The colours of the figures, for pages: a method looks the same in a page, a paper and a report.</summary>
internal static class StudioPalette
{
    private const int Inks = 7, Shades = 255;

    private static readonly Reply Sheet = new("text/css; charset=utf-8", Encoding.UTF8.GetBytes(Css()));

    private static readonly Reply Maps = new("text/javascript; charset=utf-8", Encoding.UTF8.GetBytes(
        $"export const inks = {Inks};\nexport const diverging = {Colours(ColorMap.Diverging)};\nexport const sequential = " +
            $"{Colours(ColorMap.Sequential)};\n"));

    /// <summary>Colours of series as variables of a style sheet, light and dark.</summary>
    public static Reply Css(IQueryCollection query)
    {
        _ = new RequestQuery(query);
        return Sheet;
    }

    /// <summary>The maps of colours as a script's constants, from the lowest value to the highest.</summary>
    public static Reply Script(IQueryCollection query)
    {
        _ = new RequestQuery(query);
        return Maps;
    }

    private static string Css()
    {
        string light = Of(i => i.Light), dark = Of(i => i.Dark);
        return $":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n:root[data-theme=light] {{ {light} " +
            $"}}\n:root[data-theme=dark] {{ {dark} }}\n";
    }

    private static string Of(Func<Ink, string> shade) =>
        string.Concat(
            Enumerable.Range(0, Inks).Select(Palette.Ink)
            .Concat([Palette.Background, Palette.Text, Palette.Muted, Palette.Axis, Palette.Grid, Palette.Mark, Palette.Reference])
            .Select(i => $"--{i.Key}: {shade(i)}; "));

    private static string Colours(ColorMap map) =>
        $"[{string.Join(',', Enumerable.Range(0, Shades).Select(i => $"\"{Palette.Color(map, i / (Shades - 1.0))}\""))}]";
}
