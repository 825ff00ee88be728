using Engram.Numerics.Files;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Images;

namespace Engram.Tasks.Data.Reading;

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
            .. names.GroupBy(KindOf, StringComparer.Ordinal).Select(g => (g.Key, g.ToArray()))
                .OrderByDescending(k => k.Item2.Length).ThenBy(k => k.Key, StringComparer.Ordinal),
        ];
        List<string> listed =
            [.. kinds.Take(MostKinds).Select(k => $"{k.Kind}: {k.Files.Length}, such as '{AtomicFile.Shown(k.Files[0])}'")];
        if (kinds.Length > MostKinds)
        {
            listed.Add($"of {kinds.Length - MostKinds} more kinds: {kinds.Skip(MostKinds).Sum(k => k.Files.Length)}");
        }

        HashSet<string> withImages = [.. read.SelectMany(Around)];
        string[] without = [.. names.Select(FolderOf).Where(f => f.Length > 0 && !withImages.Contains(f)).Distinct(StringComparer.Ordinal)];
        if (without.Length > 0)
        {
            listed.Add($"folders with nothing else: {without.Length}, such as '{AtomicFile.Shown(without.Min(StringComparer.Ordinal)!)}'");
        }

        return $"Left out files, {names.Count} in all ({string.Join("; ", listed)}); read are {ImageDecoder.Readable} images.";
    }

    private static string KindOf(string name) => Archives.IsArchive(name) ? "archives"
        : ImageDecoder.IsReadable(name) ? "images that nothing names"
        : Path.GetExtension(name).ToLowerInvariant() is { Length: > 1 } ending ? AtomicFile.Shown(ending) : "no ending";

    private static string FolderOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];

    private static IEnumerable<string> Around(string name)
    {
        for (string folder = FolderOf(name); folder.Length > 0; folder = FolderOf(folder))
        {
            yield return folder;
        }
    }
}
