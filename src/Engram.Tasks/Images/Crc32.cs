using System.Buffers.Binary;

namespace Engram.Tasks.Images;

/// <summary>The checksum of PNG chunks, zip entries and gzip members: CRC-32 of ISO 3309, polynomial EDB88320 (reflected), eight bytes at a
/// time.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of some bytes, or of bytes that follow others.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="before">The checksum of what came before; 0 at the start.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        ReadOnlySpan<uint> tables = Tables;
        uint crc = ~before;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[(7 * 256) + (byte)low] ^ tables[(6 * 256) + (byte)(low >> 8)] ^ tables[(5 * 256) + (byte)(low >> 16)]
                ^ tables[(4 * 256) + (int)(low >> 24)] ^ tables[(3 * 256) + (byte)high] ^ tables[(2 * 256) + (byte)(high >> 8)]
                ^ tables[256 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
        }

        foreach (byte b in bytes)
        {
            crc = (crc >> 8) ^ tables[(byte)(crc ^ b)];
        }

        return ~crc;
    }

    /// <summary>Table k, at k · 256: what a byte does to the checksum k bytes later.</summary>
    private static uint[] MakeTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint b = 0; b < 256; b++)
        {
            uint crc = b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }

            tables[b] = crc;
        }

        for (int i = 256; i < tables.Length; i++)
        {
            tables[i] = (tables[i - 256] >> 8) ^ tables[(byte)tables[i - 256]];
        }

        return tables;
    }
}
