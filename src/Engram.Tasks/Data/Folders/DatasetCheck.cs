using System.Collections.Immutable;

namespace Engram.Tasks.Data.Folders;

/// <summary>How much of a data set is there.</summary>
public enum DatasetState
{
    /// <summary>Nothing that could be read.</summary>
    Missing,

    /// <summary>Its files are there, but nobody has looked into them since they last changed.</summary>
    Unchecked,

    /// <summary>It can be read, but images are missing.</summary>
    Incomplete,

    /// <summary>All of it is there.</summary>
    Complete,
}

/// <summary>What there is of one part of a data set.</summary>
/// <param name="Part">Its name.</param>
/// <param name="Classes">Classes that have images.</param>
/// <param name="Images">Images.</param>
/// <param name="FewestPerClass">Images of the class that has fewest.</param>
/// <param name="MostPerClass">Images of the class that has most.</param>
/// <param name="PublishedClasses">Classes as published; null where that is not known.</param>
/// <param name="PublishedImages">Images as published; null where that is not known.</param>
public sealed record PartCheck(
    string Part, int Classes, int Images, int FewestPerClass, int MostPerClass, int? PublishedClasses, int? PublishedImages)
{
    /// <summary>Counts what there is of a part.</summary>
    public static PartCheck Of(ImagePart part, int? publishedClasses, int? publishedImages)
    {
        int[] counts = [.. part.Classes.Select(c => c.Count)];
        return new PartCheck(
            part.Name, counts.Count(c => c > 0), part.Count, counts.DefaultIfEmpty().Min(), counts.DefaultIfEmpty().Max(),
            publishedClasses, publishedImages);
    }

    /// <summary>Whether nothing is known to be missing.</summary>
    public bool IsComplete => (PublishedClasses ?? Classes) == Classes && (PublishedImages ?? Images) == Images;
}

/// <summary>What came of looking through a data set.</summary>
/// <param name="Parts">Its parts.</param>
/// <param name="Notes">What else there is to say, a sentence each.</param>
public sealed record DatasetCheck(ImmutableArray<PartCheck> Parts, ImmutableArray<string> Notes)
{
    /// <summary>Whether it is known of every part how much of it there should be.</summary>
    public bool IsPublished => Parts.All(p => p.PublishedClasses is not null || p.PublishedImages is not null);

    /// <summary>How much is there, as far as is known.</summary>
    public DatasetState State => Parts.All(p => p.IsComplete) ? DatasetState.Complete : DatasetState.Incomplete;
}
