using System.Buffers.Binary;

namespace Engram.Tasks.Images.Formats;

/// <summary>Looks for what a GIF's decoder leaves out.</summary>
internal static class GifFile
{
    private const int HeaderBytes = 13, FrameBytes = 10, HasTable = 0x80;

    /// <summary>
    /// The colour that pixels of the first frame have which are transparent or which it does not cover: the palette's transparent one, or
    /// its first. As the Python Imaging Library has it.
    /// </summary>
    /// <returns>The colour; null where the file has no palette or ends before.</returns>
    public static (byte Red, byte Green, byte Blue)? Unpainted(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> palette = Table(file, HeaderBytes, file[10]);
        int at = HeaderBytes + palette.Length, colour = 0;
        while (at + FrameBytes <= file.Length)
        {
            if (file[at] == ',')
            {
                ReadOnlySpan<byte> own = Table(file, at + FrameBytes, file[at + 9]);
                palette = own.IsEmpty ? palette : own;
                int first = 3 * colour;
                return first + 3 <= palette.Length ? (palette[first], palette[first + 1], palette[first + 2]) : null;
            }

            if (file[at] != '!')
            {
                return null;
            }

            // A graphic control extension: length 4, flags of which the first says whether a colour is transparent, a time, the colour.
            if (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 1)..]) == 0xF904)
            {
                colour = (file[at + 3] & 1) != 0 ? file[at + 6] : 0;
            }

            for (at += 2; at < file.Length && file[at] != 0;)
            {
                at += 1 + file[at];
            }

            at++;
        }

        return null;
    }

    private static ReadOnlySpan<byte> Table(ReadOnlySpan<byte> file, int at, byte flags)
    {
        int length = (flags & HasTable) == 0 ? 0 : 3 << ((flags & 7) + 1);
        return at + length <= file.Length ? file.Slice(at, length) : default;
    }
}
