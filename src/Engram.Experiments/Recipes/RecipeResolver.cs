using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Lays recipes over each other, checks every key, and fills in defaults.</summary>
/// <param name="keys">The keys that there are.</param>
internal sealed class RecipeResolver(RecipeKeySet keys)
{
    private const int MaximumExtensions = 8;
    private const int MostNamed = 4;

    // What the name of a parameter looks like.
    private const string SomeName = "kappa";

    /// <summary>Resolves a recipe and what was set over it.</summary>
    /// <param name="source">The recipe.</param>
    /// <param name="settings">Values of the command line, as <c>key.path=value</c>.</param>
    /// <exception cref="EngramException">A key or a value is wrong.</exception>
    public RecipeValues Resolve(RecipeSource source, IEnumerable<string> settings)
    {
        var given = new Dictionary<string, RecipeValue>(StringComparer.Ordinal);
        ImmutableArray<(RecipeSource Source, RecipeMap Map)> files = Layers(source);
        for (int layer = 0; layer < files.Length; layer++)
        {
            foreach (RecipeKey key in keys.Keys.Where(k => !k.Inherited))
            {
                given.Remove(key.Path);
            }

            ReadSection(files[layer].Map, string.Empty, files[layer].Source.Path, layer, given);
        }

        int layers = files.Length;
        foreach (string setting in settings)
        {
            Set(setting, layers, given);
        }

        var resolved = new List<RecipeValue>();
        foreach (RecipeKey key in keys.Keys.Where(k => k.Path != "extends"))
        {
            if (key.IsOpen)
            {
                resolved.AddRange(given.Values.Where(v => v.Key.Within == key.Path).OrderBy(v => v.Key.Path, StringComparer.Ordinal));
                continue;
            }

            ImmutableArray<RecipeKey> variants = keys.Variants(key.Path);
            RecipeKey? applicable = Applicable(key.Path, given);
            if (applicable is null && key == variants[0])
            {
                ExpectMeaning(variants, given);
            }

            if (applicable != key)
            {
                continue;
            }

            RecipeValue? value = Given(key, given);
            object? initial = keys.DefaultOf(key, given);
            if (value is null && initial is null && key.Required)
            {
                throw new EngramException($"{source.Path}: found no {key.Path}, expected {key.Expected()}: {Lower(key.Summary)}");
            }

            resolved.Add(value ?? new RecipeValue(key, key.Path == "name" ? NameOf(source) : initial, RecipeOrigin.Default));
        }

        return new RecipeValues(source.Path, resolved);
    }

    // What a recipe says of a key without a meaning is left out where another recipe, laid over it, took the meaning away.
    private void ExpectMeaning(ImmutableArray<RecipeKey> variants, Dictionary<string, RecipeValue> given)
    {
        if (!given.TryGetValue(variants[0].Path, out RecipeValue? value))
        {
            return;
        }

        RecipeCondition condition = variants[0].AppliesWhen!;
        RecipeValue? decider = given.GetValueOrDefault(condition.Key);
        if (value.Origin.Layer >= (decider?.Origin.Layer ?? -1))
        {
            string because = decider?.Text ?? RecipeNumbers.Format(keys.DefaultOf(keys.ByPath[condition.Key], given));
            string conditions = RecipeOwner.Join([.. variants.Select(v => v.AppliesWhen!.Text)]);
            throw new EngramException(
                $"{value.Origin}: found {value.Key.Path}, which has a meaning only where {conditions}; here {condition.Key} is " +
                $"{because}. Remove the one or change the other.");
        }
    }

    // A run keeps its recipe under another file's name, so the name is a value like any other.
    private static string? NameOf(RecipeSource source)
    {
        string name = string.Concat(Path.GetFileNameWithoutExtension(source.Path).Where(c => !char.IsControl(c))).Trim();
        return name.Length > 0 ? name : null;
    }

    private RecipeKey? Applicable(string path, Dictionary<string, RecipeValue> given) =>
        keys.Variants(path).FirstOrDefault(k => k.AppliesWhen is not { } condition || Applies(condition, given));

    private bool Applies(RecipeCondition condition, Dictionary<string, RecipeValue> given)
    {
        if (Applicable(condition.Key, given) is not { } key)
        {
            return false;
        }

        object? value = Given(key, given) is { } found ? found.Value : keys.DefaultOf(key, given);
        return (value is not null || key.AllowsNone) && condition.Holds(RecipeNumbers.Format(value));
    }

