using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis;

/// <summary>How well a readout does.</summary>
/// <param name="MeanSquaredError">Mean of (y − ŷ)² over examples and outputs.</param>
/// <param name="Accuracy">Share of examples whose largest output is the largest target's; NaN with a single output.</param>
public readonly record struct ReadoutScore(double MeanSquaredError, double Accuracy);

/// <summary>A linear readout trained to convergence on features that stay as they are: ŷ = x Wᵀ + b, in closed form.</summary>
/// <remarks>
/// Minimises Σₙ ‖y − ŷ‖² + λ ‖W‖² over W and b; b is not penalised. With λ = 0 and features that depend on each other it is the solution of
/// least norm, which
/// gradient descent from W = 0 converges to. Computed in double precision: Householder reduction of the centred features, then Jacobi
/// rotations, so that no square of
/// a condition number comes in. Source for its use: Lindsey and Litwin-Kumar 2020, Figure 2A (readouts trained for many epochs on frozen
/// features).
/// </remarks>
/// <param name="Weights">W, [K, features], row-major.</param>
/// <param name="Biases">b, [K].</param>
/// <param name="Features">Number of features.</param>
/// <param name="Rank">Directions of the features that were used: all that rounding lets tell from nothing.</param>
public sealed record LinearReadout(ImmutableArray<double> Weights, ImmutableArray<double> Biases, int Features, int Rank)
{
    /// <summary>K.</summary>
    public int Outputs => Biases.Length;

    /// <summary>Fits a readout.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="features">x, [n, features].</param>
    /// <param name="targets">y, [n, K].</param>
    /// <param name="ridge">λ, 0 or more, in units of squared features summed over examples.</param>
    /// <exception cref="EngramException">No examples, not as many targets, a λ below 0, or a number that is not finite.</exception>
    public static LinearReadout Fit<T>(Tensor<T> features, Tensor<T> targets, double ridge = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (features.Rows < 1 || targets.Rows != features.Rows || !(ridge >= 0) || !double.IsFinite(ridge))
        {
            throw new EngramException(
                string.Create(CultureInfo.InvariantCulture,
                $"Found {features.Rows} examples of features, {targets.Rows} of targets and a ridge of {ridge}, expected as many of " +
                $"both, 1 or more, and a finite ridge of 0 or more."));
        }

        (double[][] x, double[] xMean) = CentredColumns(features, "features");
        (double[][] y, double[] yMean) = CentredColumns(targets, "targets");
        (double[][] rows, double[][] carried) = Reduce(x, y, features.Rows);
        JacobiRotations.Orthogonalize(rows, carried);

        // Rows are now σ_i v_iᵀ, and carried Uᵀ y, so that W = Σ_i (Uᵀ y)_i σ_i v_iᵀ / (σ_i² + λ).
        double[] sigmas = [.. rows.Select(r => TensorNumbers.Norm(r))];
        double cutOff = Math.Max(features.Rows, features.Columns) * TensorNumbers.Rounding * sigmas.DefaultIfEmpty(0).Max();
        var weights = new double[targets.Columns * features.Columns];
        int rank = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (sigmas[i] <= cutOff)
            {
                continue;
            }

            rank++;
            for (int k = 0; k < targets.Columns; k++)
            {
                double factor = carried[i][k] / (sigmas[i] + (ridge / sigmas[i])) / sigmas[i];
                TensorNumbers.AddMultiple(weights.AsSpan(k * features.Columns, features.Columns), factor, rows[i]);
            }
        }

        var biases = new double[targets.Columns];
        for (int k = 0; k < biases.Length; k++)
        {
            biases[k] = yMean[k] - TensorNumbers.Dot(weights.AsSpan(k * features.Columns, features.Columns), xMean);
        }

