using System.Buffers.Binary;

namespace Engram.Tasks.Images.Formats;

/// <summary>Looks at a JPEG file before it is decoded: whether its end is there, and what its frame announces. Decoders supply an end where
/// there is none.</summary>
/// <remarks>Bytes between segments and in front of marks that do not belong there are passed over, as decoders do. Source: ITU-T T.81,
/// annex B.</remarks>
internal static class JpegFile
{
    private const byte Mark = 0xFF, EndOfImage = 0xD9, StartOfScan = 0xDA, FirstFrame = 0xC0, LastFrame = 0xCF;

    /// <summary>Most scans of a progressive file: each costs a pass over all pixels, whatever it holds. Real ones have about ten.</summary>
    private const int MostScans = 500;

    /// <summary>Length, depth, height, width and number of components of a frame's header.</summary>
    private const int FrameBytes = 8;

    /// <summary>The first bytes of every JPEG.</summary>
    public static ReadOnlySpan<byte> Signature => [Mark, 0xD8, Mark];

    /// <summary>Walks over the segments to the end mark; bytes behind that are not looked at.</summary>
    /// <returns>Samples of a pixel: 1 grey, 3 colour, 4 inks.</returns>
    /// <exception cref="Engram.Numerics.Text.EngramException">There is no end mark or no image, or the frame announces what cannot
    /// be.</exception>
    public static int Check(ReadOnlySpan<byte> file, string name)
    {
        int samples = 0, scans = 0;
        for (int at = 2; ;)
        {
            int skipped = file[at..].IndexOf(Mark);
            at += skipped;
            while (skipped >= 0 && at < file.Length && file[at] == Mark)
            {
                at++;
            }

            if (skipped < 0 || at >= file.Length)
            {
                throw ImageDecoder.Damaged(name, "a JPEG without its end", "a whole one");
            }

            byte kind = file[at++];
            if (kind == EndOfImage)
            {
                return samples > 0 && scans > 0 ? samples : throw ImageDecoder.Damaged(name, "a JPEG without an image", "a whole one");
            }

            // Zeros stand for a sample that looks like a mark, and these marks have nothing behind them.
            if (kind is 0 or 1 or (>= 0xD0 and <= 0xD8))
            {
                continue;
            }

            int length = at + 2 <= file.Length ? BinaryPrimitives.ReadUInt16BigEndian(file[at..]) : int.MaxValue;
            if (length > file.Length - at)
            {
                throw ImageDecoder.Damaged(name, "a JPEG without its end", "a whole one");
            }

            scans += kind == StartOfScan ? 1 : 0;
            if (scans > MostScans)
            {
                throw ImageDecoder.Damaged(name, $"a JPEG of more than {MostScans} scans", "fewer");
            }

            if (samples == 0 && kind is >= FirstFrame and <= LastFrame and not (0xC4 or 0xC8 or 0xCC) && length >= FrameBytes)
            {
                samples = file[at + 7];
                int height = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 3)..]);
                int width = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]);
                ImageDecoder.CheckSize(width, height, samples, name);
            }

            at += Math.Max(2, length);
        }
    }
}
