namespace Engram.Numerics;

/// <summary>
/// The entries of one extension point, by name. Whoever adds an entry gets the shared conformance tests, the command line's list and
/// recipes that name it.
/// </summary>
/// <typeparam name="TEntry">What is registered.</typeparam>
public sealed class Registry<TEntry>
    where TEntry : class
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (TEntry Entry, string Summary)> entries = new(StringComparer.Ordinal);
    private readonly string kind;

    /// <summary>Makes an empty registry.</summary>
    /// <param name="kind">What an entry is called in messages, such as "plasticity rule".</param>
    public Registry(string kind) => this.kind = kind;

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
            return entries.Where(e => e.Value.Entry.Equals(value)).Concat(entries.Where(e => e.Value.Entry.GetType() == value.GetType())).Select(e => e.Key).FirstOrDefault() ?? value.GetType().Name;
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
