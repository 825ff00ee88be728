using System.Globalization;

namespace Engram.Numerics.Text;

/// <summary>Reads numbers that people write, without losing what they say.</summary>
internal static class NumberText
{
    /// <summary>Reads a finite number; one that is too large for a double, or so small that it would become 0, is none.</summary>
    /// <param name="text">The text, such as <c>1e-3</c>, the same under every culture.</param>
    /// <param name="value">The number.</param>
    public static bool TryRead(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value)
            && !(value == 0 && SaysMoreThanZero(text));

    /// <summary>Whether a number is another thing in single precision: 0, or infinite, where it is neither.</summary>
    public static bool IsLostInSingles(double value) =>
        double.IsFinite(value) && value != 0 && ((float)value == 0 || float.IsInfinity((float)value));

    /// <summary>Whether a text that reads as 0 has a digit above 0 before its exponent.</summary>
    public static bool SaysMoreThanZero(ReadOnlySpan<char> text)
    {
        int exponent = text.IndexOfAny('e', 'E');
        return (exponent < 0 ? text : text[..exponent]).IndexOfAnyInRange('1', '9') >= 0;
    }
}
