using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace Engram.Numerics.Text;

/// <summary>What kind of value a setting takes.</summary>
public enum SettingKind
{
    /// <summary>A <see cref="bool"/>.</summary>
    Flag,

    /// <summary>A whole number, as <see cref="long"/>.</summary>
    Whole,

    /// <summary>A <see cref="double"/>.</summary>
    Number,

    /// <summary>Any text on one line.</summary>
    Text,

    /// <summary>One of some names: an enumeration's, or what <see cref="SettingAttribute.NamesFrom"/> lists.</summary>
    Choice,

    /// <summary>A list of whole numbers, as <see cref="ImmutableArray{T}"/> of <see cref="int"/>.</summary>
    WholeList,

    /// <summary>A list of numbers, as <see cref="ImmutableArray{T}"/> of <see cref="double"/>.</summary>
    NumberList,

    /// <summary>An entry of a registry, with settings of its own.</summary>
    Entry,
}

/// <summary>
/// One setting of a record: a property with <see cref="SettingAttribute"/>. Recipes, their schema and tables, and the check of what is
/// resumed know a record's settings from here, so that whoever writes one
/// of his own says nowhere else what it can be told.
/// </summary>
/// <remarks>
/// The property can be initialized and is a flag, a number, text, an enumeration, an <see cref="ImmutableArray{T}"/> of <see cref="int"/>
/// or <see cref="double"/>, or a type that has a registry
/// (<see cref="Registries.Of"/>); any of them may be null. Values here are neutral: whole numbers are <see cref="long"/>, enumerations
/// their names in files.
/// </remarks>
public sealed class Setting
{
    private const double LargestWhole = 1e15;
    private static readonly ConcurrentDictionary<Type, ImmutableArray<Setting>> Known = [];

    private readonly PropertyInfo property;
    private readonly Type type;
    private readonly Func<IReadOnlyList<string>>? choices;

    private Setting(PropertyInfo property, SettingAttribute said)
    {
        (this.property, Meaning, Unit) = (property, said.Meaning, said.Unit);
        Name = said.Name ?? NameOf(property.Name);
        Type? underlying = Nullable.GetUnderlyingType(property.PropertyType);
        type = underlying ?? property.PropertyType;
        AllowsNone = underlying is not null
            || (!type.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);
        if (property.SetMethod is null)
        {
            throw Wrong("that cannot be initialized, expected one with 'init'");
        }

        Registry = type.IsEnum || type == typeof(string) ? null : Registries.Of(type);
        Kind = Registry is not null ? SettingKind.Entry
            : type.IsEnum || (type == typeof(string) && said.NamesFrom is not null) ? SettingKind.Choice
            : type == typeof(bool) ? SettingKind.Flag
            : type == typeof(string) ? SettingKind.Text
            : type == typeof(double) || type == typeof(float) ? SettingKind.Number
            : type == typeof(int) || type == typeof(long) || type == typeof(ulong) ? SettingKind.Whole
            : type == typeof(ImmutableArray<int>) ? SettingKind.WholeList
            : type == typeof(ImmutableArray<double>) ? SettingKind.NumberList
            : throw Wrong(
                $"of type {type.Name}, expected a flag, a number, text, an enumeration, a list of numbers, or a type that has a registry");
        choices = Registry is not null ? () =>
            Registry.Names : type.IsEnum ? EnumNames(type) : said.NamesFrom is { } from ? NamesFrom(from) : null;
        (double least, double most) = Kind switch
        {
            SettingKind.Whole when type == typeof(int) => (0, int.MaxValue),
            SettingKind.Whole => (0, LargestWhole),
            SettingKind.WholeList => (int.MinValue, int.MaxValue),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        };
        (Minimum, Maximum) = (double.IsFinite(said.Minimum) ? said.Minimum : least, double.IsFinite(said.Maximum) ? said.Maximum : most);
        (AboveMinimum, BelowMaximum) = (said.AboveMinimum, said.BelowMaximum);
    }

    /// <summary>Name in files: lower case, words joined by hyphens.</summary>
    public string Name { get; }

    /// <summary>What it means, in one line.</summary>
    public string Meaning { get; }

    /// <summary>What kind of value it takes.</summary>
    public SettingKind Kind { get; }

    /// <summary>Whether it can be null.</summary>
    public bool AllowsNone { get; }

    /// <summary>What a number counts or is measured in; null where it is a plain number.</summary>
    public string? Unit { get; }

    /// <summary>Least number, or least in a list.</summary>
    public double Minimum { get; }

    /// <summary>Greatest number, or greatest in a list.</summary>
    public double Maximum { get; }

    /// <summary>Whether <see cref="Minimum"/> itself is too small.</summary>
    public bool AboveMinimum { get; }