        return new LinearReadout([.. weights], [.. biases], features.Columns, rank);
    }

    /// <summary>ŷ = x Wᵀ + b, [n, K], row-major.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="EngramException">Another number of features than it was fitted to.</exception>
    public double[] Predict<T>(Tensor<T> features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (features.Columns != Features)
        {
            throw new EngramException($"Found {features.Columns} features, expected the {Features} that the readout was fitted to.");
        }

        double[] x = TensorNumbers.ToDoubles(features);
        var outputs = new double[checked(features.Rows * Outputs)];
        for (int n = 0; n < features.Rows; n++)
        {
            for (int k = 0; k < Outputs; k++)
            {
                outputs[(n * Outputs) + k] = Biases[k]
                    + TensorNumbers.Dot(x.AsSpan(n * Features, Features), Weights.AsSpan(k * Features, Features));
            }
        }

        return outputs;
    }

    /// <summary>Compares its outputs with targets, of examples it was fitted to or of others.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="features">x, [n, features].</param>
    /// <param name="targets">y, [n, K].</param>
    /// <exception cref="EngramException">Another number of features, targets or outputs than expected.</exception>
    public ReadoutScore Score<T>(Tensor<T> features, Tensor<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (targets.Rows != features.Rows || targets.Columns != Outputs)
        {
            throw new EngramException($"Found targets of {targets.Rows}×{targets.Columns}, expected {features.Rows}×{Outputs}.");
        }

        double[] outputs = Predict(features);
        double[] wanted = TensorNumbers.ToDoubles(targets);
        (double squares, int right) = (0, 0);
        for (int n = 0; n < features.Rows; n++)
        {
            ReadOnlySpan<double> found = outputs.AsSpan(n * Outputs, Outputs);
            ReadOnlySpan<double> expected = wanted.AsSpan(n * Outputs, Outputs);
            for (int k = 0; k < Outputs; k++)
            {
                squares += (found[k] - expected[k]) * (found[k] - expected[k]);
            }

            right += Largest(found) == Largest(expected) ? 1 : 0;
        }

        return new ReadoutScore(squares / wanted.Length, Outputs == 1 ? double.NaN : right / (double)features.Rows);
    }

    private static int Largest(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    private static (double[][] Columns, double[] Means) CentredColumns<T>(Tensor<T> matrix, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var columns = new double[matrix.Columns][];
        var means = new double[matrix.Columns];
        for (int j = 0; j < matrix.Columns; j++)
        {
            columns[j] = new double[matrix.Rows];
            for (int n = 0; n < matrix.Rows; n++)
            {
                columns[j][n] = double.CreateChecked(matrix[n, j]);
                if (!double.IsFinite(columns[j][n]))
                {
                    throw new EngramException(
                        string.Create(CultureInfo.InvariantCulture,
                        $"Found {columns[j][n]} in row {n}, column {j} of a readout's {what}, expected finite numbers; look at the " +
                        $"network's weights first."));
                }
            }

            means[j] = Statistics.Mean(columns[j]);
            for (int n = 0; n < matrix.Rows; n++)
            {
                columns[j][n] -= means[j];
            }
        }

        return (columns, means);
    }

    /// <summary>
    /// Reflects x and y alike so that x becomes upper triangular; its rows that are not zero, and y's. With fewer examples than features
    /// there is nothing to reduce.
    /// </summary>
    private static (double[][] Rows, double[][] Carried) Reduce(double[][] x, double[][] y, int examples)
    {
        int count = Math.Min(x.Length, examples);
        for (int k = 0; k < count && examples > x.Length; k++)
        {
            Reflect(x, y, k);
        }

        var rows = new double[count][];
        var carried = new double[count][];
        for (int i = 0; i < count; i++)
        {
            rows[i] = [.. x.Select(column => column[i])];
            carried[i] = [.. y.Select(column => column[i])];
        }

        return (rows, carried);
    }

    // Householder: I − 2 v vᵀ / ⟨v, v⟩ takes column k, from its k-th element on, to a multiple of the first unit vector.
    private static void Reflect(double[][] x, double[][] y, int k)
    {
        double[] v = x[k][k..];
        double norm = TensorNumbers.Norm(v);
        if (norm == 0)
        {
            return;
        }

        v[0] += v[0] < 0 ? -norm : norm;
        double length = TensorNumbers.Norm(v);
        for (int i = 0; i < v.Length; i++)
        {
            v[i] /= length;
        }

        for (int j = k; j < x.Length; j++)
        {
            Apply(v, x[j].AsSpan(k));
        }

        foreach (double[] column in y)
        {
            Apply(v, column.AsSpan(k));
        }

        // What is zero but for rounding.
        x[k].AsSpan(k + 1).Clear();
    }

    private static void Apply(ReadOnlySpan<double> v, Span<double> column) =>
        TensorNumbers.AddMultiple(column, -2 * TensorNumbers.Dot(v, column), v);
}
