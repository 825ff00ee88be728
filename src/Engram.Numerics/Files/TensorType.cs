using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>Element types of tensors in files, by their names there.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Signed, 8 bits.</summary>
    I8,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>Signed, 16 bits.</summary>
    I16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of an IEEE 754 single.</summary>
    BF16,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>Signed, 32 bits.</summary>
    I32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,

    /// <summary>Signed, 64 bits.</summary>
    I64,

    /// <summary>IEEE 754 double precision.</summary>
    F64,
}

/// <summary>Facts about <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int SizeInBytes(this TensorType type) => type switch
    {
        TensorType.BOOL or TensorType.U8 or TensorType.I8 => 1,
        TensorType.U16 or TensorType.I16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.U32 or TensorType.I32 or TensorType.F32 => 4,
        TensorType.U64 or TensorType.I64 or TensorType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloatingPoint(this TensorType type) =>
        type is TensorType.F16 or TensorType.BF16 or TensorType.F32 or TensorType.F64;

    /// <summary>The type in files of a .NET type.</summary>
    /// <exception cref="EngramException">There is none.</exception>
    public static TensorType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return TensorType.F32;
        if (typeof(T) == typeof(double)) return TensorType.F64;
        if (typeof(T) == typeof(long)) return TensorType.I64;
        if (typeof(T) == typeof(int)) return TensorType.I32;
        if (typeof(T) == typeof(byte)) return TensorType.U8;
        if (typeof(T) == typeof(bool)) return TensorType.BOOL;
        if (typeof(T) == typeof(Half)) return TensorType.F16;
        if (typeof(T) == typeof(sbyte)) return TensorType.I8;
        if (typeof(T) == typeof(short)) return TensorType.I16;
        if (typeof(T) == typeof(ushort)) return TensorType.U16;
        if (typeof(T) == typeof(uint)) return TensorType.U32;
        if (typeof(T) == typeof(ulong)) return TensorType.U64;
        throw new EngramException(
            $"Found values of type {typeof(T).Name}, expected one that tensor files have, such as Single, Double, Int64 or Byte.");
    }
}
