using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis;

/// <summary>How far two updates (or any two tensors of one shape) point in the same direction, as vectors of all their elements.</summary>
/// <remarks>
/// Computed in double precision, scaled first so that tiny updates do not underflow. Undefined, NaN, where one of the two is all zeros, or
/// holds a number that is not
/// finite: a learner that does not move has no direction.
/// </remarks>
public static class Alignment
{
    /// <summary>cos = ⟨u, v⟩ / (‖u‖ ‖v‖), −1 … 1.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="first">u.</param>
    /// <param name="second">v, of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double Cosine<T>(Tensor<T> first, Tensor<T> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Cosine([first], [second]);

    /// <summary>The cosine of updates of several tensors, such as all plastic layers, taken as one vector.</summary>
    /// <inheritdoc cref="Cosine{T}(Tensor{T}, Tensor{T})"/>
    public static double Cosine<T>(ReadOnlySpan<Tensor<T>> first, ReadOnlySpan<Tensor<T>> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double[] u, double[] v) = UnitVectors(first, second);
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
        {
            sum += u[i] * v[i];
        }

        return u.Length == 0 ? double.NaN : Math.Clamp(sum, -1, 1);
    }

    /// <summary>
    /// The angle between two directions in degrees, 0 … 180: 2 atan2(‖û − v̂‖, ‖û + v̂‖), which is exact for small angles too, where arccos
    /// is not (Kahan 2006, §12).
    /// </summary>
    /// <inheritdoc cref="Cosine{T}(Tensor{T}, Tensor{T})"/>
    public static double AngleDegrees<T>(Tensor<T> first, Tensor<T> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => AngleDegrees([first], [second]);

    /// <summary>The angle between updates of several tensors, taken as one vector, in degrees.</summary>
    /// <inheritdoc cref="Cosine{T}(Tensor{T}, Tensor{T})"/>
    public static double AngleDegrees<T>(ReadOnlySpan<Tensor<T>> first, ReadOnlySpan<Tensor<T>> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double[] u, double[] v) = UnitVectors(first, second);
        (double apart, double together) = (0, 0);
        for (int i = 0; i < u.Length; i++)
        {
            apart += (u[i] - v[i]) * (u[i] - v[i]);
            together += (u[i] + v[i]) * (u[i] + v[i]);
        }

        return u.Length == 0 ? double.NaN : 2 * Math.Atan2(Math.Sqrt(apart), Math.Sqrt(together)) * 180 / Math.PI;
    }

    private static (double[] U, double[] V) UnitVectors<T>(ReadOnlySpan<Tensor<T>> first, ReadOnlySpan<Tensor<T>> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (first.Length != second.Length)
        {
            throw new ArgumentException($"Found {first.Length} tensors and {second.Length}, expected as many of each.", nameof(second));
        }

        for (int i = 0; i < first.Length; i++)
        {
            TensorNumbers.ExpectSameShape(first[i], second[i], nameof(second));
        }

        return (Unit(TensorNumbers.ToDoubles(first)), Unit(TensorNumbers.ToDoubles(second)));
    }

    // A vector without a direction comes back as NaNs.
    private static double[] Unit(double[] values)
    {
        double norm = TensorNumbers.ScaledNorm(values, out double largest);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = values[i] / largest / norm;
        }

        return values;
    }
}
