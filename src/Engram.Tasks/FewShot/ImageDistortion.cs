using System.Numerics;
using Engram.Numerics.RandomNumbers;

namespace Engram.Tasks.FewShot;

/// <summary>What meta-training does to an image before a network sees it: a class's own turn and mirroring, and an image's own shift and
/// small linear map.</summary>
/// <remarks>
/// <para>Pixel p of what is seen is the image at c + Q A (p − c − s): c the centre, s the shift, A a small linear map, Q the class's
/// quarter turns and mirroring. Whole shifts move bytes;
/// elsewhere pixels are interpolated bilinearly. What lies outside of the image repeats its edge.</para>
/// <para>Shapes: pixels [channel][row][column], bytes; what is seen, the same, from 0 to 1.</para>
/// <para>Source: turned classes as Santoro et al. 2016; small affine maps as in Simard et al. 2003.</para>
/// </remarks>
/// <param name="QuarterTurns">Turns of the class by 90 degrees, 0 to 3.</param>
/// <param name="Mirrored">Whether the class is mirrored, left to right, before it is turned.</param>
/// <param name="Down">Rows of shift.</param>
/// <param name="Right">Columns of shift.</param>
/// <param name="Map">A, row after row (y of y, y of x, x of y, x of x), or null for the identity.</param>
internal readonly record struct ImageDistortion(
    int QuarterTurns, bool Mirrored, int Down = 0, int Right = 0, (double YY, double YX, double XY, double XX)? Map = null)
{
    /// <summary>This with an image's own shift and map drawn within a specification's bounds; draws nothing that it does not
    /// need.</summary>
    /// <param name="spec">The bounds.</param>
    /// <param name="draws">Where they are drawn from.</param>
    public ImageDistortion Drawn(FewShotSpec spec, ref RandomStream draws)
    {
        ImageDistortion drawn = this;
        if (spec.Shift > 0)
        {
            int values = (2 * spec.Shift) + 1;
            drawn = drawn with { Down = draws.NextInt32(values) - spec.Shift, Right = draws.NextInt32(values) - spec.Shift };
        }

        if (spec.Turn > 0 || spec.Stretch > 0 || spec.Shear > 0)
        {
            double turn = spec.Turn * Math.PI / 180 * Symmetric(ref draws);
            (double sine, double cosine) = (DeterministicMath.Sin(turn), DeterministicMath.Cos(turn));
            double stretch = DeterministicMath.Log(1 + spec.Stretch);
            double tall = DeterministicMath.Exp(stretch * Symmetric(ref draws));
            double wide = DeterministicMath.Exp(stretch * Symmetric(ref draws));
            double shear = spec.Shear * Symmetric(ref draws);

            // Rotation times shear (x by y) times stretches.
            drawn = drawn with { Map = (tall * (cosine + (sine * shear)), wide * sine, tall * ((cosine * shear) - sine), wide * cosine) };
        }

        return drawn;
    }

    /// <summary>Writes what is seen.</summary>
    /// <param name="pixels">The image.</param>
    /// <param name="side">Its height and width.</param>
    /// <param name="inverted">Whether 1 − byte / 255 is seen, not byte / 255.</param>
    /// <param name="seen">Where it goes.</param>
    public void Write<T>(ReadOnlySpan<byte> pixels, int side, bool inverted, Span<T> seen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T white = T.CreateTruncating(255);
        byte flip = inverted ? (byte)255 : (byte)0;
        if (this == default)
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                seen[i] = T.CreateTruncating((byte)(pixels[i] ^ flip)) / white;
            }

            return;
        }

        if (Map is { } map)
        {
            WriteMapped(map, pixels, side, flip, seen);
            return;
        }

        int last = side - 1;
        for (int i = 0; i < seen.Length; i++)
        {
            (int channel, int pixel) = int.DivRem(i, side * side);
            (int row, int column) = Source(Math.Clamp((pixel / side) - Down, 0, last), Math.Clamp((pixel % side) - Right, 0, last), last);
            seen[i] = T.CreateTruncating((byte)(pixels[(((channel * side) + row) * side) + column] ^ flip)) / white;
        }
    }

    private void WriteMapped<T>(
        (double YY, double YX, double XY, double XX) map, ReadOnlySpan<byte> pixels, int side, byte flip, Span<T> seen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int last = side - 1;
        double centre = last / 2.0;
        int plane = side * side;
        for (int pixel = 0; pixel < plane; pixel++)
        {
            double down = (pixel / side) - Down - centre;
            double right = (pixel % side) - Right - centre;
            double y = Math.Clamp(centre + (map.YY * down) + (map.YX * right), 0, last);
            double x = Math.Clamp(centre + (map.XY * down) + (map.XX * right), 0, last);
            (int top, int left) = ((int)y, (int)x);
            (int bottom, int beside) = (Math.Min(top + 1, last), Math.Min(left + 1, last));
            (double low, double far) = (y - top, x - left);
            int a = Place(Source(top, left, last), side);
            int b = Place(Source(top, beside, last), side);
            int c = Place(Source(bottom, left, last), side);
            int d = Place(Source(bottom, beside, last), side);
            for (int start = 0; start < seen.Length; start += plane)
            {
                double above = Byte(pixels, start + a, flip) + (far * (Byte(pixels, start + b, flip) - Byte(pixels, start + a, flip)));
                double below = Byte(pixels, start + c, flip) + (far * (Byte(pixels, start + d, flip) - Byte(pixels, start + c, flip)));
                seen[start + pixel] = T.CreateTruncating((above + (low * (below - above))) / 255);
            }
        }
    }

    /// <summary>The image's own row and column of what the class's turn and mirroring bring to (y, x).</summary>
    private (int Row, int Column) Source(int y, int x, int last)
    {
        (int row, int column) = QuarterTurns switch
        {
            1 => (x, last - y),
            2 => (last - y, last - x),
            3 => (last - x, y),
            _ => (y, x),
        };
        return (row, Mirrored ? last - column : column);
    }

    private static int Place((int Row, int Column) at, int side) => (at.Row * side) + at.Column;

    private static double Byte(ReadOnlySpan<byte> pixels, int place, byte flip) => (byte)(pixels[place] ^ flip);

    private static double Symmetric(ref RandomStream draws) => (2 * draws.NextUniform()) - 1;
}
