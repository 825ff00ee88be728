using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>Small loops over matrices, batches [units, n] as a rule, that methods share: rows are shared out to a network's
/// threads.</summary>
/// <remarks>Elements are rounded alike at every vector width; sums run in sixteen chains along a row, and over chains and rows in float64,
/// in the same order whatever the width and the number of threads.</remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal abstract class BatchArithmetic<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes the loops of a vector width.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="mostRows">Most rows of a matrix whose squares are summed.</param>
    /// <param name="width">Vector width.</param>
    public static BatchArithmetic<T> For(WorkerTeam team, int mostRows, VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => new BatchArithmetic<Lanes512<T>, T>(team, mostRows),
        VectorWidth.Bits256 => new BatchArithmetic<Lanes256<T>, T>(team, mostRows),
        VectorWidth.Bits128 => new BatchArithmetic<Lanes128<T>, T>(team, mostRows),
        _ => new BatchArithmetic<Lanes1<T>, T>(team, mostRows),
    };

    /// <summary>result = x + factor y.</summary>
    public abstract void Add(Tensor<T> x, T factor, Tensor<T> y, Tensor<T> result);

    /// <summary>x ← keep x + factor y.</summary>
    public abstract void Blend(T keep, Tensor<T> x, T factor, Tensor<T> y);

    /// <summary>result = factor (x − y) ∘ σ'(z).</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="x">x.</param>
    /// <param name="y">y; an empty view for 0.</param>
    /// <param name="activation">σ.</param>
    /// <param name="units">h = σ(z); not read where σ is the identity.</param>
    /// <param name="result">What is overwritten; may be x.</param>
    /// <returns>Σ (x − y)².</returns>
    public abstract double Difference(T factor, Tensor<T> x, Tensor<T> y, Activation activation, Tensor<T> units, Tensor<T> result);

    /// <summary>h = σ(z + b): units[j, ·] ← σ(units[j, ·] + b[j]).</summary>
    public abstract void Activate(Activation activation, Tensor<T> biases, Tensor<T> units);

    /// <summary>result[j] = Σ units[j, ·].</summary>
    public abstract void SumRows(Tensor<T> units, Tensor<T> result);

    /// <summary>result[n] = Σ_r x[r, n] y[r, n]: an inner product for each example, in the order of the rows, on the calling
    /// thread.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y, of its shape.</param>
    /// <param name="result">[1, n].</param>
    public abstract void ColumnDots(Tensor<T> x, Tensor<T> y, Tensor<T> result);

    /// <summary>x[r, n] ← x[r, n] + factors[n] y[r, n].</summary>
    /// <param name="x">x.</param>
    /// <param name="factors">[1, n].</param>
    /// <param name="y">y, of x's shape.</param>
    public abstract void AddScaledColumns(Tensor<T> x, Tensor<T> factors, Tensor<T> y);

    /// <summary>result[r, n] = factors[n] x[r, n].</summary>
    /// <param name="x">x.</param>
    /// <param name="factors">[1, n].</param>
    /// <param name="result">What is overwritten; may be x.</param>
    public abstract void ScaleColumns(Tensor<T> x, Tensor<T> factors, Tensor<T> result);
}

