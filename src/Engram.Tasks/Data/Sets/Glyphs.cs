using Engram.Numerics.RandomNumbers;

namespace Engram.Tasks.Data.Sets;

/// <summary>
/// Characters that Engram draws itself: a few curved strokes each, every drawing of one a little different. Made for trying things and for
/// tests, which need no files
/// and no download; results on it mean nothing elsewhere.
/// </summary>
/// <remarks>
/// A character has 2 to 4 strokes, quadratic Bézier curves with control points uniform in the middle four fifths of the square. A drawing
/// moves every control point by a
/// normal number of standard deviation 0.03 sides, and the whole by one of 0.04. Ink falls off over a pixel at a distance of 0.035 sides
/// from the curve. White is 255, ink 0.
/// The same bytes on every machine; the drawings depend on the size alone.
/// </remarks>
internal sealed class Glyphs : DatasetSpec
{
    private const int Drawings = 20;
    private const int Points = 12;
    private const double Ink = 0.035;
    private const double PointJitter = 0.03;
    private const double WholeJitter = 0.04;

    private static readonly (string Part, int Classes)[] Parts = [("train", 100), ("val", 20), ("test", 60)];

    /// <inheritdoc/>
    public override string Origin => "Drawn by Engram itself.";

    /// <inheritdoc/>
    public override string Licence => "Engram's own.";

    /// <inheritdoc/>
    public override ImageSet Load(DatasetRequest request, DataContext context)
    {
        ImageFormat format = request.Format;
        var builder = new ImageSetBuilder(request.Name, format);
        RandomStream root = new RandomStream(0).Split("glyphs");
        int firstClass = 0;
        foreach ((string part, int classes) in Parts)
        {
            var pixels = new byte[classes * Drawings * format.Samples];
            int first = firstClass;
            Parallel.For(
                0, classes, c =>
                DrawClass(root.Split((ulong)(first + c)), format, pixels.AsSpan(c * Drawings * format.Samples, Drawings * format.Samples)));
            builder.Add(
                part, Enumerable.Range(first, classes).Select(c => (FormattableString.Invariant($"glyph{c + 1:D3}"), Drawings)), pixels);
            firstClass += classes;
        }

        return builder.Build();
    }

    private static void DrawClass(RandomStream stream, ImageFormat format, Span<byte> pixels)
    {
        var control = new (double X, double Y)[3 * (2 + stream.NextInt32(3))];
        foreach (ref var point in control.AsSpan())
        {
            point = (0.1 + (0.8 * stream.NextUniform()), 0.1 + (0.8 * stream.NextUniform()));
        }

        var curve = new (double X, double Y)[control.Length / 3 * Points];
        for (int drawing = 0; drawing < Drawings; drawing++)
        {
            RandomStream jitter = stream.Split((ulong)drawing);
            Bend(ref jitter, control, curve);
            Span<byte> image = pixels.Slice(drawing * format.Samples, format.Samples);
            Span<byte> channel = image[..(format.Side * format.Side)];
            Paint(curve, format.Side, channel);
            for (int c = 1; c < format.Channels; c++)
            {
                channel.CopyTo(image[(c * channel.Length)..]);
            }
        }
    }

    private static void Bend(ref RandomStream jitter, (double X, double Y)[] control, (double X, double Y)[] curve)
    {
        (double shiftX, double shiftY) = (WholeJitter * jitter.NextNormal(), WholeJitter * jitter.NextNormal());
        Span<(double X, double Y)> p = stackalloc (double, double)[3];
        for (int stroke = 0; stroke < control.Length / 3; stroke++)
        {
            for (int i = 0; i < 3; i++)
            {
                (double x, double y) = control[(3 * stroke) + i];
                p[i] = (x + shiftX + (PointJitter * jitter.NextNormal()), y + shiftY + (PointJitter * jitter.NextNormal()));
            }

            for (int i = 0; i < Points; i++)
            {
                double t = i / (Points - 1.0);
                (double a, double b, double c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t);
                curve[(stroke * Points) + i] = ((a * p[0].X) + (b * p[1].X) + (c * p[2].X), (a * p[0].Y) + (b * p[1].Y) + (c * p[2].Y));
            }
        }
    }

    private static void Paint((double X, double Y)[] curve, int side, Span<byte> pixels)
    {
        pixels.Fill(255);
        double reach = Ink + (1.0 / side);
        for (int i = 0; i + 1 < curve.Length; i++)
        {
            if ((i + 1) % Points == 0)
            {
                continue;
            }

            (double X, double Y) from = curve[i], to = curve[i + 1];
            (int left, int right) = Span(Math.Min(from.X, to.X) - reach, Math.Max(from.X, to.X) + reach, side);
            (int top, int bottom) = Span(Math.Min(from.Y, to.Y) - reach, Math.Max(from.Y, to.Y) + reach, side);
            for (int row = top; row <= bottom; row++)
            {
                for (int column = left; column <= right; column++)
                {
                    double distance = Distance((column + 0.5) / side, (row + 0.5) / side, from, to);
                    double white = Math.Clamp(((distance - Ink) * side) + 0.5, 0, 1);
                    ref byte pixel = ref pixels[(row * side) + column];
                    pixel = Math.Min(pixel, (byte)(255 * white));
                }
            }
        }
    }

    private static (int First, int Last) Span(double from, double to, int side) =>
        (Math.Max(0, (int)Math.Floor(from * side)), Math.Min(side - 1, (int)Math.Floor(to * side)));

    private static double Distance(double x, double y, (double X, double Y) from, (double X, double Y) to)
    {
        (double dx, double dy) = (to.X - from.X, to.Y - from.Y);
        double along = Math.Clamp((((x - from.X) * dx) + ((y - from.Y) * dy)) / Math.Max(1e-12, (dx * dx) + (dy * dy)), 0, 1);
        (double ex, double ey) = (x - from.X - (along * dx), y - from.Y - (along * dy));
        return Math.Sqrt((ex * ex) + (ey * ey));
    }
}
