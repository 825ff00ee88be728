using Engram.Numerics.Memory;

namespace Engram.Studio.Lives;

/// <summary>Numbers made small enough for a picture.</summary>
internal static class FilmPictures
{
    /// <summary>How many cells a side has, at most.</summary>
    public const int MostCells = 36;

    /// <summary>How many values a layer's activity has, at most.</summary>
    public const int MostUnits = 400;

    /// <summary>How many cells stand for so many rows, columns or units.</summary>
    public static int Cells(int count, int most) => Math.Min(count, most);

    /// <summary>A matrix in fewer cells: each shows the entry of its block that is furthest from 0, so that nothing that stands out is
    /// lost.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="rows">Rows of the picture.</param>
    /// <param name="columns">Columns of the picture.</param>
    /// <param name="picture">Where it goes, row after row.</param>
    public static void Shrink(Tensor<float> matrix, int rows, int columns, Span<float> picture)
    {
        picture.Clear();
        for (int r = 0; r < matrix.Rows; r++)
        {
            Span<float> cells = picture.Slice((int)((long)r * rows / matrix.Rows) * columns, columns);
            Shrink(matrix.Row(r), cells);
        }
    }

    /// <summary>A row in fewer cells; what stands in a cell already stays where it is further from 0.</summary>
    public static void Shrink(ReadOnlySpan<float> row, Span<float> cells)
    {
        for (int c = 0; c < row.Length; c++)
        {
            ref float cell = ref cells[(int)((long)c * cells.Length / row.Length)];
            cell = MathF.Abs(row[c]) > MathF.Abs(cell) ? row[c] : cell;
        }
    }

    /// <summary>Values as steps of a 127th of the largest one, which comes back; 1 where all are 0 or none is finite.</summary>
    public static float Quantize(ReadOnlySpan<float> values, Span<sbyte> steps)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = float.IsFinite(value) ? MathF.Max(largest, MathF.Abs(value)) : largest;
        }

        float scale = largest > 0 ? largest : 1;
        for (int i = 0; i < values.Length; i++)
        {
            steps[i] = float.IsFinite(values[i]) ? (sbyte)MathF.Round(values[i] / scale * sbyte.MaxValue) : (sbyte)0;
        }

        return scale;
    }

    /// <summary>The place of the largest value, of those that are allowed.</summary>
    public static int Largest(ReadOnlySpan<float> values, ReadOnlySpan<float> mask)
    {
        int best = 0;
        for (int i = 0; i < values.Length; i++)
        {
            bool allowed = mask.IsEmpty || mask[i] > 0;
            if (allowed && ((!mask.IsEmpty && mask[best] <= 0) || values[i] > values[best]))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>Softmax of one place.</summary>
    public static float Probability(ReadOnlySpan<float> values, int place)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }

        foreach (float value in values)
        {
            sum += Math.Exp(value - largest);
        }

        return (float)(Math.Exp(values[place] - largest) / sum);
    }
}
