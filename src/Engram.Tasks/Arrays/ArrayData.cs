using System.Collections.Concurrent;
using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Arrays;

/// <summary>What lifetimes are taken from, read from files and checked: <see cref="WholeLives"/> or an <see cref="ExamplePool"/>.</summary>
internal abstract class ArrayData
{
    private static readonly ConcurrentDictionary<Source, (string Stamp, Lazy<ArrayData> Data)> Loaded = new();

    protected ArrayData(string file, FileArray inputs, TargetArray targets)
    {
        (File, Inputs, Targets) = (file, inputs, targets);
        inputs.ExpectFinite();
    }

    /// <summary>The file or folder.</summary>
    public string File { get; }

    /// <summary>Inputs of the stream, or of all examples.</summary>
    public FileArray Inputs { get; }

    /// <summary>Their targets.</summary>
    public TargetArray Targets { get; }

    /// <summary>Numbers of each input.</summary>
    public int InputWidth => Inputs.Shape[^1];

    /// <summary>Numbers of each target.</summary>
    public int TargetWidth => Targets.Width;

    /// <summary>The greatest label; −1 where there is none.</summary>
    public virtual int GreatestLabel => Targets.GreatestLabel;

    /// <summary>What the settings name, read once in the life of the process as long as the files do not change.</summary>
    /// <exception cref="EngramException">Files are not there, are not what they should be, or do not fit each other.</exception>
    public static ArrayData Load(FileArraysSpec spec)
    {
        spec.Validate();
        string path = Path.GetFullPath(spec.Data!);
        var key = new Source(path, spec.IsClassification, spec.InputColumns, spec.TargetColumns, spec.GroupColumn);
        string stamp = ArrayFiles.StampOf(path);
        (string Stamp, Lazy<ArrayData> Data) loaded = Loaded.AddOrUpdate(
            key,
            _ => (stamp, new Lazy<ArrayData>(() => Read(spec))),
            (_, before) => before.Stamp == stamp ? before : (stamp, new Lazy<ArrayData>(() => Read(spec))));
        try
        {
            return loaded.Data.Value;
        }
        catch
        {
            // The next one to ask tries again: the files may be right by then.
            Loaded.TryRemove(new KeyValuePair<Source, (string, Lazy<ArrayData>)>(key, loaded));
            throw;
        }
    }

    /// <summary>
    /// Shares out things by the numbers of splits that a file gives them, or, in their order, three fifths, one fifth and the rest.
    /// </summary>
    /// <param name="count">How many there are.</param>
    /// <param name="splitOf">The split that the file gives each; null where it gives none.</param>
    protected static int[][] Shares(int count, Func<int, int>? splitOf)
    {
        (int first, int second) = ((int)((long)count * 3 / 5), (int)((long)count * 4 / 5));
        splitOf ??= i => (int)(i < first ? Split.MetaTrain : i < second ? Split.MetaValidation : Split.MetaTest);
        ILookup<int, int> shares = Enumerable.Range(0, count).ToLookup(splitOf);
        return [.. Enum.GetValues<Split>().Select(s => shares[(int)s].ToArray())];
    }

    /// <summary>Checks an array that says which split things belong to.</summary>
    /// <exception cref="EngramException">It is of another shape, or a number is that of no split.</exception>
    protected static FileArray? CheckedSplit(FileArray? split, int count, string what)
    {
        if (split is null)
        {
            return null;
        }

        if (split.Shape is not [var found] || found != count)
        {
            throw new EngramException(
                $"Found array 'split' of shape {split.ShapeText()} in '{split.File}', expected [{count}], one number for each of the "
                + $"{what}.");
        }

        for (int i = 0; i < count; i++)
        {
            if (split[i] is not (0 or 1 or 2))
            {
                throw new EngramException(
                    FormattableString.Invariant(
                        $"Found {split[i]} at {split.Place(i)}, expected 0 for meta-training, 1 for meta-validation or 2 for meta-test."));
            }
        }

        return split;
    }

    private static ArrayData Read(FileArraysSpec spec)
    {
        Dictionary<string, FileArray> arrays = ArrayFiles.Read(spec);
        return arrays.ContainsKey(WholeLives.Name) ? new WholeLives(spec.Data!, arrays, spec.IsClassification)
            : arrays.ContainsKey(ExamplePool.Name) ? new ExamplePool(spec.Data!, arrays, spec.IsClassification)
            : throw new EngramException(
                $"Found {(arrays.Count == 0 ? "no arrays" : $"arrays {string.Join(", ", arrays.Keys.Select(AtomicFile.Shown))}")} in "
                + $"'{spec.Data}', expected '{WholeLives.Name}' and others for whole lifetimes, or '{ExamplePool.Name}' and others for "
                + "a pool of examples; see docs/TASKS.md.");
    }

    private sealed record Source(string Path, bool Labelled, string? Inputs, string? Targets, string? Group);
}

/// <summary>Takes the arrays of a file one by one, so that what nobody takes can be told.</summary>
internal sealed class ArrayNames(string file, Dictionary<string, FileArray> arrays)
{
    private readonly List<string> known = [];

    /// <summary>An array that must be there.</summary>
    /// <exception cref="EngramException">It is not.</exception>
    public FileArray Take(string name) => TakeIfThere(name)
        ?? throw new EngramException(
            $"Found no array '{name}' in '{file}', expected it beside "
            + $"{string.Join(", ", arrays.Keys.Select(k => $"'{AtomicFile.Shown(k)}'"))}; {NearestName.Hint(name, arrays.Keys)}");

    /// <summary>An array that may be there.</summary>
    public FileArray? TakeIfThere(string name)
    {
        known.Add(name);
        return arrays.GetValueOrDefault(name);
    }

    /// <summary>Refuses arrays that nobody took: a misspelt mask would go unheeded.</summary>
    /// <exception cref="EngramException">There is one.</exception>
    public void ExpectNoOther()
    {
        if (arrays.Keys.FirstOrDefault(k => !known.Contains(k)) is { } other)
        {
            throw new EngramException(
                $"Found array '{AtomicFile.Shown(other)}' in '{file}', expected only "
                + $"{string.Join(", ", known.Select(k => $"'{k}'"))}; rename it or leave it out.");
        }
    }
}
