using System.Globalization;

namespace Engram.Figures.Text;

/// <summary>Numbers for people: in the terminal, in tables and on pages.</summary>
public static class Numbers
{
    /// <summary>Three significant digits; nothing for null.</summary>
    public static string Short(double? value) => value switch
    {
        null => string.Empty,
        0 => "0",
        { } number when Math.Abs(number) is >= 1e-4 and < 1e5 => number.ToString(Digits(number), CultureInfo.InvariantCulture),
        { } number => number.ToString("0.00e0", CultureInfo.InvariantCulture),
    };

    /// <summary>What is there of a measurement: three significant digits, "undefined" for NaN, "diverged" for infinity.</summary>
    public static string Measured(double value) => double.IsNaN(value) ? "undefined" : double.IsInfinity(value) ? "diverged" : Short(value);

    /// <summary>A standard error: three significant digits, a dash where there is none.</summary>
    public static string Error(double? value) => value is { } number && double.IsFinite(number) ? Short(number) : "–";

    /// <summary>A duration such as 5 s, 3 min 20 s or 2 h 5 min.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds < 60 ? FormattableString.Invariant($"{time.TotalSeconds:0} s")
        : time.TotalMinutes < 60 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
        : $"{(int)time.TotalHours} h {time.Minutes} min";

    private static string Digits(double number)
    {
        int decimals = Math.Max(0, 2 - (int)Math.Floor(Math.Log10(Math.Abs(number))));
        return "F" + decimals.ToString(CultureInfo.InvariantCulture);
    }
}