    // Until it is known which of several keys of its path it is a value of, a value is that of the first that takes it.
    private static RecipeValue? Given(RecipeKey key, Dictionary<string, RecipeValue> given)
    {
        if (!given.TryGetValue(key.Path, out RecipeValue? value) || ReferenceEquals(value.Key, key))
        {
            return value;
        }

        return given[key.Path] = new RecipeValue(key, Convert(key, value.Node!, value.Origin.ToString()), value.Origin)
        { Node = value.Node };
    }

    private void Give(string path, RecipeNode node, RecipeOrigin origin, Dictionary<string, RecipeValue> given)
    {
        ImmutableArray<RecipeKey> variants = keys.Variants(path);
        RecipeKey key = variants.FirstOrDefault(k => variants.Length > 1 && Takes(k, node)) ?? variants[0];
        bool isPending = variants.Length > 1 && !Takes(key, node);
        given[path] = new RecipeValue(isPending ? key with { } : key, isPending ? null : Convert(key, node, origin.ToString()), origin)
        { Node = node };
    }

    private static bool Takes(RecipeKey key, RecipeNode node)
    {
        try
        {
            _ = Convert(key, node, string.Empty);
            return true;
        }
        catch (EngramException)
        {
            return false;
        }
    }

    /// <summary>A file and those that it extends, the last one first.</summary>
    /// <exception cref="EngramException">One is not there, or the chain does not end.</exception>
    public static ImmutableArray<(RecipeSource Source, RecipeMap Map)> Layers(RecipeSource source)
    {
        var files = ImmutableArray.CreateBuilder<(RecipeSource, RecipeMap)>();
        ReadLayers(source, files, []);
        return files.ToImmutable();
    }

    private static void ReadLayers(
        RecipeSource source, ImmutableArray<(RecipeSource, RecipeMap)>.Builder files, ImmutableArray<string> chain)
    {
        RecipeMap map = RecipeText.Parse(source.Text, source.Path);
        if (map.Entries.FirstOrDefault(e => e.Key == "extends") is { } extends)
        {
            if (extends.Value is not RecipeScalar { Text.Length: > 0 } scalar)
            {
                throw RecipeText.At(
                    source.Path, extends.Value.Line, $"extends: found {extends.Value.Describe()}, expected another recipe's file.");
            }

            chain = chain.Add(source.Path);
            RecipeSource extended = source.Relative(scalar.Text, scalar.Line);
            if (chain.Contains(extended.Path, StringComparer.Ordinal) || chain.Length > MaximumExtensions)
            {
                throw RecipeText.At(
                    source.Path, scalar.Line,
                    $"extends: found {RecipeNode.Quote(scalar.Text)}, which leads back here or through more than {MaximumExtensions} " +
                    $"recipes; expected a chain that ends.");
            }

            ReadLayers(extended, files, chain);
        }

        files.Add((source, map));
    }

    private void ReadSection(RecipeMap map, string section, string source, int layer, Dictionary<string, RecipeValue> given)
    {
        RecipeKey? whole = keys.ByPath.GetValueOrDefault(section);
        bool isEntry = whole is { IsEntry: true };
        foreach (RecipeEntry entry in map.Entries)
        {
            string path = isEntry && entry.Key == RecipeSettings.EntryName ? section : section.Length == 0 ? entry.Key
                : $"{section}.{entry.Key}";
            RecipeKey? key = keys.Find(path);
            if (key is { IsOpen: true } || (key is null && keys.Sections.Contains(path) && path.Length > 0))
            {
                ReadSubsection(entry, path, source, layer, given);
            }
            else if (key is { IsEntry: true } && entry.Value is RecipeMap own && path != section)
            {
                ReadSection(own, path, source, layer, given);
            }
            else if (key is not null)
            {
                if (given.TryGetValue(path, out RecipeValue? first) && first.Origin.Layer == layer)
                {
                    throw RecipeText.At(
                        source, entry.Line,
                        $"found the key {RecipeNode.Quote(path)} a second time (first in line {first.Origin.Line}), expected each key " +
                        $"once; remove one of the two.");
                }

                Give(path, entry.Value, new RecipeOrigin(source, entry.Value.Line, layer), given);
            }
            else
            {
                throw RecipeText.At(source, entry.Line, isEntry ? UnknownOfEntry(entry.Key, section, map, given)
                    : whole is { IsOpen: true }
                        ? $"found {RecipeNode.Quote(entry.Key)} in '{section}', expected the name or role of a parameter: letters, " +
                        $"digits, '_', '-' and '.'."
                    : Unknown(entry.Key, section));
            }
        }
    }

