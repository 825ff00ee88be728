using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Figures;

/// <summary>Which colours a figure is drawn in.</summary>
public enum FigureTheme
{
    /// <summary>Light, and dark where whatever shows the figure prefers dark colours. Printing stays light.</summary>
    Automatic,

    /// <summary>Dark ink on white.</summary>
    Light,

    /// <summary>Light ink on a dark ground.</summary>
    Dark,
}

/// <summary>Where the legend stands.</summary>
public enum LegendPlacement
{
    /// <summary>In a corner of the only panel where no data lie; below the panels otherwise. None where there is one series and nothing to
    /// tell apart.</summary>
    Automatic,

    /// <summary>Below the panels.</summary>
    Below,

    /// <summary>To the right of the panels.</summary>
    Beside,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>How large a figure is on the page, and its text.</summary>
/// <param name="WidthMillimetres">Full width.</param>
/// <param name="FontSizePoints">Size of tick labels and legend; 1 point is 1/72 inch. Lines and markers are in proportion.</param>
/// <param name="HeightMillimetres">Full height; null lets the plots' proportions decide.</param>
public sealed record FigureSize(double WidthMillimetres, double FontSizePoints, double? HeightMillimetres = null)
{
    /// <summary>One column of a journal page: 85 mm, 8 points.</summary>
    public static FigureSize PaperColumn { get; } = new(85, 8);

    /// <summary>The whole width of a journal page: 174 mm, 8 points.</summary>
    public static FigureSize PaperPage { get; } = new(174, 8);

    /// <summary>A 16:9 slide: 254 × 142.9 mm, 16 points.</summary>
    public static FigureSize Slide { get; } = new(254, 16, 142.9);

    /// <summary>The sizes that have a name.</summary>
    public static IReadOnlyDictionary<string, FigureSize> Named { get; } =
        new Dictionary<string, FigureSize>(StringComparer.Ordinal) { ["column"] = PaperColumn, ["page"] = PaperPage, ["slide"] = Slide };

    /// <summary>Height of a plot over its width, where <see cref="HeightMillimetres"/> does not decide.</summary>
    public double PlotProportion { get; init; } = 0.62;
}

/// <summary>
/// A picture of one or more panels, as a description: nothing is drawn before it is rendered or written.
/// </summary>
/// <remarks>
/// Series of the same name look the same in all panels and share one line of the legend. The same figure gives the same bytes.
/// </remarks>
public sealed record Figure
{
    /// <summary>What the figure shows, in a line: its accessible name, and its heading where <see cref="TitleShown"/>.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence or two for those who do not see the picture; what the panels hold is added by itself.</summary>
    public string Description { get; init; } = "";

    /// <summary>The panels, row after row.</summary>
    public required ImmutableArray<Panel> Panels { get; init; }

    /// <summary>Panels side by side.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>Whether all panels have the same horizontal range, with labels at the lowest panels only.</summary>
    public bool SharedX { get; init; }

    /// <summary>Whether all panels have the same vertical range, with labels at the leftmost panels only.</summary>
    public bool SharedY { get; init; }

    /// <summary>Whether panels are lettered A, B, C …</summary>
    public bool PanelLetters { get; init; }

    /// <summary>Whether the title is drawn; on paper the caption says it.</summary>
    public bool TitleShown { get; init; }

    /// <summary>Sentences below the picture that its reader must not miss.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Size on the page.</summary>
    public FigureSize Size { get; init; } = FigureSize.PaperColumn;

    /// <summary>Colours.</summary>
    public FigureTheme Theme { get; init; }

    /// <summary>Where the legend stands.</summary>
    public LegendPlacement Legend { get; init; }

    /// <summary>Checks that all of it can be drawn.</summary>
    /// <exception cref="EngramException">No panels, columns below 1, a size that is not positive, a shared axis of several scales, or a
    /// panel that does not hold together.</exception>
    public void Validate()
    {
        if (Panels.IsDefaultOrEmpty)
        {
            throw new EngramException($"Found no panels in figure '{Title}', expected at least one.");
        }

        if (Columns < 1)
        {
            throw new EngramException($"Found {Columns} columns in figure '{Title}', expected 1 or more.");
        }

        if (!(Size.WidthMillimetres > 0 && Size.FontSizePoints > 0 && Size.PlotProportion > 0 && Size.HeightMillimetres is null or > 0))
        {
            throw new EngramException($"Found a size of {Size} for figure '{Title}', expected positive numbers.");
        }

        for (int i = 0; i < Panels.Length; i++)
        {
            Panels[i].Validate($"panel {i + 1} of figure '{Title}'");
            ExpectSameKind(SharedX, Panels[0].X, Panels[i].X, "X", i);
            ExpectSameKind(SharedY, Panels[0].Y, Panels[i].Y, "Y", i);
        }
    }

    private void ExpectSameKind(bool shared, Axis first, Axis other, string name, int panel)
    {
        if (shared && (first.Scale != other.Scale || !first.Categories.SequenceEqual(other.Categories)))
        {
            throw new EngramException(
                $"Found axes of different scales or categories in panels 1 and {panel + 1} of figure '{Title}', expected one kind where " +
                $"they are shared; leave Shared{name} out.");
        }
    }
}
