using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engram.Numerics.Kernels;
using Engram.Numerics.Threads;

namespace Engram.Bench;

/// <summary>What the machine can do at best: independent fused multiply-adds in registers, nothing else.</summary>
public static class PeakRate
{
    private const long Rounds = 4_000_000;
    private const int Chains = 12;

    /// <summary>GFLOP/s of float32 fused multiply-adds (2 operations each) on so many threads at once, at the widest vectors there
    /// are.</summary>
    public static double Measure(WorkerTeam team)
    {
        var sinks = new float[team.Parts * 32];
        Action<int> work = part => sinks[part * 32] = VectorWidths.Widest switch
        {
            VectorWidth.Bits512 => Spin<Lanes512<float>>(Rounds),
            VectorWidth.Bits256 => Spin<Lanes256<float>>(Rounds),
            VectorWidth.Bits128 => Spin<Lanes128<float>>(Rounds),
            _ => Spin<Lanes1<float>>(Rounds),
        };
        var clock = Stopwatch.StartNew();
        team.Run(work);
        double seconds = clock.Elapsed.TotalSeconds;
        int lanes = VectorWidths.Widest switch
        {
            VectorWidth.Bits512 => Vector512<float>.Count,
            VectorWidth.Bits256 => Vector256<float>.Count,
            VectorWidth.Bits128 => Vector128<float>.Count,
            _ => 1,
        };
        return 2.0 * lanes * Chains * Rounds * team.Parts / seconds / 1e9;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Spin<TLanes>(long rounds)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        TLanes x = TLanes.Splat(0.5f), y = TLanes.Splat(0.5f);
        TLanes a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (; rounds > 0; rounds--)
        {
            a = TLanes.MultiplyAdd(x, a, y);
            b = TLanes.MultiplyAdd(x, b, y);
            c = TLanes.MultiplyAdd(x, c, y);
            d = TLanes.MultiplyAdd(x, d, y);
            e = TLanes.MultiplyAdd(x, e, y);
            f = TLanes.MultiplyAdd(x, f, y);
            g = TLanes.MultiplyAdd(x, g, y);
            h = TLanes.MultiplyAdd(x, h, y);
            i = TLanes.MultiplyAdd(x, i, y);
            j = TLanes.MultiplyAdd(x, j, y);
            k = TLanes.MultiplyAdd(x, k, y);
            l = TLanes.MultiplyAdd(x, l, y);
        }

        return TLanes.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
