using System.Collections.Concurrent;
using System.Reflection;

namespace Engram.Numerics.Text;

/// <summary>A <see cref="Registry{TEntry}"/> of whatever entries.</summary>
public interface IRegistry
{
    /// <summary>What an entry is called in messages, such as "plasticity rule".</summary>
    string Kind { get; }

    /// <summary>All names, in order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    object Entry(string name);
}

/// <summary>Finds registries by what is registered in them.</summary>
internal static class Registries
{
    private static readonly ConcurrentDictionary<Type, IRegistry?> Found = [];
    private static long changes;

    /// <summary>How many entries have been registered anywhere so far: whoever keeps something made of them makes it anew when this has
    /// changed.</summary>
    public static long Changes => Interlocked.Read(ref changes);

    /// <summary>The registry that entries of a type stand in: a static property, in the type's own assembly, whose type is
    /// <see cref="Registry{TEntry}"/> of it.</summary>
    /// <param name="entry">The type, such as an extension point's interface.</param>
    /// <returns>The registry; null where there is none.</returns>
    public static IRegistry? Of(Type entry) => Found.GetOrAdd(entry, Find);

    /// <summary>The name of a value in a registry: that of the entry equal to it, else of the entry of its type that differs from it in the
    /// fewest settings.</summary>
    /// <returns>The name; null where no entry has the value's type.</returns>
    public static string? NameOf(IRegistry registry, object value)
    {
        string[] alike = [.. registry.Names.Where(n => registry.Entry(n).GetType() == value.GetType())];
        return alike.FirstOrDefault(n => registry.Entry(n).Equals(value))
            ?? alike.MinBy(n => Setting.Of(value.GetType()).Count(s => !Equals(s.Text(value), s.Text(registry.Entry(n)))));
    }

    internal static void Changed() => Interlocked.Increment(ref changes);

    private static IRegistry? Find(Type entry)
    {
        if ((!entry.IsClass && !entry.IsInterface) || entry.Assembly == typeof(object).Assembly)
        {
            return null;
        }

        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Type wanted = typeof(Registry<>).MakeGenericType(entry);
        return entry.Assembly.GetTypes().Where(t => !t.ContainsGenericParameters)
            .SelectMany(t => t.GetProperties(Static)).FirstOrDefault(p => p.PropertyType == wanted)?.GetValue(null) as IRegistry;
    }
}

/// <summary>
/// The entries of one extension point, by name. Whoever adds an entry gets the shared conformance tests, the command line's list and
/// recipes that name it.
/// </summary>
/// <typeparam name="TEntry">What is registered.</typeparam>
public sealed class Registry<TEntry> : IRegistry
    where TEntry : class
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (TEntry Entry, string Summary)> entries = new(StringComparer.Ordinal);
    private readonly string kind;

    /// <summary>Makes an empty registry.</summary>
    /// <param name="kind">What an entry is called in messages, such as "plasticity rule".</param>
    public Registry(string kind) => this.kind = kind;

    /// <inheritdoc/>
    public string Kind => kind;

    /// <summary>All names, in order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (gate)
            {
                return [.. entries.Keys];
            }
        }
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Lower case, words joined by hyphens.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="summary">One line for lists: what it is and, where there is one, its equation.</param>
    /// <exception cref="EngramException">The name is taken.</exception>
    public void Register(string name, TEntry entry, string summary)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(entry);
        lock (gate)
        {
            if (!entries.TryAdd(name, (entry, summary)))
            {
                throw new EngramException($"Found a second {kind} named '{name}', expected names that differ; rename one of the two.");
            }
        }

        Registries.Changed();
    }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public TEntry Get(string name)
    {
        lock (gate)
        {
            return entries.TryGetValue(name, out var found)
                ? found.Entry
                : throw new EngramException($"Found no {kind} named '{name}'; {NearestName.Hint(name, entries.Keys)}");
        }
    }

    /// <inheritdoc/>
    object IRegistry.Entry(string name) => Get(name);

    /// <summary>The one-line description of an entry.</summary>
    public string SummaryOf(string name)
    {
        _ = Get(name);
        lock (gate)
        {
            return entries[name].Summary;
        }
    }

    /// <summary>The name of the entry that is of a value's type, whatever its settings; the type's own name where there is none.</summary>
    public string NameOf(TEntry value)
    {
        ArgumentNullException.ThrowIfNull(value);
        lock (gate)
        {
            return entries.Where(e => e.Value.Entry.Equals(value)).Concat(entries.Where(e => e.Value.Entry.GetType() == value.GetType()))
                .Select(e => e.Key).FirstOrDefault() ?? value.GetType().Name;
        }
    }

    /// <summary>A value as messages name it: its kind and its name.</summary>
    public string Describe(TEntry value) => $"the {kind} '{NameOf(value)}'";

    /// <summary>Whether there is an entry of that name.</summary>
    public bool Contains(string name)
    {
        lock (gate)
        {
            return entries.ContainsKey(name);
        }
    }
}
