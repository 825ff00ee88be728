using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>What a file of lines holds.</summary>
/// <typeparam name="T">What a line holds.</typeparam>
/// <param name="Lines">The lines that can be read, in the file's order.</param>
/// <param name="Damaged">Numbers, from 1, of those that cannot; the last one is not among them, since a process that is killed can tear
/// it.</param>
internal sealed record JsonLinesContent<T>(ImmutableArray<T> Lines, ImmutableArray<int> Damaged)
    where T : class;

/// <summary>A file of one JSON object a line, which grows as a run comes on.</summary>
/// <remarks>
/// A line goes to the system in one piece. What a killed process leaves is whole lines and at most one torn one at the end, which readers
/// drop.
/// Lines that are damaged otherwise are dropped too, and cost no others.
/// </remarks>
/// <typeparam name="T">What a line holds.</typeparam>
internal sealed class JsonLines<T> : IDisposable
    where T : class
{
    // A line has some hundred bytes; what is longer is none of ours, and is not taken into memory.
    private const int MostLineBytes = 1 << 20;

    // What has no end of a line for so long has none of ours behind it: a file of holes may have the size of a disk.
    private const int MostBytesWithoutEnd = 1 << 26;

    private readonly FileStream stream;
    private readonly string file;
    private readonly JsonForm<T> form;

    private JsonLines(string path, JsonForm<T> form)
    {
        (file, this.form) = (path, form);
        stream = RegularFile.OpenToWrite(path, FileMode.Append, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Goes on with a file: lines that a resumed run writes again are dropped.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="form">What a line looks like.</param>
    /// <param name="keep">Which lines stay.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static JsonLines<T> Continue(string path, JsonForm<T> form, Func<T, bool> keep) =>
        Continue(path, form, [.. Read(path, form).Where(keep)]);

    /// <summary>Goes on with a file behind the lines that stay.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="form">What a line looks like.</param>
    /// <param name="kept">The lines that stay.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static JsonLines<T> Continue(string path, JsonForm<T> form, ImmutableArray<T> kept)
    {
        AtomicFile.WriteText(path, string.Concat(kept.Select(l => form.Write(l) + "\n")));
        try
        {
            return new JsonLines<T>(path, form);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunDirectory.CouldNotWrite(path, e);
        }
    }

    /// <summary>The lines of a file, without those that are torn or damaged; none where there is no file.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static ImmutableArray<T> Read(string path, JsonForm<T> form) => ReadContent(path, form).Lines;

    /// <summary>The lines of a file, and which of them are damaged; nothing where there is no file.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static JsonLinesContent<T> ReadContent(string path, JsonForm<T> form)
    {
        if (!File.Exists(path))
        {
            return new JsonLinesContent<T>([], []);
        }

        var lines = ImmutableArray.CreateBuilder<T>();
        var damaged = new List<int>();
        int number = 0;
        try
        {
            using FileStream log = RegularFile.Open(path);
            foreach (byte[]? text in LinesOf(log))
            {
                number++;
                if (text is not null && form.ParseOrNull(text) is { } line)
                {
                    lines.Add(line);
                }
                else
                {
                    damaged.Add(number);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {e.Message}", e);
        }

        return new JsonLinesContent<T>(lines.ToImmutable(), [.. damaged.Where(n => n < number)]);
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Add(T line)
    {
        try
        {
            stream.Write([.. form.WriteBytes(line), (byte)'\n']);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // The second is how a file that may grow no further is told.
            throw RunDirectory.CouldNotWrite(file, e);
        }
    }

    /// <summary>Makes sure that all lines are on the disk.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Flush()
    {
        try
        {
            stream.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw RunDirectory.CouldNotWrite(file, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    // Null stands for a line that is too long.
    private static IEnumerable<byte[]?> LinesOf(FileStream log)
    {
        byte[] buffer = new byte[1 << 16];
        var line = new MemoryStream();
        bool tooLong = false;
        long length = 0;
        while (log.Read(buffer) is > 0 and var read)
        {
            for (int at = 0; at < read;)
            {
                int end = Array.IndexOf(buffer, (byte)'\n', at, read - at);
                int count = (end < 0 ? read : end) - at;
                tooLong |= line.Length + count > MostLineBytes;
                if (!tooLong)
                {
                    line.Write(buffer, at, count);
                }

                at += count;
                length += count;
                if (length > MostBytesWithoutEnd)
                {
                    yield return null;
                    yield break;
                }

                if (end >= 0)
                {
                    length = 0;
                    yield return tooLong ? null : line.ToArray();
                    line.SetLength(0);
                    (at, tooLong) = (at + 1, false);
                }
            }
        }

        if (line.Length > 0 || tooLong)
        {
            yield return tooLong ? null : line.ToArray();
        }
    }
}
