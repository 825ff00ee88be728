using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>What a file of lines holds.</summary>
/// <typeparam name="T">What a line holds.</typeparam>
/// <param name="Lines">The lines that can be read, in the file's order.</param>
/// <param name="Damaged">Numbers, from 1, of those that cannot; the last one is not among them, since a process that is killed can tear it.</param>
internal sealed record JsonLinesContent<T>(ImmutableArray<T> Lines, ImmutableArray<int> Damaged)
    where T : class;

/// <summary>A file of one JSON object a line, which grows as a run comes on.</summary>
/// <remarks>
/// A line goes to the system in one piece. What a killed process leaves is whole lines and at most one torn one at the end, which readers drop.
/// Lines that are damaged otherwise are dropped too, and cost no others.
/// </remarks>
/// <typeparam name="T">What a line holds.</typeparam>
internal sealed class JsonLines<T> : IDisposable
    where T : class
{
    private static readonly JsonSerializerOptions OneLine = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly FileStream stream;
    private readonly string file;

    private JsonLines(string path)
    {
        file = path;
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Goes on with a file: lines that a resumed run writes again are dropped.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="keep">Which lines stay.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static JsonLines<T> Continue(string path, Func<T, bool> keep) => Continue(path, [.. Read(path).Where(keep)]);

    /// <summary>Goes on with a file behind the lines that stay.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="kept">The lines that stay.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static JsonLines<T> Continue(string path, ImmutableArray<T> kept)
    {
        AtomicFile.WriteText(path, string.Concat(kept.Select(l => JsonSerializer.Serialize(l, OneLine) + "\n")));
        try
        {
            return new JsonLines<T>(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunDirectory.CouldNotWrite(path, e);
        }
    }

    /// <summary>The lines of a file, without those that are torn or damaged; none where there is no file.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static ImmutableArray<T> Read(string path) => ReadContent(path).Lines;

    /// <summary>The lines of a file, and which of them are damaged; nothing where there is no file.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static JsonLinesContent<T> ReadContent(string path)
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
            using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(log);
            while (reader.ReadLine() is { } text)
            {
                number++;
                if (Parse(text) is { } line)
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
            stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, OneLine), (byte)'\n']);
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

    private static T? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, OneLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
