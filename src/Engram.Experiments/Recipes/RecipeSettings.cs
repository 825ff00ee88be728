using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>
/// Keys that are the settings of a record: what is registered, one's own included, has its settings in recipes by their names. A setting
/// that is an entry of a registry is a key for its name and a section
/// for its own settings.
/// </summary>
internal static class RecipeSettings
{
    /// <summary>What a setting that is an entry calls the entry's name, in the section of its settings.</summary>
    public const string EntryName = "name";

    // An entry can have entries for settings, even of its own kind.
    private const int DeepestEntry = 3;

    /// <summary>The keys of a record's settings.</summary>
    /// <param name="section">The section that they stand in.</param>
    /// <param name="settings">The record, whose values are the defaults.</param>
    /// <param name="kind">What it is one of, such as "task family"; empty where it has no name.</param>
    /// <param name="names">Names that it goes by.</param>
    /// <param name="prototype">The record that defaults come from where other keys are given, null for <paramref name="settings"/>.</param>
    /// <param name="when">When they have a meaning; null for always.</param>
    public static IEnumerable<RecipeKey> Of(
        string section, object settings, string kind,
            IReadOnlyList<string> names, Func<IReadOnlyDictionary<string, RecipeValue>, object?>? prototype = null,
            RecipeCondition? when = null) =>
        Of(section, settings, new RecipeOwner(kind, [.. names]), prototype ?? (_ => settings), when, 0);

    /// <summary>The record with a recipe's values.</summary>
    /// <typeparam name="T">The record's base.</typeparam>
    /// <param name="section">The section that its keys stand in.</param>
    /// <param name="settings">The record as registered.</param>
    /// <param name="v">The values.</param>
    public static T Bind<T>(string section, T settings, RecipeValues v)
        where T : class => Setting.Configured(settings, setting => Value(section, settings, setting, v));

    /// <summary>Keys of which those that are the same for several owners are one, where the last of them stood.</summary>
    public static ImmutableArray<RecipeKey> Merge(IEnumerable<RecipeKey> keys)
    {
        var merged = new List<RecipeKey>();
        foreach (RecipeKey key in keys)
        {
            int same = merged.FindIndex(k => k.IsSameAs(key));
            RecipeKey one = key;
            if (same >= 0)
            {
                one = key
                    with
                { Owner = merged[same].Owner!.And(key.Owner!), AppliesWhen = merged[same].AppliesWhen!.Or(key.AppliesWhen!) };
                merged.RemoveAt(same);
            }

            merged.Add(one);
        }

        return [.. merged];
    }

    private static IEnumerable<RecipeKey> Of(
        string section, object settings, RecipeOwner owner, Func<IReadOnlyDictionary<string, RecipeValue>, object?> prototype,
            RecipeCondition? when, int depth)
    {
        foreach (Setting setting in Setting.Of(settings.GetType()))
        {
            if (setting.Registry is not null && depth == DeepestEntry)
            {
                continue;
            }

            string path = $"{section}.{setting.Name}";
            yield return new RecipeKey(path, KindOf(setting.Kind), setting.Meaning)
            {
                Unit = setting.Unit,
                Default = Neutral(setting, settings),
                DefaultFrom = given =>
                    prototype(given) is { } p && Same(setting, p) is { } own ? Neutral(own, p) : Neutral(setting, settings),
                AllowsNone = setting.AllowsNone,
                AboveMinimum = setting.AboveMinimum,
                BelowMaximum = setting.BelowMaximum,
                Minimum = setting.Minimum,
                Maximum = setting.Maximum,
                Choices = setting.Kind is SettingKind.Choice or SettingKind.Entry ? () => setting.Choices : null,
                IsEntry = setting.Registry is not null,
                AppliesWhen = when,
                Owner = owner.Names.IsEmpty ? null : owner,
            };

            foreach (string name in setting.Registry?.Names ?? [])
            {
                object entry = setting.Registry!.Entry(name);
                if (Setting.Of(entry.GetType()) is { IsEmpty: false } own)
                {
                    if (own.Any(s => s.Name == EntryName))
                    {
                        throw new EngramException(
                            $"Found a setting called '{EntryName}' of the {setting.Registry.Kind} '{name}', expected another name: a " +
                            $"recipe names the {setting.Registry.Kind} itself so.");
                    }

                    foreach (RecipeKey key in Of(
                        path, entry, new RecipeOwner(setting.Registry.Kind, [name]), given =>
                        EntryIn(path, setting, prototype(given), given), RecipeCondition.Is(path, name), depth + 1))
                    {
                        yield return key;
                    }
                }
            }
        }
    }

    private static object? Value(string section, object settings, Setting setting, RecipeValues v)
    {
        string path = $"{section}.{setting.Name}";
        if (!v.Has(path))
        {
            return setting.Read(settings);
        }

        if (setting.Registry is null)
        {
            return v.Value(path);
        }

        // What is in no registry has no name to be told by, and stays.
        return v.TextOrNone(path) is { } name ? Bind(path, Basis(setting, settings, name), v) : setting.AllowsNone ? null
            : setting.Read(settings);
    }

    // A record may have been registered with an entry that is set otherwise than the registry's.
    private static object Basis(Setting setting, object settings, string name) =>
        setting.Read(settings) is { } own && Registries.NameOf(setting.Registry!, own) == name ? own : setting.Registry!.Entry(name);

    private static object? EntryIn(string path, Setting setting, object? parent, IReadOnlyDictionary<string, RecipeValue> given)
    {
        if (parent is null || Same(setting, parent) is not { } own)
        {
            return null;
        }

        string? chosen = given.TryGetValue(path, out RecipeValue? value) ? value.Value as string : Neutral(own, parent) as string;
        return chosen is null ? null : Basis(own, parent, chosen);
    }

    private static Setting? Same(Setting setting, object record) =>
        Setting.Of(record.GetType()).FirstOrDefault(s => s.Name == setting.Name && s.Kind == setting.Kind);

    private static object? Neutral(Setting setting, object record) =>
        setting.Read(record) is { } value && setting.Registry is { } registry ? Registries.NameOf(registry, value) : setting.Read(record);

    private static RecipeValueKind KindOf(SettingKind kind) => kind switch
    {
        SettingKind.Flag => RecipeValueKind.Flag,
        SettingKind.Whole => RecipeValueKind.Integer,
        SettingKind.Number => RecipeValueKind.Number,
        SettingKind.Text => RecipeValueKind.Text,
        SettingKind.WholeList => RecipeValueKind.IntegerList,
        SettingKind.NumberList => RecipeValueKind.NumberList,
        _ => RecipeValueKind.Choice,
    };
}
