using Engram.Numerics.RandomNumbers;

namespace Engram.Numerics.Tests;

public sealed class DeterministicMathTests
{
    [Fact]
    public void SinCos_ManyAngles_MatchMath()
    {
        var random = new RandomStream(11);
        foreach (double range in (double[])[1e-8, 0.1, 1, 10, 1000, DeterministicMath.LargestAngle])
        {
            for (int i = 0; i < 20_000; i++)
            {
                double x = ((2 * random.NextUniform()) - 1) * range;
                Assert.Equal(Math.Sin(x), DeterministicMath.Sin(x), 4e-16);
                Assert.Equal(Math.Cos(x), DeterministicMath.Cos(x), 4e-16);
            }
        }
    }

    [Fact]
    public void SinCos_NearMultiplesOfHalfPi_MatchMathRelatively()
    {
        for (int k = -1000; k <= 1000; k++)
        {
            double x = k * (Math.PI / 2);
            Assert.Equal(1.0, (DeterministicMath.Sin(x) + 3) / (Math.Sin(x) + 3), 1e-15);
            double zero = k % 2 == 0 ? DeterministicMath.Sin(x) : DeterministicMath.Cos(x);
            double expected = k % 2 == 0 ? Math.Sin(x) : Math.Cos(x);
            Assert.Equal(expected, zero, Math.Abs(expected) * 1e-9);
        }
    }

    [Fact]
    public void Log_ManyNumbers_MatchesMath()
    {
        var random = new RandomStream(12);
        for (int i = 0; i < 100_000; i++)
        {
            double x = Math.ScaleB(0.5 + random.NextUniform(), random.NextInt32(2080) - 1060);
            Assert.Equal(1, DeterministicMath.Log(x) / Math.Log(x), 1e-15);
            double nearOne = 1 + ((random.NextUniform() - 0.5) * 1e-3);
            Assert.Equal(Math.Log(nearOne), DeterministicMath.Log(nearOne), 1e-19 + (Math.Abs(nearOne - 1) * 4e-16));
        }
    }

    [Fact]
    public void Exp_ManyNumbers_MatchesMath()
    {
        var random = new RandomStream(13);
        foreach (double range in (double[])[1e-8, 0.1, 1, 10, 100, 708])
        {
            for (int i = 0; i < 20_000; i++)
            {
                double x = ((2 * random.NextUniform()) - 1) * range;
                Assert.Equal(1, DeterministicMath.Exp(x) / Math.Exp(x), 1e-15);
            }
        }

        for (int i = 0; i < 1000; i++)
        {
            double subnormal = -709 - (37 * random.NextUniform());
            Assert.Equal(Math.Exp(subnormal), DeterministicMath.Exp(subnormal), 2 * double.Epsilon);
        }
    }

    [Fact]
    public void Exp_OfLog_GivesPowers()
    {
        foreach (double x in (double[])[1, 1.15, 1.25, 2, 10])
        {
            foreach (double power in (double[])[-1, -0.3, 0, 0.7, 1])
            {
                Assert.Equal(1, DeterministicMath.Exp(power * DeterministicMath.Log(x)) / Math.Pow(x, power), 4e-15);
            }
        }
    }

    [Theory]
    [InlineData(0.999, 0)]
    [InlineData(0.999, 1)]
    [InlineData(0.999, 12345)]
    [InlineData(-3, 5)]
    public void Power_WholePowers_MatchMath(double x, long power) =>
        Assert.Equal(1, DeterministicMath.Power(x, power) / Math.Pow(x, power), 1e-12);

    [Fact]
    public void Functions_SpecialValues_AreWhatIeeeWouldSay()
    {
        Assert.Equal(double.NegativeInfinity, DeterministicMath.Log(0));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Log(double.PositiveInfinity));
        Assert.Equal(double.NaN, DeterministicMath.Log(-1));
        Assert.Equal(double.NaN, DeterministicMath.Log(double.NaN));
        Assert.Equal(0, DeterministicMath.Log(1));
        Assert.Equal(Math.Log(double.Epsilon), DeterministicMath.Log(double.Epsilon), 1e-12);
        Assert.Equal(1, DeterministicMath.Exp(0));
        Assert.Equal(1, DeterministicMath.Exp(-0.0));
        Assert.Equal(0, DeterministicMath.Exp(double.NegativeInfinity));
        Assert.Equal(0, DeterministicMath.Exp(-746));
        Assert.Equal(double.Epsilon, DeterministicMath.Exp(-745));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(710));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(double.PositiveInfinity));
        Assert.Equal(double.NaN, DeterministicMath.Exp(double.NaN));
        Assert.Equal(double.NaN, DeterministicMath.Sin(double.NaN));
        Assert.Equal(1, DeterministicMath.Cos(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicMath.Sin(double.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicMath.Cos(-1e6));
    }
}
