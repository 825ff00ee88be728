using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Kernels;

namespace Engram.Learning.Engines.Fused;

/// <summary>How plasticity coefficients lie in memory.</summary>
internal unsafe interface IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract TLanes Load(T* plasticity, nint offset, nint row);

    static abstract void Ahead(T* plasticity, nint offset);
}

/// <summary>One per synapse.</summary>
internal readonly unsafe struct PerSynapse<TLanes, T> : IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(T* plasticity, nint offset, nint row) => TLanes.Load(plasticity + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead(T* plasticity, nint offset) => Prefetch.Line(plasticity + offset);
}

/// <summary>One per row of the weight matrix.</summary>
internal readonly unsafe struct PerRow<TLanes, T> : IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(T* plasticity, nint offset, nint row) => TLanes.Splat(plasticity[row]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead(T* plasticity, nint offset)
    {
    }
}

/// <summary>W' = W + α ∘ U with U = sums − d W: an Oja step on its way out of the product pᵀa. With d = 0, a Hebb step.</summary>
internal readonly unsafe struct PlasticStep<TPlasticity, TLanes, T>(T* weights, T* next, T* plasticity, T* decay, nint stride)
    : ITileStore<TLanes, T>
    where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* weights = weights;
    private readonly T* next = next;
    private readonly T* plasticity = plasticity;
    private readonly T* decay = decay;

    public static int MostRows => 4;

    public static bool ReadsAhead => true;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
        Prefetch.Line(weights + offset);
        TPlasticity.Ahead(plasticity, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums)
    {
        TLanes old = TLanes.Load(weights + offset);
        TLanes update = TLanes.MultiplyAdd(TLanes.Splat(-decay[row]), old, sums);
        TLanes.Store(TLanes.MultiplyAdd(TPlasticity.Load(plasticity, offset, row), update, old), next + offset);
    }
}

/// <summary>The same, which also keeps U.</summary>
internal readonly unsafe struct RecordedPlasticStep<TPlasticity, TLanes, T>(
    T* weights, T* next, T* plasticity, T* decay, T* update, nint stride)
    : ITileStore<TLanes, T>
    where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* weights = weights;
    private readonly T* next = next;
    private readonly T* plasticity = plasticity;
    private readonly T* decay = decay;
    private readonly T* update = update;

    public static int MostRows => 4;

    public static bool ReadsAhead => true;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
        Prefetch.Line(weights + offset);
        TPlasticity.Ahead(plasticity, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums)
    {
        TLanes old = TLanes.Load(weights + offset);
        TLanes change = TLanes.MultiplyAdd(TLanes.Splat(-decay[row]), old, sums);
        TLanes.Store(change, update + offset);
        TLanes.Store(TLanes.MultiplyAdd(TPlasticity.Load(plasticity, offset, row), change, old), next + offset);
    }
}

/// <summary>U = sums − d W alone.</summary>
internal readonly unsafe struct RecordedUpdate<TLanes, T>(T* weights, T* decay, T* update, nint stride) : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* weights = weights;
    private readonly T* decay = decay;
    private readonly T* update = update;

    public static int MostRows => 4;

    public static bool ReadsAhead => true;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset) => Prefetch.Line(weights + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums) =>
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Splat(-decay[row]), TLanes.Load(weights + offset), sums), update + offset);
}

/// <summary>G = G' − d α G' + sums, and S = α G for the step before: the adjoint of a plastic step on its way out of the product
/// ∂zᵀa.</summary>
internal readonly unsafe struct AdjointStep<TPlasticity, TLanes, T>(T* adjoint, T* plasticity, T* decay, T* scaled, nint stride)
    : ITileStore<TLanes, T>
    where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* adjoint = adjoint;
    private readonly T* plasticity = plasticity;
    private readonly T* decay = decay;
    private readonly T* scaled = scaled;

    public static int MostRows => 4;

    public static bool ReadsAhead => true;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
        Prefetch.Line(adjoint + offset);
        TPlasticity.Ahead(plasticity, offset);
        Prefetch.Line(scaled + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums)
    {
        TLanes after = TLanes.Load(adjoint + offset);
        TLanes rate = TPlasticity.Load(plasticity, offset, row);
        TLanes before = TLanes.MultiplyAdd(TLanes.Splat(-decay[row]), rate * after, after + sums);
        TLanes.Store(before, adjoint + offset);
        TLanes.Store(rate * before, scaled + offset);
    }
}

/// <summary>
/// G and S as in <see cref="AdjointStep{TPlasticity, TLanes, T}"/> with one α per synapse, and ∂L/∂α += G' ∘ U while G' is at hand.
/// </summary>
internal readonly unsafe struct SynapseAdjointStep<TLanes, T>(
    T* adjoint, T* plasticity, T* decay, T* scaled, T* update, T* gradient, nint stride)
    : ITileStore<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T* adjoint = adjoint;
    private readonly T* plasticity = plasticity;
    private readonly T* decay = decay;
    private readonly T* scaled = scaled;
    private readonly T* update = update;
    private readonly T* gradient = gradient;

    public static int MostRows => 4;

    public static bool ReadsAhead => true;

    public nint Stride { get; } = stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ahead(nint offset)
    {
        Prefetch.Line(adjoint + offset);
        Prefetch.Line(plasticity + offset);
        Prefetch.Line(update + offset);
        Prefetch.Line(gradient + offset);
        Prefetch.Line(scaled + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(nint offset, nint row, TLanes sums)
    {
        TLanes after = TLanes.Load(adjoint + offset);
        TLanes rate = TLanes.Load(plasticity + offset);
        TLanes.Store(TLanes.MultiplyAdd(after, TLanes.Load(update + offset), TLanes.Load(gradient + offset)), gradient + offset);
        TLanes before = TLanes.MultiplyAdd(TLanes.Splat(-decay[row]), rate * after, after + sums);
        TLanes.Store(before, adjoint + offset);
        TLanes.Store(rate * before, scaled + offset);
    }
}
