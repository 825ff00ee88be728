namespace Engram.Tasks;

/// <summary>Undoes the five filters of PNG rows: each byte was written less a prediction from its neighbours, modulo 256.</summary>
internal static class PngFilters
{
    /// <summary>Undoes a filter in place.</summary>
    /// <param name="filter">0 none, 1 the pixel to the left, 2 the one above, 3 the mean of both, 4 Paeth's choice of left, above and above left.</param>
    /// <param name="above">The row above, as it was before filtering; zeros above the first.</param>
    /// <param name="row">The row.</param>
    /// <param name="distance">Bytes from a byte to the one to its left: see <see cref="PngHeader.FilterDistance"/>.</param>
    /// <returns>Whether there is such a filter.</returns>
    public static bool Undo(byte filter, ReadOnlySpan<byte> above, Span<byte> row, int distance)
    {
        int border = Math.Min(distance, row.Length);
        above = above[..row.Length];
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                return true;
            case 2:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                return true;
            case 3:
                for (int i = 0; i < border; i++)
                {
                    row[i] += (byte)(above[i] >> 1);
                }

                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += (byte)((row[i - distance] + above[i]) >> 1);
                }

                return true;
            case 4:
                // With nothing to the left, Paeth's choice is the byte above.
                for (int i = 0; i < border; i++)
                {
                    row[i] += above[i];
                }

                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += Paeth(row[i - distance], above[i], above[i - distance]);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>The neighbour nearest to left + above − above left; the earlier of these three where two are as near.</summary>
    private static byte Paeth(byte left, byte above, byte aboveLeft)
    {
        int toLeft = Math.Abs(above - aboveLeft);
        int toAbove = Math.Abs(left - aboveLeft);
        int toAboveLeft = Math.Abs(left + above - (2 * aboveLeft));
        return toLeft <= toAbove && toLeft <= toAboveLeft ? left : toAbove <= toAboveLeft ? above : aboveLeft;
    }
}
