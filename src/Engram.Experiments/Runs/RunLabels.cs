using System.Collections.Immutable;
using System.Diagnostics;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>What somebody has written on a run: <c>labels.json</c> in its folder. Nothing that is trained or measured depends on it, and no
/// checksum holds it.</summary>
/// <param name="Tags">Short words to find runs by, in the order of the alphabet.</param>
/// <param name="Note">A note; null for none.</param>
public sealed record RunLabels(ImmutableArray<string> Tags, string? Note)
{
    private const string FileName = "labels.json", LockName = "labels.lock";
    private const int MostTagCharacters = 50, MostTags = 100, MostNoteCharacters = 2000, MillisecondsBetweenLooks = 10;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Those of a run without any.</summary>
    public static RunLabels None { get; } = new([], null);

    /// <summary>The labels of a run; none where it has none.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="EngramException">The file is damaged, or cannot be read.</exception>
    public static RunLabels Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path) && RunsJson.Labels.Read(path) is var file ? new RunLabels(file.Tags, file.Note) : None;
    }

    /// <summary>Adds tags to a run and takes others away. Somebody may be training it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="add">Tags that it has afterwards.</param>
    /// <param name="remove">Tags that it has no longer; those that it did not have are passed over.</param>
    /// <exception cref="EngramException">A tag is no short word, there would be too many, or the file cannot be written.</exception>
    public static RunLabels Tag(string folder, IReadOnlyCollection<string> add, IReadOnlyCollection<string> remove)
    {
        foreach (string tag in add.Concat(remove))
        {
            ExpectTag(tag);
        }

        using IDisposable held = Hold(folder);
        RunLabels before = Read(folder);
        ImmutableArray<string> tags =
            [.. before.Tags.Union(add, StringComparer.Ordinal).Except(remove, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return tags.Length <= MostTags
            ? (before with { Tags = tags }).WriteTo(folder)
            : throw new EngramException($"Found {tags.Length} tags for '{folder}', expected at most {MostTags}; remove some.");
    }

    /// <summary>Writes a note on a run, over the one that is there.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="note">The note; nothing but spaces takes it away.</param>
    /// <exception cref="EngramException">It is too long, or the file cannot be written.</exception>
    public static RunLabels Annotate(string folder, string note)
    {
        if (note.Length > MostNoteCharacters)
        {
            throw new EngramException(
                $"Found a note of {note.Length} characters, expected at most {MostNoteCharacters}; shorten it, or write a file of your " +
                $"own beside the run.");
        }

        using IDisposable held = Hold(folder);
        return (Read(folder) with { Note = string.IsNullOrWhiteSpace(note) ? null : note.Trim() }).WriteTo(folder);
    }

    /// <summary>Checks that a tag is a short word.</summary>
    /// <exception cref="EngramException">It is not.</exception>
    public static void ExpectTag(string tag)
    {
        if (!IsTag(tag))
        {
            throw new EngramException(
                $"Found {Recipes.RecipeNode.Quote(tag)} as a tag, expected at most {MostTagCharacters} letters, digits and '-', '_', " +
                $"'.', with a letter or digit first, such as 'pilot'.");
        }
    }

    /// <summary>Whether a text is a tag.</summary>
    internal static bool IsTag(string tag) =>
        tag.Length is > 0 and <= MostTagCharacters && char.IsLetterOrDigit(tag[0])
            && tag.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');

    // Read and written at once: of two processes that each add a tag, none takes the other's away.
    private static FileStream Hold(string folder)
    {
        string path = Path.Combine(folder, LockName);
        var clock = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                if (FileLock.TryTake(path) is { } held)
                {
                    return held;
                }

                if (clock.Elapsed > LongestWait)
                {
                    throw new EngramException(
                        $"Found the labels of '{folder}' in use by another process, expected them free; wait until it ends, and try " +
                        $"again.");
                }

                Thread.Sleep(MillisecondsBetweenLooks);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not write '{path}': {AtomicFile.OneLine(e.Message)} Check that the folder may be written.", e);
        }
    }

    private RunLabels WriteTo(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!Tags.IsEmpty || Note is not null)
        {
            AtomicFile.WriteText(path, RunsJson.Labels.Write(new LabelsFile(RunEnvironment.NewestFormat, Tags, Note)) + "\n");
        }
        else if (File.Exists(path))
        {
            File.Delete(path);
        }

        return this;
    }
}

/// <summary>What <c>labels.json</c> holds.</summary>
/// <param name="Format">The form of the file.</param>
/// <param name="Tags">Tags.</param>
/// <param name="Note">A note; null for none.</param>
internal sealed record LabelsFile(int Format, ImmutableArray<string> Tags, string? Note);
