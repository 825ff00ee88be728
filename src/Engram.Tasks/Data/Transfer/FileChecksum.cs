using System.Security.Cryptography;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Transfer;

/// <summary>Compares files with published checksums.</summary>
internal static class FileChecksum
{
    /// <summary>What is wrong with a file, or null where it is as published or nobody published a checksum.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static string? Difference(string path, PublishedFile published) => ArchiveFile.Guard(path, () =>
    {
        using FileStream stream = ArchiveFile.OpenRead(path);
        if (published.Md5 is { } md5)
        {
            return Compare("MD5", md5, Md5Of(stream));
        }

        return published.Sha256 is { } sha256 ? Compare("SHA-256", sha256, Convert.ToHexStringLower(SHA256.HashData(stream))) : null;
    });

    private static string? Compare(string kind, string expected, string found) =>
        found == expected ? null : $"{kind} {found}, expected {expected}";

    // What publishers give is often MD5; it tells damage, which is what is asked of it here.
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Security", "CA5351:Do Not Use Broken Cryptographic Algorithms",
        Justification = "Compared with published checksums against damage, not against attackers.")]
    private static string Md5Of(Stream stream) => Convert.ToHexStringLower(MD5.HashData(stream));
}
