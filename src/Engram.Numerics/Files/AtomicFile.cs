using System.Globalization;

namespace Engram.Numerics;

/// <summary>Writes whole files so that a reader, or a machine that stops at any moment, finds the old content or the new, and nothing between.</summary>
/// <remarks>
/// The content goes to a second file in the same folder, is flushed to the disk, and then takes the name over. A process that is killed can leave
/// a file whose name ends with <see cref="PartialSuffix"/>; it is never read, and <see cref="RemoveLeftovers"/> deletes it.
/// </remarks>
public static class AtomicFile
{
    /// <summary>How the names of unfinished files end.</summary>
    public const string PartialSuffix = ".partial";

    private static int written;

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it will be; what is there is replaced.</param>
    /// <param name="content">Writes the content, once, from the start.</param>
    /// <exception cref="EngramException">The disk is full, the folder is not there, or may not be written to; the old file is intact.</exception>
    public static void Write(string path, Action<Stream> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string partial = string.Create(
            CultureInfo.InvariantCulture,
            $"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref written)}{PartialSuffix}");
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                content(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception failure)
        {
            TryDelete(partial);
            if (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentOutOfRangeException)
            {
                // The last is how a file that may grow no further is told.
                throw new EngramException(
                    $"Could not write '{path}': {OneLine(failure.Message)} Any earlier file of that name is intact; make room or choose another folder, and try again.",
                    failure);
            }

            throw;
        }
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Deletes what killed processes left unfinished in a folder. Only for the folder's one writer: another's file would go too.</summary>
    public static void RemoveLeftovers(string folder)
    {
        if (Directory.Exists(folder))
        {
            foreach (string leftover in Directory.EnumerateFiles(folder, "*" + PartialSuffix))
            {
                TryDelete(leftover);
            }
        }
    }

    internal static string OneLine(string message)
    {
        string line = message.ReplaceLineEndings(" ").Trim();
        return line.EndsWith('.') ? line : line + ".";
    }

    /// <summary>A name from a file, short and on one line whatever it holds.</summary>
    internal static string Shown(string name)
    {
        string shown = name.Length > 80 ? name[..80] + "…" : name;
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : shown;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // What could not be deleted is never read; the error that brought us here matters more.
        }
    }
}
