using System.Collections.Immutable;
using System.Security.Cryptography;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Images.Archives;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Data.Sets;

/// <summary>Omniglot: 1,623 characters of 50 alphabets, each drawn once by 20 people, 105×105 pixels of 1 bit; paper is 255, ink
/// 0.</summary>
/// <remarks>
/// Read from <c>images_background.zip</c> and <c>images_evaluation.zip</c> as published, or folders of those names. Characters are in
/// directory order: by alphabet, then by number.
/// One pair of drawings (numbers 2 and 18 of the character with id 192) is identical as published, so that a query can show what was
/// learnt.
/// Source: Lake, Salakhutdinov and Tenenbaum 2015, "Human-level concept learning through probabilistic program induction".
/// </remarks>
internal sealed class Omniglot : FileDataset
{
    private const string Background = "background";
    private const string Evaluation = "evaluation";
    private const int Drawings = 20;

    // SHA-256 over all drawings' bytes in order, background first: what the archives hold, however they were packed.
    private const string PixelsSha256 = "ed224c6eac86ff74f8684914e90c024b71c5565d24511e87b7c9a7e396218107";

    private static readonly (string Part, int Characters)[] Published = [(Background, 964), (Evaluation, 659)];
    private static readonly string[] ValidationAlphabets = ["Tagalog/", "Tifinagh/"];

    /// <inheritdoc/>
    public override string Origin => "Lake, Salakhutdinov and Tenenbaum 2015; the folder python of https://github.com/brendenlake/omniglot";

    /// <inheritdoc/>
    public override string Licence => "MIT";

    /// <inheritdoc/>
    public override ImmutableArray<PublishedFile> Files { get; } =
    [
        new("images_background.zip", new Uri("https://raw.githubusercontent.com/brendenlake/omniglot/master/python/images_background.zip"))
            { Md5 = "68d2efa1b9178cc56df9314c21c6e718" },
        new("images_evaluation.zip", new Uri("https://raw.githubusercontent.com/brendenlake/omniglot/master/python/images_evaluation.zip"))
            { Md5 = "6b91aef0f799c5bb55b94e3f2daec811" },
    ];

    /// <inheritdoc/>
    public override string Splits =>
        "honest: meta-training has the background characters but those of its last two alphabets, Tagalog and Tifinagh (892 of 964), " +
            "meta-validation those 72, meta-test the 659 evaluation characters; "
        + "authors-code: meta-training has the first 963 background characters, meta-test evaluation characters 0–649, of which " +
            "drawings 1–5 are learnt and 16–20 asked about, meta-validation the 10 that are left over; "
        + "sequence: meta-training has background characters 0–762, meta-validation 763–962, meta-test the 659 evaluation characters.";

    /// <inheritdoc/>
    public override ImageFormat Native => new(105, ImageColour.Grey);

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) =>
        base.Accepts(name, isFolder) || (isFolder && Published.Any(p => name == "images_" + p.Part));

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] found = [.. Published.Select(p => Path.Combine(place, "images_" + p.Part))
            .Select(p => ArchiveFile.Look(p + ".zip") is not null ? p + ".zip" : p)];
        return new DatasetSource(
            place,
            [.. found.Where(ArchiveFile.IsThere)],
            [.. found.Where(f => !ArchiveFile.IsThere(f)).Select(f => Path.GetFileName(f) + ".zip")]);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        var assembler = new PartAssembler(request);
        var reader = new ImageReader(request, context);
        foreach ((string part, int characters) in Published)
        {
            string place = source.Item("images_" + part);
            foreach (ReadImage image in reader.Read([place], n => IsDrawing(n), Published.Sum(p => p.Characters) * Drawings))
            {
                string[] segments = image.Name.Split('/');
                assembler.Add(part, $"{segments[^3]}/{segments[^2]}", segments[^1], image.Pixels);
            }
        }

        ImageSet images = assembler.Build();
        foreach ((string part, int characters) in Published)
        {
            Expect(images, part, characters, source.Item("images_" + part));
        }

        return images;
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ImagePart part in images.Parts)
        {
            hash.AppendData(part.Pixels.Span);
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        string note = found == PixelsSha256 ? "Every pixel is as published."
            : $"Pixels differ from those published (SHA-256 {found[..16]}… of all drawings).";
        return new DatasetCheck(
            [.. Published.Select(p => PartCheck.Of(images.Part(p.Part), p.Characters, p.Characters * Drawings))], [note]);
    }

    /// <inheritdoc/>
    public override ClassPool PoolOf(ImageSet images, Split split, ClassSplit kind)
    {
        ImmutableArray<ImageClass> background = images.Part(Background).Classes;
        ImmutableArray<ImageClass> evaluation = images.Part(Evaluation).Classes;
        bool IsHeldOut(ImageClass c) => ValidationAlphabets.Any(a => c.Name.StartsWith(a, StringComparison.Ordinal));
        return (kind, split) switch
        {
            (ClassSplit.Honest, Split.MetaTrain) =>
                ClassPool.Of("the background characters but those of Tagalog and Tifinagh", background.Where(c => !IsHeldOut(c))),
            (ClassSplit.Honest, Split.MetaValidation) =>
                ClassPool.Of("the background characters of Tagalog and Tifinagh", background.Where(IsHeldOut)),
            (ClassSplit.Honest, _) => ClassPool.Of("the evaluation characters", evaluation),
            (ClassSplit.Sequence, Split.MetaTrain) => ClassPool.Of("background characters 0–762", background.Take(763)),
            (ClassSplit.Sequence, Split.MetaValidation) =>
                ClassPool.Of("background characters 763–962", background.Skip(763).Take(200)),
            (ClassSplit.Sequence, _) => ClassPool.Of("the evaluation characters", evaluation),
            (_, Split.MetaTrain) => ClassPool.Of("the first 963 background characters", background.Take(963)),
            (_, Split.MetaValidation) =>
                ClassPool.Of("the characters that the authors' code leaves over", [.. background.Skip(963), .. evaluation.Skip(650)]),
            _ => new ClassPool(
                "evaluation characters 0–649, drawings 1–5 to learn and 16–20 to ask about",
                [.. evaluation.Take(650).Select(c => new PoolClass(c.Name, c.Images(0, 5), c.Images(15, 5)))]),
        };
    }

    // Alphabet/characterNN/IIII_DD.png, below whatever else.
    private static bool IsDrawing(string name) =>
        ImageReader.IsImage(name) && name.Split('/') is [.., _, var character, _]
        && character.StartsWith("character", StringComparison.Ordinal);

    private static void Expect(ImageSet images, string part, int characters, string place)
    {
        ImagePart found = images.Parts.FirstOrDefault(p => p.Name == part)
            ?? throw new EngramException(
            $"Found no drawings in '{place}', expected {characters} characters of {Drawings} drawings each; get it again.");
        ImageClass? wrong = found.Classes.FirstOrDefault(c => c.Count != Drawings);
        if (found.Classes.Length != characters || wrong is not null)
        {
            string which = wrong is null ? string.Empty : $", {wrong.Count} of them of '{wrong.Name}'";
            throw new EngramException(
                $"Found {found.Classes.Length} characters and {found.Count} drawings{which} in '{place}', expected {characters} " +
                $"characters of {Drawings} drawings each; get it again.");
        }
    }
}
