using System.Buffers.Binary;
using System.Numerics;

namespace Engram.Numerics.Files;

/// <summary>The cyclic redundancy check CRC-32C (Castagnoli), and the masked form in which TFRecord files store it.</summary>
/// <remarks>Reflected polynomial 0x82F63B78, initial value and final exclusive-or 0xFFFFFFFF. Source: RFC 3720, appendix B.4.</remarks>
internal static class Crc32C
{
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>The checksum of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    /// <summary>The checksum as TFRecord files store it, rotated and shifted so that a checksum of checksums stays meaningful: ((c ≫ 15) |
    /// (c ≪ 17)) + 0xA282EAD8.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Compute(bytes), 15) + MaskDelta);
}
