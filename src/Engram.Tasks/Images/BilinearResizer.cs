namespace Engram.Tasks.Images;

/// <summary>Resizes images between two sizes, bilinearly and with antialiasing; the weights are computed once.</summary>
/// <remarks>
/// First along rows, then along columns, rounded to bytes after each, with the weights of <see cref="BilinearCoefficients"/>: the same
/// bytes as
/// <c>Image.resize((width, height), Image.BILINEAR)</c> of the Python Imaging Library gives for grey and colour images. (That library
/// resizes
/// images of one bit and of palettes by the nearest pixel; here they are grey or colour by then, as if <c>convert</c> came first.)
/// One thread uses it at a time.
/// </remarks>
internal sealed class BilinearResizer
{
    private const int Half = 1 << (BilinearCoefficients.FractionBits - 1);

    private readonly BilinearCoefficients columns;
    private readonly BilinearCoefficients rows;
    private readonly byte[] between;
    private readonly int[] sums;

    /// <summary>Computes the weights.</summary>
    /// <param name="fromHeight">Rows of the images that come, at least 1.</param>
    /// <param name="fromWidth">Columns of the images that come.</param>
    /// <param name="toHeight">Rows that they shall have.</param>
    /// <param name="toWidth">Columns that they shall have.</param>
    public BilinearResizer(int fromHeight, int fromWidth, int toHeight, int toWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fromHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fromWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(toHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(toWidth);
        (FromHeight, FromWidth, ToHeight, ToWidth) = (fromHeight, fromWidth, toHeight, toWidth);
        columns = new BilinearCoefficients(fromWidth, toWidth);
        rows = new BilinearCoefficients(fromHeight, toHeight);
        between = new byte[checked(fromHeight * toWidth)];
        sums = new int[toWidth];
    }

    /// <summary>Rows of the images that come.</summary>
    public int FromHeight { get; }

    /// <summary>Columns of the images that come.</summary>
    public int FromWidth { get; }

    /// <summary>Rows that they shall have.</summary>
    public int ToHeight { get; }

    /// <summary>Columns that they shall have.</summary>
    public int ToWidth { get; }

    /// <summary>Resizes samples.</summary>
    /// <param name="from">[C, FromHeight, FromWidth] for any number of channels C.</param>
    /// <param name="to">[C, ToHeight, ToWidth].</param>
    /// <exception cref="ArgumentException">Lengths do not agree with the sizes.</exception>
    public void Resize(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int fromPlane = FromHeight * FromWidth;
        int toPlane = ToHeight * ToWidth;
        int channels = from.Length / fromPlane;
        if (from.Length != channels * fromPlane || to.Length != channels * toPlane)
        {
            throw new ArgumentException(
                $"Found {from.Length} samples to resize into {to.Length}, expected a multiple of {fromPlane} and as many times {toPlane}.",
                nameof(from));
        }

        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<byte> plane = from.Slice(c * fromPlane, fromPlane);
            if (FromWidth != ToWidth)
            {
                AlongRows(plane, between);
                plane = between;
            }

            Span<byte> target = to.Slice(c * toPlane, toPlane);
            if (FromHeight != ToHeight)
            {
                AlongColumns(plane, target);
            }
            else
            {
                plane.CopyTo(target);
            }
        }
    }

    private void AlongRows(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (int y = 0; y < FromHeight; y++)
        {
            ReadOnlySpan<byte> row = from.Slice(y * FromWidth, FromWidth);
            Span<byte> target = to.Slice(y * ToWidth, ToWidth);
            for (int x = 0; x < target.Length; x++)
            {
                ReadOnlySpan<int> weights = columns.Of(x);
                ReadOnlySpan<byte> inputs = row.Slice(columns.First(x), weights.Length);
                int sum = Half;
                for (int j = 0; j < weights.Length; j++)
                {
                    sum += inputs[j] * weights[j];
                }

                target[x] = Rounded(sum);
            }
        }
    }

    private void AlongColumns(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (int y = 0; y < ToHeight; y++)
        {
            sums.AsSpan().Fill(Half);
            ReadOnlySpan<int> weights = rows.Of(y);
            for (int j = 0; j < weights.Length; j++)
            {
                int weight = weights[j];
                ReadOnlySpan<byte> inputs = from.Slice((rows.First(y) + j) * ToWidth, ToWidth);
                for (int x = 0; x < inputs.Length; x++)
                {
                    sums[x] += inputs[x] * weight;
                }
            }

            Span<byte> target = to.Slice(y * ToWidth, ToWidth);
            for (int x = 0; x < target.Length; x++)
            {
                target[x] = Rounded(sums[x]);
            }
        }
    }

    private static byte Rounded(int sum) => (byte)Math.Clamp(sum >> BilinearCoefficients.FractionBits, 0, 255);
}
