using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis;

/// <summary>How large an update is.</summary>
/// <param name="Norm">‖W' − W‖, Euclidean over all elements.</param>
/// <param name="Relative">‖W' − W‖ / ‖W‖; NaN where all of W is zero.</param>
public readonly record struct UpdateSize(double Norm, double Relative);

/// <summary>Measures of what changes weights, and of what that changes.</summary>
public static class WeightUpdates
{
    /// <summary>ΔW = W' − W, in the element type.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="before">W.</param>
    /// <param name="after">W', of the same shape.</param>
    /// <param name="arena">Where the difference goes.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor<T> Difference<T>(Tensor<T> before, Tensor<T> after, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorNumbers.ExpectSameShape(before, after, nameof(after));
        Tensor<T> difference = arena.Allocate<T>(before.Rows, before.Columns);
        for (int r = 0; r < before.Rows; r++)
        {
            Span<T> from = before.Row(r);
            Span<T> to = after.Row(r);
            Span<T> result = difference.Row(r);
            for (int j = 0; j < result.Length; j++)
            {
                result[j] = to[j] - from[j];
            }
        }

        return difference;
    }

    /// <summary>‖ΔW‖, and ‖ΔW‖ relative to ‖W‖, in double precision.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="before">W.</param>
    /// <param name="after">W', of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static UpdateSize Size<T>(Tensor<T> before, Tensor<T> after)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorNumbers.ExpectSameShape(before, after, nameof(after));
        double[] from = TensorNumbers.ToDoubles(before);
        double[] change = TensorNumbers.ToDoubles(after);
        for (int i = 0; i < change.Length; i++)
        {
            change[i] -= from[i];
        }

        double norm = TensorNumbers.Norm(change);
        double weights = TensorNumbers.Norm(from);
        return new UpdateSize(norm, weights == 0 ? double.NaN : norm / weights);
    }

    /// <summary>Mean of (ŷ' − ŷ)² over examples and outputs, in double precision.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="before">ŷ, [n, K].</param>
    /// <param name="after">ŷ', [n, K].</param>
    /// <returns>The mean; NaN of no examples.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double MeanSquaredChange<T>(Tensor<T> before, Tensor<T> after)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorNumbers.ExpectSameShape(before, after, nameof(after));
        double sum = 0;
        for (int r = 0; r < before.Rows; r++)
        {
            Span<T> from = before.Row(r);
            Span<T> to = after.Row(r);
            for (int j = 0; j < from.Length; j++)
            {
                double change = double.CreateChecked(to[j]) - double.CreateChecked(from[j]);
                sum += change * change;
            }
        }

        return sum / before.Count;
    }

    /// <summary>
    /// Interference: how much an update of the plastic layers changes the network's outputs on examples, those of tasks learnt earlier for
    /// instance.
    /// </summary>
    /// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 7.2 and Figure 2B (mean squared change before and after a task's
    /// data).</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">The network.</param>
    /// <param name="weightsBefore">W of every plastic layer before the update.</param>
    /// <param name="biasesBefore">b of every plastic layer before the update, [1, out] each.</param>
    /// <param name="weightsAfter">W of every plastic layer after it.</param>
    /// <param name="biasesAfter">b of every plastic layer after it.</param>
    /// <param name="features">The examples as the plastic layers see them, [n, in] (<see cref="FeedforwardPass.RunFrozen"/>).</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static double Interference<T>(
        NetworkSpec network,
        ReadOnlySpan<Tensor<T>> weightsBefore,
        ReadOnlySpan<Tensor<T>> biasesBefore,
        ReadOnlySpan<Tensor<T>> weightsAfter,
        ReadOnlySpan<Tensor<T>> biasesAfter,
        Tensor<T> features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var arena = new Arena();
        Tensor<T> before = FeedforwardPass.RunPlastic(network, weightsBefore, biasesBefore, features, arena)[^1];
        Tensor<T> after = FeedforwardPass.RunPlastic(network, weightsAfter, biasesAfter, features, arena)[^1];
        return MeanSquaredChange(before, after);
    }
}
