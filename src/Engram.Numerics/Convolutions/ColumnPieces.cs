namespace Engram.Numerics.Convolutions;

/// <summary>Consecutive columns that lie at consecutive addresses under every tap of the kernel.</summary>
/// <param name="Offset">First column, from the start of the panel.</param>
/// <param name="Length">Columns.</param>
/// <param name="Top">Row of pixels under the kernel's first row; negative above the image.</param>
/// <param name="Left">Column of pixels under the kernel's first column; negative left of the image.</param>
/// <param name="Image">First image.</param>
internal readonly record struct ColumnPiece(int Offset, int Length, int Top, int Left, int Image);

/// <summary>Cuts a panel of columns, which are (position, image) with images side by side, where the pixels they see stop being side by
/// side.</summary>
internal static class ColumnPieces
{
    /// <summary>Most pieces that a panel of that many columns has.</summary>
    public static int Most(int columns) => columns;

    /// <summary>Cuts columns [first, first + count).</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="images">n.</param>
    /// <param name="first">First column: position × n + image.</param>
    /// <param name="count">Columns.</param>
    /// <param name="pieces">Where the pieces go, in order.</param>
    /// <returns>How many there are.</returns>
    public static int Cut(in ConvolutionShape shape, int images, int first, int count, Span<ColumnPiece> pieces)
    {
        int found = 0;
        int offset = 0;
        while (offset < count)
        {
            (int position, int image) = int.DivRem(first + offset, images);
            (int y, int x) = int.DivRem(position, shape.OutputWidth);
            int length = Math.Min(count - offset, images - image);
            if (shape.Stride == 1)
            {
                // Neighbours in a row see neighbouring pixels as long as the kernel stays inside the image, left and right.
                int last = Math.Min(shape.OutputWidth - 1, shape.Width + shape.Padding - shape.Kernel);
                if (x >= shape.Padding && x < last)
                {
                    length = Math.Min(count - offset, length + ((last - x) * images));
                }
            }

            pieces[found++] =
                new ColumnPiece(offset, length, (y * shape.Stride) - shape.Padding, (x * shape.Stride) - shape.Padding, image);
            offset += length;
        }

        return found;
    }
}
