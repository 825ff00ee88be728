using System.Text;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>
/// The checksum of a safetensors file that stands in its own metadata: SHA-256, in lower-case hexadecimal, of the whole file with that
/// value's 64
/// characters replaced by '0'. So it covers names, shapes and metadata as well as the data.
/// </summary>
internal static class Checksum
{
    internal const int Characters = 64;

    /// <summary>The header's JSON with the value replaced.</summary>
    internal static byte[] WithoutValue(string path, byte[] json, OrderedDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(SafetensorsFile.ChecksumKey, out string? value) || value.Length != Characters
            || !value.All(char.IsAsciiHexDigitLower))
        {
            throw new EngramException(
                $"Found no metadata '{SafetensorsFile.ChecksumKey}' of {Characters} hexadecimal digits in '{path}', expected the file's " +
                $"SHA-256; the file is damaged or was not written with a checksum.");
        }

        int position = PositionOf(json, value);
        if (position < 0)
        {
            throw new EngramException(
                $"Found metadata '{SafetensorsFile.ChecksumKey}' of '{path}' written with escapes, expected plain digits; the file is " +
                $"damaged.");
        }

        byte[] result = (byte[])json.Clone();
        result.AsSpan(position, Characters).Fill((byte)'0');
        return result;
    }

    /// <summary>Where the value's characters start, or −1.</summary>
    internal static int PositionOf(ReadOnlySpan<byte> json, string value) => json.IndexOf(Encoding.UTF8.GetBytes(value));
}
