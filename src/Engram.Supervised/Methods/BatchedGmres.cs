using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Solves A_n u_n = b_n for all examples n of a batch at once, where each has a matrix of its own that is only known by what it
/// does to a vector: generalised minimal residuals.</summary>
/// <remarks>Equation: of all u in the span of b, A b, …, A^{m−1} b the one with the least ‖b − A u‖, by Arnoldi's modified Gram-Schmidt and
/// Givens rotations; exact after as many steps as b is long. Shapes: b and u [K, n], one example a column. Examples share steps and nothing
/// else. Source: Saad and Schultz 1986. Deviations: never restarted.</remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal sealed class BatchedGmres<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly BatchArithmetic<T> arithmetic;
    private readonly int most;

    // A basis of the span; the upper triangle, column after column; rotations; the rotated right-hand side; u's coordinates.
    private readonly Tensor<T>[] basis;
    private readonly Tensor<T> triangle, cosines, sines, rest, coordinates, factors, lengths;

    /// <summary>Makes buffers.</summary>
    /// <param name="size">K.</param>
    /// <param name="steps">Most steps; no more than K are done.</param>
    /// <param name="capacity">Most examples.</param>
    /// <param name="arithmetic">Loops over batches.</param>
    public BatchedGmres(int size, int steps, int capacity, BatchArithmetic<T> arithmetic)
    {
        (this.arithmetic, most) = (arithmetic, Math.Min(steps, size));
        basis = [.. Enumerable.Range(0, most + 1).Select(_ => arena.Allocate<T>(size, capacity))];
        triangle = arena.Allocate<T>(most * (most + 1), capacity);
        (cosines, sines) = (arena.Allocate<T>(most, capacity), arena.Allocate<T>(most, capacity));
        (rest, coordinates) = (arena.Allocate<T>(most + 1, capacity), arena.Allocate<T>(most, capacity));
        (factors, lengths) = (arena.Allocate<T>(1, capacity), arena.Allocate<T>(1, capacity));
    }

    /// <summary>The largest ‖b − A u‖ / ‖b‖ of the examples solved last.</summary>
    public double Residual { get; private set; }

    /// <summary>Steps that the last batch took.</summary>
    public int Steps { get; private set; }

    /// <summary>Finds u.</summary>
    /// <param name="apply">Writes A v into its second argument.</param>
    /// <param name="right">b, [K, n].</param>
    /// <param name="tolerance">The ‖b − A u‖ / ‖b‖ of every example at which no more steps are done.</param>
    /// <param name="result">u, [K, n].</param>
    public void Solve(Action<Tensor<T>, Tensor<T>> apply, Tensor<T> right, double tolerance, Tensor<T> result)
    {
        int examples = right.Columns;
        Tensor<T> first = For(basis[0], examples), factor = For(factors, examples), length = For(lengths, examples);
        arithmetic.ColumnDots(right, right, length);
        Invert(length, factor, rest.Row(0));
        arithmetic.ScaleColumns(right, factor, first);
        Residual = 1;
        for (Steps = 0; Steps < most && Residual > tolerance; Steps++)
        {
            Tensor<T> next = For(basis[Steps + 1], examples);
            apply(For(basis[Steps], examples), next);
            for (int i = 0; i <= Steps; i++)
            {
                Tensor<T> before = For(basis[i], examples);
                arithmetic.ColumnDots(next, before, length);
                length.Row(0).CopyTo(Triangle(i, Steps));
                Negate(length, factor);
                arithmetic.AddScaledColumns(next, factor, before);
            }

            arithmetic.ColumnDots(next, next, length);
            Invert(length, factor, Triangle(Steps + 1, Steps));
            arithmetic.ScaleColumns(next, factor, next);
            Residual = Rotate(Steps, examples);
        }

        Combine(Steps, examples, result);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private static unsafe Tensor<T> For(Tensor<T> buffer, int examples) => new(buffer.Pointer, buffer.Rows, examples, buffer.Stride);

    private static void Negate(Tensor<T> from, Tensor<T> to)
    {
        ReadOnlySpan<T> x = from.Row(0);
        Span<T> y = to.Row(0);
        for (int n = 0; n < y.Length; n++)
        {
            y[n] = -x[n];
        }
    }

    // ‖v‖ and 1 / ‖v‖ from ‖v‖²; of nothing, 0 and 0.
    private static void Invert(Tensor<T> squares, Tensor<T> inverses, Span<T> norms)
    {
        ReadOnlySpan<T> x = squares.Row(0);
        Span<T> y = inverses.Row(0);
        for (int n = 0; n < y.Length; n++)
        {
            norms[n] = T.Sqrt(x[n]);
            y[n] = norms[n] == T.Zero ? T.Zero : T.One / norms[n];
        }
    }

    private Span<T> Triangle(int row, int column) => triangle.Row((column * (most + 1)) + row);

    // A new column, turned as those before it, and once more so that nothing stands below the diagonal.
    private double Rotate(int step, int examples)
    {
        double largest = 0;
        for (int n = 0; n < examples; n++)
        {
            T above = Triangle(0, step)[n];
            for (int i = 0; i < step; i++)
            {
                (T c, T s, T below) = (cosines[i, n], sines[i, n], Triangle(i + 1, step)[n]);
                Triangle(i, step)[n] = (c * above) + (s * below);
                above = (c * below) - (s * above);
            }

            T left = Triangle(step + 1, step)[n], length = T.Sqrt((above * above) + (left * left));
            (T cosine, T sine) = length == T.Zero ? (T.One, T.Zero) : (above / length, left / length);
            (cosines[step, n], sines[step, n]) = (cosine, sine);
            Triangle(step, step)[n] = length;
            T old = rest[step, n];
            (rest[step, n], rest[step + 1, n]) = (cosine * old, -sine * old);

            // ‖b‖ is what all rotated parts together still have.
            double whole = 0;
            for (int i = 0; i <= step + 1; i++)
            {
                double part = double.CreateTruncating(rest[i, n]);
                whole += part * part;
            }

            largest = whole == 0 ? largest
                : Math.Max(largest, Math.Abs(double.CreateTruncating(rest[step + 1, n])) / Math.Sqrt(whole));
        }

        return largest;
    }

    private void Combine(int steps, int examples, Tensor<T> result)
    {
        for (int n = 0; n < examples; n++)
        {
            for (int i = steps - 1; i >= 0; i--)
            {
                T sum = rest[i, n];
                for (int j = i + 1; j < steps; j++)
                {
                    sum -= Triangle(i, j)[n] * coordinates[j, n];
                }

                T diagonal = Triangle(i, i)[n];
                coordinates[i, n] = diagonal == T.Zero ? T.Zero : sum / diagonal;
            }
        }

        result.Clear();
        for (int i = 0; i < steps; i++)
        {
            coordinates.Row(i)[..examples].CopyTo(For(factors, examples).Row(0));
            arithmetic.AddScaledColumns(result, For(factors, examples), For(basis[i], examples));
        }
    }
}
