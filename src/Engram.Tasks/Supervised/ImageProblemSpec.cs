using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Tasks.Supervised;

/// <summary>What problems on images of a data set share: which images, and what their bytes become. Defaults need no files.</summary>
public abstract record ImageProblemSpec : SupervisedProblemSpec
{
    /// <summary>Name of the data set in <see cref="Datasets.Registry"/>.</summary>
    [Setting("The data set of images.", NamesFrom = nameof(DatasetNames))]
    public string Dataset { get; init; } = "glyphs";

    /// <summary>Folder or archive that the data set's files lie in; null for its place in the data folder.</summary>
    [Setting("Folder or archive that its files lie in; none for its place in the data folder.")]
    public string? DatasetPath { get; init; }

    /// <summary>Height and width that images are resized to, 1 to <see cref="ImageFormat.LargestSide"/>.</summary>
    [Setting(1, ImageFormat.LargestSide, "Height and width that images are resized to.", Unit = "pixels")]
    public int ImageSize { get; init; } = 28;

    /// <summary>Grey or RGB; images of the other kind are converted.</summary>
    [Setting("Images of the other kind are converted.")]
    public ImageColour Colour { get; init; } = ImageColour.Grey;

    /// <summary>What bytes become.</summary>
    [Setting("What bytes become: byte / 255, or (byte − mean) / standard deviation of the channel over the training examples.")]
    public PixelScale Scale { get; init; } = PixelScale.Unit;

    /// <summary>How many classes, the first in the order of the set, 2 or more; null for all.</summary>
    [Setting(2, 1_000_000, "How many classes, the first in the order of the set; none for all.", Unit = "classes")]
    public int? Classes { get; init; }

    /// <summary>Examples that are split off the training examples for validation, 1 or more; null for a sixth of them, which is 10,000 of
    /// MNIST's. Without use where the set has a validation part.</summary>
    [Setting(1, int.MaxValue,
        "Examples that are split off the training examples for validation, where the set has no part for it; none for a sixth of them.",
        Unit = "examples")]
    public int? ValidationExamples { get; init; }

    /// <summary>Seed of the draw of validation examples (and of test examples, where the set has none of its own). One for all runs that
    /// are to be compared.</summary>
    [Setting(0, 1e15, "Seed of the draw of validation examples, and of test examples where the set has none of its own.")]
    public ulong SplitSeed { get; init; }

    /// <summary>What images are made into.</summary>
    public ImageFormat Format => new(ImageSize, Colour);

    private static IReadOnlyList<string> DatasetNames => Datasets.Registry.Names;

    /// <summary>The images, checked settings first.</summary>
    /// <param name="what">What the problem is, for messages.</param>
    /// <param name="context">Where data sets lie.</param>
    /// <exception cref="EngramException">A setting is out of its range, or the images are not there.</exception>
    private protected ImageSet LoadImages(string what, DataContext context)
    {
        SettingAttribute.Check(this, what);
        if (!Enum.IsDefined(Colour) || !Enum.IsDefined(Scale))
        {
            throw new SettingException($"Found {this}, expected a colour and a scale that there are.", nameof(Colour), nameof(Scale));
        }

        return Located(() => Datasets.Load(new DatasetRequest(Dataset, Format, DatasetPath), context));
    }

    /// <summary>What cannot be made of the images is said of the data set.</summary>
    private protected static TResult Located<TResult>(Func<TResult> make)
    {
        try
        {
            return make();
        }
        catch (EngramException e) when (e is not SettingException)
        {
            throw new SettingException(e.Message, nameof(DatasetPath), nameof(Dataset));
        }
    }
}
