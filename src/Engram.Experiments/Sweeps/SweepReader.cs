using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sweeps;

/// <summary>Reads sweeps: YAML whose every key is checked, as in recipes.</summary>
public static class SweepReader
{
    private const string Expected =
        "expected a sweep: 'recipe:' with the name of one, and 'vary:' with what to try; docs/RECIPES.md has an example.";

    private static readonly string[] Top = ["recipe", "search", "trials", "seed", "networks", "settings", "vary", "stopping", "validation"];
    /// <summary>What the numbers of a sweep may be, here and in what is kept of it.</summary>
    internal const int MostTrials = 10_000, MostNetworks = 1000, MostPoints = 1000, MostFirstRung = 1_000_000_000, FewestLifetimes = 2,
        MostLifetimes = 10_000_000;

    /// <inheritdoc cref="MostTrials"/>
    internal const double LeastFactor = 1.1, MostFactor = 1000;

    private static readonly string[] Range = ["from", "to", "scale", "points"];

    /// <summary>Reads a sweep's file.</summary>
    /// <exception cref="EngramException">It cannot be read, or a key or value is wrong: the line names file, line, key, what was expected
    /// and the nearest valid key.</exception>
    public static SweepSpec Read(string path) => Parse(ExpectedText.Read(() => RecipeText.ReadFile(path), Expected), path);

    /// <summary>Reads a sweep from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What messages call it; a path relative to which it may name its recipe.</param>
    /// <exception cref="EngramException">A key or value is wrong.</exception>
    public static SweepSpec Parse(string text, string source)
    {
        var file = new SweepSection(ExpectedText.Read(() => RecipeText.Parse(text, source), Expected), string.Empty, source, Top);
        SweepSection stopping = file.Section("stopping", ["rule", "first", "factor"]);
        SweepSection validation = file.Section("validation", ["lifetimes"]);
        string recipe = file.Text("recipe")
            ?? throw RecipeText.At(source, 1, "found no recipe, expected the name of one, such as recipe: quick-start/flp.");
        string beside = Path.Combine(Path.GetDirectoryName(source) ?? string.Empty, recipe);
        var spec = new SweepSpec
        {
            Recipe = BuiltInRecipes.Names.Contains(recipe) ? recipe : File.Exists(beside) ? beside : recipe,
            Search = file.Choice("search", SweepSearch.Grid),
            Trials = (int)file.Whole("trials", 20, 1, MostTrials),
            Seed = (ulong)file.Whole("seed", 1, 0, long.MaxValue),
            Networks = (int)file.Whole("networks", 1, 1, MostNetworks),
            Settings = [.. file.Map("settings").Select(e => Setting(e, e.Value, source))],
            Vary = [.. file.Map("vary").Select(e => Axis(e, source))],
            Places = Places(file, source),
            Stopping = stopping.Choice("rule", SweepStopping.None),
            FirstRung = stopping.Whole("first", 100, 1, MostFirstRung),
            Factor = stopping.Number("factor", 3, LeastFactor, MostFactor),
            ValidationLifetimes = (int)validation.Whole("lifetimes", 50, FewestLifetimes, MostLifetimes),
        };
        Check(spec, file, source);
        return spec;
    }

    private static void Check(SweepSpec spec, SweepSection file, string source)
    {
        if (spec.Vary.IsEmpty)
        {
            throw RecipeText.At(
                source, 1, "found nothing under vary, expected keys of a recipe with lists or ranges, such as learner.rule: [oja, hebb].");
        }

        if (spec.Search == SweepSearch.Grid && file.LineOf("trials") is { } line)
        {
            throw RecipeText.At(
                source, line,
                "trials: found a number of trials for a grid, expected none: a grid tries every combination. Remove it, or set search: " +
                "random.");
        }

        double combinations = spec.Vary.Aggregate(1.0, (n, a) => n * (a.Values.IsEmpty ? a.Points : a.Values.Length));
        if (spec.Search == SweepSearch.Grid && combinations > 10_000)
        {
            throw RecipeText.At(
                source, 1, string.Create(
                CultureInfo.InvariantCulture,
                $"found a grid of {combinations:0} combinations, expected 10000 at most; use fewer values, or search: random."));
        }
    }

