namespace Engram.Tasks.Data.Folders;

/// <summary>A file of a data set as it was published.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it is to be had; null where everybody has to get it on their own.</param>
public sealed record PublishedFile(string Name, Uri? Address)
{
    /// <summary>MD5 of the file in lower-case hexadecimal, where that was published; null for none.</summary>
    public string? Md5 { get; init; }

    /// <summary>SHA-256 of the file, or of its content after decompression where it is a <c>.gz</c> that is no archive; null for
    /// none.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Most bytes that are ever downloaded for it.</summary>
    public long MostBytes { get; init; } = 1L << 30;
}