    private void ReadSubsection(RecipeEntry entry, string path, string source, int layer, Dictionary<string, RecipeValue> given)
    {
        switch (entry.Value)
        {
            case RecipeMap inner:
                ReadSection(inner, path, source, layer, given);
                break;
            case RecipeScalar { IsNone: true }:
                break;
            default:
                throw RecipeText.At(
                    source, entry.Value.Line,
                    $"{path}: found {entry.Value.Describe()}, expected a section with keys such as " +
                    $"'{(keys.Children(path) is [var first, ..] ? first : SomeName)}:' below it.");
        }
    }

    private void Set(string setting, int layer, Dictionary<string, RecipeValue> given)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new EngramException(
                $"--set: found {RecipeNode.Quote(setting)}, expected key.path=value, such as --set " +
                $"{keys.Keys.First(k => k.Leaf == "seed").Path}=2.");
        }

        string path = setting[..equals].Trim();
        RecipeKey? key = keys.Find(path);
        if (key is null or { IsOpen: true } || path == "extends")
        {
            IReadOnlyList<string> paths = [.. keys.Keys.Select(k => k.Path).Where(p => p != "extends")];
            if (path.Length > 0 && (key is { IsOpen: true } || keys.Sections.Contains(path)))
            {
                string inside = key is { IsOpen: true } ? $"{path}.{SomeName}"
                    : string.Join(", ", paths.Where(p => p.StartsWith(path + ".", StringComparison.Ordinal)).Take(MostNamed));
                throw new EngramException(
                    $"--set: found the section {RecipeNode.Quote(path)}, expected one of its keys, such as {inside}; {keys.Listing} " +
                    $"lists all keys.");
            }

            string near = NearestName.Find(path, paths) ?? paths.FirstOrDefault(p => p.EndsWith("." + path, StringComparison.Ordinal))
                ?? string.Empty;
            string hint = near.Length > 0 ? $"did you mean '{near}'?" : $"{keys.Listing} lists all keys.";
            throw new EngramException(
                $"--set: found the unknown key {RecipeNode.Quote(path)}, expected a key that {keys.What} have; {hint}");
        }

        string text = setting[(equals + 1)..].Trim();
        RecipeNode node = text.StartsWith('[') && text.EndsWith(']')
            ? new RecipeList(
                [.. text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(t => new RecipeScalar(t.Trim('"', '\''), Quoted: t[0] is '"' or '\'', 0, 0))], 0, 0)
            : new RecipeScalar(text, Quoted: false, 0, 0);
        Give(path, node, new RecipeOrigin("--set", 0, layer), given);
    }

    private string Unknown(string key, string section)
    {
        IReadOnlyList<string> children = keys.Children(section);
        string where = section.Length == 0 ? "at the top" : $"in '{section}'";
        string? elsewhere = NearestName.Find(key, children) is null
            ? keys.Keys.FirstOrDefault(k => k.Leaf == key && k.Section != section)?.Path : null;
        string hint = elsewhere is not null ? $"did you mean '{elsewhere}'?" : NearestName.Hint(key, [.. children]);
        return $"found the unknown key {RecipeNode.Quote(key)} {where}, expected a key that {keys.What} have; {hint}";
    }

    private string UnknownOfEntry(string found, string section, RecipeMap map, Dictionary<string, RecipeValue> given)
    {
        string? name = (map.Entries.FirstOrDefault(e => e.Key == RecipeSettings.EntryName)?.Value as RecipeScalar)?.Text
            ?? given.GetValueOrDefault(section)?.Text;
        RecipeKey[] own = [.. keys.Keys.Where(
            k => k.Section == section && (name is null || k.Owner?.Names.Contains(name, StringComparer.Ordinal) == true))];
        string[] children = [RecipeSettings.EntryName, .. own.Select(k => k.Leaf).Distinct(StringComparer.Ordinal)];
        string whose = name is null ? "what it names" : own is [{ Owner: { } owner }, ..] ? new RecipeOwner(owner.Kind, [name]).ToString()
            : $"{RecipeNode.Quote(name)}, which has none";
        return $"found the unknown key {RecipeNode.Quote(found)} in '{section}', expected '{RecipeSettings.EntryName}' or a setting of " +
            $"{whose}; {NearestName.Hint(found, children)}";
    }

    private static object? Convert(RecipeKey key, RecipeNode node, string place)
    {
        EngramException Wrong(string? hint = null) =>
            new(
                $"{place}: {key.Path}: found {node.Describe()}, expected " +
                $"{key.Expected()}{(key.Owner is null ? string.Empty : $" (a setting of {key.Owner})")}" +
                (hint is null ? "." : $"; {hint}"));

        if (node is RecipeList list && key.Kind == RecipeValueKind.IntegerList && !list.Items.IsEmpty && list.Items.Length <= 1000)
        {
            return list.Items.Select(i => i is RecipeScalar { Quoted: false } s && Integer(s.Text, key) is { } n ? (int)n : throw Wrong())
                .ToImmutableArray();
        }

        if (node is RecipeList names && key.Kind == RecipeValueKind.TextList && !names.Items.IsEmpty && names.Items.Length <= 1000)
        {
            return names.Items.Select(
                i =>
                i is RecipeScalar s && s.Text.Length is > 0 and <= 200 && !s.Text.Any(c => char.IsControl(c) || c is '"' or '\\') ? s.Text
                : throw Wrong()).ToImmutableArray();
        }

        if (node is RecipeList numbers && key.Kind == RecipeValueKind.NumberList && !numbers.Items.IsEmpty && numbers.Items.Length <= 1000)
        {
            return numbers.Items.Select(i => i is RecipeScalar { Quoted: false } s && Number(s.Text, key) is { } n ? n : throw Wrong())
                .ToImmutableArray();
        }

        if (node is not RecipeScalar scalar)
        {
            throw Wrong();
        }

        if (scalar.IsNone && !(key.Kind == RecipeValueKind.Choice && key.Choices!().Contains(scalar.Text, StringComparer.Ordinal)))
        {
            return key.AllowsNone ? null : throw Wrong();
        }

        switch (key.Kind)
        {
            case RecipeValueKind.Text:
                string line = scalar.Text.TrimEnd().ReplaceLineEndings(" ");
                return line.Length is > 0 and <= 2000 && !line.Any(char.IsControl) ? line : throw Wrong();
            case RecipeValueKind.Choice:
                IReadOnlyList<string> choices = key.Choices!();
                return choices.Contains(scalar.Text, StringComparer.Ordinal) ? scalar.Text
                    : throw Wrong(NearestName.Find(scalar.Text, choices) is { } near ? $"did you mean '{near}'?" : null);
            case RecipeValueKind.Flag:
                return !scalar.Quoted && scalar.Text is "true" or "false" ? scalar.Text == "true" : throw Wrong();
            case RecipeValueKind.Integer:
                return !scalar.Quoted && Integer(scalar.Text, key) is { } integer ? integer : throw Wrong();
            case RecipeValueKind.Number:
                return !scalar.Quoted && Number(scalar.Text, key) is { } number ? number : throw Wrong(LossOf(scalar.Text));
            default:
                throw Wrong();
        }
    }

    private static long? Integer(string text, RecipeKey key) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && InRange(value, key) ? value
            : null;

    private static double? Number(string text, RecipeKey key) =>
        NumberText.TryRead(text, out double value) && !NumberText.IsLostInSingles(value) && InRange(value, key) ? value : null;

    // What is a number to its writer and none to the processor.
    private static string? LossOf(string text) =>
        !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? null
        : value == 0 && NumberText.SaysMoreThanZero(text) ? "it is so small that it would become 0."
        : double.IsInfinity(value) && text.AsSpan().ContainsAnyInRange('0', '9') ? "it is so large that it would become infinite."
        : !NumberText.IsLostInSingles(value) ? null
        : $"it is so {((float)value == 0 ? "small that it would become 0" : "large that it would become infinite")} in single precision.";

    private static bool InRange(double value, RecipeKey key) =>
        (key.AboveMinimum ? value > key.Minimum : value >= key.Minimum) && (key.BelowMaximum ? value < key.Maximum : value <= key.Maximum);

    private static string Lower(string summary) => char.ToLowerInvariant(summary[0]) + summary[1..];
}
