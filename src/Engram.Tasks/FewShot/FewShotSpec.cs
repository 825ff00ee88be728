using System.Globalization;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.FewShot;

/// <summary>Which images a meta-training query asks about.</summary>
public enum QueryDraws
{
    /// <summary>Images of the lifetime's classes that its stream did not show.</summary>
    Apart,

    /// <summary>As the authors' code: in meta-training, drawn without regard to the stream from the same images, so that some were learnt.
    /// Meta-validation and meta-test stay apart.</summary>
    Overlapping,
}

/// <summary>Settings of <see cref="FewShotEpisodes"/>: online N-way k-shot classification. Defaults are the paper's, on a set that needs no
/// files.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 5; Javed and White 2019.</remarks>
public sealed record FewShotSpec : TaskFamilySpec
{
    /// <summary>Most classes in a lifetime.</summary>
    public const int MostWays = 2000;

    /// <summary>Most images of a class in a lifetime's stream, and in its query.</summary>
    public const int MostShots = 10_000;

    /// <summary>Name of the data set in <see cref="Datasets.Registry"/>.</summary>
    [Setting("Data set of the images.", NamesFrom = nameof(DatasetNames))]
    public string Dataset { get; init; } = "glyphs";

    /// <summary>Folder or archive that the data set's files lie in; null for its place in the data folder.</summary>
    [Setting("Folder or archive that the data set's files lie in; none for its place in the data folder.")]
    public string? DatasetPath { get; init; }

    /// <summary>Height and width that images are resized to, 1 to <see cref="ImageFormat.LargestSide"/>.</summary>
    [Setting(1, ImageFormat.LargestSide, "Height and width that images are resized to.", Unit = "pixels")]
    public int ImageSize { get; init; } = 28;

    /// <summary>Grey or RGB; images of the other kind are converted.</summary>
    [Setting("Channels of the images.")]
    public ImageColour Colour { get; init; } = ImageColour.Grey;

    /// <summary>Whether inputs are 1 − byte / 255 instead of byte / 255, so that Omniglot's ink is 1.</summary>
    [Setting("Whether inputs are 1 − byte / 255, not byte / 255.")]
    public bool Inverted { get; init; }

    /// <summary>Classes in a lifetime (N), 1 to <see cref="MostWays"/>.</summary>
    [Setting(1, MostWays, "Classes in a lifetime (N).", Unit = "classes")]
    public int Ways { get; init; } = 5;

    /// <summary>Examples of each class in the stream (k), 1 or more; each is an inner step of its own.</summary>
    [Setting(1, MostShots, "Examples of each class in the stream (k), learnt one at a time.", Unit = "images")]
    public int Shots { get; init; } = 5;

    /// <summary>Examples of each class in the query, 1 or more.</summary>
    [Setting(1, MostShots, "Examples of each class in the query.", Unit = "images")]
    public int QueryPerClass { get; init; } = 5;

    /// <summary>Images in the meta-training query of known classes that the stream does not have: the remember set. 0 for none.</summary>
    /// <remarks>Known are the classes of the meta-training split. Each has an output of its own, in order from the first.</remarks>
    [Setting(0, MostShots,
        "Images of known classes that the stream does not have, which meta-training's query asks about too: the remember " +
        "set. Each meta-training class then has an output of its own.", Unit = "images")]
    public int Remember { get; init; }

    /// <summary>Order of the examples: shuffled, or class after class.</summary>
    [Setting("Order of the stream: shuffled, or one sine or class after the other.")]
    public Ordering Ordering { get; init; } = Ordering.Continual;

    /// <summary>Outputs (K), of which each lifetime's classes use <see cref="Ways"/> at random; null for exactly as many as ways, in random
    /// order.</summary>
    [Setting(1, 1_000_000, "Outputs of the network, of which each lifetime's classes use N at random; none for exactly N.",
        Unit = "outputs")]
    public int? Outputs { get; init; } = 1000;

    /// <summary>How classes and images are shared out between the splits.</summary>
    [Setting(
        "How classes and images are shared out between meta-training, meta-validation and meta-test: as comparisons should be made, " +
        "as the authors' code does it where it has the data set, or as studies of classes in sequence do it.")]
    public ClassSplit ClassSplit { get; init; } = ClassSplit.Honest;

    /// <summary>Which images a meta-training query asks about.</summary>
    [Setting("Whether meta-training asks about images apart from the stream's, or about any (overlapping, as in the authors' code).")]
    public QueryDraws QueryDraws { get; init; } = QueryDraws.Apart;

    /// <summary>
    /// Whether meta-training has each class four times, turned by 0, 90, 180 and 270 degrees, as classes of their own. Meta-validation and
    /// meta-test have classes as they are.
    /// Source: Santoro et al. 2016.
    /// </summary>
    [Setting("Whether meta-training has every class four times, turned by quarters, as classes of their own.")]
    public bool RotatedClasses { get; init; }

    /// <summary>Most pixels that meta-training shifts an image by, each way, at random; what comes in from outside repeats the edge. 0 to
    /// <see cref="ImageSize"/> − 1.</summary>
    [Setting(0, ImageFormat.LargestSide, "Most pixels that meta-training shifts an image by, each way, at random.", Unit = "pixels")]
    public int Shift { get; init; }

    /// <summary>Whether meta-training has each class also mirrored, as a class of its own: twice as many, or eight times with
    /// <see cref="RotatedClasses"/>.</summary>
    [Setting("Whether meta-training has every class also mirrored, as classes of their own.")]
    public bool MirroredClasses { get; init; }

