using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Figures.Rendering;

/// <summary>A colour on light and on dark ground. <paramref name="Key"/> names it in the picture's style sheet.</summary>
internal readonly record struct Ink(string Key, string Light, string Dark);

internal enum MarkerShape
{
    Circle,
    Square,
    TriangleUp,
    Diamond,
    TriangleDown,
    Cross,
}

/// <summary>Colours that colour-blind readers tell apart (after Okabe and Ito 2008, darkened for white paper), with dashes, markers and
/// hatches for grey print.</summary>
internal static class Palette
{
    public static readonly Ink Background = new("bg", "#ffffff", "#15181c");
    public static readonly Ink Text = new("text", "#1a1a1a", "#e8e8e8");
    public static readonly Ink Muted = new("muted", "#5c5c5c", "#a6a6a6");
    public static readonly Ink Axis = new("axis", "#4d4d4d", "#9a9a9a");
    public static readonly Ink Grid = new("grid", "#e6e6e6", "#2c3138");
    public static readonly Ink Mark = new("mark", "#b0b0b0", "#5a616b");
    public static readonly Ink Reference = new("ref", "#5c5c5c", "#b4b4b4");

    private static readonly ImmutableArray<Ink> SeriesInks =
    [
        new("s0", "#0072b2", "#4aa8e0"),
        new("s1", "#d55e00", "#f4864a"),
        new("s2", "#009e73", "#2fc99d"),
        new("s3", "#a8508a", "#de94c1"),
        new("s4", "#b98000", "#efb73e"),
        new("s5", "#4a4a4a", "#c9c9c9"),
        new("s6", "#3d9bd4", "#9ad2f5"),
    ];

    // Multiples of the line's width.
    private static readonly ImmutableArray<ImmutableArray<double>> Dashes =
        [[], [5, 2.2], [1.3, 1.8], [6.5, 2, 1.3, 2], [2.8, 1.6], [8, 2, 1.3, 2, 1.3, 2]];

    // Luminance rises along the first and falls on both sides of the second's middle.
    private static readonly ImmutableArray<int> Sequential = [0x10163a, 0x133c6b, 0x17648c, 0x338c9d, 0x73b49a, 0xbbd68b, 0xfaf2b0];
    private static readonly ImmutableArray<int> Diverging = [0x004c7f, 0x2f86bd, 0x9dc8e3, 0xf6f6f6, 0xf3bd93, 0xd9712a, 0x8f3c00];

    public static Ink Ink(int style) => SeriesInks[style % SeriesInks.Length];

    public static ImmutableArray<double> Dash(int style) => Dashes[style % Dashes.Length];

    public static MarkerShape Marker(int style) => (MarkerShape)(style % 6);

    public static int Hatch(int style) => style % 6;

    /// <summary>The colour a share of the way through a map, 0 to 1.</summary>
    public static string Color(ColorMap map, double share)
    {
        (int red, int green, int blue) = Components(map, share);
        return string.Create(CultureInfo.InvariantCulture, $"#{red:x2}{green:x2}{blue:x2}");
    }

    /// <summary>Relative luminance of a map's colour, 0 (black) to 1 (white).</summary>
    public static double Luminance(ColorMap map, double share)
    {
        (int red, int green, int blue) = Components(map, share);
        return (0.2126 * Linear(red)) + (0.7152 * Linear(green)) + (0.0722 * Linear(blue));

        static double Linear(int component) => Math.Pow(component / 255.0, 2.2);
    }

    private static (int Red, int Green, int Blue) Components(ColorMap map, double share)
    {
        ImmutableArray<int> anchors = map == ColorMap.Sequential ? Sequential : Diverging;
        double position = Math.Clamp(share, 0, 1) * (anchors.Length - 1);
        int below = Math.Min((int)position, anchors.Length - 2);
        double rest = position - below;
        return (Mix(16), Mix(8), Mix(0));

        int Mix(int shift) =>
            (int)Math.Round(
                ((1 - rest) * ((anchors[below] >> shift) & 255)) + (rest * ((anchors[below + 1] >> shift) & 255)),
                MidpointRounding.AwayFromZero);
    }
}
