using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Sets;

/// <summary>MNIST: 60,000 + 10,000 handwritten digits, 28×28 grey, ink 255 on 0.</summary>
/// <remarks>
/// Read from the four idx files, gzipped as published or not. Source: LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning
/// applied to document recognition".
/// </remarks>
internal sealed class Mnist : FileDataset
{
    private const int Digits = 10;
    private const string Mirror = "https://ossci-datasets.s3.amazonaws.com/mnist/";

    private static readonly (string Part, string Prefix, int Images)[] Published = [("train", "train", 60_000), ("test", "t10k", 10_000)];

    /// <inheritdoc/>
    public override string Origin =>
        "LeCun, Bottou, Bengio and Haffner 1998: http://yann.lecun.com/exdb/mnist, here from torchvision's mirror";

    /// <inheritdoc/>
    public override string Licence => "CC BY-SA 3.0";

    /// <inheritdoc/>
    public override ImmutableArray<PublishedFile> Files { get; } =
    [
        File("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        File("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        File("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        File("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ];

    /// <inheritdoc/>
    public override ImageFormat Native => new(28, ImageColour.Grey);

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) => !isFolder && Files.Any(f => f.Name == name || Plain(f.Name) == name);

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] found = [.. Files.Select(f => Path.Combine(place, f.Name))
            .Select(f => !ArchiveFile.IsThere(f) && ArchiveFile.IsThere(Plain(f)) ? Plain(f) : f)];
        return new DatasetSource(
            place, [.. found.Where(ArchiveFile.IsThere)], [.. found.Where(f => !ArchiveFile.IsThere(f)).Select(f => Path.GetFileName(f))]);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        var assembler = new PartAssembler(request);
        foreach ((string part, string prefix, _) in Published)
        {
            IdxImages digits = IdxImages.Read(source.Item(prefix + "-images"), source.Item(prefix + "-labels"), Digits);
            foreach (int digit in Enumerable.Range(0, Digits))
            {
                assembler.AddClass(part, digit.ToString(CultureInfo.InvariantCulture));
            }

            ReadImage[] images = new ImageReader(request, context)
                .Convert(Enumerable.Range(0, digits.Count).Select(digits.Image), digits.Count);
            for (int i = 0; i < images.Length; i++)
            {
                assembler.Add(
                    part, digits.Labels[i].ToString(CultureInfo.InvariantCulture), i.ToString("D8", CultureInfo.InvariantCulture),
                    images[i].Pixels);
            }
        }

        return assembler.Build();
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images)
    {
        string[] changed = [.. Files.Where(
            f => Convert.ToHexStringLower(SHA256.HashData(IdxImages.Content(source.Item(Plain(f.Name))))) != f.Sha256)
            .Select(f => Plain(f.Name))];
        return new DatasetCheck(
            [.. Published.Select(p => PartCheck.Of(images.Part(p.Part), Digits, p.Images))],
            [changed.Length == 0 ? "Every byte is as published." : $"Other bytes than published in {string.Join(", ", changed)}."]);
    }

    private static PublishedFile File(string name, string md5, string contentSha256) => new(name, new Uri(Mirror + name))
    { Md5 = md5, Sha256 = contentSha256, MostBytes = 64L << 20 };

    private static string Plain(string name) => name[..^".gz".Length];
}
