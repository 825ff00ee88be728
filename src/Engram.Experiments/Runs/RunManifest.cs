using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary><c>manifest.sha256</c>: the checksums of the files of a folder of runs, as <c>sha256sum</c> writes and checks them.</summary>
/// <remarks>
/// That of a run comes before the result that it names. Of a run without a result only what was sealed counts
/// (<see cref="WriteSealed"/>), whatever else stands there; folders of earlier versions have no manifest at all.
/// </remarks>
internal static class RunManifest
{
    /// <summary>The file's name.</summary>
    public const string FileName = "manifest.sha256";

    private const int DigestCharacters = 64, MostBytes = 1 << 16;

    // Metrics of the longest run have less; a file of holes may have the size of a disk.
    private const long MostDigestBytes = 1L << 32;

    /// <summary>Writes the checksums of files as they are, and of one that is yet to be written. Those of sealed files stay.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">Names of the files; those that are not there are left out.</param>
    /// <param name="result">Name of the file that comes last.</param>
    /// <param name="text">What it will hold.</param>
    /// <exception cref="EngramException">A file cannot be read, or the manifest not be written.</exception>
    public static void Write(string folder, IReadOnlyCollection<string> files, string result, string text)
    {
        var lines = new List<(string Digest, string Name)>();
        foreach (string name in files)
        {
            if (DigestOfFile(Path.Combine(folder, name)) is { } digest)
            {
                lines.Add((digest, name));
            }
        }

        lines.AddRange(Read(folder).Where(l => l.Name != result && !files.Contains(l.Name)));
        Write(folder, [.. lines, (DigestOf(text), result)]);
    }

    /// <summary>Writes a whole file whose checksum is known from then on. A process that is killed at any moment leaves the old content or
    /// the new, and either is as it was written.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="EngramException">It cannot be written.</exception>
    public static void WriteSealed(string folder, string file, string text)
    {
        // Both checksums stand there until the file has its new content.
        ImmutableArray<(string Digest, string Name)> lines = Read(folder);
        (string, string) own = (DigestOf(text), file);
        if (!lines.Contains(own))
        {
            Write(folder, [.. lines, own]);
        }

        AtomicFile.WriteText(Path.Combine(folder, file), text);
        if (lines.Any(l => l.Name == file && l != own))
        {
            Write(folder, [.. lines.Where(l => l.Name != file), own]);
        }
    }

    /// <summary>What is no longer as it was written, a sentence for each file; nothing where there is no manifest.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="written">Names of the files that must be there if the manifest names them.</param>
    /// <param name="made">Names of those that are made anew where they are missing.</param>
    public static ImmutableArray<string> ProblemsOf(
        string folder, IReadOnlyCollection<string> written, IReadOnlyCollection<string> made)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            var problems = ImmutableArray.CreateBuilder<string>();
            foreach (IGrouping<string, (string Digest, string Name)> lines in Lines(path).GroupBy(l => l.Name, StringComparer.Ordinal))
            {
                if (!written.Contains(lines.Key) && !made.Contains(lines.Key))
                {
                    continue;
                }

                string file = Path.Combine(folder, lines.Key);
                string? found = DigestOfFile(file);
                if (found is null)
                {
                    if (written.Contains(lines.Key))
                    {
                        problems.Add($"Found no '{file}', which the run wrote; put it back.");
                    }
                }
                else if (lines.All(l => l.Digest != found))
                {
                    problems.Add(
                        $"Found '{file}' changed: it is not as the run wrote it, and what it says may be wrong; put the file back, or " +
                        $"train the run again.");
                }
            }

            return problems.ToImmutable();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"Could not read '{path}': {AtomicFile.OneLine(e.Message)} Whether the run's files are as it wrote them cannot be " +
                $"told."];
        }
        catch (EngramException e)
        {
            return [e.Message];
        }
    }

    private static void Write(string folder, ImmutableArray<(string Digest, string Name)> lines)
    {
        var text = new StringBuilder();
        foreach ((string digest, string name) in lines)
        {
            text.Append(digest).Append("  ").Append(name).Append('\n');
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    // What is damaged is written anew with what follows; readers tell of it before.
    private static ImmutableArray<(string Digest, string Name)> Read(string folder)
    {
        try
        {
            return Lines(Path.Combine(folder, FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngramException)
        {
            return [];
        }
    }

    private static ImmutableArray<(string Digest, string Name)> Lines(string path)
    {
        FileKinds.ExpectRegular(path);
        return !File.Exists(path) ? [] : [.. RegularFile.ReadLines(path, MostBytes).Select(line =>
            IsLine(line) ? (line[..DigestCharacters], line[(DigestCharacters + 2)..])
            : throw new EngramException(
                $"Found text in '{path}' that is not what Engram writes there; whether the run's files are as it wrote them cannot be " +
                $"told."))];
    }

    private static bool IsLine(string line) =>
        line.Length > DigestCharacters + 2 && line.AsSpan(DigestCharacters).StartsWith("  ", StringComparison.Ordinal)
        && line.Take(DigestCharacters).All(char.IsAsciiHexDigitLower) && !line.AsSpan(DigestCharacters + 2).ContainsAny('/', '\\', '\0');

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string? DigestOfFile(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream stream = RegularFile.Open(path);
            if (stream.Length > MostDigestBytes)
            {
                throw new EngramException(
                    $"Found more than {MostDigestBytes} bytes in '{path}', expected less of what a run writes; put the file back, or " +
                    $"train the run again.");
            }

            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {AtomicFile.OneLine(e.Message)}", e);
        }
    }
}
