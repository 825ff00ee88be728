using System.Buffers.Binary;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Reading;

/// <summary>Grey images and their labels in idx files: big-endian sizes, then bytes.</summary>
internal sealed class IdxImages
{
    private const int ImageMagic = 0x803, LabelMagic = 0x801, ImageHeader = 16, LabelHeader = 8;
    private const int MostBytes = 1 << 28;

    private readonly byte[] pixels;
    private readonly byte[] labels;
    private readonly int rows;
    private readonly int columns;

    private IdxImages(byte[] pixels, byte[] labels, int count, int rows, int columns) =>
        (this.pixels, this.labels, Count, this.rows, this.columns) = (pixels, labels, count, rows, columns);

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>The label of each.</summary>
    public ReadOnlySpan<byte> Labels => labels.AsSpan(LabelHeader);

    /// <summary>Reads both files.</summary>
    /// <exception cref="EngramException">They are damaged, or do not fit each other.</exception>
    public static IdxImages Read(string imagePath, string labelPath, int classes)
    {
        byte[] images = Content(imagePath);
        byte[] marks = Content(labelPath);
        (int count, int rows, int columns) = images.Length < ImageHeader || Number(images, 0) != ImageMagic
            ? throw Wrong(imagePath, images, "images")
            : (Number(images, 4), Number(images, 8), Number(images, 12));
        if (count < 1 || rows < 1 || columns < 1 || rows > ImageDecoder.MostPixelsOnASide || columns > ImageDecoder.MostPixelsOnASide
            || images.Length - ImageHeader != (long)count * rows * columns)
        {
            throw new EngramException(
                $"Found {images.Length} bytes in '{imagePath}', which announces {count} images of {rows}×{columns}, expected " +
                $"{ImageHeader} + as many; get the file again.");
        }

        if (marks.Length < LabelHeader || Number(marks, 0) != LabelMagic)
        {
            throw Wrong(labelPath, marks, "labels");
        }

        if (Number(marks, 4) != count || marks.Length - LabelHeader != count)
        {
            throw new EngramException(
                $"Found {marks.Length - LabelHeader} labels in '{labelPath}', which announces {Number(marks, 4)}, expected {count}, as " +
                $"many as there are images; get the file again.");
        }

        int wrong = marks.AsSpan(LabelHeader).IndexOfAnyExceptInRange((byte)0, (byte)(classes - 1));
        return wrong < 0 ? new IdxImages(images, marks, count, rows, columns)
            : throw new EngramException(
                $"Found label {marks[LabelHeader + wrong]} of image {wrong} in '{labelPath}', expected 0 to {classes - 1}; get the file " +
                $"again.");
    }

    /// <summary>A file's bytes, decompressed where its name ends with <c>.gz</c>.</summary>
    public static byte[] Content(string path)
    {
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? GzipFile.ReadAll(path, MostBytes)
            : ArchiveFile.Guard(path, () => RegularFile.ReadBytes(path, MostBytes));
    }

    /// <summary>One image.</summary>
    public Image Image(int index) => new(1, rows, columns, pixels.AsSpan(ImageHeader + (index * rows * columns), rows * columns).ToArray());

    private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));

    private static EngramException Wrong(string path, byte[] bytes, string what) =>
        new(
            $"Found a file of {bytes.Length} bytes that starts with {Convert.ToHexString(bytes.AsSpan(0, Math.Min(4, bytes.Length)))} " +
            $"in '{path}', expected an idx file of {what}; get the file again.");
}
