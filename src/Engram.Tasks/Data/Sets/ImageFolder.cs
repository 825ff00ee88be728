using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Any images that lie in one folder for each class: a folder, an archive, or a folder of archives.</summary>
/// <remarks>
/// Folders that all images share are left out. Where the outermost folders that remain are named as parts (train, val, test and the like), they are parts and what is below them are classes;
/// else all images are of one part, named <c>all</c>. A class's name is its path below that. Images of a class stand in ordinal order of their files' names.
/// </remarks>
public sealed class ImageFolder : FileDataset
{
    private const string OnlyPart = "all";

    /// <inheritdoc/>
    public override string Origin => "Your own: a folder or archive (or a folder of archives) with one folder of PNG or JPEG images for each class, or train, val and test with such folders in them";

    /// <inheritdoc/>
    public override string Licence => "whatever yours is";

    /// <inheritdoc/>
    public override string HowToGet => "A recipe names the folder or archive with task.dataset-path, a comparison of supervised methods with problem.dataset-path.";

    /// <inheritdoc/>
    public override ImageFormat Native => new(32, ImageColour.Rgb);

    /// <inheritdoc/>
    public override bool Accepts(string name, bool isFolder) => isFolder || Archives.IsArchive(name);

    /// <inheritdoc/>
    public override DatasetSource Find(string place)
    {
        string[] archives = Archives.In(place);
        bool there = ArchiveFile.IsThere(place);
        return new DatasetSource(place, archives.Length > 0 ? [.. archives] : there ? [place] : [], there ? [] : ["folder or archive of images"]);
    }

    /// <inheritdoc/>
    public override ImageSet Read(DatasetSource source, DatasetRequest request, DataContext context)
    {
        ReadImage[] images = new ImageReader(request, context).Read(source.Items, ImageReader.IsImage);
        string[][] paths = [.. images.Select(i => i.Name.Split('/'))];
        int common = CommonFolders(paths, source.Place);
        bool parts = paths.All(p => p.Length - common >= 3 && ClassShares.IsPart(p[common]));
        var assembler = new PartAssembler(request);
        foreach (string part in parts ? ClassShares.InOrder(paths.Select(p => p[common])) : [OnlyPart])
        {
            assembler.AddPart(part);
        }

        foreach ((ReadImage image, string[] path) in images.Zip(paths))
        {
            int first = common + (parts ? 1 : 0);
            assembler.Add(parts ? path[common] : OnlyPart, string.Join('/', path[first..^1]), path[^1], image.Pixels);
        }

        return assembler.Build();
    }

    /// <inheritdoc/>
    public override DatasetCheck Check(DatasetSource source, ImageSet images) => new([.. images.Parts.Select(p => PartCheck.Of(p, null, null))], [.. images.Parts.SelectMany(Uneven)]);

    // Nobody has published how many there should be: all that can be said is that classes differ.
    private static IEnumerable<string> Uneven(ImagePart part)
    {
        ImageClass[] classes = [.. part.Classes.OrderBy(c => c.Count).ThenBy(c => c.Name, StringComparer.Ordinal)];
        return classes.Length == 0 || classes[0].Count == classes[^1].Count ? [] :
            [$"Classes of '{part.Name}' are uneven: from {classes[0].Count} images ('{AtomicFile.Shown(classes[0].Name)}') to {classes[^1].Count} ('{AtomicFile.Shown(classes[^1].Name)}'); whether some are missing cannot be told."];
    }

    // How many outer folders all images share, leaving a folder for the class.
    private static int CommonFolders(string[][] paths, string place)
    {
        if (paths.Length == 0)
        {
            throw new EngramException($"Found no image in '{place}', expected PNG or JPEG files in one folder for each class.");
        }

        if (paths.FirstOrDefault(p => p.Length < 2) is { } outside)
        {
            throw new EngramException($"Found the image '{AtomicFile.Shown(outside[0])}' outside any folder in '{place}', expected one folder for each class; move it into the folder of its class.");
        }

        int common = 0;
        while (paths.All(p => p.Length - common >= 3 && p[common] == paths[0][common]) && !ClassShares.IsPart(paths[0][common]))
        {
            common++;
        }

        return common;
    }
}
