using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Analysis;

/// <summary>Makes the rows of a matrix orthogonal by plane rotations (one-sided Jacobi: Hestenes 1958), in double precision.</summary>
/// <remarks>
/// A = U Σ Vᵀ with rows r_i: afterwards r_i = σ_i v_iᵀ in some order, and what was carried along is Uᵀ times what it was. Accurate to the
/// last digits for small singular
/// values too, and slow (some ten passes over all pairs of rows): for looking at matrices, not for the inner loop.
/// </remarks>
internal static class JacobiRotations
{
    private const int MostPasses = 100;

    /// <summary>Rotates until every pair of rows is orthogonal to rounding.</summary>
    /// <param name="rows">The rows, of one length; overwritten.</param>
    /// <param name="carried">As many rows of anything, rotated alike; null for nothing.</param>
    /// <exception cref="ArithmeticException">It did not settle, which no finite matrix has been seen to cause.</exception>
    public static void Orthogonalize(double[][] rows, double[][]? carried = null)
    {
        double tolerance = rows.Length == 0 ? 0 : Math.Sqrt(rows[0].Length) * TensorNumbers.Rounding;

        // What is left of a row that depends on others is rounding of rounding, without a direction to settle, down to where squares
        // underflow.
        double nothing = TensorNumbers.Rounding * TensorNumbers.Rounding * rows.Select(r => TensorNumbers.Norm(r)).DefaultIfEmpty(0).Max();
        for (int pass = 0; pass < MostPasses; pass++)
        {
            bool rotated = false;
            for (int p = 0; p < rows.Length; p++)
            {
                for (int q = p + 1; q < rows.Length; q++)
                {
                    (double pp, double qq, double pq) = Products(rows[p], rows[q]);
                    if (Math.Abs(pq) <= tolerance * Math.Sqrt(pp) * Math.Sqrt(qq) || Math.Sqrt(Math.Min(pp, qq)) <= nothing)
                    {
                        continue;
                    }

                    rotated = true;
                    double zeta = (qq - pp) / (2 * pq);
                    double tangent = (zeta < 0 ? -1 : 1) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
                    double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
                    Rotate(rows[p], rows[q], cosine, cosine * tangent);
                    if (carried is not null)
                    {
                        Rotate(carried[p], carried[q], cosine, cosine * tangent);
                    }
                }
            }

            if (!rotated)
            {
                return;
            }
        }

        throw new ArithmeticException($"Found rows that are still not orthogonal after {MostPasses} passes of Jacobi rotations.");
    }

    /// <summary>⟨p, p⟩, ⟨q, q⟩, ⟨p, q⟩: four partial sums each, so that the order of summation is the same on every machine.</summary>
    private static (double PP, double QQ, double PQ) Products(double[] p, double[] q)
    {
        Vector256<double> pp = Vector256<double>.Zero, qq = pp, pq = pp;
        ReadOnlySpan<Vector256<double>> vp = MemoryMarshal.Cast<double, Vector256<double>>(p);
        ReadOnlySpan<Vector256<double>> vq = MemoryMarshal.Cast<double, Vector256<double>>(q);
        for (int i = 0; i < vp.Length; i++)
        {
            pp += vp[i] * vp[i];
            qq += vq[i] * vq[i];
            pq += vp[i] * vq[i];
        }

        (double first, double second, double cross) = (Vector256.Sum(pp), Vector256.Sum(qq), Vector256.Sum(pq));
        for (int i = 4 * vp.Length; i < p.Length; i++)
        {
            first += p[i] * p[i];
            second += q[i] * q[i];
            cross += p[i] * q[i];
        }

        return (first, second, cross);
    }

    private static void Rotate(double[] p, double[] q, double cosine, double sine)
    {
        Span<Vector256<double>> vp = MemoryMarshal.Cast<double, Vector256<double>>(p.AsSpan());
        Span<Vector256<double>> vq = MemoryMarshal.Cast<double, Vector256<double>>(q.AsSpan());
        for (int i = 0; i < vp.Length; i++)
        {
            (Vector256<double> a, Vector256<double> b) = (vp[i], vq[i]);
            vp[i] = (cosine * a) - (sine * b);
            vq[i] = (sine * a) + (cosine * b);
        }

        for (int i = 4 * vp.Length; i < p.Length; i++)
        {
            (double a, double b) = (p[i], q[i]);
            p[i] = (cosine * a) - (sine * b);
            q[i] = (sine * a) + (cosine * b);
        }
    }
}
