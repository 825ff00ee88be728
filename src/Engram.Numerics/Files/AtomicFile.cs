using System.Collections.Concurrent;
using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>Writes whole files so that a reader, or a machine that stops at any moment, finds the old content or the new, and nothing
/// between.</summary>
/// <remarks>
/// The content goes to a second file in the same folder, is flushed to the disk, and then takes the name over. A process that is killed can
/// leave
/// a file whose name ends with <see cref="PartialSuffix"/>; it is never read, and <see cref="RemoveLeftovers"/> deletes it.
/// A link stays, and what it leads to is replaced or made. A pipe, socket or device is never replaced: the content goes into it, without
/// any of these promises.
/// </remarks>
internal static class AtomicFile
{
    /// <summary>How the names of unfinished files end.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Most links that are followed from one to the next, as Linux has it.</summary>
    private const int MostLinks = 40;

    // Beside which files what killed processes left was looked for: once for each is enough.
    private static readonly ConcurrentDictionary<string, bool> Tidied = new(StringComparer.Ordinal);

    private static int written;

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it will be. What is there is replaced; of a link, what it leads to; a pipe, a socket or a device is written
    /// into.</param>
    /// <param name="content">Writes the content, once, from the start.</param>
    /// <exception cref="EngramException">
    /// The disk is full, the folder is not there, may not be written to, or is no longer the one that this process holds
    /// (<see cref="HeldFolders"/>); the old file is intact.
    /// </exception>
    public static void Write(string path, Action<Stream> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        HeldFolders.ExpectAbove(path);
        ExpectFile(path);
        string? partial = null;
        try
        {
            if (TargetOf(path) is not { } target)
            {
                WriteInto(path, content);
                return;
            }

            RemoveLeftoversOf(target);
            partial = string.Create(
                CultureInfo.InvariantCulture,
                $"{target}.{Environment.ProcessId}-{Interlocked.Increment(ref written)}{PartialSuffix}");

            // Shared with readers: under its new name it is read while it is still held.
            var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
            try
            {
                content(stream);
                stream.Flush(flushToDisk: true);
                if (!OperatingSystem.IsWindows())
                {
                    // Held until it has its name, so that nobody takes it for what a killed process left.
                    HeldFolders.ExpectAbove(path);
                    File.Move(partial, target, overwrite: true);
                    return;
                }
            }
            finally
            {
                stream.Dispose();
            }

            HeldFolders.ExpectAbove(path);
            File.Move(partial, target, overwrite: true);
        }
        catch (Exception failure)
        {
            if (partial is not null)
            {
                TryDelete(partial);
            }

            if (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentOutOfRangeException)
            {
                // The last is how a file that may grow no further is told.
                throw failure is DirectoryNotFoundException or FileNotFoundException
                    ? new EngramException(
                        $"Could not write '{path}': in '{Path.GetDirectoryName(Path.GetFullPath(path))}' no file can be made, or there " +
                        $"is no such folder; make it, or choose another.", failure)
                    : new EngramException(
                        $"Could not write '{path}': {OneLine(failure.Message)} Any earlier file of that name is intact; make room or " +
                            $"choose another folder, and try again.",
                        failure);
            }

            throw;
        }
    }

    /// <summary>Checks that a path is none of a folder.</summary>
    /// <param name="path">Where a file will be.</param>
    /// <exception cref="EngramException">A folder is there, or the path ends as one of a folder does.</exception>
    public static void ExpectFile(string path)
    {
        if (Path.EndsInDirectorySeparator(path) || FileKinds.Of(path) == FileKind.Folder)
        {
            throw new EngramException($"Found the folder '{path}', expected a file to write; name a file in it.");
        }
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Deletes what killed processes left unfinished in a folder. Only for the folder's one writer: another's file would go
    /// too.</summary>
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

    /// <summary>Deletes what killed processes left of a file that is about to be written: what nobody holds, and no process of this machine
    /// of that number may yet take up.</summary>
    private static void RemoveLeftoversOf(string target)
    {
        if (!Tidied.TryAdd(Path.GetFullPath(target), true) || Path.GetDirectoryName(Path.GetFullPath(target)) is not { } folder)
        {
            return;
        }

        string before = Path.GetFileName(target) + ".";
        try
        {
            foreach (string leftover in Directory.EnumerateFiles(folder, "*" + PartialSuffix))
            {
                string name = Path.GetFileName(leftover);
                if (name.Length > before.Length + PartialSuffix.Length && name.StartsWith(before, StringComparison.Ordinal)
                    && name[before.Length..^PartialSuffix.Length].Split('-') is [var process, var number]
                    && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                    && !Processes.IsAlive(id) && !FileLock.IsHeld(leftover))
                {
                    TryDelete(leftover);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The write itself tells of a folder that cannot be used.
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

    /// <summary>
    /// The file that is to be replaced or made: the path, or what it leads to where it is a link. Null for what can only be written into: a
    /// pipe, a socket, a device,
    /// or a file that has lost its name and that a process still holds, to which links of <c>/proc</c> can lead.
    /// </summary>
    private static string? TargetOf(string path)
    {
        FileKind kind = FileKinds.Of(path);
        if (FileKinds.IsSpecial(kind))
        {
            return null;
        }

        if (OperatingSystem.IsWindows() || new FileInfo(path).LinkTarget is null)
        {
            return path;
        }

        string target = Followed(path);
        return kind == FileKind.Nothing || FileKinds.Of(target) == kind ? target : null;
    }

    /// <summary>What a path leads to when all its links are followed, whether anything is there or not.</summary>
    /// <remarks>Part by part: the ".." of a link counts from where the link lies, not from the names by which it was come to.</remarks>
    /// <exception cref="IOException">Links lead round in a circle.</exception>
    private static string Followed(string path)
    {
        var left = new Stack<string>(Parts(Path.GetFullPath(path)));
        string reached = "/";
        int links = 0;
        while (left.TryPop(out string? part))
        {
            if (part is "." or "..")
            {
                reached = part == "." ? reached : Path.GetDirectoryName(reached) ?? reached;
                continue;
            }

            string next = Path.Combine(reached, part);
            if (new FileInfo(next).LinkTarget is not { } leadsTo)
            {
                reached = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new IOException($"More than {MostLinks} links lead from one to the next.");
            }

            reached = leadsTo.StartsWith('/') ? "/" : reached;
            foreach (string inner in Parts(leadsTo))
            {
                left.Push(inner);
            }
        }

        return reached;

        // The last one first, as a stack takes them.
        static IEnumerable<string> Parts(string path) => Enumerable.Reverse(path.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    private static void WriteInto(string path, Action<Stream> content)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1 << 16);
            content(stream);
            stream.Flush();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngramException(
                $"Could not write to '{path}', which is not a regular file: {OneLine(failure.Message)} Part of the content may be " +
                $"written; try again, or write to a file.", failure);
        }
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
