using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sweeps;

/// <summary>One section of a sweep's file: its keys are known, and its values are read with the place they stand at.</summary>
internal sealed class SweepSection
{
    private readonly RecipeMap? map;
    private readonly string name;
    private readonly string source;

    public SweepSection(RecipeMap? map, string name, string source, IReadOnlyCollection<string> keys)
    {
        (this.map, this.name, this.source) = (map, name, source);
        foreach (RecipeEntry entry in map?.Entries ?? [])
        {
            if (!keys.Contains(entry.Key, StringComparer.Ordinal))
            {
                throw RecipeText.At(
                    source, entry.Line,
                    $"found the unknown key {RecipeNode.Quote(entry.Key)} {(name.Length == 0 ? "at the top" : $"in '{name}'")}, " +
                    $"expected a key that sweeps have; {NearestName.Hint(entry.Key, keys)}");
            }
        }
    }

    /// <summary>The line of a key; null where it is not there.</summary>
    public int? LineOf(string key) => Entry(key)?.Line;

    /// <summary>A section below this one; one without keys where it is not there.</summary>
    public SweepSection Section(string key, IReadOnlyCollection<string> keys) => Entry(key)?.Value switch
    {
        null => new SweepSection(null, key, source, keys),
        RecipeMap inner => new SweepSection(inner, key, source, keys),
        var other => throw Wrong(key, other, "a section of keys"),
    };

    /// <summary>Keys and values of a map; none where it is not there.</summary>
    public IEnumerable<RecipeEntry> Map(string key) => Entry(key)?.Value switch
    {
        null or RecipeScalar { IsNone: true } => [],
        RecipeMap inner => inner.Entries,
        var other => throw Wrong(key, other, "keys of a recipe with what they are set to"),
    };

    public string? Text(string key) => Entry(key)?.Value switch
    {
        null => null,
        RecipeScalar { IsNone: false } scalar => scalar.Text,
        var other => throw Wrong(key, other, "text"),
    };

    public string Name(string key, IReadOnlyList<string> names, string initial)
    {
        string found = Text(key) ?? initial;
        return names.Contains(found, StringComparer.Ordinal) ? found
            : throw Wrong(
                key, Entry(key)!.Value, "one of " + string.Join(", ", names), NearestName.Find(found, names) is { } near
                ? $"did you mean '{near}'?" : null);
    }

    public TEnum Choice<TEnum>(string key, TEnum initial)
        where TEnum : struct, Enum => RecipeSchema.Value<TEnum>(Name(key, RecipeSchema.Names<TEnum>(), RecipeSchema.Name(initial)));

    public long Whole(string key, long initial, long least, long most) => Entry(key)?.Value switch
    {
        null => initial,
        RecipeScalar { Quoted: false } s when long.TryParse(
            s.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most =>
            value,
        var other => throw Wrong(key, other, $"a whole number from {least} to {most}"),
    };

    public double Number(string key, double? initial, double least, double most) => Entry(key)?.Value switch
    {
        null => initial ?? throw RecipeText.At(source, map?.Line ?? 1, $"{name}: found no '{key}', expected a number."),
        RecipeScalar { Quoted: false } s when NumberText.TryRead(s.Text, out double value) && value >= least && value <= most => value,
        var other =>
            throw Wrong(
            key, other, least == double.Epsilon ? "a number above 0, for its logarithm is taken" : least == double.MinValue ? "a number"
            : $"a number from {RecipeNumbers.Format(least)} to {RecipeNumbers.Format(most)}"),
    };

    private RecipeEntry? Entry(string key) => map?.Entries.FirstOrDefault(e => e.Key == key);

    private EngramException Wrong(string key, RecipeNode found, string expected, string? hint = null) =>
        RecipeText.At(
            source, found.Line,
            $"{(name.Length == 0 ? key : $"{name}.{key}")}: found {found.Describe()}, expected " +
            $"{expected}{(hint is null ? "." : $"; {hint}")}");
}
