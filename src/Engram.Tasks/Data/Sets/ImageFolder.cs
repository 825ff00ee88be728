using Engram.Numerics.Files;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Reading;
using Engram.Tasks.Data.Reading.Structure;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Sets;

/// <summary>Any images that lie in one folder for each class: a folder, an archive, or a folder of archives.</summary>
/// <remarks>
/// Which folders are parts and which are classes, <see cref="FolderStructure"/> tells, and says so in a line. Archives beside each other
/// that are
/// named as parts are parts. One name is one image, however often archives hold it. Images of a class stand in ordinal order of their
/// files'
/// names. Where folders beside archives have images, the folders are read.
/// </remarks>
internal sealed class ImageFolder : FileDataset
{
    /// <summary>How deep folders beside archives are looked into for images.</summary>
    private const int MostLevelsToLook = 8;

    /// <inheritdoc/>
    public override string Origin => "Your own: a folder or archive (or a folder of archives) with one folder of "
        + "PNG, JPEG, BMP, WebP or GIF images for each class, or train, val and test with such folders in them";

    /// <inheritdoc/>
    public override string Licence => "whatever yours is";

    /// <inheritdoc/>
    public override string HowToGet =>
        "A recipe names the folder or archive with task.dataset-path, a comparison of supervised methods with problem.dataset-path.";

    /// <inheritdoc/>
    public override ImageFormat Native => new(32, ImageColour.Rgb);

    /// <inheritdoc/>
    protected override int ReaderVersion => 2;

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) => isFolder || Archives.IsArchive(name);

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] archives = Archives.FoldersIn(place).Any(HasImages) ? [] : Archives.In(place);
        bool there = ArchiveFile.IsThere(place);
        return new DatasetSource(
            place, archives.Length > 0 ? [.. archives] : there ? [place] : [], there ? [] : ["folder or archive of images"]);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        var reader = new ImageReader(request, context);
        var partOf = PartsOfArchives(source.Items);
        string NameOf(ReadImage image) => partOf.TryGetValue(image.Place, out string? part) ? $"{part}/{image.Name}" : image.Name;
        ReadImage[] images = reader.Distinct(reader.Read(source.Items, ImageReader.IsImage, beside: Beside(source)), NameOf);
        FolderStructure structure = FolderStructure.Of([.. images.Select(NameOf)], source.Place);
        context.Note?.Invoke(structure.Line);
        var assembler = new PartAssembler(request);
        foreach (string part in structure.Parts)
        {
            assembler.AddPart(part);
        }

        foreach ((int i, ReadImage image) in images.Index())
        {
            if (structure[i] is { } at)
            {
                assembler.Add(at.Part, at.Class, image.Name[(image.Name.LastIndexOf('/') + 1)..], image.Pixels);
            }
        }

        return assembler.Build();
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images) =>
        new([.. images.Parts.Select(p => PartCheck.Of(p, null, null))], [.. images.Parts.SelectMany(Uneven)]);

    // Nobody has published how many there should be: all that can be said is that classes differ.
    private static IEnumerable<string> Uneven(ImagePart part)
    {
        ImageClass[] classes = [.. part.Classes.OrderBy(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];
        return classes.Length == 0 || classes[0].Count == classes[^1].Count ? [] :
            [$"Classes of '{part.Name}' are uneven: from {classes[0].Count} images ('{AtomicFile.Shown(classes[0].Name)}') to " +
                $"{classes[^1].Count} ('{AtomicFile.Shown(classes[^1].Name)}'); whether some are missing cannot be told."];
    }

    private static bool HasImages(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MostLevelsToLook })
            .Any(f => ImageReader.IsImage(Path.GetRelativePath(Path.GetDirectoryName(folder)!, f)));

    // train.zip and test.zip: each is a part, whatever is in it.
    private static Dictionary<string, string> PartsOfArchives(IReadOnlyCollection<string> items)
    {
        Dictionary<string, string> stems = items.ToDictionary(i => i, i => Path.GetFileName(i).Split('.')[0], StringComparer.Ordinal);
        int different = stems.Values.Distinct(StringComparer.Ordinal).Count();
        return items.Count > 1 && PartName.RolesOf(stems.Values).Count == different ? stems : [];
    }

    // What lies beside archives that are read, and is not.
    private static List<string> Beside(DatasetSource source)
    {
        if (source.Items is [var only] && only == source.Place)
        {
            return [];
        }

        using FileTree tree = FileTree.Open(source.Place);
        HashSet<string> read = [.. source.Items];
        return [.. tree.Entries.Select(e => e.Name).Where(n => !ImageReader.IsHidden(n) && !read.Contains(Path.Combine(source.Place, n)))];
    }
}
