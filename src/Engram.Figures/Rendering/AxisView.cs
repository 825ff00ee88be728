namespace Engram.Figures.Rendering;

/// <summary>Least and greatest of the values an axis has to show.</summary>
internal sealed class Extent(Axis axis)
{
    /// <summary>Numbers beyond this are drawn like infinite ones: differences between them could not be computed.</summary>
    public const double Largest = 1e300;

    public double Low { get; private set; } = double.PositiveInfinity;

    public double High { get; private set; } = double.NegativeInfinity;

    public bool IsEmpty => Low > High;

    /// <summary>Whether the axis starts or ends at zero unless the data cross it.</summary>
    public bool FromZero { get; set; }

    /// <summary>Whether the axis does so where the data come near zero.</summary>
    public bool FromNearZero { get; init; }

    /// <summary>Whether the data's limits are the axis's, without air.</summary>
    public bool Tight { get; set; }

    public void Add(double value)
    {
        if (AxisView.CanShow(axis, value))
        {
            (Low, High) = (Math.Min(Low, value), Math.Max(High, value));
        }
    }

    public void Add(Extent other)
    {
        Add(other.Low);
        Add(other.High);
        FromZero |= other.FromZero;
        Tight |= other.Tight;
    }
}

/// <summary>An axis with its range: says where on it a value lies, and what is written along it.</summary>
internal sealed class AxisView
{
    private readonly double low;
    private readonly double span;

    public AxisView(Axis axis, Extent extent)
    {
        Axis = axis;
        (Low, High) = Range(axis, extent);
        low = Position(Low);
        span = Position(High) - low;
    }

    public Axis Axis { get; }

    public double Low { get; }

    public double High { get; }

    public bool IsCategorical => !Axis.Categories.IsDefaultOrEmpty;

    /// <summary>Whether a value has a place on an axis of that scale.</summary>
    public static bool CanShow(Axis axis, double value) => Math.Abs(value) <= Extent.Largest && (!axis.IsLogarithmic || value > 0);

    /// <summary>Whether a value has a place on this axis, within its range or not.</summary>
    public bool CanShow(double value) => CanShow(Axis, value);

    /// <summary>How far along the axis a value lies: 0 at its beginning, 1 at its end.</summary>
    public double Fraction(double value) => (Position(value) - low) / span;

    /// <summary>Marks for an axis that has room for that many labels.</summary>
    public List<Tick> Marks(int most)
    {
        if (IsCategorical)
        {
            return [.. Axis.Categories.Select((name, i) => new Tick(i, new Label(name)))];
        }

        return Axis.IsLogarithmic ? Ticks.Logarithmic(Low, High, most) : Ticks.Linear(Low, High, most, Axis.WholeNumbers);
    }

    /// <summary>The most marks whose labels, side by side, keep their distance on an axis of that length.</summary>
    public List<Tick> MarksSideBySide(double length, double fontSize)
    {
        for (int most = Math.Clamp((int)(length / (2.6 * fontSize)), 2, 11); most > 1; most--)
        {
            List<Tick> marks = Marks(most);
            double end = double.NegativeInfinity;
            bool fits = true;
            foreach (Tick mark in marks.Where(m => m.Label is not null).OrderBy(m => m.Value))
            {
                double centre = Fraction(mark.Value) * length;
                double half = mark.Label!.Value.Width(fontSize) / 2;
                fits &= centre - half >= end;
                end = centre + half + (0.8 * fontSize);
            }

            if (fits)
            {
                return marks;
            }
        }

        return Marks(1);
    }

    private static (double Low, double High) Range(Axis axis, Extent extent)
    {
        if (!axis.Categories.IsDefaultOrEmpty)
        {
            return (-0.5, axis.Categories.Length - 0.5);
        }

        (double low, double high) = Free(axis, extent);
        (low, high) = (axis.Minimum ?? low, axis.Maximum ?? high);
        if (low >= high)
        {
            // One limit is given and the data lie beyond it.
            (low, high) = axis.IsLogarithmic
                ? (axis.Minimum ?? high / 10, axis.Maximum ?? low * 10)
                : (axis.Minimum ?? high - Half(high), axis.Maximum ?? low + Half(low));
        }

        return (low, high);
    }

    private static (double Low, double High) Free(Axis axis, Extent extent)
    {
        if (extent.IsEmpty)
        {
            return axis.IsLogarithmic ? (0.1, 10) : (0, 1);
        }

        (double low, double high) = (extent.Low, extent.High);
        if (axis.IsLogarithmic)
        {
            if (high / low < 1 + 1e-9)
            {
                return (Math.Max(double.Epsilon, low / Math.Sqrt(10)), high * Math.Sqrt(10));
            }

            // By logarithms, since the ratio of the limits may be beyond any double.
            (double from, double to) = (Math.Log10(low), Math.Log10(high));
            double margin = extent.Tight ? 0 : 0.04 * (to - from);
            return margin == 0 && !extent.FromZero
                ? (low, high)
                : (Math.Max(double.Epsilon, Math.Pow(10, from - (extent.FromZero ? 0.3 : margin))),
                    Math.Min(1e305, Math.Pow(10, to + margin)));
        }

        bool zeroBelow = low >= 0 && (extent.FromZero || (extent.FromNearZero && !extent.Tight && low <= 0.25 * high));
        bool zeroAbove = high <= 0 && (extent.FromZero || (extent.FromNearZero && !extent.Tight && high >= 0.25 * low));
        if (zeroBelow || zeroAbove)
        {
            (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        }

        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)) || high - low < 1e-290)
        {
            return (low - Half(low), high + Half(high));
        }

        double air = extent.Tight ? 0 : 0.05 * (high - low);
        return (zeroBelow && low == 0 ? 0 : low - air, zeroAbove && high == 0 ? 0 : high + air);
    }

    private static double Half(double value) => Math.Abs(value) < 1e-280 ? 1 : 0.1 * Math.Abs(value);

    private double Position(double value) => Axis.IsLogarithmic ? Math.Log10(value) : value;
}
