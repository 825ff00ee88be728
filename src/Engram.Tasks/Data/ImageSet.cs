using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Tasks.Data;

/// <summary>One class of one part of a data set: consecutive images.</summary>
/// <param name="Name">Its name as published, such as <c>Greek/character01</c>.</param>
/// <param name="First">Index of its first image in the set.</param>
/// <param name="Count">Number of its images.</param>
public sealed record ImageClass(string Name, int First, int Count)
{
    /// <summary>Indices of some of its images, by their place in the class.</summary>
    /// <param name="from">The first.</param>
    /// <param name="count">How many at most; fewer where the class has no more.</param>
    public ImmutableArray<int> Images(int from, int count) =>
        [.. Enumerable.Range(First + Math.Min(from, Count), Math.Clamp(Count - from, 0, count))];

    /// <summary>Indices of all its images.</summary>
    public ImmutableArray<int> Images() => Images(0, Count);
}

/// <summary>A part of a data set as published (background and evaluation; train, val and test): classes and the bytes of their
/// images.</summary>
/// <remarks>Bytes are [image][channel][row][column]; images of a class stand together, in the order in which they were published.</remarks>
public sealed class ImagePart
{
    /// <summary>Makes a part.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="classes">Its classes; their images follow each other without a gap, the first class from
    /// <paramref name="firstImage"/>.</param>
    /// <param name="firstImage">Index in the set of the part's first image.</param>
    /// <param name="pixels">The bytes of all images.</param>
    public ImagePart(string name, ImmutableArray<ImageClass> classes, int firstImage, ReadOnlyMemory<byte> pixels)
    {
        (Name, Classes, FirstImage, Pixels) = (name, classes, firstImage, pixels);
        Count = classes.Sum(c => c.Count);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its classes.</summary>
    public ImmutableArray<ImageClass> Classes { get; }

    /// <summary>Index in the set of its first image.</summary>
    public int FirstImage { get; }

    /// <summary>Number of its images.</summary>
    public int Count { get; }

    /// <summary>The bytes of all its images.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }
}

/// <summary>The images of a data set in memory, all of one size, as bytes. Never changes, so threads and task families share one.</summary>
public sealed class ImageSet
{
    /// <summary>Makes a set of parts that follow each other.</summary>
    /// <exception cref="EngramException">A part's classes or bytes do not fit the format and each other.</exception>
    public ImageSet(string name, ImageFormat format, ImmutableArray<ImagePart> parts)
    {
        (Name, Format, Parts) = (name, format, parts);
        foreach (ImagePart part in parts)
        {
            int next = Count;
            foreach (ImageClass one in part.Classes)
            {
                next = one.First == next && one.Count >= 0 ? checked(next + one.Count)
                    : throw Wrong(part, $"class '{one.Name}' at image {one.First}, expected {next}");
            }

            if (part.FirstImage != Count || part.Pixels.Length != (long)part.Count * format.Samples)
            {
                throw Wrong(
                    part,
                    $"{part.Pixels.Length} bytes from image {part.FirstImage} on, expected {part.Count} images of {format.Samples} from " +
                    $"image {Count} on");
            }

            Count = next;
        }
    }

    /// <summary>Name of the data set.</summary>
    public string Name { get; }

    /// <summary>Size and channels of every image.</summary>
    public ImageFormat Format { get; }

    /// <summary>Its parts, in published order.</summary>
    public ImmutableArray<ImagePart> Parts { get; }

    /// <summary>Number of images in all parts.</summary>
    public int Count { get; }

    /// <summary>The part of that name.</summary>
    /// <exception cref="EngramException">There is none.</exception>
    public ImagePart Part(string name) => Parts.FirstOrDefault(p => p.Name == name)
        ?? throw new EngramException(
            $"Found no part '{name}' of the data set '{Name}'; {NearestName.Hint(name, [.. Parts.Select(p => p.Name)])}");

    /// <summary>The bytes of one image, [channel][row][column].</summary>
    public ReadOnlySpan<byte> Pixels(int image)
    {
        foreach (ImagePart part in Parts)
        {
            if (image < part.FirstImage + part.Count)
            {
                return part.Pixels.Span.Slice((image - part.FirstImage) * Format.Samples, Format.Samples);
            }
        }

        throw new ArgumentOutOfRangeException(nameof(image), image, $"The set has {Count} images.");
    }

    private EngramException Wrong(ImagePart part, string found) => new($"Found part '{part.Name}' of the data set '{Name}' with {found}.");
}
