using System.Globalization;

namespace Engram.Figures.Rendering;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where.</param>
/// <param name="Label">Its text; null for a minor mark without one.</param>
internal readonly record struct Tick(double Value, Label? Label);

/// <summary>Chooses marks at round numbers, and writes them.</summary>
internal static class Ticks
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten between two values, at most <paramref name="most"/> of them where
    /// possible.</summary>
    public static List<Tick> Linear(double low, double high, int most, bool wholeNumbers = false)
    {
        double step = NiceStep((high - low) / (Math.Max(1, most) + 1));
        while (Multiples(step) > most && NiceStep(step * 1.01) is var wider && Multiples(wider) > 0)
        {
            step = wider;
        }

        if (wholeNumbers)
        {
            step = Math.Max(1, step);
        }

        double first = Math.Ceiling((low / step) - Slack);
        double last = Math.Floor((high / step) + Slack);
        var values = new List<double>();
        for (double i = first; i <= last && values.Count < 1000; i++)
        {
            values.Add(Multiple(i, step));
        }

        return [.. Write(values, step).Zip(values, (label, value) => new Tick(value, label))];

        double Multiples(double s) => Math.Floor((high / s) + Slack) - Math.Ceiling((low / s) - Slack) + 1;
    }

    /// <summary>Powers of ten with minor marks between; where the range holds fewer than two, round numbers between them.</summary>
    public static List<Tick> Logarithmic(double low, double high, int most)
    {
        int first = (int)Math.Ceiling(Math.Log10(low) - Slack);
        int last = (int)Math.Floor(Math.Log10(high) + Slack);
        int decades = last - first + 1;
        if (decades >= 2)
        {
            int every = Strides.First(s => s * Math.Max(1, most) >= decades || s == Strides[^1]);
            bool plain = first >= -3 && last <= 5;
            var ticks = new List<Tick>();
            for (int power = first - 1; power <= last; power++)
            {
                bool named = power >= first && power % every == 0;
                if (named || (power >= first && decades <= 30))
                {
                    ticks.Add(new Tick(Power(power), named ? PowerLabel(power, plain) : null));
                }

                for (int m = 2; m < 10 && decades <= 6; m++)
                {
                    if (m * Power(power) is var value && value >= low && value <= high)
                    {
                        ticks.Add(new Tick(value, null));
                    }
                }
            }

            return ticks;
        }

        foreach (int[] mantissas in (int[][])[[1, 2, 5], [1, 2, 3, 5, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9]])
        {
            List<Tick> ticks = Mantissas(low, high, mantissas);
            if (ticks.Count >= 3 || (ticks.Count == 2 && most <= 2))
            {
                return ticks.Count <= most ? ticks : Mantissas(low, high, [1, 3]) is { Count: >= 2 } fewer && fewer.Count <= most ? fewer
                    : Linear(low, high, most);
            }
        }

        return Linear(low, high, most);
    }

    /// <summary>A number as text, to that many significant digits.</summary>
    public static Label Short(double value, int digits)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return new Label(value == 0 ? "0" : double.IsNaN(value) ? "undefined" : value > 0 ? "∞" : "−∞");
        }

        int power = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        double rounded = Math.Round(value / Power(power), digits - 1, MidpointRounding.AwayFromZero) * Power(power);
        return power is < -3 or > 5
            ? Scientific(rounded, power, digits - 1)
            : new Label(
                Sign(rounded.ToString(
                power >= digits - 1 ? "#,0" : "0." + new string('0', digits - 1 - power), CultureInfo.InvariantCulture)));
    }

    private static readonly int[] Strides = [1, 2, 3, 5, 10, 20, 50, 100, 200];

    // Allows for rounding where a limit is itself a round number.
    private const double Slack = 1e-9;

    private static double Power(int exponent) =>
        double.Parse("1e" + exponent.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static double NiceStep(double atLeast)
    {
        int exponent = (int)Math.Floor(Math.Log10(atLeast));
        foreach (int mantissa in (int[])[1, 2, 5])
        {
            if (mantissa * Power(exponent) >= atLeast * (1 - Slack))
            {
                return mantissa * Power(exponent);
            }
        }

        return Power(exponent + 1);
    }

    private static double Multiple(double i, double step)
    {
        // A decimal product, so that 3 × 0.1 is 0.3.
        int exponent = (int)Math.Floor(Math.Log10(step) + Slack);
        double units = i * Math.Round(step / Power(exponent));
        return exponent < 0 && exponent > -300 ? units / Power(-exponent) : units * Power(exponent);
    }

    private static IEnumerable<Label> Write(List<double> values, double step)
    {
        int stepPower = (int)Math.Floor(Math.Log10(step) + Slack);
        double largest = values.Count == 0 ? 0 : values.Max(Math.Abs);
        if (largest is >= 1e6 or < 1e-3 and > 0)
        {
            int power = (int)Math.Floor(Math.Log10(largest) + Slack);
            return values.Select(v => v == 0 ? new Label("0") : Scientific(v, power, Math.Max(0, power - stepPower)));
        }

        string format = stepPower < 0 ? "#,0." + new string('0', -stepPower) : "#,0";
        return values.Select(v => new Label(v == 0 ? "0" : Sign(v.ToString(format, CultureInfo.InvariantCulture))));
    }

    private static Label Scientific(double value, int power, int decimals)
    {
        string format = decimals == 0 ? "0" : "0." + new string('0', decimals);
        string mantissa = Sign((value / Power(power)).ToString(format, CultureInfo.InvariantCulture));
        string ten = mantissa == "1" ? "10" : mantissa == "−1" ? "−10" : $"{mantissa}×10";
        return new Label(ten, Sign(power.ToString(CultureInfo.InvariantCulture)));
    }

    private static Label PowerLabel(int power, bool plain) => plain
        ? new Label(Power(power).ToString(power < 0 ? "0." + new string('0', -power) : "#,0", CultureInfo.InvariantCulture))
        : new Label("10", Sign(power.ToString(CultureInfo.InvariantCulture)));

    private static List<Tick> Mantissas(double low, double high, int[] mantissas)
    {
        var ticks = new List<Tick>();
        for (int power = (int)Math.Floor(Math.Log10(low)); power <= (int)Math.Ceiling(Math.Log10(high)); power++)
        {
            foreach (int mantissa in mantissas)
            {
                double value = power < 0 && power > -300 ? mantissa / Power(-power) : mantissa * Power(power);
                if (value >= low * (1 - Slack) && value <= high * (1 + Slack))
                {
                    ticks.Add(new Tick(value, Short(value, 1)));
                }
            }
        }

        return ticks;
    }

    private static string Sign(string number) => number.Replace('-', '−');
}