    private static SweepAxis Axis(RecipeEntry entry, string source)
    {
        if (RecipeSchema.All.Find(entry.Key) is not { IsOpen: false } key
            || entry.Key is "extends" or "name" or "meta-training.seed" or "meta-training.outer-steps")
        {
            string hint = entry.Key switch
            {
                "name" => "a sweep names its trials itself.",
                "meta-training.seed" => "'networks' says how many seeds each setting has.",
                "meta-training.outer-steps" => "settings are compared at the same outer steps; set it under 'settings'.",
                _ =>
                    NearestName.Find(entry.Key, RecipeSchema.ByPath.Keys) is { } near ? $"did you mean '{near}'?"
                    : "'engram recipe schema --table' lists all keys.",
            };
            throw RecipeText.At(
                source, entry.Line,
                $"vary: found the key {RecipeNode.Quote(entry.Key)}, expected a key of a recipe that can be varied; {hint}");
        }

        switch (entry.Value)
        {
            case RecipeList { Items.IsEmpty: false } list:
                return new SweepAxis(entry.Key) { Values = Values(list, key, source) };
            case RecipeMap map when key.Kind is RecipeValueKind.Number or RecipeValueKind.Integer:
                var range = new SweepSection(map, entry.Key, source, Range);
                bool logarithmic = range.Name("scale", ["linear", "logarithmic"], "linear") == "logarithmic";
                double least = logarithmic ? double.Epsilon : double.MinValue;
                double from = range.Number("from", null, least, double.MaxValue);
                double to = range.Number("to", null, least, double.MaxValue);
                return from < to
                    ? new SweepAxis(entry.Key)
                    {
                        From = from,
                        To = to,
                        IsLogarithmic = logarithmic,
                        Points = (int)range.Whole("points", 3, 2, MostPoints),
                        IsWhole = key.Kind == RecipeValueKind.Integer
                    }
                    : throw RecipeText.At(
                        source, map.Line,
                        $"{entry.Key}: found a range from {RecipeNumbers.Format(from)} to {RecipeNumbers.Format(to)}, expected one that " +
                        $"rises.");
            default:
                string range2 = key.Kind is RecipeValueKind.Number or RecipeValueKind.Integer
                    ? ", or a range such as {from: 1e-4, to: 1e-2, scale: logarithmic}" : string.Empty;
                throw RecipeText.At(
                    source, entry.Value.Line, $"{entry.Key}: found {entry.Value.Describe()}, expected a list of values{range2}.");
        }
    }

    private static ImmutableArray<string> Values(RecipeList list, RecipeKey key, string source)
    {
        var values = ImmutableArray.CreateBuilder<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (RecipeNode item in list.Items)
        {
            string value = Value(item, source);
            bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && key.Kind is RecipeValueKind.Number or RecipeValueKind.Integer;
            if (!known.Add(isNumber ? RecipeNumbers.Format(number) : value))
            {
                throw RecipeText.At(
                    source, item.Line,
                    $"{key.Path}: found {RecipeNode.Quote(value)} a second time, expected each value once; remove one of the two.");
            }

            values.Add(value);
        }

        return values.ToImmutable();
    }

    // The values of a list have each its line, a range has that of its key.
    private static ImmutableDictionary<string, string> Places(SweepSection file, string source)
    {
        var places = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (RecipeEntry entry in file.Map("settings"))
        {
            places[Setting(entry, entry.Value, source)] = $"{source}:{entry.Value.Line}";
        }

        foreach (RecipeEntry entry in file.Map("vary"))
        {
            places[entry.Key] = $"{source}:{entry.Line}";
            foreach (RecipeNode item in (entry.Value as RecipeList)?.Items ?? [])
            {
                places[Setting(entry, item, source)] = $"{source}:{item.Line}";
            }
        }

        return places.ToImmutable();
    }

    private static string Setting(RecipeEntry entry, RecipeNode value, string source) => $"{entry.Key}={Value(value, source)}";

    private static string Value(RecipeNode node, string source) => node switch
    {
        RecipeScalar scalar => scalar.Text,
        RecipeList list => $"[{string.Join(", ", list.Items.Select(i => Value(i, source)))}]",
        _ => throw RecipeText.At(source, node.Line, $"found {node.Describe()}, expected a value."),
    };
}
