namespace Engram.Figures.Rendering;

/// <summary>A rectangle on the page; y grows downwards.</summary>
internal readonly record struct Box(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public double CentreX => Left + (Width / 2);

    public double CentreY => Top + (Height / 2);

    public Box Grow(double by) => new(Left - by, Top - by, Width + (2 * by), Height + (2 * by));

    public bool Intersects(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

    /// <summary>Whether any part of a segment lies in the rectangle (Liang and Barsky's clipping).</summary>
    public bool Crosses(Point from, Point to)
    {
        (double first, double last) = (0, 1);
        return Clip(-(to.X - from.X), from.X - Left, ref first, ref last)
            && Clip(to.X - from.X, Right - from.X, ref first, ref last)
            && Clip(-(to.Y - from.Y), from.Y - Top, ref first, ref last)
            && Clip(to.Y - from.Y, Bottom - from.Y, ref first, ref last);
    }

    private static bool Clip(double direction, double distance, ref double first, ref double last)
    {
        if (direction == 0)
        {
            return distance >= 0;
        }

        double t = distance / direction;
        if (direction < 0)
        {
            first = Math.Max(first, t);
        }
        else
        {
            last = Math.Min(last, t);
        }

        return first <= last;
    }
}

internal readonly record struct Point(double X, double Y);
