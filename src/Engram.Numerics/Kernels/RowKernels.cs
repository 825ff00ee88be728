using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Kernels;

/// <summary>Small loops over rows of numbers: sums over the real columns, elementwise work over whole registers, padding
/// included.</summary>
internal static unsafe class RowKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Σ a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Sum(T* a, int count)
    {
        TLanes sum = default;
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            sum += TLanes.Load(a + i);
        }

        T total = TLanes.Sum(sum);
        for (; i < count; i++)
        {
            total += a[i];
        }

        return total;
    }

    /// <summary>Σ a as sixteen sums in turn: the same order, and so the same bits, at every width of a register. <see cref="Sum"/> is for
    /// short rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T SumInChains(T* a, int count)
    {
        const int Chains = 16;
        T* sums = stackalloc T[Chains];
        new Span<T>(sums, Chains).Clear();
        int i = 0;
        for (; i + Chains <= count; i += Chains)
        {
            for (int lane = 0; lane < Chains; lane += TLanes.Count)
            {
                TLanes.Store(TLanes.Load(sums + lane) + TLanes.Load(a + i + lane), sums + lane);
            }
        }

        for (int lane = 0; i < count; i++, lane++)
        {
            sums[lane] += a[i];
        }

        T total = T.Zero;
        for (int lane = 0; lane < Chains; lane++)
        {
            total += sums[lane];
        }

        return total;
    }

    /// <summary>Whether all real elements are finite.</summary>
    public static bool IsFinite(Tensor<T> tensor)
    {
        for (int r = 0; r < tensor.Rows; r++)
        {
            if (!IsFinite(tensor.RowPointer(r), tensor.Columns))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether all are finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsFinite(T* a, int count)
    {
        // A sum of x − x is 0 unless some x is not finite.
        TLanes sum = default;
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            TLanes value = TLanes.Load(a + i);
            sum += value - value;
        }

        bool finite = TLanes.Sum(sum) == T.Zero;
        for (; i < count && finite; i++)
        {
            finite = T.IsFinite(a[i]);
        }

        return finite;
    }

    /// <summary>Σ a b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot(T* a, T* b, int count)
    {
        TLanes sum = default;
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            sum = TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i), sum);
        }

        T total = TLanes.Sum(sum);
        for (; i < count; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }

    /// <summary>Σ a (b − c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T DotDifference(T* a, T* b, T* c, int count)
    {
        TLanes sum = default;
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            sum = TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i) - TLanes.Load(c + i), sum);
        }

        T total = TLanes.Sum(sum);
        for (; i < count; i++)
        {
            total += a[i] * (b[i] - c[i]);
        }

        return total;
    }

    /// <summary>y = (1 − β) x + β f.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(T strength, T* x, T* f, T* y, int count)
    {
        TLanes own = TLanes.Splat(T.One - strength);
        TLanes fed = TLanes.Splat(strength);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.MultiplyAdd(own, TLanes.Load(x + i), fed * TLanes.Load(f + i)), y + i);
        }
    }

    /// <summary>y = a x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(T a, T* x, T* y, int count)
    {
        TLanes factor = TLanes.Splat(a);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(factor * TLanes.Load(x + i), y + i);
        }
    }

    /// <summary>y += a x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(T a, T* x, T* y, int count)
    {
        TLanes factor = TLanes.Splat(a);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(x + i), TLanes.Load(y + i)), y + i);
        }
    }

    /// <summary>y = x where the gate is above 0, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gate(T* gate, T* x, T* y, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.WherePositive(TLanes.Load(gate + i), TLanes.Load(x + i)), y + i);
        }
    }

    /// <summary>y = x ∘ sign(z), with sign(0) = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TimesSign(T* z, T* x, T* y, int count)
    {
        for (int i = 0; i < count; i++)
        {
            y[i] = z[i] > T.Zero ? x[i] : z[i] < T.Zero ? -x[i] : z[i] * x[i];
        }
    }

    /// <summary>e += a ∘ b over a row of weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateProduct(T* a, T* b, T* e, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i), TLanes.Load(e + i)), e + i);
        }
    }

    /// <summary>y = a ∘ x over a row of weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(T* a, T* x, T* y, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.Load(a + i) * TLanes.Load(x + i), y + i);
        }
    }
}
