using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Counts the files beside images that are not read, so that nobody trains on a part of a data set without knowing it.</summary>
internal sealed class PassedOver
{
    private const int MostKinds = 4;

    private readonly List<string> names = [];

    /// <summary>Counts a file.</summary>
    public void Add(string name) => names.Add(name);

    /// <summary>What was passed over, in one line; null for nothing.</summary>
    /// <param name="read">Names of what was read.</param>
    public string? Line(IReadOnlyCollection<string> read)
    {
        if (names.Count == 0)
        {
            return null;
        }

        (string Kind, string[] Files)[] kinds =
        [
            .. names.GroupBy(KindOf, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.ToArray())),
        ];
        string listed = string.Join("; ", kinds.Take(MostKinds).Select(k => $"{k.Kind}: {k.Files.Length}, such as '{AtomicFile.Shown(k.Files[0])}'"));
        string rest = kinds.Length > MostKinds ? $"; of {kinds.Length - MostKinds} more kinds: {kinds.Skip(MostKinds).Sum(k => k.Files.Length)}" : string.Empty;
        HashSet<string> withImages = [.. read.SelectMany(Around)];
        string[] without = [.. names.Select(FolderOf).Where(f => f.Length > 0 && !withImages.Contains(f)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string folders = without.Length == 0 ? string.Empty : $"; folders with nothing else: {without.Length}, such as '{AtomicFile.Shown(without[0])}'";
        return $"Left out files, {names.Count} in all ({listed}{rest}{folders}); read are {ImageDecoder.Readable} images.";
    }

    private static string KindOf(string name) => Archives.IsArchive(name) ? "archives"
        : ImageDecoder.IsReadable(name) ? "images that nothing names" : Path.GetExtension(name).ToLowerInvariant() is { Length: > 1 } ending ? AtomicFile.Shown(ending) : "no ending";

    private static string FolderOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];

    private static IEnumerable<string> Around(string name)
    {
        for (string folder = FolderOf(name); folder.Length > 0; folder = FolderOf(folder))
        {
            yield return folder;
        }
    }
}
