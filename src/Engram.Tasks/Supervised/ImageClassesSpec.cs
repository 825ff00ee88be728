using Engram.Tasks.Data;
using Engram.Tasks.Families;

namespace Engram.Tasks.Supervised;

/// <summary>What the bytes of images become.</summary>
public enum PixelScale
{
    /// <summary>byte / 255, in [0, 1].</summary>
    Unit,

    /// <summary>(byte − mean) / standard deviation of the channel, both over all pixels of the training examples.</summary>
    Standardized,
}

/// <summary>Settings of <see cref="ImageClasses"/>: which class does an image belong to? Defaults need no files.</summary>
public sealed record ImageClassesSpec : ImageProblemSpec
{
    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <inheritdoc/>
    public override ExampleShape? KnownShape =>
        Classes is { } classes ? new ExampleShape(Format.Samples, classes, new ImageShape(Format.Channels, Format.Side, Format.Side))
        : null;

    /// <inheritdoc/>
    public override ISupervisedProblem Create(DataContext context)
    {
        ImageSet images = LoadImages("images to be classified", context);
        return Located(() => new ImageClasses(this, images));
    }
}
