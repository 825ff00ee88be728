using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>A data set of images in classes: where it is to be had, how it is read, and which classes are in which split.</summary>
public abstract class DatasetSpec
{
    /// <summary>Where it comes from, in a sentence: authors, and a page.</summary>
    public abstract string Origin { get; }

    /// <summary>Its licence, in a sentence.</summary>
    public abstract string Licence { get; }

    /// <summary>Whether <see cref="ClassSplit.AuthorsCode"/> differs from <see cref="ClassSplit.Honest"/>.</summary>
    public virtual bool HasAuthorsSplit => false;

    /// <summary>Reads all images.</summary>
    /// <param name="name">Name under which it is registered.</param>
    /// <param name="format">What the images are made into.</param>
    /// <exception cref="EngramException">Its files are not there, or damaged: the line says what to do.</exception>
    public abstract ImageSet Load(string name, ImageFormat format);

    /// <summary>The classes of one split. Splits never share an image, and of one kind of split, no class.</summary>
    public virtual ClassPool PoolOf(ImageSet images, Split split, ClassSplit kind) => ClassShares.PoolOf(images, split);
}
