using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Sets;

/// <summary>CIFAR-10: 50,000 + 10,000 photographs of 10 classes, 32×32 RGB.</summary>
/// <remarks>
/// Read from the binary version, <c>cifar-10-binary.tar.gz</c> or the folder <c>cifar-10-batches-bin</c> that is in it: five batches and a
/// test batch of records of a label and 3,072 bytes, [channel][row][column].
/// Images of a class stand in the order of the batches and of the records in them, whatever order an archive has the batches in.
/// Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images".
/// </remarks>
internal sealed class Cifar10 : FileDataset
{
    private const string Archive = "cifar-10-binary.tar.gz";
    private const string Folder = "cifar-10-batches-bin";
    private const int Side = 32;
    private const int RecordBytes = 1 + (3 * Side * Side);
    private const int ImagesOfBatch = 10_000;

    private static readonly string[] Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    private static readonly (string Part, string[] Batches)[] Published =
        [("train", [.. Enumerable.Range(1, 5).Select(b => $"data_batch_{b}.bin")]), ("test", ["test_batch.bin"])];

    /// <inheritdoc/>
    public override string Origin => "Krizhevsky 2009, the binary version of https://www.cs.toronto.edu/~kriz/cifar.html";

    /// <inheritdoc/>
    public override string Licence => "none stated";

    /// <inheritdoc/>
    public override ImmutableArray<PublishedFile> Files { get; } =
        [new(Archive, new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")) { Md5 = "c32a1d4ab5d03f1284b67883e8d87530" }];

    /// <inheritdoc/>
    public override ImageFormat Native => new(Side, ImageColour.Rgb);

    /// <inheritdoc/>
    protected override int ReaderVersion => 2;

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) => base.Accepts(name, isFolder) || (isFolder && name == Folder);

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] found = [.. ((string[])[Archive, Folder]).Select(n => Path.Combine(place, n)).Where(ArchiveFile.IsThere).Take(1)];
        return new DatasetSource(place, [.. found], found.Length == 0 ? [Archive] : []);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        var assembler = new PartAssembler(request);
        var labels = new List<(string Part, int Label, string Order)>();
        ReadImage[] images = new ImageReader(request, context)
            .Convert(Records(source.Items[0], labels), Published.Sum(p => p.Batches.Length) * ImagesOfBatch);
        foreach ((string part, _) in Published)
        {
            foreach (string name in Classes)
            {
                assembler.AddClass(part, name);
            }
        }

        for (int i = 0; i < images.Length; i++)
        {
            assembler.Add(labels[i].Part, Classes[labels[i].Label], labels[i].Order, images[i].Pixels);
        }

        return assembler.Build();
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images) =>
        new([.. Published.Select(p => PartCheck.Of(images.Part(p.Part), Classes.Length, p.Batches.Length * ImagesOfBatch))], []);

    // The images come in the archive's order, which need not be that of the batches, so that each batch is held only while it is taken
    // apart; their place in the set is by batch and record.
    private static IEnumerable<Image> Records(string place, List<(string Part, int Label, string Order)> labels)
    {
        var missing = Published.SelectMany(p => p.Batches).ToHashSet(StringComparer.Ordinal);
        using FileTree tree = FileTree.Open(place);
        foreach (FileTreeEntry entry in tree.Entries)
        {
            string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
            if (!missing.Remove(name))
            {
                if (Published.Any(p => p.Batches.Contains(name, StringComparer.Ordinal)))
                {
                    throw new EngramException($"Found '{name}' twice in '{place}', expected every batch once; get it again.");
                }

                continue;
            }

            string part = Published.First(p => p.Batches.Contains(name, StringComparer.Ordinal)).Part;
            byte[] batch = entry.Read();
            if (batch.Length == 0 || batch.Length % RecordBytes != 0)
            {
                throw new EngramException(
                    $"Found {batch.Length} bytes in '{entry.FullName}', expected records of {RecordBytes}; get the file again.");
            }

            for (int at = 0; at < batch.Length; at += RecordBytes)
            {
                labels.Add(batch[at] < Classes.Length
                    ? (part, batch[at], string.Create(CultureInfo.InvariantCulture, $"{name}/{at / RecordBytes:D8}"))
                    : throw new EngramException(
                        $"Found label {batch[at]} at byte {at} of '{entry.FullName}', expected 0 to {Classes.Length - 1}; get the file " +
                        $"again."));
                yield return new Image(3, Side, Side, batch.AsSpan(at + 1, RecordBytes - 1).ToArray());
            }
        }

        if (missing.Count > 0)
        {
            throw new EngramException(
                $"Found no {string.Join(", no ", missing.Order(StringComparer.Ordinal))} in '{place}', expected five batches and a test " +
                $"batch; get it again.");
        }
    }
}
