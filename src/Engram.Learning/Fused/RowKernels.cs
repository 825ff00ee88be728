using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics;

namespace Engram.Learning.Fused;

/// <summary>Small loops over rows of a block: sums over the real columns, elementwise work over all.</summary>
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
