using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Tasks.Data;

/// <summary>Collects parts of a data set whose images are already in their final form, in order.</summary>
public sealed class ImageSetBuilder
{
    private readonly string name;
    private readonly ImageFormat format;
    private readonly ImmutableArray<ImagePart>.Builder parts = ImmutableArray.CreateBuilder<ImagePart>();
    private int next;

    /// <summary>Starts with no parts.</summary>
    public ImageSetBuilder(string name, ImageFormat format) => (this.name, this.format) = (name, format);

    /// <summary>Adds a part.</summary>
    /// <param name="part">Its name.</param>
    /// <param name="classes">Names of its classes with their numbers of images, in the order of the bytes.</param>
    /// <param name="pixels">The bytes of all its images, class after class.</param>
    public ImageSetBuilder Add(string part, IEnumerable<(string Name, int Count)> classes, ReadOnlyMemory<byte> pixels)
    {
        int first = next;
        var made = ImmutableArray.CreateBuilder<ImageClass>();
        foreach ((string className, int count) in classes)
        {
            made.Add(new ImageClass(className, next, count));
            next = checked(next + count);
        }

        parts.Add(new ImagePart(part, made.ToImmutable(), first, pixels));
        return this;
    }

    /// <summary>The set.</summary>
    /// <exception cref="EngramException">Bytes and classes do not fit each other.</exception>
    public ImageSet Build() => new(name, format, parts.ToImmutable());
}
