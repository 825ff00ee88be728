using System.Collections.Immutable;

namespace Engram.Figures.Rendering;

/// <summary>Divides the page among title, panels, legend and notes, and gives each panel marks that fit.</summary>
internal sealed class FigureLayout
{
    public const double TickLength = 0.35;
    public const double TickGap = 0.28;
    public const double LabelGap = 0.3;
    public const double NoteSize = 0.85;
    public const double TitleSize = 1.15;
    public const double BarWidth = 0.9;
    private const double PointsPerMillimetre = 72 / 25.4;
    private readonly Figure figure;
    private readonly ImmutableArray<PanelView> views;
    private readonly double font;

    public FigureLayout(
        Figure figure, ImmutableArray<PanelView> views, Legend legend, LegendPlacement placement, IReadOnlyList<string> notes)
    {
        (this.figure, this.views) = (figure, views);
        font = figure.Size.FontSizePoints;
        Width = figure.Size.WidthMillimetres * PointsPerMillimetre;
        Margin = 0.7 * font;
        double inner = Width - (2 * Margin);
        TitleLines = figure.TitleShown ? TextMetrics.Wrap(figure.Title, font * TitleSize, inner, bold: true) : [];
        NoteLines = [.. notes.SelectMany(n => TextMetrics.Wrap(n, font * NoteSize, inner))];
        double titleHeight = TitleLines.Count == 0 ? 0 : (TitleLines.Count * font * TitleSize * TextMetrics.LineHeight) + (0.5 * font);
        double notesHeight = NoteLines.Length == 0 ? 0 : (NoteLines.Length * font * NoteSize * TextMetrics.LineHeight) + (0.5 * font);
        (double legendWidth, double legendHeight) = placement switch
        {
            LegendPlacement.Beside => (legend.ColumnSize.Width + (1.2 * font), 0),
            LegendPlacement.Below => (0, legend.RowsHeight(inner) + (0.7 * font)),
            _ => (0.0, 0.0),
        };

        double fixedHeight = (2 * Margin) + titleHeight + notesHeight + legendHeight;
        double bottom = Arrange(inner - legendWidth, fixedHeight, Margin + titleHeight);
        LegendArea = placement == LegendPlacement.Beside
            ? new Box(Width - Margin - legend.ColumnSize.Width, views[0].Plot.Top, legend.ColumnSize.Width, legend.ColumnSize.Height)
            : new Box(Margin, bottom + (0.7 * font), inner, legendHeight);
        if (placement == LegendPlacement.Beside)
        {
            bottom = Math.Max(bottom, LegendArea.Bottom);
        }

        NotesTop = bottom + legendHeight + (0.5 * font);
        Height = Math.Max(bottom + legendHeight + notesHeight + Margin, (figure.Size.HeightMillimetres ?? 0) * PointsPerMillimetre);
    }

    public double Width { get; }

    public double Height { get; }

    public double Margin { get; }

    public List<string> TitleLines { get; }

    public ImmutableArray<string> NoteLines { get; }

    public double NotesTop { get; }

    public Box LegendArea { get; }

    private int Rows => (views.Length + figure.Columns - 1) / figure.Columns;

    private int Columns => Math.Min(figure.Columns, views.Length);

    private double Line => font * TextMetrics.LineHeight;

    /// <summary>Places the panels; where the lowest one ends. Margins depend on marks, marks on room, room on margins: a few rounds settle
    /// it.</summary>
    private double Arrange(double width, double fixedHeight, double top)
    {
        double plotHeight = Math.Max(3 * font, figure.Size.PlotProportion * 0.8 * width / Columns);
        double plotWidth = Math.Max(4 * font, 0.8 * width / Columns);
        double[] left = new double[Columns], right = new double[Columns], above = new double[Rows], below = new double[Rows];
        Array.Fill(right, 0.6 * font);
        double columnGap = 0.8 * font;
        double rowGap = 0.7 * font;
        for (int round = 0; round < 5; round++)
        {
            Array.Clear(left);
            Array.Clear(above);
            Array.Clear(below);
            double[] nextRight = new double[Columns];
            for (int i = 0; i < views.Length; i++)
            {
                PanelView view = views[i];
                (int row, int column) = (i / Columns, i % Columns);
                Mark(view, plotWidth, plotHeight);
                left[column] = Math.Max(left[column], LeftOf(view, plotWidth, plotHeight));
                nextRight[column] = Math.Max(nextRight[column], RightOf(view, plotWidth, plotHeight));
                above[row] =
                    Math.Max(above[row], view.HeadingLines.Count == 0 ? 0.3 * font : (view.HeadingLines.Count * Line) + (0.35 * font));
                below[row] = Math.Max(below[row], BelowOf(view, plotWidth));
            }

            right = nextRight;
            plotWidth = Math.Max(4 * font, (width - left.Sum() - right.Sum() - ((Columns - 1) * columnGap)) / Columns);
            plotHeight = figure.Size.HeightMillimetres is { } height
                ? Math.Max(3 * font,
                    ((height * PointsPerMillimetre) - fixedHeight - above.Sum() - below.Sum() - ((Rows - 1) * rowGap)) / Rows)
                : plotWidth * figure.Size.PlotProportion;
        }

        double y = top;
        for (int row = 0; row < Rows; row++)
        {
            double x = Margin;
            for (int column = 0; column < Columns && (row * Columns) + column < views.Length; column++)
            {
                PanelView view = views[(row * Columns) + column];
                Mark(view, plotWidth, plotHeight);
                view.CellLeft = x;
                view.HeadingBaseline = y + (0.8 * Line);
                view.Plot = new Box(x + left[column], y + above[row], plotWidth, plotHeight);
                x += left[column] + plotWidth + right[column] + columnGap;
            }

            y += above[row] + plotHeight + below[row] + (row + 1 < Rows ? rowGap : 0);
        }

        return y;
    }

