using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Folders;

/// <summary>Archives and folders of images directly in a folder.</summary>
internal static class Archives
{
    private static readonly string[] Endings = [".zip", ".tar", ".tar.gz", ".tgz"];

    /// <summary>Whether a file's name is that of an archive.</summary>
    public static bool IsArchive(string name) =>
        Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) && !Path.GetFileName(name).StartsWith('.');

    /// <summary>The archives directly in a folder, in ordinal order, links that lead nowhere left out; none where there is no such
    /// folder.</summary>
    public static string[] In(string folder) =>
        Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder).Where(f => IsArchive(f) && ArchiveFile.IsThere(f)).Order(StringComparer.Ordinal)] : [];

    /// <summary>The folders directly in a folder, in ordinal order, hidden ones left out; none where there is no such folder.</summary>
    public static string[] FoldersIn(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)]
            : [];
}
