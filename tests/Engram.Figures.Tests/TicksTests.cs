using System.Globalization;
using CsCheck;
using Engram.Figures.Rendering;

namespace Engram.Figures.Tests;

public class TicksTests
{
    [Theory]
    [InlineData(0, 1, 6, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 1, 3, "0 0.5 1.0")]
    [InlineData(-1.3, 1.4, 6, "−1.0 −0.5 0 0.5 1.0")]
    [InlineData(0, 20_000, 5, "0 5,000 10,000 15,000 20,000")]
    [InlineData(3.1, 3.2, 6, "3.10 3.12 3.14 3.16 3.18 3.20")]
    [InlineData(-2e-8, 2e-8, 5, "−2×10^−8 −10^−8 0 10^−8 2×10^−8")]
    [InlineData(1e9, 1.2e9, 3, "1.0×10^9 1.1×10^9 1.2×10^9")]
    public void Linear_Range_GivesRoundNumbers(double low, double high, int most, string expected) =>
        Assert.Equal(expected, Text(Ticks.Linear(low, high, most)));

    [Theory]
    [InlineData(0.5, 30_000, 8, "1 10 100 1,000 10,000")]
    [InlineData(0.001, 0.1, 8, "0.001 0.01 0.1")]
    [InlineData(1e-5, 1e-2, 8, "10^−5 10^−4 10^−3 10^−2")]
    [InlineData(1e-12, 1, 5, "10^−12 10^−9 10^−6 10^−3 10^0")]
    [InlineData(0.02, 0.7, 8, "0.02 0.05 0.1 0.2 0.5")]
    [InlineData(2, 9, 8, "2 3 5 7")]
    [InlineData(2, 3, 3, "2.0 2.5 3.0")]
    public void Logarithmic_Range_GivesPowersOfTenOrRoundNumbers(double low, double high, int most, string expected) =>
        Assert.Equal(expected, Text(Ticks.Logarithmic(low, high, most)));

    [Fact]
    public void Logarithmic_FewDecades_HasMinorMarksBetween()
    {
        double[] minor = [.. Ticks.Logarithmic(0.9, 110, 8).Where(t => t.Label is null).Select(t => t.Value)];
        Assert.Equal([0.9, 2, 3, 4, 5, 6, 7, 8, 9, 20, 30, 40, 50, 60, 70, 80, 90], minor.Select(v => Math.Round(v, 9)));
    }

    [Fact]
    public void Linear_RandomRanges_AreInsideEvenlySpacedAndReadBack()
    {
        Gen.Select(Gen.Double[-12, 12], Gen.Double[-0.5, 0.5], Gen.Double[1e-3, 1], Gen.Int[2, 9]).Sample((exponent, from, length, most) =>
        {
            double scale = Math.Pow(10, exponent), low = from * scale, high = low + (length * scale);
            string where = string.Create(CultureInfo.InvariantCulture, $"{low:R} to {high:R}, at most {most}");
            List<Tick> ticks = Ticks.Linear(low, high, most);
            Assert.True(ticks.Count <= most && ticks.Count >= 1, $"{where}: {ticks.Count}");
            double slack = 1e-8 * (high - low);
            double step = ticks.Count > 1 ? ticks[1].Value - ticks[0].Value : 0;
            for (int i = 0; i < ticks.Count; i++)
            {
                Assert.True(ticks[i].Value >= low - slack && ticks[i].Value <= high + slack, where);
                Assert.True(i == 0 || Math.Abs(ticks[i].Value - ticks[i - 1].Value - step) < slack, where);
                Assert.True(Math.Abs(Read(ticks[i].Label!.Value) - ticks[i].Value) <= 1e-9 * scale, $"{where}: {Text(ticks)}");
            }

            Assert.Equal(ticks.Count, ticks.Select(t => t.Label).Distinct().Count());
        }, iter: 2000, threads: 1);
    }

    [Fact]
    public void Logarithmic_RandomRanges_AreInsideRisingAndReadBack()
    {
        Gen.Select(Gen.Double[-20, 20], Gen.Double[0, 1], Gen.Double[0, 20], Gen.Int[2, 9]).Sample((exponent, share, decades, most) =>
        {
            double low = Math.Pow(10, exponent), high = low * Math.Pow(10, (share * decades) + 0.01);
            string where = string.Create(CultureInfo.InvariantCulture, $"{low:R} to {high:R}, at most {most}");
            Tick[] named = [.. Ticks.Logarithmic(low, high, most).Where(t => t.Label is not null)];
            Assert.True(named.Length >= 1 && named.Length <= most, $"{where}: {Text(named)}");
            Assert.All(named, t => Assert.True(t.Value >= low * (1 - 1e-8) && t.Value <= high * (1 + 1e-8), $"{where}: {Text(named)}"));
            Assert.All(named, t => Assert.True(Math.Abs((Read(t.Label!.Value) / t.Value) - 1) < 1e-6, $"{where}: {Text(named)}"));
            Assert.Equal(named.OrderBy(t => t.Value), named);
        }, iter: 2000, threads: 1);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0404, "0.040")]
    [InlineData(-1.25, "−1.3")]
    [InlineData(123_456, "120,000")]
    [InlineData(0.000_034_4, "3.4×10^−5")]
    [InlineData(double.NaN, "undefined")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void Short_Number_HasTwoSignificantDigits(double value, string expected) =>
        Assert.Equal(expected, Text([new Tick(value, Ticks.Short(value, 2))]));

    private static string Text(IEnumerable<Tick> ticks) =>
        string.Join(
            ' ', ticks.Where(t => t.Label is not null)
            .Select(t => t.Label!.Value.Text + (t.Label.Value.Superscript.Length > 0 ? "^" + t.Label.Value.Superscript : "")));

    private static double Read(Label label)
    {
        string text = label.Text.Replace('−', '-').Replace(",", "", StringComparison.Ordinal);
        if (label.Superscript.Length == 0)
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        string mantissa = text[..^2].TrimEnd('×');
        double factor = mantissa is "" ? 1 : mantissa is "-" ? -1 : double.Parse(mantissa, CultureInfo.InvariantCulture);
        return factor * double.Parse("1e" + label.Superscript.Replace('−', '-'), CultureInfo.InvariantCulture);
    }
}