    /// <summary>Whether <see cref="Maximum"/> itself is too great.</summary>
    public bool BelowMaximum { get; }

    /// <summary>The registry of <see cref="SettingKind.Entry"/>; null for other kinds.</summary>
    public IRegistry? Registry { get; }

    /// <summary>The names to choose from, of <see cref="SettingKind.Choice"/> and <see cref="SettingKind.Entry"/>; empty for other
    /// kinds.</summary>
    public IReadOnlyList<string> Choices => choices?.Invoke() ?? [];

    /// <summary>The settings of a type, those of its base types first, in the order in which they are declared.</summary>
    /// <exception cref="EngramException">A property says that it is a setting and cannot be one, or two have one name.</exception>
    public static ImmutableArray<Setting> Of(Type type) => Known.GetOrAdd(type, Find);

    /// <summary>A copy of a record with other values for its settings; what is no setting stays. A type without settings need not be a
    /// record: the object itself is returned.</summary>
    /// <typeparam name="T">The record's base.</typeparam>
    /// <param name="prototype">The record.</param>
    /// <param name="valueOf">The neutral value of each setting.</param>
    /// <exception cref="EngramException">The type has settings and is no record.</exception>
    public static T Configured<T>(T prototype, Func<Setting, object?> valueOf)
        where T : class
    {
        ImmutableArray<Setting> settings = Of(prototype.GetType());
        if (settings.IsEmpty)
        {
            return prototype;
        }

        // Every record has a method by which 'with' copies it.
        var copy = prototype.GetType().GetMethod("<Clone>$")?.Invoke(prototype, null) as T
            ?? throw new EngramException(
                $"Found settings on the class {prototype.GetType().Name}, expected them on a record, which can be copied with other " +
                $"values; make it one.");
        foreach (Setting setting in settings)
        {
            setting.property.SetValue(copy, setting.FromNeutral(valueOf(setting)));
        }

        return copy;
    }

    /// <summary>A name in files of a property or of an enumeration's value: <c>PreFeedback</c> is <c>pre-feedback</c>.</summary>
    public static string NameOf(string identifier) =>
        string.Concat(
            identifier.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : string.Empty) + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>The neutral value that a record has; of an entry the object itself.</summary>
    public object? Read(object record) => property.GetValue(record) switch
    {
        null => null,
        int or long or ulong => Convert.ToInt64(property.GetValue(record), CultureInfo.InvariantCulture),
        float single => (double)single,
        Enum value => NameOf(value.ToString()),
        ImmutableArray<int> { IsDefault: true } or ImmutableArray<double> { IsDefault: true } => null,
        var value => value,
    };

    /// <summary>The value that a record has as text that is the same under every culture; of an entry its name alone.</summary>
    internal string Text(object record) => Read(record) switch
    {
        { } entry when Registry is not null => Registries.NameOf(Registry, entry) ?? entry.GetType().Name,
        var value => SettingsContent.Scalar(value),
    };

    /// <summary>Whether a property is this setting's.</summary>
    internal bool Is(PropertyInfo other) => property.Name == other.Name;

    private static ImmutableArray<Setting> Find(Type type)
    {
        ImmutableArray<Setting> found =
        [
            .. SettingsContent.PropertiesOf(type)
                .Select(p => (Property: p, Said: p.GetCustomAttribute<SettingAttribute>()))
                .Where(p => p.Said is not null).Select(p => new Setting(p.Property, p.Said!)),
        ];
        return found.GroupBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new EngramException(
                $"Found two settings named '{twice.Key}' on {type.Name}, expected names that differ; rename one of the two.")
            : found;
    }

    private static Func<IReadOnlyList<string>> EnumNames(Type type)
    {
        IReadOnlyList<string> names = [.. Enum.GetNames(type).Select(NameOf)];
        return () => names;
    }

    private Func<IReadOnlyList<string>> NamesFrom(string name)
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        MethodInfo getter = property.DeclaringType!.GetProperty(name, Static)?.GetMethod
            ?? throw Wrong($"with names from '{name}', expected a static property of that name beside it");
        return () => (IReadOnlyList<string>)getter.Invoke(null, null)!;
    }

    private object? FromNeutral(object? value) => value switch
    {
        null => type == property.PropertyType && type.IsValueType ? Activator.CreateInstance(type) : null,
        string name when type.IsEnum => Enum.Parse(type, Enum.GetNames(type).First(n => NameOf(n) == name)),
        long or double when type != value.GetType() => Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
        _ => value,
    };

    private EngramException Wrong(string what) => new($"Found the setting {property.Name} of {property.DeclaringType!.Name} {what}.");
}
