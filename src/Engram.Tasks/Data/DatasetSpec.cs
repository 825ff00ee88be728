using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Data;

/// <summary>A data set of images in classes: where it is to be had, how it is read, and which classes are in which split.</summary>
/// <remarks>One that lies in files is a <see cref="FileDataset"/>.</remarks>
public abstract class DatasetSpec
{
    /// <summary>Where it comes from, in a sentence: authors, and a page.</summary>
    public abstract string Origin { get; }

    /// <summary>Its licence, in a sentence.</summary>
    public abstract string Licence { get; }

    /// <summary>How its classes and images are shared out between the splits, in a sentence.</summary>
    public virtual string Splits => ClassShares.Rule;

    /// <summary>Reads all images. May be called by several threads at once.</summary>
    /// <exception cref="EngramException">Its files are not there, or damaged: the line says what to do.</exception>
    public abstract ImageSet Load(DatasetRequest request, DataContext context);

    /// <summary>The classes of one split. Splits never share an image, and of one kind of split, no class.</summary>
    /// <param name="images">The images.</param>
    /// <param name="split">The split.</param>
    /// <param name="kind">How classes are shared out; where the authors' code does not have the set, both kinds are the same.</param>
    public virtual ClassPool PoolOf(ImageSet images, Split split, ClassSplit kind) => ClassShares.PoolOf(images, split);
}
