using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>What the bytes of images become.</summary>
public enum PixelScale
{
    /// <summary>byte / 255, in [0, 1].</summary>
    Unit,

    /// <summary>(byte − mean) / standard deviation of the channel, both over all pixels of the training examples.</summary>
    Standardized,
}

/// <summary>Settings of <see cref="ImageClasses"/>: which class does an image belong to? Defaults need no files.</summary>
public sealed record ImageClassesSpec : SupervisedProblemSpec
{
    /// <summary>Name of the data set in <see cref="Datasets.Registry"/>.</summary>
    public string Dataset { get; init; } = "glyphs";

    /// <summary>Folder or archive that the data set's files lie in; null for its place in the data folder.</summary>
    public string? DatasetPath { get; init; }

    /// <summary>Height and width that images are resized to, 1 to <see cref="ImageFormat.LargestSide"/>.</summary>
    public int ImageSize { get; init; } = 28;

    /// <summary>Grey or RGB; images of the other kind are converted.</summary>
    public ImageColour Colour { get; init; } = ImageColour.Grey;

    /// <summary>What bytes become.</summary>
    public PixelScale Scale { get; init; } = PixelScale.Unit;

    /// <summary>How many classes, the first in the order of the set, 2 or more; null for all.</summary>
    public int? Classes { get; init; }

    /// <summary>Examples that are split off the training examples for validation, 1 or more; null for a sixth of them, which is 10,000 of MNIST's. Without use where the set has a validation part.</summary>
    public int? ValidationExamples { get; init; }

    /// <summary>Seed of the draw of validation examples (and of test examples, where the set has none of its own). One for all runs that are to be compared.</summary>
    public ulong SplitSeed { get; init; }

    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <summary>What images are made into.</summary>
    public ImageFormat Format => new(ImageSize, Colour);

    /// <inheritdoc/>
    public override ISupervisedProblem Create(DataContext context)
    {
        Expect("image size", ImageSize, 1, ImageFormat.LargestSide);
        Expect("classes", Classes ?? 2, 2, 1_000_000);
        Expect("validation examples", ValidationExamples ?? 1, 1, int.MaxValue);
        if (!Enum.IsDefined(Colour) || !Enum.IsDefined(Scale))
        {
            throw new EngramException($"Found {this}, expected a colour and a scale that there are.");
        }

        return new ImageClasses(this, Datasets.Load(new DatasetRequest(Dataset, Format, DatasetPath), context));
    }

    private static void Expect(string what, int found, int least, int most)
    {
        if (found < least || found > most)
        {
            throw new EngramException($"Found {found} {what} in classification of images, expected {least} to {most}.");
        }
    }
}
