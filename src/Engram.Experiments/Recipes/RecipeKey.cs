using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Experiments.Recipes;

/// <summary>What kind of value a key takes.</summary>
public enum RecipeValueKind
{
    /// <summary>Any text on one line.</summary>
    Text,

    /// <summary>One of some names.</summary>
    Choice,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>A list of whole numbers.</summary>
    IntegerList,

    /// <summary>A list of finite numbers.</summary>
    NumberList,

    /// <summary>A list of names.</summary>
    TextList,
}

/// <summary>When a key has a meaning: another key's value decides.</summary>
/// <param name="Key">The key that decides.</param>
/// <param name="Holds">Whether a value of it gives this key a meaning.</param>
/// <param name="Text">The condition in words, such as "learner.name is a local learner".</param>
public sealed record RecipeCondition(string Key, Func<string, bool> Holds, string Text)
{
    private ImmutableArray<string> Names { get; init; } = [];

    /// <summary>The condition that a key has one of some values.</summary>
    public static RecipeCondition Is(string key, params IReadOnlyCollection<string> names)
    {
        ImmutableArray<string> sorted = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(key, v => sorted.Contains(v, StringComparer.Ordinal), $"{key} is {RecipeOwner.Join(sorted)}") { Names = sorted };
    }

    /// <summary>Whether <see cref="Or"/> can make one condition of this and another.</summary>
    internal bool Joins(RecipeCondition other) => Key == other.Key && !Names.IsEmpty && !other.Names.IsEmpty;

    /// <summary>The condition that this or another one holds.</summary>
    internal RecipeCondition Or(RecipeCondition other) => Is(Key, [.. Names, .. other.Names]);
}

