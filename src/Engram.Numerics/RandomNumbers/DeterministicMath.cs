namespace Engram.Numerics.RandomNumbers;

/// <summary>Functions that give the same bits on every machine: only IEEE 754 +, −, ×, ÷ and polynomials.</summary>
/// <remarks>
/// <see cref="Math"/>'s own functions come from the system's library, and differ in the last bit from one to the next. These are within
/// 4·10⁻¹⁶ of the true value, relative to it for <see cref="Exp"/> and <see cref="Log"/> (away from x = 1, absolute near it) and absolute
/// for the others. Deviation: arguments of
/// <see cref="Sin"/> and <see cref="Cos"/> are bounded.
/// </remarks>
public static class DeterministicMath
{
    /// <summary>Largest |x| of <see cref="Sin"/> and <see cref="Cos"/>.</summary>
    public const double LargestAngle = 100_000;

    // ln 2 and π/2 in parts: products of whole numbers below 2²⁰ with all parts but the last are exact.
    private const double Ln2High = 0.6931471804855391;
    private const double Ln2Low = 7.440617110012397e-11;
    private const double Log2OfE = 1.4426950408889634;
    private const double HalfPi1 = 1.5707963267341256;
    private const double HalfPi2 = 6.077100506303966e-11;
    private const double HalfPi3 = 2.0222662487959506e-21;

    /// <summary>e to the power x, within 2.5·10⁻¹⁶ of it relative to it, where it is subnormal within one unit of its last place; 0 from
    /// −746 downwards, +∞ from 710 upwards, NaN at NaN.</summary>
    public static double Exp(double x)
    {
        if (!(x > -746 && x < 710))
        {
            return double.IsNaN(x) ? x : x < 0 ? 0 : double.PositiveInfinity;
        }

        // x = k ln 2 + r with |r| ≤ ½ ln 2, k to the nearest whole number: adding 1.5 · 2⁵² leaves no room for a fraction. e^r by its
        // series, to r¹³ / 13!.
        double k = (x * Log2OfE) + 6755399441055744.0 - 6755399441055744.0;
        double r = x - (k * Ln2High) - (k * Ln2Low);
        double tail = r * r * (0.5
            + (r * ((1.0 / 6) + (r * ((1.0 / 24) + (r * ((1.0 / 120) + (r * ((1.0 / 720) + (r * ((1.0 / 5040) + (r * ((1.0 / 40320)
            + (r * ((1.0 / 362880)
                + (r * ((1.0 / 3628800) + (r * ((1.0 / 39916800) + (r * ((1.0 / 479001600) + (r * (1.0 / 6227020800)))))))))))))))))))))));
        return Math.ScaleB(1 + (r + tail), (int)k);
    }

    /// <summary>Natural logarithm; −∞ at 0, NaN below 0 and at NaN, +∞ at +∞.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x))
        {
            return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        }

        // x = m 2^e with m in [√½, √2]; ln m = 2 artanh s, s = (m − 1) / (m + 1), by its series in s².
        int e = 0;
        if (!double.IsNormal(x))
        {
            x *= 1UL << 54;
            e = -54;
        }

        long bits = BitConverter.DoubleToInt64Bits(x);
        e += (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            e++;
        }

        double f = m - 1;
        double s = f / (m + 1);
        double q = s * s;
        double tail = q * ((1.0 / 3) + (q * ((1.0 / 5) + (q * ((1.0 / 7) + (q * ((1.0 / 9) + (q * ((1.0 / 11) + (q * ((1.0 / 13)
            + (q * ((1.0 / 15) + (q * ((1.0 / 17) + (q * ((1.0 / 19) + (q * ((1.0 / 21) + (q * (1.0 / 23)))))))))))))))))))));

        // 2 s = f − s f, which keeps the leading term exact.
        return (e * Ln2High) + (f - ((s * (f - (2 * tail))) - (e * Ln2Low)));
    }

    /// <summary>Sine of an angle in radians; NaN at NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">|x| exceeds <see cref="LargestAngle"/>.</exception>
    public static double Sin(double x) => Turn(x, 0);

    /// <summary>Cosine of an angle in radians; NaN at NaN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">|x| exceeds <see cref="LargestAngle"/>.</exception>
    public static double Cos(double x) => Turn(x, 1);

    /// <summary>x to a whole power, by repeated squaring.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative power.</exception>
    public static double Power(double x, long power)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(power);
        double result = 1;
        for (; power > 0; power >>= 1, x *= x)
        {
            result = (power & 1) == 0 ? result : result * x;
        }

        return result;
    }

    /// <summary>Sine of x + quarters · π/2.</summary>
    private static double Turn(double x, int quarters)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        if (Math.Abs(x) > LargestAngle)
        {
            throw new ArgumentOutOfRangeException(
                nameof(x), x, FormattableString.Invariant($"Expected an angle of at most {LargestAngle} either way."));
        }

        // To the nearest whole number: adding 1.5 · 2⁵² leaves no room for a fraction.
        double k = (x * (2 / Math.PI)) + 6755399441055744.0 - 6755399441055744.0;
        double high = x - (k * HalfPi1);
        double low = k * HalfPi2;
        double r = high - low;
        double rest = high - r - low - (k * HalfPi3);
        quarters += (int)k;
        double value = (quarters & 1) == 0 ? SinNearZero(r, rest) : CosNearZero(r, rest);
        return (quarters & 2) == 0 ? value : -value;
    }

    /// <summary>sin(r + rest), |r| ≤ π/4 and rest below r's last bit.</summary>
    private static double SinNearZero(double r, double rest)
    {
        double q = r * r;
        double tail = q * ((-1.0 / 6) + (q * ((1.0 / 120) + (q * ((-1.0 / 5040) + (q * ((1.0 / 362880) + (q * ((-1.0 / 39916800)
            + (q * ((1.0 / 6227020800) + (q * (-1.0 / 1307674368000)))))))))))));
        return r + ((r * tail) + (rest * (1 - (0.5 * q))));
    }

    /// <summary>cos(r + rest), |r| ≤ π/4 and rest below r's last bit.</summary>
    private static double CosNearZero(double r, double rest)
    {
        double q = r * r;
        double tail = q * q * ((1.0 / 24) + (q * ((-1.0 / 720) + (q * ((1.0 / 40320) + (q * ((-1.0 / 3628800) + (q * ((1.0 / 479001600)
            + (q * ((-1.0 / 87178291200) + (q * (1.0 / 20922789888000)))))))))))));
        double half = 0.5 * q;
        double one = 1 - half;
        return one + (1 - one - half + (tail - (r * rest)));
    }
}
