using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Numerics.RandomNumbers;

/// <summary>Many normal numbers at once, to the precision of float32: what <see cref="RandomStream.FillNoise{T}"/> is made of.</summary>
/// <remarks>
/// A group is four blocks of Philox4×32-10 side by side, of words (a, b, c, d) each, and two normal numbers of each pair (a, b) and (c, d):
/// r cos θ and r sin θ, r = √(−2 ln u), u of the upper 24 bits of the
/// first word in (0, 1], θ of all 32 of the second: 30 for an angle within ±π/4, one that turns it by a half turn, one that mirrors it at
/// the diagonal. Logarithm and sine are polynomials, with every
/// rounding written out, so that the bits are the same on every machine: 256 bits wide, in whatever pieces a processor does that. Tails end
/// where u does, at 5.8 standard deviations.
/// Source: Box and Muller 1958; coefficients from Moshier's Cephes (<c>logf</c>, <c>sinf</c>; numbers only).
/// </remarks>
internal static unsafe class NormalNoise
{
    /// <summary>Numbers of a group.</summary>
    public const int Group = 16;

    /// <summary>Blocks of a group.</summary>
    public const int Blocks = 4;

    private const float AngleUnit = (float)(Math.PI / 4 / (1L << 31));

    /// <summary>Writes whole groups, from consecutive blocks.</summary>
    /// <param name="key">The stream's key.</param>
    /// <param name="identity">The stream's identity: the upper half of the counter.</param>
    /// <param name="block">The first block: the lower half.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="groups">How many groups.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(ulong key, ulong identity, ulong block, float* destination, int groups)
    {
        Vector256<ulong> low = Vector256.Create(0xFFFFFFFFUL), counter = Vector256.Create(block) + Vector256.Create(0UL, 1, 2, 3);
        for (int g = 0; g < groups; g++, destination += Group, counter += Vector256.Create((ulong)Blocks))
        {
            // Words stand in the lower halves; what stands in the upper ones reaches no product.
            Vector256<ulong> c0 = counter, c1 = counter >>> 32, c2 = Vector256.Create(identity), c3 = Vector256.Create(identity >> 32);
            Vector256<ulong> k0 = Vector256.Create(key), k1 = Vector256.Create(key >> 32);
            for (int round = 0; round < 10; round++)
            {
                Vector256<ulong> p0 = Product(Vector256.Create(0xD2511F53UL), c0), p1 = Product(Vector256.Create(0xCD9E8D57UL), c2);
                (c0, c1, c2, c3) = ((p1 >>> 32) ^ c1 ^ k0, p1, (p0 >>> 32) ^ c3 ^ k1, p0);
                (k0, k1) = (k0 + Vector256.Create(0x9E3779B9UL), k1 + Vector256.Create(0xBB67AE85UL));
            }

            Pairs(((c0 & low) | (c2 << 32)).AsUInt32(), ((c1 & low) | (c3 << 32)).AsUInt32(), destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> a, Vector256<ulong> b) =>
        Avx2.IsSupported ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32())
            : (a & Vector256.Create(0xFFFFFFFFUL)) * (b & Vector256.Create(0xFFFFFFFFUL));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pairs(Vector256<uint> first, Vector256<uint> second, float* destination)
    {
        Vector256<float> u = (Vector256.ConvertToSingle((first >>> 8).AsInt32()) + Vector256<float>.One) * Vector256.Create(1f / (1 << 24));
        Vector256<float> radius = Vector256.Sqrt(Vector256.Create(-2f) * Log(u)) ^ ((second << 1) & Vector256.Create(0x80000000))
            .AsSingle();
        Vector256<float> angle = Vector256.ConvertToSingle((second << 2).AsInt32()) * Vector256.Create(AngleUnit), q = angle * angle;
        Vector256<float> sine = Step(Step(Vector256.Create(-1.9515295891e-4f), q, 8.3321608736e-3f), q, -1.6666654611e-1f);
        sine = Vector256.FusedMultiplyAdd(sine * q, angle, angle);
        Vector256<float> cosine = Step(Step(Vector256.Create(2.443315711809948e-5f), q, -1.388731625493765e-3f), q, 4.166664568298827e-2f);
        cosine = Vector256.FusedMultiplyAdd(cosine * q, q, Step(q, Vector256.Create(-0.5f), 1));
        Vector256<float> mirrored = (second.AsInt32() >> 31).AsSingle();
        (radius * Vector256.ConditionalSelect(mirrored, sine, cosine)).Store(destination);
        (radius * Vector256.ConditionalSelect(mirrored, cosine, sine)).Store(destination + 8);
    }

    /// <summary>ln u of u in (0, 1]: u = m 2^e with m from √½ to √2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log(Vector256<float> u)
    {
        Vector256<int> exponent = (u.AsInt32() - Vector256.Create(0x3F3504F3)) >> 23;
        Vector256<float> e = Vector256.ConvertToSingle(exponent), f = (u.AsInt32() - (exponent << 23)).AsSingle() - Vector256<float>.One,
            q = f * f;
        Vector256<float> p =
            Step(Step(Step(Vector256.Create(7.0376836292e-2f), f, -1.1514610310e-1f), f, 1.1676998740e-1f), f, -1.2420140846e-1f);
        p = Step(Step(Step(Step(p, f, 1.4249322787e-1f), f, -1.6668057665e-1f), f, 2.0000714765e-1f), f, -2.4999993993e-1f);
        p = Step(p, f, 3.3333331174e-1f) * f * q;
        p = Vector256.FusedMultiplyAdd(e, Vector256.Create(-2.12194440e-4f), p);
        p = Vector256.FusedMultiplyAdd(q, Vector256.Create(-0.5f), p);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), f + p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Step(Vector256<float> p, Vector256<float> x, float coefficient) =>
        Vector256.FusedMultiplyAdd(p, x, Vector256.Create(coefficient));
}