    private void Mark(PanelView view, double plotWidth, double plotHeight)
    {
        view.YMarks = view.Y.Marks(Math.Clamp((int)(plotHeight / (2.2 * font)), 2, 8));
        if (view.X.IsCategorical)
        {
            view.XCategories = CategoryLabels.Arrange(view.X.Axis.Categories, plotWidth, font);
            view.XMarks = [];
        }
        else
        {
            view.XMarks = view.X.MarksSideBySide(plotWidth, font);
        }

        view.ColorMarks = view.Color?.Marks(Math.Clamp((int)(plotHeight / (2.2 * font)), 2, 8)) ?? [];
        view.HeadingLines = TextMetrics.Wrap(view.Panel.Title, font, plotWidth, bold: true);
        if (view.HeadingLines.Count == 0 && view.Letter.Length > 0)
        {
            view.HeadingLines = [""];
        }
    }

    private double LeftOf(PanelView view, double plotWidth, double plotHeight)
    {
        double overhang = view.XCategories?.Overhang ?? 0;
        if (view is { XCategories: null, XLabelled: true })
        {
            overhang = Overhang(view.XMarks, m => view.X.Fraction(m.Value) * plotWidth);
        }

        if (!view.YLabelled)
        {
            return Math.Max(TickLength * font, overhang);
        }

        double labels = TickLabelWidth(view.YMarks, view.Y.IsCategorical ? MaximumCategoryWidth(plotWidth) : double.MaxValue);
        int lines = TextMetrics.Wrap(view.Y.Axis.Text, font, plotHeight).Count;
        return Math.Max(overhang, ((TickLength + TickGap) * font) + labels + (lines == 0 ? 0 : (LabelGap * font) + (lines * Line)));
    }

    private double RightOf(PanelView view, double plotWidth, double plotHeight)
    {
        double overhang = 0;
        if (view is { XCategories: null, XLabelled: true })
        {
            overhang = Overhang(view.XMarks, m => (1 - view.X.Fraction(m.Value)) * plotWidth);
        }

        double bar = 0;
        if (view.Color is { } color)
        {
            int lines = TextMetrics.Wrap(color.Axis.Text, font, plotHeight).Count;
            bar = ((0.8 + BarWidth + TickLength + TickGap) * font) + TickLabelWidth(view.ColorMarks, double.MaxValue)
                + (lines == 0 ? 0 : (LabelGap * font) + (lines * Line));
        }

        return Math.Max(Math.Max(0.3 * font, overhang), bar);
    }

    private double BelowOf(PanelView view, double plotWidth)
    {
        if (!view.XLabelled)
        {
            return TickLength * font;
        }

        int lines = TextMetrics.Wrap(view.X.Axis.Text, font, plotWidth).Count;
        double labels = view.XCategories?.Height ?? Line;
        return ((TickLength + TickGap) * font) + labels + (lines == 0 ? 0 : (LabelGap * font) + (lines * Line));
    }

    public static double MaximumCategoryWidth(double plotWidth) => Math.Max(0.5 * plotWidth, 20);

    /// <summary>How far labels reach beyond an end of their axis.</summary>
    private double Overhang(List<Tick> marks, Func<Tick, double> distanceToEnd) =>
        marks.Where(m => m.Label is not null).Select(m => (m.Label!.Value.Width(font) / 2) - distanceToEnd(m)).DefaultIfEmpty(0).Max();

    private double TickLabelWidth(List<Tick> marks, double most) =>
        marks.Where(m => m.Label is not null).Select(m => Math.Min(most, m.Label!.Value.Width(font))).DefaultIfEmpty(0).Max();
}
