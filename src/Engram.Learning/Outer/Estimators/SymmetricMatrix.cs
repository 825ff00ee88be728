namespace Engram.Learning.Outer.Estimators;

/// <summary>Eigenvalues and eigenvectors of symmetric matrices, in double precision.</summary>
internal static class SymmetricMatrix
{
    private const int MostSweeps = 60;

    /// <summary>A = B diag(values) Bᵀ by cyclic Jacobi rotations (Jacobi 1846); A is overwritten, its eigenvectors are the columns of
    /// B.</summary>
    public static double[] Decompose(double[,] a, double[,] vectors)
    {
        int n = a.GetLength(0);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                vectors[i, j] = i == j ? 1 : 0;
            }
        }

        for (int sweep = 0; sweep < MostSweeps && OffDiagonal(a) > 0; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(a, vectors, p, q);
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => a[i, i])];
    }

    // What is below rounding of the diagonal counts as zero.
    private static double OffDiagonal(double[,] a)
    {
        int n = a.GetLength(0);
        double off = 0, on = 0;
        for (int i = 0; i < n; i++)
        {
            on += a[i, i] * a[i, i];
            for (int j = i + 1; j < n; j++)
            {
                off += a[i, j] * a[i, j];
            }
        }

        return off > 1e-28 * on ? off : 0;
    }

    private static void Rotate(double[,] a, double[,] vectors, int p, int q)
    {
        if (a[p, q] == 0)
        {
            return;
        }

        int n = a.GetLength(0);
        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        for (int i = 0; i < n; i++)
        {
            (a[i, p], a[i, q]) = ((c * a[i, p]) - (s * a[i, q]), (s * a[i, p]) + (c * a[i, q]));
        }

        for (int i = 0; i < n; i++)
        {
            (a[p, i], a[q, i]) = ((c * a[p, i]) - (s * a[q, i]), (s * a[p, i]) + (c * a[q, i]));
            (vectors[i, p], vectors[i, q]) = ((c * vectors[i, p]) - (s * vectors[i, q]), (s * vectors[i, p]) + (c * vectors[i, q]));
        }
    }
}
