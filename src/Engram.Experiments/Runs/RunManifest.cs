using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary><c>manifest.sha256</c>: the checksums of the files of a run that has ended, as <c>sha256sum</c> writes and checks
/// them.</summary>
/// <remarks>It comes before the result that it names. A run without a result has none that counts, whatever lies there; runs of earlier
/// versions have none at all.</remarks>
internal static class RunManifest
{
    private const string FileName = "manifest.sha256";
    private const int DigestCharacters = 64, MostBytes = 1 << 16;

    /// <summary>Writes the checksums of files as they are, and of a result that is yet to be written.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="files">Names of the files; those that are not there are left out.</param>
    /// <param name="result">Name of the result's file.</param>
    /// <param name="text">What it will hold.</param>
    /// <exception cref="EngramException">A file cannot be read, or the manifest not be written.</exception>
    public static void Write(string folder, IEnumerable<string> files, string result, string text)
    {
        var lines = new StringBuilder();
        foreach (string name in files)
        {
            if (DigestOf(Path.Combine(folder, name)) is { } digest)
            {
                lines.Append(digest).Append("  ").Append(name).Append('\n');
            }
        }

        lines.Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))).Append("  ").Append(result).Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, FileName), lines.ToString());
    }

    /// <summary>What is no longer as the run wrote it, a sentence for each file; nothing where there is no manifest.</summary>
    /// <param name="folder">The folder of a run that has ended.</param>
    /// <param name="files">Names of the files that a manifest may name.</param>
    public static ImmutableArray<string> ProblemsOf(string folder, IReadOnlyCollection<string> files)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                return [];
            }

            var problems = ImmutableArray.CreateBuilder<string>();
            foreach (string line in RegularFile.ReadLines(path, MostBytes))
            {
                string name = line.Length > DigestCharacters + 2 ? line[(DigestCharacters + 2)..] : string.Empty;
                if (!files.Contains(name))
                {
                    return [$"Found text in '{path}' that is not what Engram writes there; whether the run's files are as it wrote them " +
                        $"cannot be told."];
                }

                string file = Path.Combine(folder, name);
                string? found = DigestOf(file);
                if (found is null)
                {
                    problems.Add($"Found no '{file}', which the run wrote; put it back.");
                }
                else if (found != line[..DigestCharacters])
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

    private static string? DigestOf(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream stream = RegularFile.Open(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {AtomicFile.OneLine(e.Message)}", e);
        }
    }
}
