using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.Text;

/// <summary>
/// What settings say, as text that is compared when work goes on: a line <c>path = value</c> for each that differs from its default, the
/// same under every culture. Neither a new setting with a default nor a
/// type's new name, nor another order of properties makes it another text.
/// </summary>
/// <remarks>
/// Of a record it is every property that can be initialized or that its constructor takes, under its name as a setting; records inside it
/// follow below their path. A value with a registry stands by the name of its
/// entry, and its settings below that, as far as they differ from the entry's; the kind of a record of several possible ones by its
/// <see cref="SettingsNameAttribute"/>, else by its type's name.
/// Texts of earlier versions, which are records as they print themselves (<c>Spec { Rule = oja, … }</c>), are read too.
/// </remarks>
internal sealed class SettingsContent
{
    /// <summary>Path, in texts of earlier versions, of what stood behind a record without a name.</summary>
    public const string FormerRest = RecordText.Rest;

    private readonly ImmutableArray<Line> lines;
    private readonly ImmutableArray<string> derived;

    private SettingsContent(IEnumerable<Line> lines, IEnumerable<string> derived) =>
        (this.lines, this.derived) = ([.. lines], [.. derived]);

    /// <summary>The text.</summary>
    public string Text => string.Join('\n', lines.Where(l => !l.IsDefault).Select(l => l.ToString()));

    /// <summary>The content of a record.</summary>
    /// <typeparam name="T">What it is declared as: where that is a base type or an extension point, the content says which it
    /// is.</typeparam>
    public static SettingsContent Of<T>(T record)
        where T : class
    {
        var found = new Flattening();
        found.Add(string.Empty, string.Empty, record, typeof(T), null);
        return new SettingsContent(found.Lines, found.Derived);
    }

    /// <summary>Text that is compared as it stands.</summary>
    public static SettingsContent Plain(string text) => new([new Line(string.Empty, string.Empty, text, null, [])], []);

    /// <summary>This content and one more line.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="value">Its value.</param>
    /// <param name="initial">The default; null for none.</param>
    /// <param name="formerPath">Its path in texts of earlier versions; null for the same.</param>
    public SettingsContent With(string path, string value, string? initial = null, string? formerPath = null) =>
        new([.. lines, new Line(path, formerPath ?? path, value, initial, [])], derived);

    /// <summary>The first setting that differs from a text's.</summary>
    /// <param name="text">A <see cref="Text"/>, of this or an earlier version.</param>
    /// <returns>What the text says and what this content says; null where both say the same.</returns>
    /// <exception cref="EngramException">It is no such text.</exception>
    public (string Found, string Expected)? DifferenceFrom(string text)
    {
        bool former = RecordText.Is(text);
        OrderedDictionary<string, string> said = former
            ? RecordText.Read(text, lines.Any(l => l.FormerPath.StartsWith(RecordText.List + ".", StringComparison.Ordinal))) : Read(text);
        foreach (Line line in lines)
        {
            string? found = said.GetValueOrDefault(former ? line.FormerPath : line.Path);
            said.Remove(former ? line.FormerPath : line.Path);
            bool same = found is null ? line.IsDefault : found == line.Value
                || (former && (line.FormerValues.Contains(found, StringComparer.Ordinal)
                || found.StartsWith("System.", StringComparison.Ordinal)));
            if (!same)
            {
                return ((line with { Value = found ?? line.Initial ?? "nothing" }).ToString(), line.ToString());
            }
        }

        // Records print what follows from their settings too, and the type of every record inside them.
        return said.Where(s => !former || !IsNoSetting(s.Key)).Select(s => ((string, string)?)($"{s.Key} = {s.Value}", $"no '{s.Key}'"))
            .FirstOrDefault();
    }

