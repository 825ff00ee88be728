using System.Collections.Immutable;

namespace Engram.Tasks.Data;

/// <summary>How a data set's classes and images are shared out between meta-training, meta-validation and meta-test.</summary>
public enum ClassSplit
{
    /// <summary>As comparisons should be made: no class in two splits, every image of a class may be learnt from or asked about.</summary>
    Honest,

    /// <summary>As the authors' released code does it, where it has the data set.</summary>
    AuthorsCode,

    /// <summary>
    /// As studies of classes in sequence do it, where they have the data set; else as <see cref="Honest"/>. Of Omniglot, meta-training has
    /// background characters 0–762, meta-validation 763–962, meta-test the evaluation characters.
    /// </summary>
    /// <remarks>Source: Javed and White 2019 and Beaulieu et al. 2020, which meta-train on 0–962 and have nothing to choose by.</remarks>
    Sequence,
}

/// <summary>A class that lifetimes can have, and which of its images they learn from and are asked about.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Learnt">Indices of the images that streams draw from.</param>
/// <param name="Queried">Indices of the images that queries draw from; the same array where both draw from one lot, and then what is learnt
/// is not asked about.</param>
public sealed record PoolClass(string Name, ImmutableArray<int> Learnt, ImmutableArray<int> Queried)
{
    /// <summary>A class whose stream and query draw from one lot.</summary>
    public PoolClass(string name, ImmutableArray<int> images)
        : this(name, images, images)
    {
    }

    /// <summary>Whether stream and query draw from one lot.</summary>
    public bool IsShared => Learnt == Queried;
}

/// <summary>The classes of one split.</summary>
/// <param name="Description">Which they are, such as "the 659 evaluation characters", for messages.</param>
/// <param name="Classes">The classes.</param>
public sealed record ClassPool(string Description, ImmutableArray<PoolClass> Classes)
{
    /// <summary>All images of some classes.</summary>
    public static ClassPool Of(string description, IEnumerable<ImageClass> classes) =>
        new(description, [.. classes.Select(c => new PoolClass(c.Name, c.Images()))]);
}