/// <summary>What declares a key: entries of an extension point, by name.</summary>
/// <param name="Kind">What they are, such as "plasticity rule".</param>
/// <param name="Names">Their names.</param>
public sealed record RecipeOwner(string Kind, ImmutableArray<string> Names)
{
    /// <summary>Names in a sentence: "a, b or c".</summary>
    internal static string Join(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";

    /// <summary>This owner and another.</summary>
    internal RecipeOwner And(RecipeOwner other) => this
        with
    { Names = [.. Names.Concat(other.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };

    /// <summary>Such as "the plasticity rule 'bcm'".</summary>
    public override string ToString() => $"the {Kind} {Join([.. Names.Select(n => $"'{n}'")])}";
}

/// <summary>One key of a recipe: the single place that says what it takes, means and defaults to.</summary>
/// <param name="Path">The key with its sections, joined by dots.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Summary">What it means, in one line.</param>
public sealed record RecipeKey(string Path, RecipeValueKind Kind, string Summary)
{
    /// <summary>Value where the recipe gives none; null for none.</summary>
    public object? Default { get; init; }

    /// <summary>Whether a recipe must give it.</summary>
    public bool Required { get; init; }

    /// <summary>Whether <c>none</c> is a value.</summary>
    public bool AllowsNone { get; init; }

    /// <summary>Least number.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Greatest number.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>Whether <see cref="Minimum"/> itself is too small.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>Whether <see cref="Maximum"/> itself is too great.</summary>
    public bool BelowMaximum { get; init; }

    /// <summary>What a number counts, such as "outer steps"; null where it is a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>The names of a choice.</summary>
    public Func<IReadOnlyList<string>>? Choices { get; init; }

    /// <summary>When the key has a meaning; null for always.</summary>
    public RecipeCondition? AppliesWhen { get; init; }

    /// <summary>What declares it; null for keys that all recipes have.</summary>
    public RecipeOwner? Owner { get; init; }

    /// <summary>Whether it names an entry that has settings of its own, as keys below this one: a recipe gives the name alone, or a section
    /// with <c>name</c> and settings.</summary>
    public bool IsEntry { get; init; }

    /// <summary>
    /// Whether it stands for keys of any name below it, such as rates by the names of parameters: each takes a number, or none for what
    /// holds without it. It has no value of its own.
    /// </summary>
    public bool IsOpen { get; init; }

    /// <summary>The open key that this one stands below; null for a key of the schema.</summary>
    public string? Within { get; private init; }

    /// <summary>Its default where other keys are given; null for <see cref="Default"/>.</summary>
    internal Func<IReadOnlyDictionary<string, RecipeValue>, object?>? DefaultFrom { get; init; }

    /// <summary>Whether a recipe that extends another takes over its value.</summary>
    public bool Inherited { get; init; } = true;

    /// <summary>The section: everything before the last dot; empty at the top.</summary>
    public string Section => Within ?? (Path.LastIndexOf('.') is >= 0 and var i ? Path[..i] : string.Empty);

    /// <summary>The part after the section.</summary>
    public string Leaf => Within is null ? Path[(Path.LastIndexOf('.') + 1)..] : Path[(Within.Length + 1)..];

    /// <summary>What the key takes, in words: "a whole number from 1 to 1000 (outer steps), or none".</summary>
    public string Expected()
    {
        string what = Kind switch
        {
            RecipeValueKind.Text => "text on one line",
            RecipeValueKind.Choice => "one of " + string.Join(", ", Choices!()),
            RecipeValueKind.Integer => "a whole number" + Range(),
            RecipeValueKind.Number => "a number" + Range(),
            RecipeValueKind.Flag => "true or false",
            RecipeValueKind.NumberList => "a list of numbers" + Range() + ", such as [1e-3, 3e-4]",
            RecipeValueKind.TextList => "a list of names, such as [biases, layer0.*]",
            _ => "a list of whole numbers" + Range() + ", such as [64, 64]",
        };
        return what + (Unit is null ? string.Empty : $" ({Unit})") + (AllowsNone ? ", or none" : string.Empty);
    }

    /// <summary>Whether another key is this one in all but its owner and when it has a meaning, so that one can stand for both.</summary>
    internal bool IsSameAs(RecipeKey other) => Path == other.Path && Owner is not null && Owner.Kind == other.Owner?.Kind
        && Summary == other.Summary && IsEntry == other.IsEntry && Expected() == other.Expected()
            && RecipeNumbers.Format(Default) == RecipeNumbers.Format(other.Default)
        && AppliesWhen is { } when && other.AppliesWhen is { } otherwise && when.Joins(otherwise);

    /// <summary>The key of a name below this open one; null where no parameter can have that name.</summary>
    internal RecipeKey? Member(string name) =>
        name.Length is > 0 and <= 200 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
        ? this with { Path = $"{Path}.{name}", IsOpen = false, Within = Path }
        : null;

    private string Range()
    {
        string least = (AboveMinimum ? "above " : "of at least ") + RecipeNumbers.Format(Minimum);
        string most = (BelowMaximum ? "below " : "at most ") + RecipeNumbers.Format(Maximum);
        return (double.IsFinite(Minimum), double.IsFinite(Maximum)) switch
        {
            (true, true) =>
                AboveMinimum || BelowMaximum ? $" {least}, {most}"
                : $" from {RecipeNumbers.Format(Minimum)} to {RecipeNumbers.Format(Maximum)}",
            (true, false) => $" {least}",
            (false, true) => BelowMaximum ? $" {most}" : $" of {most}",
            _ => string.Empty,
        };
    }
}

/// <summary>Numbers as recipes write them.</summary>
internal static class RecipeNumbers
{
    /// <summary>Shortest text that reads back as the same number, such as <c>1e-8</c>.</summary>
    public static string Format(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        if (e < 0)
        {
            // 0.0001 reads better as 1e-4.
            return Math.Abs(value) is > 0 and < 1e-3 ? Scientific(value) : text;
        }

        return WithPower(text, e);
    }

    /// <summary>A value of any kind as a recipe writes it.</summary>
    public static string Format(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        double number => Format(number),
        long number => number.ToString(CultureInfo.InvariantCulture),
        ImmutableArray<string> names => $"[{string.Join(", ", names.Select(n => $"\"{n}\""))}]",
        ImmutableArray<double> numbers => $"[{string.Join(", ", numbers.Select(Format))}]",
        ImmutableArray<int> list => $"[{string.Join(", ", list.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]",
        _ => (string)value,
    };

    private static string Scientific(double value)
    {
        for (int digits = 0; digits <= 17; digits++)
        {
            string text = value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture).Equals(value))
            {
                return WithPower(text, text.IndexOf('E', StringComparison.Ordinal));
            }
        }

        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    // 1E-05 as 1e-5: with the sign and the digits of no country, or the text could not be read back.
    private static string WithPower(string text, int e) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{text[..e]}e{int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)}");
}
