using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Where a value comes from.</summary>
/// <param name="Source">A file, <c>--set</c>, or <c>default</c>.</param>
/// <param name="Line">The line in it, from 1; 0 for none.</param>
/// <param name="Layer">Position among what was laid over each other: −1 for defaults, 0 for the recipe extended last, and upwards.</param>
public sealed record RecipeOrigin(string Source, int Line, int Layer)
{
    /// <summary>A default.</summary>
    public static RecipeOrigin Default { get; } = new("default", 0, -1);

    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}

/// <summary>One resolved value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value"><see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list of <see cref="int"/> or
/// <see cref="string"/>, or null for none.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record RecipeValue(RecipeKey Key, object? Value, RecipeOrigin Origin)
{
    /// <summary>The value as a recipe writes it.</summary>
    public string Text => RecipeNumbers.Format(Value);

    /// <summary>What was read; null for a default.</summary>
    internal RecipeNode? Node { get; init; }
}

/// <summary>All values that have a meaning in one recipe, defaults included.</summary>
public sealed class RecipeValues
{
    private readonly Dictionary<string, RecipeValue> values;

    internal RecipeValues(string source, IEnumerable<RecipeValue> values)
    {
        Source = source;
        All = [.. values];
        this.values = All.ToDictionary(v => v.Key.Path, StringComparer.Ordinal);
    }

    /// <summary>The recipe's file, for messages.</summary>
    public string Source { get; }

    /// <summary>The values, in the schema's order.</summary>
    public ImmutableArray<RecipeValue> All { get; }

    /// <summary>Whether a key has a meaning here.</summary>
    public bool Has(string path) => values.ContainsKey(path);

    /// <summary>The values that stand below an open key.</summary>
    internal IEnumerable<RecipeValue> Below(string open) => All.Where(v => v.Key.Within == open);

    /// <summary>Whether nobody has given a key's value.</summary>
    internal bool IsDefault(string path) => values[path].Origin.Layer < 0;

    /// <summary>The value of a key, of whatever kind.</summary>
    internal object? Value(string path) => values[path].Value;

    internal string Text(string path) => (string)values[path].Value!;

    internal string? TextOrNone(string path) => (string?)values[path].Value;

    internal long Integer(string path) => (long)values[path].Value!;

    internal int Count(string path) => checked((int)Integer(path));

    internal long? IntegerOrNone(string path) => (long?)values[path].Value;

    internal double Number(string path) => (double)values[path].Value!;

    internal double? NumberOrNone(string path) => (double?)values[path].Value;

    internal bool Flag(string path) => (bool)values[path].Value!;

    internal ImmutableArray<string>? NamesOrNone(string path) => (ImmutableArray<string>?)values[path].Value;

    internal ImmutableArray<double>? NumbersOrNone(string path) => (ImmutableArray<double>?)values[path].Value;

    internal ImmutableArray<int>? ListOrNone(string path) => (ImmutableArray<int>?)values[path].Value;

    internal TEnum Choice<TEnum>(string path)
        where TEnum : struct, Enum => RecipeSchema.Value<TEnum>(Text(path));

    /// <summary>Gives what a check throws the place of the key that it is about.</summary>
    /// <param name="key">The key; where the error names settings, its section's key of that name.</param>
    /// <param name="check">The check.</param>
    internal void Located(string key, Action check)
    {
        try
        {
            check();
        }
        catch (EngramException e)
        {
            if (e is SettingException { Settings: var settings })
            {
                // Of settings that do not go together, one that somebody has given has a line to look at.
                string[] keys = [.. settings.Select(s => $"{key[..key.LastIndexOf('.')]}.{RecipeSchema.Name(s)}").Where(Has)];
                key = keys.FirstOrDefault(k => !IsDefault(k)) ?? keys.FirstOrDefault() ?? key;
            }

            throw Error(key, char.ToLowerInvariant(e.Message[0]) + e.Message[1..]);
        }
    }

    /// <summary>An error about the value of a key, with the place it comes from.</summary>
    internal EngramException Error(string path, string message)
    {
        RecipeOrigin origin = values[path].Origin;
        string place = origin.Layer < 0 ? Source : origin.ToString();
        return new EngramException($"{place}: {path}: {message}");
    }
}
