namespace Engram.Figures.Rendering;

/// <summary>A line series in page coordinates: what is drawn, and what a legend must not cover.</summary>
internal sealed class LineGeometry
{
    private const int FewPoints = 24;

    private LineGeometry(
        List<List<Point>> runs, List<List<BandPoint>> band, List<Point> points, List<BandPoint> errorBars,
        List<(double X, bool Up)> infinite) =>
        (Runs, Band, Points, ErrorBars, Infinite) = (runs, band, points, errorBars, infinite);

    /// <summary>Joined points, broken at gaps.</summary>
    public List<List<Point>> Runs { get; }

    public List<List<BandPoint>> Band { get; }

    /// <summary>Points with a marker.</summary>
    public List<Point> Points { get; }

    public List<BandPoint> ErrorBars { get; }

    /// <summary>Where values start to be infinite, and in which direction.</summary>
    public List<(double X, bool Up)> Infinite { get; }

    /// <summary>Whether points have markers: lines of a panel have them all or none, unless they say so themselves.</summary>
    public static bool HasMarkers(LineSeries line, Panel panel) =>
        !line.Joined || (line.Markers ?? panel.Series.OfType<LineSeries>().All(l => !l.Joined || l.X.Length <= FewPoints));

    public static LineGeometry Of(LineSeries line, PanelView view, double fontSize)
    {
        double grain = fontSize / 16;
        Point[] points = [.. line.X.Select((x, i) => view.Place(x, line.Y[i]))];
        bool joined = line.Joined;
        List<List<Point>> runs = joined ? Thinning.Line(points, grain) : [];
        List<Point> marked = HasMarkers(line, view.Panel)
            ? Thinning.Cloud(points, joined ? grain : 2 * grain)
            : [.. runs.Where(r => r.Count == 1).Select(r => r[0])];
        var bounds = new List<BandPoint>();
        if (!line.Low.IsDefaultOrEmpty)
        {
            for (int i = 0; i < points.Length; i++)
            {
                bool shown = !double.IsNaN(points[i].Y);
                bounds.Add(shown ? new BandPoint(points[i].X, Bound(line.Low[i], view), Bound(line.High[i], view))
                    : new BandPoint(double.NaN, double.NaN, double.NaN));
            }
        }

        List<BandPoint> bars = line.ErrorBars ? [.. bounds.Where(b => !double.IsNaN(b.Low) && !double.IsNaN(b.High))] : [];
        return new LineGeometry(runs, line.ErrorBars ? [] : Thinning.Band(bounds, 2 * grain), marked, bars, FindInfinite(line, view));
    }

    /// <summary>Whether anything of the line lies in the rectangle.</summary>
    public bool Touches(Box box) =>
        Points.Any(p => box.Crosses(p, p))
        || Runs.Any(r => r.Zip(r.Skip(1)).Any(s => box.Crosses(s.First, s.Second)))
        || ErrorBars.Any(b => box.Crosses(new Point(b.X, b.Low), new Point(b.X, b.High)))
        || Band.Any(r => r.Zip(r.Skip(1)).Any(s => Hull(s.First, s.Second).Intersects(box)))
        || Infinite.Any(i => box.Left < i.X && i.X < box.Right);

    private static Box Hull(BandPoint from, BandPoint to)
    {
        double top = Math.Min(from.High, to.High);
        return new Box(from.X, top, to.X - from.X, Math.Max(from.Low, to.Low) - top);
    }

    // A lower bound of 0 or less on a logarithmic axis lies below everything shown, an infinite one outside.
    private static double Bound(double value, PanelView view) => double.IsNaN(value)
        ? double.NaN
        : value > Extent.Largest
            ? view.Plot.Top - view.Plot.Height
            : view.Y.CanShow(value) ? view.PlaceY(value) : view.Plot.Bottom + view.Plot.Height;

    private static List<(double X, bool Up)> FindInfinite(LineSeries line, PanelView view)
    {
        var found = new List<(double X, bool Up)>();
        int last = 0;
        for (int i = 0; i < line.X.Length; i++)
        {
            int here = Math.Abs(line.Y[i]) > Extent.Largest ? Math.Sign(line.Y[i]) : 0;
            if (here != 0 && here != last && view.X.CanShow(line.X[i]))
            {
                found.Add((view.PlaceX(line.X[i]), here > 0));
            }

            last = here;
        }

        return found.Count > 200 ? found[..200] : found;
    }
}
