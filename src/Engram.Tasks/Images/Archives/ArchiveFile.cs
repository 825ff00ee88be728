using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Tasks.Images.Archives;

/// <summary>Kinds of archives.</summary>
internal enum ArchiveKind
{
    Zip,
    Tar,
    GzippedTar,
}

/// <summary>What reading archives has in common: telling kinds apart, opening, and one line for whatever goes wrong.</summary>
internal static class ArchiveFile
{
    /// <summary>Where a tar archive has its format's name, and the archive's least length.</summary>
    private const int TarMagicOffset = 257, TarBlock = 512;

    /// <summary>The kind of archive that a file's first bytes tell.</summary>
    public static ArchiveKind KindOf(string path)
    {
        Span<byte> head = stackalloc byte[TarBlock];
        using FileStream stream = OpenRead(path);
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
        {
            return ArchiveKind.Zip;
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return ArchiveKind.GzippedTar;
        }

        // Archives of before 1988 have no magic.
        bool named = path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
        if (head.Length == TarBlock && (named || head[TarMagicOffset..].StartsWith("ustar"u8)))
        {
            return ArchiveKind.Tar;
        }

        throw Damaged(
            path, head.IsEmpty ? "an empty file" : $"a file that starts with {Convert.ToHexString(head[..Math.Min(4, head.Length)])}",
            "a folder or a zip, tar or tar.gz archive");
    }

    /// <summary>Opens a file to read from its start.</summary>
    /// <exception cref="EngramException">It is a pipe, a socket or a device, which could be waited for without end.</exception>
    public static FileStream OpenRead(string path) => RegularFile.Open(path, FileShare.Read | FileShare.Delete);

    /// <summary>Whether there is a file or folder; a link counts where what it leads to is there.</summary>
    public static bool IsThere(string path) => Directory.Exists(path) || Look(path) is not null;

    /// <summary>A file's length and the time of its last change, of a link those of the file that it leads to; null where there is no
    /// file.</summary>
    public static (long Length, DateTime Changed)? Look(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (file.LinkTarget is null)
        {
            return (file.Length, file.LastWriteTimeUtc);
        }

        if (FileKinds.IsSpecial(FileKinds.Of(path)))
        {
            // Something is there, which is not opened to look at it; who reads it says what it is.
            return (0, file.LastWriteTimeUtc);
        }

        try
        {
            // Opened, so that the system follows the link: its text alone misleads where folders on the way are links, too.
            using FileStream stream = RegularFile.Open(path);
            return (stream.Length, File.GetLastWriteTimeUtc(stream.SafeFileHandle));
        }
        catch (UnauthorizedAccessException)
        {
            // Something is there; who reads it says that it may not be read.
            return (0, file.LastWriteTimeUtc);
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Does something with a file, and turns what the system and the framework throw into one line.</summary>
    /// <exception cref="EngramException">The file is not there, may not be read, or is damaged.</exception>
    public static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EngramException($"Found nothing at '{path}', expected a folder or file; check the path.", failure);
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or FormatException or OverflowException
            or ArgumentException)
        {
            throw Damaged(path, "bytes that break the format's rules", "a whole archive", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngramException(
                $"Could not read '{path}': {AtomicFile.OneLine(failure.Message)} Check that it is a file that you may read.", failure);
        }
    }

    /// <summary>The one line about an archive that is damaged.</summary>
    public static EngramException Damaged(string path, string found, string expected, Exception? inner = null)
    {
        string line = $"Found {found} in '{path}', expected {expected}; the file is damaged or of another kind, get it again.";
        return inner is null ? new EngramException(line) : new EngramException(line, inner);
    }

    /// <summary>The entry's name with forward slashes only and without "." segments.</summary>
    /// <exception cref="EngramException">It would lie outside the tree, or not be one name on every system.</exception>
    public static string CheckedName(string path, string name)
    {
        string[] segments = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool outside = name.StartsWith('/') || name.Contains('\\', StringComparison.Ordinal) || name.Any(char.IsControl)
            || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0]))
            || segments.Contains("..");
        if (outside)
        {
            throw new EngramException(
                $"Found entry '{AtomicFile.Shown(name)}' in '{path}', expected names inside the archive with forward slashes; do not " +
                $"trust this archive, get another.");
        }

        return string.Join('/', segments.Where(segment => segment != "."));
    }
}
