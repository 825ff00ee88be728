using System.Runtime.Intrinsics;
using Engram.Numerics.Text;

namespace Engram.Numerics.Kernels;

/// <summary>How wide the kernels' vectors are.</summary>
public enum VectorWidth
{
    /// <summary>One number at a time.</summary>
    Scalar = 0,

    /// <summary>128 bits.</summary>
    Bits128 = 128,

    /// <summary>256 bits.</summary>
    Bits256 = 256,

    /// <summary>512 bits.</summary>
    Bits512 = 512,
}

/// <summary>Chooses the vector width at run time.</summary>
public static class VectorWidths
{
    /// <summary>The environment variable that forces a width: <c>512</c>, <c>256</c>, <c>128</c> or <c>scalar</c>.</summary>
    public const string Variable = "ENGRAM_VECTOR";

    /// <summary>The widest that this processor does in hardware.</summary>
    public static VectorWidth Widest =>
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    /// <summary>The width that <see cref="Variable"/> asks for, else <see cref="Widest"/>. A width without hardware works,
    /// slowly.</summary>
    /// <exception cref="EngramException">The variable holds something else.</exception>
    public static VectorWidth Current => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => Widest,
        "512" => VectorWidth.Bits512,
        "256" => VectorWidth.Bits256,
        "128" => VectorWidth.Bits128,
        "scalar" => VectorWidth.Scalar,
        var other =>
            throw new EngramException(
            $"Found {Variable}={other}, expected 512, 256, 128 or scalar; unset it to use the widest that the processor has."),
    };
}
