using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Images;

namespace Engram.Tasks.Data.Reading.Structure;

/// <summary>Where an image of a folder belongs.</summary>
/// <param name="Part">Its part.</param>
/// <param name="Class">Its class.</param>
internal readonly record struct ImagePlace(string Part, string Class);

/// <summary>A folder that images lie in directly.</summary>
/// <param name="Path">The folders from outside to inside.</param>
/// <param name="Images">How many images.</param>
/// <param name="Example">One of them.</param>
internal sealed record FolderOfImages(string[] Path, int Images, string Example);

/// <summary>What the folders around images mean: parts of a data set, classes, or nothing. It is plain and told in one line, or
/// refused.</summary>
/// <remarks>
/// Folders around all images are left out. Where the folders at one level are all named as parts (<see cref="PartName"/>), they are parts,
/// and what is above and below them is the class: <c>train/cat</c>, <c>pets/Training_set/Training_set/cat</c> and <c>cat/train</c> have a
/// class <c>cat</c> of the part <c>train</c>. A part without folders of classes beside one with them is unlabelled, and left out. Where no
/// folder is named as a part, the path is the class. What is between these is refused: no folder of a part becomes a class, and no class
/// has two names.
/// </remarks>
internal sealed class FolderStructure
{
    private readonly Dictionary<string, ImagePlace?> places;
    private readonly IReadOnlyList<string> names;

    private FolderStructure(IReadOnlyList<string> names, string place)
    {
        this.names = names;
        FolderOfImages[] folders =
            [.. names.GroupBy(FolderOf, StringComparer.Ordinal).Select(g => new FolderOfImages(g.Key.Split('/'), g.Count(), g.First()))];
        if (folders.Length == 0)
        {
            throw new EngramException($"Found no image in '{place}', expected {ImageDecoder.Readable} files in one folder for each class.");
        }

        if (names.FirstOrDefault(n => FolderOf(n).Length == 0) is { } outside)
        {
            throw new EngramException(
                $"Found the image '{AtomicFile.Shown(outside)}' outside any folder in '{place}', expected one folder for each class; "
                + "move it into the folder of its class.");
        }

        var reading = new FolderReading(folders, place);
        places = folders.Zip(reading.Places).ToDictionary(f => string.Join('/', f.First.Path), f => f.Second, StringComparer.Ordinal);
        (Parts, Line) = (reading.Parts, reading.Line());
    }

    /// <summary>Names of the parts, in the order train, validation, test, extra.</summary>
    public ImmutableArray<string> Parts { get; }

    /// <summary>The line that says what was understood.</summary>
    public string Line { get; }

    /// <summary>Where an image belongs; null for one that is left out, since it has no class.</summary>
    public ImagePlace? this[int image] => places[FolderOf(names[image])];

    /// <summary>Understands folders.</summary>
    /// <param name="names">Names of images with the folders that they are in, with forward slashes.</param>
    /// <param name="place">Where that is, for messages.</param>
    /// <exception cref="EngramException">There is no image, one is outside any folder, or folders could be parts as well as
    /// classes.</exception>
    public static FolderStructure Of(IReadOnlyList<string> names, string place) => new(names, place);

    private static string FolderOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];
}