    /// <summary>Most degrees that meta-training turns an image by, either way, at random, 0 to 180.</summary>
    [Setting(0, 180, "Most degrees that meta-training turns an image by, either way, at random.", Unit = "degrees")]
    public double Turn { get; init; }

    /// <summary>Most that meta-training stretches an image by, in height and in width on their own: factors from 1 / (1 + s) to 1 + s,
    /// their logarithms uniform. 0 to 1.</summary>
    [Setting(0, 1, "Most that meta-training stretches an image by, s: height and width each by a factor from 1 / (1 + s) to 1 + s.")]
    public double Stretch { get; init; }

    /// <summary>Most columns that meta-training slants an image by for each row, either way, at random, 0 to 1.</summary>
    [Setting(0, 1, "Most columns that meta-training slants an image by for each row, either way, at random.")]
    public double Shear { get; init; }

    /// <summary>What images are made into.</summary>
    public ImageFormat Format => new(ImageSize, Colour);

    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <inheritdoc/>
    public override Ordering? StreamOrdering => Ordering;

    /// <inheritdoc/>
    public override EpisodeShape Shape => new(Ways * Shots, 1, Format.Samples, Outputs ?? Ways, (Ways * QueryPerClass) + Remember)
    { Image = new ImageShape(Format.Channels, ImageSize, ImageSize), MaskedQuery = Remember > 0 };

    /// <inheritdoc/>
    public override ITaskFamily Create(DataContext context)
    {
        Validate();
        DatasetSpec dataset = Datasets.Registry.Get(Dataset);
        ImageSet images = Datasets.Load(new DatasetRequest(Dataset, Format, DatasetPath), context);
        return new FewShotEpisodes(this, images, split => dataset.PoolOf(images, split, ClassSplit));
    }

    /// <inheritdoc/>
    public override TaskFamilySpec WithLength(double factor) => this
        with
    { Shots = Math.Max(1, (int)Math.Round(Shots * factor, MidpointRounding.AwayFromZero)) };

    /// <inheritdoc/>
    public override TaskFamilySpec? WithTasks(double factor)
    {
        int ways = Math.Max(1, (int)Math.Round(Ways * factor, MidpointRounding.AwayFromZero));
        return Outputs is { } outputs && ways <= outputs ? this with { Ways = ways } : null;
    }

    /// <inheritdoc/>
    public override string? WhyTasksAreFixed() =>
        Outputs is null
        ? "The network has one output for each class, so their number is fixed by it and only the examples of each class grow in number."
        : null;

    /// <summary>Checks every setting's range.</summary>
    /// <exception cref="SettingException">One is out of it, or several do not go together: they are named, the one to change first
    /// first.</exception>
    public void Validate()
    {
        Expect("image size", ImageSize, 1, ImageFormat.LargestSide, nameof(ImageSize));
        Expect("ways (N)", Ways, 1, MostWays, nameof(Ways));
        Expect("shots (k)", Shots, 1, MostShots, nameof(Shots));
        Expect("query examples of each class", QueryPerClass, 1, MostShots, nameof(QueryPerClass));
        Expect("images to remember", Remember, 0, MostShots, nameof(Remember));
        Expect("outputs", Outputs ?? Ways, Ways, 1_000_000, nameof(Outputs), nameof(Ways));
        Expect("pixels of shift", Shift, 0, ImageSize - 1, nameof(Shift), nameof(ImageSize));
        Expect("degrees of turn", Turn, 0, 180, nameof(Turn));
        Expect("of stretch", Stretch, 0, 1, nameof(Stretch));
        Expect("of shear", Shear, 0, 1, nameof(Shear));
        foreach ((Enum choice, string setting) in new (Enum, string)[] { (Ordering, nameof(Ordering)), (Colour, nameof(Colour)),
            (ClassSplit, nameof(ClassSplit)), (QueryDraws, nameof(QueryDraws)) })
        {
            if (!Enum.IsDefined(choice.GetType(), choice))
            {
                throw new SettingException(
                    $"Found {choice} as {setting} in few-shot classification, expected one of " +
                    $"{string.Join(", ", Enum.GetNames(choice.GetType()))}.", setting);
            }
        }

        if (Remember > 0 && Outputs is null)
        {
            throw new SettingException(
                "Found no number of outputs beside a remember set, expected one for each meta-training class and the ways; set " +
                    "task.outputs.",
                nameof(Outputs), nameof(Remember));
        }

        long rows = (long)Ways * Math.Max(Shots, QueryPerClass) + Remember;
        long numbers = rows * Math.Max(Tensor<float>.StrideFor(Format.Samples), Tensor<float>.StrideFor(Outputs ?? Ways));
        if (numbers > int.MaxValue)
        {
            throw new SettingException(
                string.Create(CultureInfo.InvariantCulture,
                    $"Found a lifetime of {rows} images of {Format.Samples} numbers, expected at most {int.MaxValue} numbers and not " +
                    $"{numbers}; use fewer ways, shots or pixels."),
                Shots >= QueryPerClass ? nameof(Shots) : nameof(QueryPerClass), nameof(Ways), nameof(ImageSize));
        }
    }

    private static IReadOnlyList<string> DatasetNames => Datasets.Registry.Names;

    private static void Expect(string what, double found, double least, double most, params string[] settings)
    {
        if (!(found >= least && found <= most))
        {
            throw new SettingException(
                FormattableString.Invariant($"Found {found} {what} in few-shot classification, expected {least} to {most}."), settings);
        }
    }
}
