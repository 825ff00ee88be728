using Engram.Numerics.RandomNumbers;
using Engram.Tasks.FewShot;

namespace Engram.Tasks.Tests.FewShot;

public sealed class ImageDistortionTests
{
    private const int Side = 9;

    [Fact]
    public void Write_Map_IsExactOnRampsAwayFromTheEdge()
    {
        // Bilinear interpolation is exact on linear images: byte = 40 + 10 y + 7 x.
        byte[] ramp = [.. from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) select (byte)(40 + (10 * y) + (7 * x))];
        var distortion = new ImageDistortion(0, false, Down: 1, Right: -1, Map: (0.9, 0.2, -0.15, 1.1));
        double[] seen = new double[Side * Side];
        distortion.Write(ramp, Side, inverted: false, seen.AsSpan());
        int compared = 0;
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                double row = 4 + (0.9 * (y - 5)) + (0.2 * (x - 3));
                double column = 4 - (0.15 * (y - 5)) + (1.1 * (x - 3));
                if (row is >= 0 and <= Side - 1 && column is >= 0 and <= Side - 1)
                {
                    Assert.Equal((40 + (10 * row) + (7 * column)) / 255, seen[(y * Side) + x], 12);
                    compared++;
                }
            }
        }

        Assert.InRange(compared, 40, Side * Side);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    public void Write_MapThatIsTheIdentity_GivesWhatWholePixelsGive(bool mirrored, int quarterTurns)
    {
        byte[] image = Noise(channels: 3);
        float[] whole = new float[image.Length];
        float[] mapped = new float[image.Length];
        new ImageDistortion(quarterTurns, mirrored, 2, -1).Write(image, Side, inverted: true, whole.AsSpan());
        new ImageDistortion(quarterTurns, mirrored, 2, -1, (1, 0, 0, 1)).Write(image, Side, inverted: true, mapped.AsSpan());
        Assert.Equal(whole, mapped);
    }

    [Fact]
    public void Write_TurnOfNinetyDegrees_IsAQuarterTurn()
    {
        byte[] image = Noise(channels: 1);
        float[] mapped = new float[image.Length];
        float[] turned = new float[image.Length];
        new ImageDistortion(0, false, 0, 0, (0, 1, -1, 0)).Write(image, Side, inverted: false, mapped.AsSpan());
        new ImageDistortion(1, false).Write(image, Side, inverted: false, turned.AsSpan());
        Assert.Equal(turned, mapped);
    }

    [Fact]
    public void Drawn_KeepsItsBounds_AndReachesThem()
    {
        var spec = new FewShotSpec { Turn = 20, Stretch = 0.25 };
        var draws = new RandomStream(3);
        var angles = new List<double>();
        var heights = new List<double>();
        for (int i = 0; i < 500; i++)
        {
            (double yy, double yx, double xy, double xx) = new ImageDistortion(0, false).Drawn(spec, ref draws).Map!.Value;
            heights.Add(Math.Sqrt((yy * yy) + (xy * xy)));
            angles.Add(Math.Atan2(-xy, yy) * 180 / Math.PI);
            Assert.Equal(0, (yy * yx) + (xy * xx), 12);
            Assert.InRange(Math.Sqrt((yx * yx) + (xx * xx)), 0.8 - 1e-12, 1.25 + 1e-12);
        }

        Assert.All(angles, a => Assert.InRange(Math.Abs(a), 0, 20 + 1e-9));
        Assert.All(heights, h => Assert.InRange(h, 0.8 - 1e-12, 1.25 + 1e-12));
        Assert.True(angles.Min() < -18 && angles.Max() > 18 && heights.Min() < 0.82 && heights.Max() > 1.22);
    }

    [Fact]
    public void Drawn_Shear_SlantsColumnsAlone()
    {
        var draws = new RandomStream(4);
        (double yy, double yx, double xy, double xx) = new ImageDistortion(0, false)
            .Drawn(new FewShotSpec { Shear = 0.3 }, ref draws).Map!.Value;
        Assert.Equal((1.0, 0.0, 1.0), (yy, yx, xx));
        Assert.InRange(Math.Abs(xy), 1e-6, 0.3);
    }

    [Fact]
    public void Drawn_TurnAndStretch_HaveTheBitsOfDeterministicMath()
    {
        var spec = new FewShotSpec { Turn = 30, Stretch = 0.25 };
        var draws = new RandomStream(5);
        var same = new RandomStream(5);
        for (int i = 0; i < 100; i++)
        {
            double turn = 30 * Math.PI / 180 * Symmetric(ref same);
            double tall = DeterministicMath.Exp(DeterministicMath.Log(1.25) * Symmetric(ref same));
            double wide = DeterministicMath.Exp(DeterministicMath.Log(1.25) * Symmetric(ref same));
            Symmetric(ref same);
            (double sine, double cosine) = (DeterministicMath.Sin(turn), DeterministicMath.Cos(turn));

            Assert.Equal(
                (tall * cosine, wide * sine, tall * -sine, wide * cosine), new ImageDistortion(0, false).Drawn(spec, ref draws).Map!.Value);
        }
    }

    private static double Symmetric(ref RandomStream draws) => (2 * draws.NextUniform()) - 1;

    private static byte[] Noise(int channels)
    {
        var random = new RandomStream(1);
        return [.. Enumerable.Range(0, channels * Side * Side).Select(_ => (byte)random.NextInt32(256))];
    }
}
