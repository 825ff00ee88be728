using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Figures;

/// <summary>How an axis spaces its values.</summary>
public enum AxisScale
{
    /// <summary>Equal differences, equal lengths.</summary>
    Linear,

    /// <summary>Equal ratios, equal lengths. Values of 0 and below have no place on it; they become gaps, and the figure says so.</summary>
    Logarithmic,
}

/// <summary>One axis: a quantity, its unit, its scale.</summary>
/// <param name="Label">The quantity.</param>
/// <param name="Unit">Its unit, shown in brackets after the label; empty for none.</param>
public sealed record Axis(string Label, string Unit = "")
{
    /// <summary>Linear or logarithmic.</summary>
    public AxisScale Scale { get; init; }

    /// <summary>Least value shown; null lets the data decide.</summary>
    public double? Minimum { get; init; }

    /// <summary>Greatest value shown; null lets the data decide.</summary>
    public double? Maximum { get; init; }

    /// <summary>Names at positions 0, 1, 2 …, in place of numbers; empty for a numeric axis.</summary>
    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Whether ticks stand at whole numbers only.</summary>
    public bool WholeNumbers { get; init; }

    /// <summary>Label and unit as drawn.</summary>
    public string Text => Unit.Length == 0 ? Label : Label.Length == 0 ? Unit : $"{Label} ({Unit})";

    internal bool IsLogarithmic => Scale == AxisScale.Logarithmic;

    internal void Validate(string where)
    {
        if (Minimum is { } low && !double.IsFinite(low) || Maximum is { } high && !double.IsFinite(high) || Minimum >= Maximum)
        {
            throw new EngramException(
                FormattableString.Invariant(
                $"Found limits {Minimum} and {Maximum} on the axis '{Label}' of {where}, expected finite numbers, the lower one first."));
        }

        if (IsLogarithmic && (Minimum <= 0 || Maximum <= 0))
        {
            throw new EngramException(
                FormattableString.Invariant(
                $"Found limits {Minimum} and {Maximum} on the logarithmic axis '{Label}' of {where}, expected limits above 0."));
        }

        if (IsLogarithmic && !Categories.IsDefaultOrEmpty)
        {
            throw new EngramException(
                $"Found categories on the logarithmic axis '{Label}' of {where}, expected a linear scale; leave Scale out.");
        }
    }
}

/// <summary>A straight line at one value, across the panel.</summary>
/// <param name="Value">Where it stands.</param>
/// <param name="Label">What it means, for the legend; empty for a mark that needs no name.</param>
public sealed record ReferenceLine(double Value, string Label = "")
{
    /// <summary>Whether it stands upright, at a value of x; lying, at a value of y, otherwise.</summary>
    public bool Upright { get; init; }
}

/// <summary>One plot: two axes and what is drawn between them.</summary>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis.</param>
/// <param name="Series">What is drawn, first at the bottom.</param>
public sealed record Panel(Axis X, Axis Y, ImmutableArray<Series> Series)
{
    /// <summary>Heading of the panel; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>Lines at given values.</summary>
    public ImmutableArray<ReferenceLine> ReferenceLines { get; init; } = [];

    /// <summary>What is written in the panel where none of its values can be drawn, a sentence or two; a plain one where it is
    /// empty.</summary>
    public string WhenEmpty { get; init; } = "";

    internal void Validate(string where)
    {
        X.Validate(where);
        Y.Validate(where);
        if (Series.IsDefault)
        {
            throw new EngramException($"Found no list of series in {where}, expected one, which may be empty.");
        }

        if (Series.OfType<HeatMap>().Any() && Series.Length > 1)
        {
            throw new EngramException(
                $"Found a heat map among {Series.Length} series in {where}, expected it alone; give it a panel of its own.");
        }

        foreach (Series series in Series)
        {
            series.Validate(this, where);
        }
    }
}