    /// <summary>A value that is no record as text.</summary>
    internal static string Scalar(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        Enum => Setting.NameOf(value.ToString()!),
        string text => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        ITuple named => string.Join(": ", Enumerable.Range(0, named.Length).Select(i => Scalar(named[i]))),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Scalar))}]",
        _ => value.GetType().Name,
    };

    /// <summary>Public properties of a type, those of base types first, in the order in which they are declared; of those that are
    /// overridden the last.</summary>
    internal static IEnumerable<PropertyInfo> PropertiesOf(Type type)
    {
        var bases = new List<Type>();
        for (Type? t = type; t is not null; t = t.BaseType)
        {
            bases.Insert(0, t);
        }

        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanRead && p.GetIndexParameters().Length == 0)
            .OrderBy(p => bases.IndexOf(p.DeclaringType!)).ThenBy(Declared);

        // Code that was compiled ahead has no tokens, and keeps the order.
        static int Declared(PropertyInfo property) => RuntimeFeature.IsDynamicCodeSupported ? property.MetadataToken : 0;
    }

    private static OrderedDictionary<string, string> Read(string text)
    {
        var said = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = line.IndexOf(" = ", StringComparison.Ordinal);
            said[equals < 0 ? string.Empty : line[..equals]] = equals < 0 ? line : line[(equals + 3)..];
        }

        return said;
    }

    private bool IsNoSetting(string path) =>
        path.Length == 0 || derived.Any(d => path == d || path.StartsWith(d + ".", StringComparison.Ordinal))
            || lines.Any(l => l.FormerPath.StartsWith(path + ".", StringComparison.Ordinal));

    // A former value is how records print one, and how they printed what now has a name.
    private sealed record Line(string Path, string FormerPath, string Value, string? Initial, ImmutableArray<string> FormerValues)
    {
        public bool IsDefault => Value == Initial;

        public override string ToString() => Path.Length == 0 ? Value : $"{Path} = {Value}";
    }

    private sealed class Flattening
    {
        public List<Line> Lines { get; } = [];

        public List<string> Derived { get; } = [];

        /// <summary>Adds a value, and what is below it.</summary>
        /// <param name="path">Its path.</param>
        /// <param name="former">Its path by names of properties.</param>
        /// <param name="value">The value.</param>
        /// <param name="declared">What it is declared as.</param>
        /// <param name="initial">The default, in an array of one; null where there is none.</param>
        public void Add(string path, string former, object? value, Type declared, object?[]? initial)
        {
            if (value is not null && value is not string && value is not IFormattable && value is IEnumerable list
                && list.Cast<object?>().Any(IsRecord))
            {
                foreach ((int i, object? item) in list.Cast<object?>().Index())
                {
                    Add(Below(path, i.ToString(CultureInfo.InvariantCulture)), Below(former, i.ToString(CultureInfo.InvariantCulture)),
                        item, typeof(object), null);
                }
            }
            else if (value is null || (!IsRecord(value) && Registries.Of(declared) is null))
            {
                string? printed = value is null ? string.Empty : Convert.ToString(value, CultureInfo.InvariantCulture);
                Lines.Add(new Line(
                    path, former, Scalar(value), initial is null ? null : Name(initial[0], declared), printed is null ? [] : [printed]));
            }
            else
            {
                AddRecord(path, former, value, declared, initial);
            }
        }

        private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

        private static bool IsRecord(object? value) => value?.GetType() is { } type
            && (type.GetMethod("<Clone>$") is not null
                || (type is { IsValueType: true, IsPrimitive: false, IsEnum: false } && value is not IEnumerable
                && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true));

        private static string Name(object? value, Type declared) =>
            value is null ? Scalar(null)
            : Registries.Of(declared) is { } registry && Registries.NameOf(registry, value) is { } name ? name
            : IsRecord(value) || Registries.Of(declared) is not null ? TypeName(value.GetType())
            : Scalar(value);

        private static string TypeName(Type type) => type.GetCustomAttribute<SettingsNameAttribute>()?.Name
            ?? Setting.NameOf(type.Name.EndsWith("Spec", StringComparison.Ordinal) && type.Name.Length > 4 ? type.Name[..^4] : type.Name);

        private static object? DefaultOf(Type type) =>
            type is { IsAbstract: false } && type.GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance(type) : null;

        private void AddRecord(string path, string former, object value, Type declared, object?[]? initial)
        {
            Type type = value.GetType();
            IRegistry? registry = Registries.Of(declared);
            object? basis = initial?[0] is { } given && given.GetType() == type ? given : DefaultOf(type);
            if (registry is not null || type != declared)
            {
                string name = Name(value, declared);
                string? initialName = initial is null ? null : Name(initial[0], declared);
                Lines.Add(new Line(
                    path, former, name, initialName, [type.Name, .. type.GetCustomAttribute<SettingsNameAttribute>()?.FormerTypes ?? []]));
                basis = registry is not null && registry.Names.Contains(name, StringComparer.Ordinal) ? registry.Entry(name) : basis;
            }

            string[] taken = [.. type.GetConstructors().SelectMany(c => c.GetParameters()).Select(p => p.Name!)];
            ImmutableArray<Setting> settings = Setting.Of(type);
            foreach (PropertyInfo property in PropertiesOf(type))
            {
                string own = Setting.NameOf(property.Name);
                if (property.CanWrite || taken.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
                {
                    Add(Below(path, settings.FirstOrDefault(s => s.Is(property))?.Name ?? own), Below(former, own),
                        property.GetValue(value),
                        Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, basis is null ? null
                            : [property.GetValue(basis)]);
                }
                else
                {
                    Derived.Add(Below(former, own));
                }
            }
        }
    }
}