/// <inheritdoc/>
internal sealed unsafe class BatchArithmetic<TLanes, T> : BatchArithmetic<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Chains = 16;

    private readonly SharedRows rows;
    private readonly double[] squares;
    private readonly Action<int, int> add, blend, difference, activate, sum, addColumns, scaleColumns;
    private Tensor<T> x, y, units, result, factors;
    private T keep, factor;
    private Activation activation;

    public BatchArithmetic(WorkerTeam team, int mostRows)
    {
        (rows, squares) = (new SharedRows(team), new double[mostRows]);
        (add, blend, difference, activate, sum) = (AddRows, BlendRows, DifferenceRows, ActivateRows, Sum);
        (addColumns, scaleColumns) = (AddColumns, MultiplyColumns);
    }

    /// <inheritdoc/>
    public override void Add(Tensor<T> x, T factor, Tensor<T> y, Tensor<T> result)
    {
        Shapes.Expect(x, result.Rows, result.Columns, nameof(x));
        Shapes.Expect(y, result.Rows, result.Columns, nameof(y));
        (this.x, this.factor, this.y, this.result) = (x, factor, y, result);
        rows.Run(result.Rows, result.Count, add);
    }

    /// <inheritdoc/>
    public override void Blend(T keep, Tensor<T> x, T factor, Tensor<T> y)
    {
        Shapes.Expect(y, x.Rows, x.Columns, nameof(y));
        (this.keep, this.x, this.factor, this.y) = (keep, x, factor, y);
        rows.Run(x.Rows, x.Count, blend);
    }

    /// <inheritdoc/>
    public override double Difference(T factor, Tensor<T> x, Tensor<T> y, Activation activation, Tensor<T> units, Tensor<T> result)
    {
        Shapes.Expect(x, result.Rows, result.Columns, nameof(x));
        if (!y.IsEmpty)
        {
            Shapes.Expect(y, result.Rows, result.Columns, nameof(y));
        }

        if (activation != Activation.Identity)
        {
            Shapes.Expect(units, result.Rows, result.Columns, nameof(units));
        }

        (this.factor, this.x, this.y, this.activation, this.units, this.result) = (factor, x, y, activation, units, result);
        rows.Run(result.Rows, 2 * result.Count, difference);
        double total = 0;
        foreach (double row in squares.AsSpan(0, result.Rows))
        {
            total += row;
        }

        return total;
    }

    /// <inheritdoc/>
    public override void Activate(Activation activation, Tensor<T> biases, Tensor<T> units)
    {
        Shapes.Expect(biases, 1, units.Rows, nameof(biases));
        (this.activation, y, this.units) = (activation, biases, units);
        rows.Run(units.Rows, 8 * units.Count, activate);
    }

    /// <inheritdoc/>
    public override void SumRows(Tensor<T> units, Tensor<T> result)
    {
        Shapes.Expect(result, 1, units.Rows, nameof(result));
        (this.units, this.result) = (units, result);
        rows.Run(units.Rows, units.Count, sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ColumnDots(Tensor<T> x, Tensor<T> y, Tensor<T> result)
    {
        Shapes.Expect(y, x.Rows, x.Columns, nameof(y));
        Shapes.Expect(result, 1, x.Columns, nameof(result));
        for (int i = 0; i < x.Columns; i += TLanes.Count)
        {
            TLanes dot = TLanes.Splat(T.Zero);
            for (int r = 0; r < x.Rows; r++)
            {
                dot = TLanes.MultiplyAdd(TLanes.Load(x.RowPointer(r) + i), TLanes.Load(y.RowPointer(r) + i), dot);
            }

            TLanes.Store(dot, result.Pointer + i);
        }
    }

    /// <inheritdoc/>
    public override void AddScaledColumns(Tensor<T> x, Tensor<T> factors, Tensor<T> y)
    {
        Shapes.Expect(y, x.Rows, x.Columns, nameof(y));
        Shapes.Expect(factors, 1, x.Columns, nameof(factors));
        (this.x, this.factors, this.y) = (x, factors, y);
        rows.Run(x.Rows, x.Count, addColumns);
    }

    /// <inheritdoc/>
    public override void ScaleColumns(Tensor<T> x, Tensor<T> factors, Tensor<T> result)
    {
        Shapes.Expect(result, x.Rows, x.Columns, nameof(result));
        Shapes.Expect(factors, 1, x.Columns, nameof(factors));
        (this.x, this.factors, this.result) = (x, factors, result);
        rows.Run(x.Rows, x.Count, scaleColumns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddColumns(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            T* a = x.RowPointer(r), b = y.RowPointer(r), scale = factors.Pointer;
            for (int i = 0; i < x.Columns; i += TLanes.Count)
            {
                TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(scale + i), TLanes.Load(b + i), TLanes.Load(a + i)), a + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyColumns(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            T* a = x.RowPointer(r), to = result.RowPointer(r), scale = factors.Pointer;
            for (int i = 0; i < x.Columns; i += TLanes.Count)
            {
                TLanes.Store(TLanes.Load(scale + i) * TLanes.Load(a + i), to + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddRows(int first, int end)
    {
        TLanes scale = TLanes.Splat(factor);
        for (int r = first; r < end; r++)
        {
            T* a = x.RowPointer(r), b = y.RowPointer(r), to = result.RowPointer(r);
            for (int i = 0; i < result.Columns; i += TLanes.Count)
            {
                TLanes.Store(TLanes.MultiplyAdd(scale, TLanes.Load(b + i), TLanes.Load(a + i)), to + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BlendRows(int first, int end)
    {
        TLanes scale = TLanes.Splat(factor), kept = TLanes.Splat(keep);
        for (int r = first; r < end; r++)
        {
            T* a = x.RowPointer(r), b = y.RowPointer(r);
            for (int i = 0; i < x.Columns; i += TLanes.Count)
            {
                TLanes.Store(TLanes.MultiplyAdd(kept, TLanes.Load(a + i), scale * TLanes.Load(b + i)), a + i);
            }
        }
    }

    private void DifferenceRows(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            T* a = x.RowPointer(r), b = y.IsEmpty ? null : y.RowPointer(r), to = result.RowPointer(r);
            squares[r] = Squares(a, b, result.Columns);
            Scale(a, b, to, result.Columns);
            ActivationKernels<TLanes, T>.Derive(activation, units, result, r, r + 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Squares(T* a, T* b, int count)
    {
        T* sums = stackalloc T[Chains];
        new Span<T>(sums, Chains).Clear();
        int i = 0;
        for (; i + Chains <= count; i += Chains)
        {
            for (int lane = 0; lane < Chains; lane += TLanes.Count)
            {
                TLanes d = b == null ? TLanes.Load(a + i + lane) : TLanes.Load(a + i + lane) - TLanes.Load(b + i + lane);
                TLanes.Store(TLanes.Load(sums + lane) + (d * d), sums + lane);
            }
        }

        for (int lane = 0; i < count; i++, lane++)
        {
            T d = b == null ? a[i] : a[i] - b[i];
            sums[lane] += d * d;
        }

        double total = 0;
        for (int lane = 0; lane < Chains; lane++)
        {
            total += double.CreateTruncating(sums[lane]);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scale(T* a, T* b, T* to, int count)
    {
        TLanes scale = TLanes.Splat(factor);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes d = b == null ? TLanes.Load(a + i) : TLanes.Load(a + i) - TLanes.Load(b + i);
            TLanes.Store(scale * d, to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ActivateRows(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            TLanes bias = TLanes.Splat(y.Pointer[r]);
            T* row = units.RowPointer(r);
            for (int i = 0; i < units.Columns; i += TLanes.Count)
            {
                TLanes.Store(TLanes.Load(row + i) + bias, row + i);
            }

            ActivationKernels<TLanes, T>.Apply(activation, units, r, r + 1);
        }
    }

    private void Sum(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            result.Pointer[r] = RowKernels<TLanes, T>.SumInChains(units.RowPointer(r), units.Columns);
        }
    }
}
