using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Supervised.Layers;

/// <summary>Activations and their derivatives, in place on rows of units.</summary>
/// <remarks>
/// tanh of floats is an odd polynomial of degree 13 over an even one of degree 6, clamped where it reaches ±1: within 4·10⁻⁷ of the true
/// value, monotone to that, and the same
/// bits at every width, since lanes are independent. tanh of doubles is the system's. Source of the coefficients: Eigen's
/// <c>generic_fast_tanh_float</c> (MPL 2.0 project; numbers only).
/// NaN stays NaN. The derivative is written in h = σ(z): 1 − h² of tanh; 1 where h &gt; 0 of ReLU, else 0.
/// </remarks>
internal static unsafe class ActivationKernels<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h = σ(z), rows [first, end).</summary>
    public static void Apply(Activation activation, Tensor<T> units, int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            switch (activation)
            {
                case Activation.Relu: Rectify(units.RowPointer(r), units.Columns); break;
                case Activation.Tanh when typeof(T) == typeof(float): Tanh(units.RowPointer(r), units.Columns); break;
                case Activation.Tanh: PlainTanh(units.RowPointer(r), units.Columns); break;
            }
        }
    }

    /// <summary>δ ← δ ∘ σ'(z), given h = σ(z), rows [first, end).</summary>
    public static void Derive(Activation activation, Tensor<T> units, Tensor<T> delta, int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            switch (activation)
            {
                case Activation.Relu: Gate(units.RowPointer(r), delta.RowPointer(r), units.Columns); break;
                case Activation.Tanh: TanhSlope(units.RowPointer(r), delta.RowPointer(r), units.Columns); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rectify(T* x, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.Max(TLanes.Load(x + i), default), x + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate(T* h, T* d, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes.Store(TLanes.WherePositive(TLanes.Load(h + i), TLanes.Load(d + i)), d + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TanhSlope(T* h, T* d, int count)
    {
        TLanes one = TLanes.Splat(T.One);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes x = TLanes.Load(h + i);
            TLanes.Store(TLanes.Load(d + i) * (one - (x * x)), d + i);
        }
    }

    private static void PlainTanh(T* x, int count)
    {
        for (int i = 0; i < count; i++)
        {
            x[i] = T.Tanh(x[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tanh(T* x, int count)
    {
        TLanes bound = Constant(-7.99881172180175781f), minusOne = Constant(-1);
        TLanes a1 = Constant(4.89352455891786e-03f), a3 = Constant(6.37261928875436e-04f), a5 = Constant(1.48572235717979e-05f),
            a7 = Constant(5.12229709037114e-08f);
        TLanes a9 = Constant(-8.60467152213735e-11f), a11 = Constant(2.00018790482477e-13f), a13 = Constant(-2.76076847742355e-16f);
        TLanes b0 = Constant(4.89352518554385e-03f), b2 = Constant(2.26843463243900e-03f), b4 = Constant(1.18534705686654e-04f),
            b6 = Constant(1.19825839466702e-06f);
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TLanes z = Within(TLanes.Load(x + i), bound);
            TLanes q = z * z;
            TLanes p = TLanes.MultiplyAdd(TLanes.MultiplyAdd(TLanes.MultiplyAdd(a13, q, a11), q, a9), q, a7);
            p = z * TLanes.MultiplyAdd(TLanes.MultiplyAdd(TLanes.MultiplyAdd(p, q, a5), q, a3), q, a1);
            TLanes d = TLanes.MultiplyAdd(TLanes.MultiplyAdd(TLanes.MultiplyAdd(b6, q, b4), q, b2), q, b0);
            TLanes.Store(Within(p / d, minusOne), x + i);
        }
    }

    /// <summary>min(max(x, bound), −bound), for a bound below 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Within(TLanes x, TLanes bound) => default(TLanes) - TLanes.Max(default(TLanes) - TLanes.Max(x, bound), bound);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Constant(float value) => TLanes.Splat(T.CreateTruncating(value));
}
