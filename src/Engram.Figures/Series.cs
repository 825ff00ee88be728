using System.Collections.Immutable;
using Engram.Figures.Summaries;
using Engram.Numerics.Text;

namespace Engram.Figures;

/// <summary>
/// Something drawn in a panel. Values that are NaN are undefined: they become gaps, never zero, and the figure says how many there are.
/// </summary>
/// <param name="Name">Its name in the legend and the CSV file; series of one name look alike all over the figure.</param>
public abstract record Series(string Name)
{
    /// <summary>Which of the palette's styles to draw in; null takes the next one that is free.</summary>
    public int? Style { get; init; }

    internal abstract void Validate(Panel panel, string where);

    private protected static void ExpectLength(string what, int found, int expected, string name, string where)
    {
        if (found != expected)
        {
            throw new EngramException($"Found {found} {what} in series '{name}' of {where}, expected {expected}.");
        }
    }

    private protected void ExpectBounds(ImmutableArray<double> low, ImmutableArray<double> high, int expected, string where)
    {
        if (low.IsDefaultOrEmpty != high.IsDefaultOrEmpty)
        {
            throw new EngramException($"Found only one of Low and High in series '{Name}' of {where}, expected both or neither.");
        }

        if (!low.IsDefaultOrEmpty)
        {
            ExpectLength("lower bounds", low.Length, expected, Name, where);
            ExpectLength("upper bounds", high.Length, expected, Name, where);
        }
    }
}

/// <summary>Points joined by lines, with a band around them where <see cref="Low"/> and <see cref="High"/> are given.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="X">Positions; on an axis of categories, 0, 1, 2 …</param>
/// <param name="Y">Values, one for each position.</param>
public sealed record LineSeries(string Name, ImmutableArray<double> X, ImmutableArray<double> Y)
    : Series(Name)
{
    /// <summary>Lower edge of the band (mean − standard error, or a quantile); empty for none.</summary>
    public ImmutableArray<double> Low { get; init; } = [];

    /// <summary>Upper edge of the band; empty for none.</summary>
    public ImmutableArray<double> High { get; init; } = [];

    /// <summary>Single repetitions that <see cref="Y"/> is the mean of, by name; not drawn, but in the CSV.</summary>
    public ImmutableArray<(string Name, ImmutableArray<double> Y)> Each { get; init; } = [];

    /// <summary>Whether <see cref="Low"/> and <see cref="High"/> are drawn as bars at the points rather than as a band.</summary>
    public bool ErrorBars { get; init; }

    /// <summary>Whether points are joined; a cloud of points otherwise.</summary>
    public bool Joined { get; init; } = true;

    /// <summary>Whether each point has a marker; null gives markers to series of few points.</summary>
    public bool? Markers { get; init; }

    /// <summary>Values at 0, 1, 2 … or at <paramref name="first"/>, <paramref name="first"/> + 1, …</summary>
    public static LineSeries FromValues(string name, IEnumerable<double> values, double first = 0)
    {
        ImmutableArray<double> y = [.. values];
        return new LineSeries(name, [.. Enumerable.Range(0, y.Length).Select(i => first + i)], y);
    }

    /// <summary>Mean over repetitions with a band of one standard error on both sides; where one repetition is undefined, so is the
    /// mean.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="x">Positions.</param>
    /// <param name="repetitions">One array of values, as long as <paramref name="x"/>, for each repetition. With one repetition there is no
    /// band.</param>
    /// <exception cref="EngramException">No repetitions, or one of another length.</exception>
    public static LineSeries FromRepetitions(string name, IReadOnlyList<double> x, IReadOnlyList<IReadOnlyList<double>> repetitions)
    {
        if (repetitions.Count == 0)
        {
            throw new EngramException($"Found no repetitions for series '{name}', expected at least one.");
        }

        foreach (IReadOnlyList<double> repetition in repetitions)
        {
            ExpectLength("values in a repetition", repetition.Count, x.Count, name, "a mean over repetitions");
        }

        MeanAndError[] summary = [.. Enumerable.Range(0, x.Count).Select(i => Statistics.MeanAndError([.. repetitions.Select(r => r[i])]))];
        var line = new LineSeries(name, [.. x], [.. summary.Select(s => s.Mean)]);
        return repetitions.Count == 1
            ? line
            : line with
            {
                Low = [.. summary.Select(s => s.Mean - s.StandardError)],
                High = [.. summary.Select(s => s.Mean + s.StandardError)]
            };
    }

    internal override void Validate(Panel panel, string where)
    {
        ExpectLength("values", Y.Length, X.Length, Name, where);
        ExpectBounds(Low, High, X.Length, where);
    }
}

/// <summary>One bar for each category of the horizontal axis; several such series stand side by side.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Values">One value for each of the axis's categories.</param>
public sealed record BarSeries(string Name, ImmutableArray<double> Values)
    : Series(Name)
{
    /// <summary>Lower ends of the error bars; empty for none.</summary>
    public ImmutableArray<double> Low { get; init; } = [];

    /// <summary>Upper ends of the error bars; empty for none.</summary>
    public ImmutableArray<double> High { get; init; } = [];

    /// <summary>Bars of means with error bars of one standard error on both sides.</summary>
    public static BarSeries FromMeans(string name, IEnumerable<MeanAndError> means)
    {
        MeanAndError[] all = [.. means];
        return new BarSeries(name, [.. all.Select(m => m.Mean)])
        {
            Low = [.. all.Select(m => m.Mean - m.StandardError)],
            High = [.. all.Select(m => m.Mean + m.StandardError)],
        };
    }

    internal override void Validate(Panel panel, string where)
    {
        ExpectLength("bars", Values.Length, panel.X.Categories.Length, Name, where);
        ExpectBounds(Low, High, Values.Length, where);
    }
}

