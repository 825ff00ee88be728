namespace Engram.Figures.Rendering;

/// <summary>A band between two edges at one place.</summary>
internal readonly record struct BandPoint(double X, double Low, double High);

/// <summary>
/// Leaves out points that a picture of limited resolution cannot show: of each column one bucket wide it keeps the first, the last, the
/// lowest and
/// the highest point, so that no spike is lost. Gaps stay gaps where they are as wide as a bucket or more.
/// </summary>
internal static class Thinning
{
    /// <summary>Breaks points into runs at gaps (a NaN y), and thins the runs where x never falls.</summary>
    public static List<List<Point>> Line(IReadOnlyList<Point> points, double bucketWidth)
    {
        var runs = new List<List<Point>>();
        if (Falls(points))
        {
            var run = new List<Point>();
            foreach (Point point in points)
            {
                if (double.IsNaN(point.Y))
                {
                    Close(ref run);
                }
                else
                {
                    run.Add(point);
                }
            }

            Close(ref run);
            return runs;
        }

        var open = new List<Point>();
        var bucket = new List<Point>();
        List<Point> fragments = [];
        double column = double.NegativeInfinity;
        foreach (Point point in points)
        {
            double here = Math.Floor(point.X / bucketWidth);
            if (here != column && !double.IsNaN(point.X))
            {
                EndBucket();
                column = here;
            }

            if (!double.IsNaN(point.Y))
            {
                bucket.Add(point);
            }
            else if (open.Count > 0)
            {
                open.AddRange(Extremes(bucket));
                bucket.Clear();
                Close(ref open);
            }
            else
            {
                // A run that began and ended inside this column.
                fragments.AddRange(Extremes(bucket));
                bucket.Clear();
            }
        }

        EndBucket();
        Close(ref open);
        return runs;

        void EndBucket()
        {
            if (fragments.Count > 0)
            {
                List<Point> merged = [fragments.MinBy(p => p.Y), fragments.MaxBy(p => p.Y)];
                runs.Add(merged[0] == merged[1] ? [merged[0]] : merged);
                fragments.Clear();
            }

            open.AddRange(Extremes(bucket));
            bucket.Clear();
        }

        void Close(ref List<Point> run)
        {
            if (run.Count > 0)
            {
                runs.Add(run);
                run = [];
            }
        }
    }

    /// <summary>The same for bands: of each column the outermost edges.</summary>
    public static List<List<BandPoint>> Band(IReadOnlyList<BandPoint> points, double bucketWidth)
    {
        var runs = new List<List<BandPoint>>();
        var run = new List<BandPoint>();
        double column = double.NegativeInfinity;
        int inColumn = 0;
        foreach (BandPoint point in points)
        {
            if (double.IsNaN(point.X) || double.IsNaN(point.Low) || double.IsNaN(point.High))
            {
                if (run.Count > 0)
                {
                    runs.Add(run);
                    (run, column) = ([], double.NegativeInfinity);
                }

                continue;
            }

            double here = Math.Floor(point.X / bucketWidth);
            inColumn = here == column ? inColumn + 1 : 1;
            column = here;
            if (inColumn <= 2)
            {
                run.Add(point);
            }
            else
            {
                run[^1] = new BandPoint(point.X, Math.Min(run[^1].Low, point.Low), Math.Max(run[^1].High, point.High));
            }
        }

        if (run.Count > 0)
        {
            runs.Add(run);
        }

        return runs;
    }

    /// <summary>Of points that would lie on top of each other, one.</summary>
    public static List<Point> Cloud(IEnumerable<Point> points, double grain)
    {
        var taken = new HashSet<(long, long)>();
        return [.. points.Where(p => !double.IsNaN(p.Y) && taken.Add(((long)Math.Round(p.X / grain), (long)Math.Round(p.Y / grain))))];
    }

    private static bool Falls(IReadOnlyList<Point> points)
    {
        double last = double.NegativeInfinity;
        foreach (Point point in points)
        {
            if (point.X < last)
            {
                return true;
            }

            last = double.IsNaN(point.X) ? last : point.X;
        }

        return false;
    }

    private static IEnumerable<Point> Extremes(List<Point> bucket)
    {
        if (bucket.Count <= 4)
        {
            return [.. bucket];
        }

        (int low, int high) = (0, 0);
        for (int i = 1; i < bucket.Count; i++)
        {
            low = bucket[i].Y < bucket[low].Y ? i : low;
            high = bucket[i].Y > bucket[high].Y ? i : high;
        }

        return [.. new SortedSet<int> { 0, low, high, bucket.Count - 1 }.Select(i => bucket[i])];
    }
}
