using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Images.Archives;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Data.Sets;

/// <summary>Mini-ImageNet: 100 classes × 600 images of ImageNet, 64 for meta-training, 16 for meta-validation, 20 for meta-test.</summary>
/// <remarks>
/// Read from <c>train.csv</c>, <c>val.csv</c> and <c>test.csv</c> (<c>filename,label</c>) and from any folders and archives beside them, in
/// which images are found by their file's name,
/// in whatever folder. Images of a class stand in the order of the CSV. An image that a CSV names and nobody has makes the set incomplete,
/// not unreadable.
/// Source: Vinyals et al. 2016, "Matching networks for one shot learning"; the split of Ravi and Larochelle 2017, "Optimization as a model
/// for few-shot learning".
/// Deviation: the authors' code takes 10 images for its "5 shots" at meta-test (a modulo over 30); set <c>task.shots</c> to 10 for that.
/// </remarks>
internal sealed class MiniImageNet : FileDataset
{
    private const int ImagesOfProtocol = 30;
    private const string Repository = "https://raw.githubusercontent.com/twitter-research/meta-learning-lstm/master/data/miniImagenet/";

    private static readonly string[] Parts = ["train", "val", "test"];

    /// <inheritdoc/>
    public override string Origin =>
        "Vinyals et al. 2016, split of Ravi and Larochelle 2017: https://github.com/twitter-research/meta-learning-lstm; images from " +
        "https://image-net.org";

    /// <inheritdoc/>
    public override string Licence => "split files MIT; images for research only, on ImageNet's terms";

    /// <inheritdoc/>
    public override ImmutableArray<PublishedFile> Files { get; } =
    [
        new("train.csv", new Uri(Repository + "train.csv"))
            { Sha256 = "498519cd8e49ce97ed26a4a3638966698ae41ab35e9c68538319fc9b46ba7d2f", MostBytes = SplitFile.MostBytes },
        new("val.csv", new Uri(Repository + "val.csv"))
            { Sha256 = "5658a59921ca027ee76af92949869c5d6f41d77592ff3b18db325a9d10c893b9", MostBytes = SplitFile.MostBytes },
        new("test.csv", new Uri(Repository + "test.csv"))
            { Sha256 = "2b7cfa78342995761a572a8158e539bc4e0a80f9bbd7d00c1e17a460fbbb93fa", MostBytes = SplitFile.MostBytes },
    ];

    /// <inheritdoc/>
    public override string HowToGet =>
        "The images may not be passed on: get them from ImageNet, name them as the CSV files do, and import archives or a folder of " +
        "them (images, or train, val and test) ('engram data import mini-imagenet PATH').";

    /// <inheritdoc/>
    public override string Splits =>
        "by part, train, val and test; authors-code: at meta-test the first 30 images of a class are learnt from and the next 30 asked " +
        "about.";

    /// <inheritdoc/>
    public override ImageFormat Native => new(84, ImageColour.Rgb);

    /// <inheritdoc/>
    protected override int ReaderVersion => 2;

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) =>
        base.Accepts(name, isFolder) || (isFolder && (Parts.Contains(name, StringComparer.Ordinal) || name == "images"))
        || (!isFolder && Archives.IsArchive(name));

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] splits = [.. Files.Select(f => Path.Combine(place, f.Name))];
        string[] images = [.. Archives.In(place), .. Archives.FoldersIn(place)];
        string[] missing = [.. splits.Where(s => ArchiveFile.Look(s) is null).Select(s => Path.GetFileName(s)), .. images.Length == 0
            ? ["images (a folder or archives of them)"] : Array.Empty<string>()];
        return new DatasetSource(place, [.. splits.Where(s => ArchiveFile.Look(s) is not null), .. images], [.. missing]);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        var assembler = new PartAssembler(request);
        var rows = new Dictionary<string, (string Part, SplitRow Row)>(StringComparer.Ordinal);
        foreach (string part in Parts)
        {
            foreach (SplitRow row in SplitFile.Read(source.Item(part + ".csv")))
            {
                assembler.AddClass(part, row.Label);
                if (!rows.TryAdd(row.File, (part, row)))
                {
                    throw new EngramException(
                        $"Found '{row.File}' in {part}.csv and before it in {rows[row.File].Part}.csv of '{source.Place}', expected " +
                        $"every image in one split; get the files again.");
                }
            }
        }

        string[] places = [.. source.Items.Where(i => !i.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))];
        var reader = new ImageReader(request, context);
        ReadImage[] found = reader.Read(places, n => ImageReader.IsImage(n) && rows.ContainsKey(FileName(n)), rows.Count);
        ReadImage[] images = reader.Distinct(found, i => FileName(i.Name));
        if (images.Length == 0)
        {
            throw new EngramException(
                $"Found no image that the CSV files name in '{source.Place}' (they name {rows.Count}, such as '{rows.Keys.First()}'), " +
                $"expected them in a folder or archives beside the CSV files. {HowToGet}");
        }

        if (images.Length < rows.Count)
        {
            string missing = rows.Keys.Except(images.Select(i => FileName(i.Name)), StringComparer.Ordinal).First();
            context.Note?.Invoke(
                $"Found {images.Length} of the {rows.Count} images that the CSV files in '{source.Place}' name; "
                + $"not '{AtomicFile.Shown(missing)}', for one. Lifetimes are made of those there are.");
        }

        foreach (ReadImage image in images)
        {
            (string part, SplitRow row) = rows[FileName(image.Name)];
            assembler.Add(part, row.Label, row.Number.ToString("D8", CultureInfo.InvariantCulture), image.Pixels);
        }

        return assembler.Build();
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images)
    {
        var parts = ImmutableArray.CreateBuilder<PartCheck>();
        foreach (string part in Parts)
        {
            List<SplitRow> rows = [.. SplitFile.Read(source.Item(part + ".csv"))];
            parts.Add(PartCheck.Of(images.Part(part), rows.Select(r => r.Label).Distinct(StringComparer.Ordinal).Count(), rows.Count));
        }

        return new DatasetCheck(
            parts.ToImmutable(), parts.All(p => p.IsComplete) ? []
            : [$"Images that the CSV files name are missing; lifetimes are made of those there are. {HowToGet}"]);
    }

    /// <inheritdoc/>
    public override ClassPool PoolOf(ImageSet images, Split split, ClassSplit kind) =>
        kind == ClassSplit.AuthorsCode && split == Split.MetaTest
        ? new ClassPool(
            "the 20 test classes, images 1–30 to learn and 31–60 to ask about",
            [.. images.Part("test").Classes.Select(
                c => new PoolClass(c.Name, c.Images(0, ImagesOfProtocol), c.Images(ImagesOfProtocol, ImagesOfProtocol)))])
        : base.PoolOf(images, split, kind);

    /// <inheritdoc/>
    internal override void ReadThrough(string item, DataContext context)
    {
        if (item.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(item))
        {
            SplitFile.Read(item);
        }
        else
        {
            base.ReadThrough(item, context);
        }
    }

    private static string FileName(string name) => name[(name.LastIndexOf('/') + 1)..];
}
