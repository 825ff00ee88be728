using System.Collections.Immutable;

namespace Engram.Experiments.Recipes;

/// <summary>The keys that one kind of file can have: recipes, or comparisons with the methods that they name.</summary>
public sealed class RecipeKeySet
{
    private readonly ImmutableDictionary<string, ImmutableArray<RecipeKey>> variants;
    private readonly Func<RecipeKey, IReadOnlyDictionary<string, RecipeValue>, object?> defaults;

    /// <summary>Makes a set.</summary>
    /// <param name="what">What has them, in the plural: "recipes".</param>
    /// <param name="listing">What lists all keys, as a sentence's beginning: "'engram recipe schema --table'".</param>
    /// <param name="keys">The keys, in the order in which files are written.</param>
    /// <param name="defaults">A key's default where others are given; null for <see cref="RecipeKey.Default"/>.</param>
    internal RecipeKeySet(
        string what, string listing,
        IEnumerable<RecipeKey> keys, Func<RecipeKey, IReadOnlyDictionary<string, RecipeValue>, object?>? defaults = null)
    {
        (What, Listing, Keys) = (what, listing, [.. keys]);
        this.defaults = defaults ?? ((key, given) => key.DefaultFrom is { } from ? from(given) : key.Default);
        variants = Keys.GroupBy(k => k.Path, StringComparer.Ordinal)
            .ToImmutableDictionary(g => g.Key, g => g.ToImmutableArray(), StringComparer.Ordinal);
        ByPath = variants.ToImmutableDictionary(v => v.Key, v => v.Value[0], StringComparer.Ordinal);
        Sections = [.. Keys.SelectMany(k => k.Path.Select((c, i) => c == '.' ? k.Path[..i] : string.Empty))];
    }

    /// <summary>What has them, in the plural.</summary>
    public string What { get; }

    /// <summary>What lists all keys.</summary>
    public string Listing { get; }

    /// <summary>The keys, in the order in which files are written.</summary>
    public ImmutableArray<RecipeKey> Keys { get; }

    /// <summary>The keys by path; where several owners have one of the same path, the first.</summary>
    public ImmutableDictionary<string, RecipeKey> ByPath { get; }

    /// <summary>The key of a path, those below open ones among them; null for none.</summary>
    public RecipeKey? Find(string path) => ByPath.GetValueOrDefault(path)
        ?? Keys.Where(k => k.IsOpen && path.StartsWith(k.Path + ".", StringComparison.Ordinal))
            .Select(k => k.Member(path[(k.Path.Length + 1)..])).FirstOrDefault();

    /// <summary>The keys of a path: more than one where it means different things to different owners, of which at most one is in a
    /// recipe.</summary>
    public ImmutableArray<RecipeKey> Variants(string path) =>
        variants.TryGetValue(path, out ImmutableArray<RecipeKey> found) ? found : Find(path) is { } member ? [member] : [];

    /// <summary>All sections, nested ones included, by path; the empty path is the file itself.</summary>
    public ImmutableHashSet<string> Sections { get; }

    /// <summary>Names of the keys and sections directly inside a section.</summary>
    public IReadOnlyList<string> Children(string section)
    {
        string prefix = section.Length == 0 ? string.Empty : section + ".";
        return [.. Keys.Where(k => k.Path.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k.Path[prefix.Length..].Split('.')[0])
            .Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A key's value where nobody has given one.</summary>
    internal object? DefaultOf(RecipeKey key, IReadOnlyDictionary<string, RecipeValue> given) => defaults(key, given);
}
