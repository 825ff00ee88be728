using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Numerics.Kernels;

/// <summary>Bᵀ = A, copied.</summary>
internal static unsafe class Transposition
{
    /// <summary>destination[c, r] = source[r, c].</summary>
    /// <remarks>Only real elements are read and written. With AVX, 8×8 floats at a time in registers; elsewhere 8×8 at a time in the
    /// cache.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(T* source, nint strideSource, int rows, int columns, T* destination, nint strideDestination)
        where T : unmanaged
    {
        int r = 0;
        if (typeof(T) == typeof(float) && Avx.IsSupported)
        {
            for (; r + 8 <= rows; r += 8)
            {
                int c = 0;
                for (; c + 8 <= columns; c += 8)
                {
                    Eight((float*)(source + (r * strideSource) + c), strideSource, (float*)(destination + (c * strideDestination) + r),
                        strideDestination);
                }

                Plain(source + (r * strideSource) + c, strideSource, 8, columns - c, destination + (c * strideDestination) + r,
                    strideDestination);
            }
        }
        else
        {
            for (; r + 8 <= rows; r += 8)
            {
                Plain(source + (r * strideSource), strideSource, 8, columns, destination + r, strideDestination);
            }
        }

        Plain(source + (r * strideSource), strideSource, rows - r, columns, destination + r, strideDestination);
    }

    /// <summary>The same, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Plain<T>(T* source, nint strideSource, int rows, int columns, T* destination, nint strideDestination)
        where T : unmanaged
    {
        for (int c = 0; c < columns; c++)
        {
            for (int r = 0; r < rows; r++)
            {
                destination[(c * strideDestination) + r] = source[(r * strideSource) + c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* a, nint stride, float* b, nint strideB)
    {
        Vector256<float> r0 = Vector256.Load(a), r1 = Vector256.Load(a + stride), r2 = Vector256.Load(a + (2 * stride)),
            r3 = Vector256.Load(a + (3 * stride));
        a += 4 * stride;
        Vector256<float> r4 = Vector256.Load(a), r5 = Vector256.Load(a + stride), r6 = Vector256.Load(a + (2 * stride)),
            r7 = Vector256.Load(a + (3 * stride));
        Vector256<float> t0 = Avx.UnpackLow(r0, r1), t1 = Avx.UnpackHigh(r0, r1), t2 = Avx.UnpackLow(r2, r3), t3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> t4 = Avx.UnpackLow(r4, r5), t5 = Avx.UnpackHigh(r4, r5), t6 = Avx.UnpackLow(r6, r7), t7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> u0 = Avx.Shuffle(t0, t2, 0x44), u1 = Avx.Shuffle(t0, t2, 0xEE), u2 = Avx.Shuffle(t1, t3, 0x44),
            u3 = Avx.Shuffle(t1, t3, 0xEE);
        Vector256<float> u4 = Avx.Shuffle(t4, t6, 0x44), u5 = Avx.Shuffle(t4, t6, 0xEE), u6 = Avx.Shuffle(t5, t7, 0x44),
            u7 = Avx.Shuffle(t5, t7, 0xEE);
        Avx.Permute2x128(u0, u4, 0x20).Store(b);
        Avx.Permute2x128(u1, u5, 0x20).Store(b + strideB);
        Avx.Permute2x128(u2, u6, 0x20).Store(b + (2 * strideB));
        Avx.Permute2x128(u3, u7, 0x20).Store(b + (3 * strideB));
        b += 4 * strideB;
        Avx.Permute2x128(u0, u4, 0x31).Store(b);
        Avx.Permute2x128(u1, u5, 0x31).Store(b + strideB);
        Avx.Permute2x128(u2, u6, 0x31).Store(b + (2 * strideB));
        Avx.Permute2x128(u3, u7, 0x31).Store(b + (3 * strideB));
    }
}