/// <summary>How many values fall between edges.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Edges">Edges of the bins, rising; one more than bins.</param>
/// <param name="Counts">Number, share or density in each bin.</param>
public sealed record HistogramSeries(string Name, ImmutableArray<double> Edges, ImmutableArray<double> Counts)
    : Series(Name)
{
    /// <summary>Draws a histogram that has been counted.</summary>
    /// <param name="name">Name in the legend.</param>
    /// <param name="histogram">The counts.</param>
    /// <param name="asShare">Whether each bin's share of all values is drawn, and not their number.</param>
    public static HistogramSeries From(string name, Histogram histogram, bool asShare = false) =>
        new(name, histogram.Edges, [.. histogram.Counts.Select(c => asShare ? (double)c / histogram.Total : c)]);

    internal override void Validate(Panel panel, string where)
    {
        ExpectLength("edges", Edges.Length, Counts.Length + 1, Name, where);
        for (int i = 0; i < Counts.Length; i++)
        {
            if (!(Edges[i] < Edges[i + 1]) || !double.IsFinite(Edges[i]) || !double.IsFinite(Edges[i + 1]))
            {
                throw new EngramException(
                    FormattableString.Invariant(
                    $"Found edges {Edges[i]} and {Edges[i + 1]} in series '{Name}' of {where}, expected finite, rising numbers."));
            }
        }
    }
}

/// <summary>Which colours a heat map goes through.</summary>
public enum ColorMap
{
    /// <summary>Dark blue to pale yellow, ever lighter: for amounts.</summary>
    Sequential,

    /// <summary>Blue through white at 0 to orange, the range symmetric about 0: for signed values.</summary>
    Diverging,
}

/// <summary>A matrix in colours, with a colour bar. Undefined cells are hatched. Alone in its panel; row 0 at the bottom.</summary>
/// <param name="Name">What the colours mean.</param>
/// <param name="Values">Row-major.</param>
/// <param name="Columns">Cells in a row.</param>
public sealed record HeatMap(string Name, ImmutableArray<double> Values, int Columns)
    : Series(Name)
{
    /// <summary>Quantity, unit, scale and limits of the colours; its label is the series' name unless given.</summary>
    public Axis? ColorAxis { get; init; }

    /// <summary>The colours.</summary>
    public ColorMap Colors { get; init; }

    /// <summary>Middle of each column on the horizontal axis, rising; empty for 0, 1, 2 … (the positions of categories).</summary>
    public ImmutableArray<double> ColumnPositions { get; init; } = [];

    /// <summary>Middle of each row on the vertical axis, rising; empty for 0, 1, 2 …</summary>
    public ImmutableArray<double> RowPositions { get; init; } = [];

    /// <summary>Whether each cell's value is written into it, to two significant digits.</summary>
    public bool ValuesShown { get; init; }

    /// <summary>Number of rows.</summary>
    public int Rows => Columns < 1 ? 0 : Values.Length / Columns;

    internal override void Validate(Panel panel, string where)
    {
        ColorAxis?.Validate(where);
        if (Columns < 1 || Values.Length % Columns != 0)
        {
            throw new EngramException(
                $"Found {Values.Length} values in rows of {Columns} in heat map '{Name}' of {where}, expected whole rows.");
        }

        if (ColorAxis is { IsLogarithmic: true } && Colors == ColorMap.Diverging)
        {
            throw new EngramException(
                $"Found diverging colours on a logarithmic scale in heat map '{Name}' of {where}, expected sequential ones.");
        }

        ExpectPositions("column positions", ColumnPositions, Columns, panel.X, where);
        ExpectPositions("row positions", RowPositions, Rows, panel.Y, where);
    }

    private void ExpectPositions(string what, ImmutableArray<double> positions, int expected, Axis axis, string where)
    {
        if (!axis.Categories.IsDefaultOrEmpty)
        {
            ExpectLength($"{what} for the axis's categories", expected, axis.Categories.Length, Name, where);
        }

        if (positions.IsDefaultOrEmpty)
        {
            if (axis.IsLogarithmic)
            {
                throw new EngramException(
                    $"Found no {what} for a logarithmic axis in heat map '{Name}' of {where}, expected some above 0.");
            }

            return;
        }

        ExpectLength(what, positions.Length, expected, Name, where);
        for (int i = 0; i < positions.Length; i++)
        {
            if (!double.IsFinite(positions[i]) || (i > 0 && positions[i] <= positions[i - 1]) || (axis.IsLogarithmic && positions[i] <= 0))
            {
                throw new EngramException(
                    $"Found {what} that are not finite and rising (and above 0 on a logarithmic axis) at {i} in heat map '{Name}' of " +
                    $"{where}.");
            }
        }
    }
}
