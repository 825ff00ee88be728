namespace Engram.Tasks;

/// <summary>The pixels that one pass over a PNG brings: columns X, X + StepX, … of rows Y, Y + StepY, …</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY)
{
    /// <summary>The seven passes of Adam7.</summary>
    private static readonly PngPass[] Adam7 =
    [
        new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2),
    ];

    private static readonly PngPass[] AllAtOnce = [new(0, 0, 1, 1)];

    /// <summary>The passes of a file, in order; some may be without pixels.</summary>
    public static ReadOnlySpan<PngPass> Of(in PngHeader header) => header.Interlaced ? Adam7 : AllAtOnce;

    /// <summary>Pixels of a row of this pass.</summary>
    public int PixelsOf(in PngHeader header) => X < header.Width ? ((header.Width - X - 1) / StepX) + 1 : 0;

    /// <summary>Rows of this pass; a pass without columns has none.</summary>
    public int RowsOf(in PngHeader header) => X < header.Width && Y < header.Height ? ((header.Height - Y - 1) / StepY) + 1 : 0;

    /// <summary>Bytes of all passes of a file after decompression: rows, each with the byte that names its filter.</summary>
    public static long BytesOf(in PngHeader header)
    {
        long bytes = 0;
        foreach (PngPass pass in Of(header))
        {
            bytes += pass.RowsOf(header) * (1L + header.RowBytes(pass.PixelsOf(header)));
        }

        return bytes;
    }
}
