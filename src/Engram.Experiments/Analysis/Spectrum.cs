using System.Collections.Immutable;
using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis;

/// <summary>The singular values of a matrix, and what they say about its rank.</summary>
/// <param name="SingularValues">σ₁ ≥ σ₂ ≥ … ≥ 0, as many as the matrix's smaller side; all NaN where it holds a number that is not
/// finite.</param>
public sealed record Spectrum(ImmutableArray<double> SingularValues)
{
    /// <summary>
    /// Effective rank: exp(−Σ p_i ln p_i), p_i = σ_i / Σ σ. Between 1 and the number of singular values; k of k equal ones. NaN of a matrix
    /// of zeros.
    /// </summary>
    /// <remarks>Source: Roy and Vetterli 2007, “The effective rank”.</remarks>
    public double EffectiveRank
    {
        get
        {
            double sum = SingularValues.Sum();
            double entropy = 0;
            foreach (double value in SingularValues)
            {
                double share = value / sum;
                entropy -= share == 0 ? 0 : share * Math.Log(share);
            }

            return SingularValues.IsEmpty ? double.NaN : Math.Exp(entropy);
        }
    }

    /// <summary>Stable rank: ‖A‖_F² / ‖A‖₂² = Σ σ² / σ₁²; NaN of a matrix of zeros.</summary>
    public double StableRank =>
        SingularValues.IsEmpty ? double.NaN : SingularValues.Sum(s => s / SingularValues[0] * (s / SingularValues[0]));

    /// <summary>How many singular values are above a share of the largest; 0 of a matrix of zeros.</summary>
    public int RankAbove(double shareOfLargest) => SingularValues.Count(s => s > shareOfLargest * SingularValues[0]);

    /// <summary>Singular values by one-sided Jacobi rotations, in double precision.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    public static Spectrum Of<T>(Tensor<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int count, int length) = (Math.Min(matrix.Rows, matrix.Columns), Math.Max(matrix.Rows, matrix.Columns));
        double[] values = TensorNumbers.ToDoubles(matrix);
        if (!values.All(double.IsFinite))
        {
            return new Spectrum([.. Enumerable.Repeat(double.NaN, count)]);
        }

        _ = TensorNumbers.ScaledNorm(values, out double largest);
        if (largest == 0)
        {
            return new Spectrum([.. new double[count]]);
        }

        var rows = new double[count][];
        for (int i = 0; i < count; i++)
        {
            rows[i] = new double[length];
            for (int j = 0; j < length; j++)
            {
                rows[i][j] = values[matrix.Rows <= matrix.Columns ? (i * length) + j : (j * count) + i] / largest;
            }
        }

        JacobiRotations.Orthogonalize(rows);
        return new Spectrum([.. rows.Select(r => largest * TensorNumbers.Norm(r)).OrderDescending()]);
    }
}
