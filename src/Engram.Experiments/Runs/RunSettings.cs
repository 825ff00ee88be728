using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>A setting of a run: a key of its recipe, and its value as recipes write it.</summary>
/// <param name="Key">The key's path, such as <c>learner.rule</c>.</param>
/// <param name="Text">Its value.</param>
public sealed record RunSetting(string Key, string Text);

/// <summary>The settings of runs as their recipes have them, without asking what they mean: those of a program of one's own, with rules
/// that this one does not know, among them.</summary>
public static class RunSettings
{
    private const string Name = "name", Description = "description", OuterSteps = "meta-training.outer-steps";

    /// <summary>All settings of a run, in the order of its <c>recipe.yaml</c>, where every value is written out.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="EngramException">The recipe is not there, or is no recipe's text.</exception>
    public static ImmutableArray<RunSetting> Read(string folder)
    {
        string path = Path.Combine(folder, RunDirectory.RecipeName);
        FileKinds.ExpectRegular(path);
        return Of(RecipeText.Parse(RecipeText.ReadFile(path), path));
    }

    /// <summary>All settings of a recipe's text, in its order.</summary>
    internal static ImmutableArray<RunSetting> Of(RecipeMap recipe)
    {
        var settings = ImmutableArray.CreateBuilder<RunSetting>();
        Add(recipe, string.Empty, settings);
        return settings.ToImmutable();
    }

    /// <summary>The same; null where there is no recipe that can be read.</summary>
    internal static ImmutableArray<RunSetting>? TryRead(string folder) => Try(() => Read(folder));

    /// <summary>Those of a recipe's text; null where it is no recipe's.</summary>
    internal static ImmutableArray<RunSetting>? TryParse(string text, string path) => Try(() => Of(RecipeText.Parse(text, path)));

    private static ImmutableArray<RunSetting>? Try(Func<ImmutableArray<RunSetting>> read)
    {
        try
        {
            return read();
        }
        catch (EngramException)
        {
            return null;
        }
    }

    /// <summary>Keys whose values are not the same in all runs, names and descriptions left out, in the order in which they turn
    /// up.</summary>
    /// <param name="runs">Settings of each run.</param>
    public static ImmutableArray<string> Differing(IReadOnlyList<ImmutableArray<RunSetting>> runs)
    {
        var texts = new OrderedDictionary<string, (HashSet<string> Texts, int Count)>(StringComparer.Ordinal);
        foreach (RunSetting setting in runs.SelectMany(r => r))
        {
            (HashSet<string> seen, int count) = texts.TryGetValue(setting.Key, out var found) ? found : ([], 0);
            seen.Add(setting.Text);
            texts[setting.Key] = (seen, count + 1);
        }

        return [.. texts.Where(t => t.Key is not (Name or Description) && (t.Value.Texts.Count > 1 || t.Value.Count < runs.Count))
            .Select(t => t.Key)];
    }

    /// <summary>The value of a key; null where the run has none.</summary>
    internal static string? ValueOf(this ImmutableArray<RunSetting> settings, string key) =>
        settings.FirstOrDefault(s => s.Key == key)?.Text;

    /// <summary>Outer steps of the whole of meta-training; null where the recipe does not say.</summary>
    internal static long? OuterStepsOf(ImmutableArray<RunSetting> settings) =>
        long.TryParse(settings.ValueOf(OuterSteps), System.Globalization.CultureInfo.InvariantCulture, out long steps) && steps > 0 ? steps
            : null;

    private static void Add(RecipeMap map, string above, ImmutableArray<RunSetting>.Builder settings)
    {
        foreach (RecipeEntry entry in map.Entries)
        {
            string path = above.Length == 0 ? entry.Key : $"{above}.{entry.Key}";
            if (entry.Value is RecipeMap below)
            {
                Add(below, path, settings);
            }
            else
            {
                // A rule with settings is a section whose first key is its name: 'learner.rule' all the same.
                settings.Add(
                    new RunSetting(
                    entry.Key == RecipeSettings.EntryName && above.Contains('.', StringComparison.Ordinal) ? above : path,
                    Text(entry.Value)));
            }
        }
    }

    private static string Text(RecipeNode node) => node switch
    {
        RecipeScalar scalar => scalar.Text,
        RecipeList list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        _ => node.Describe(),
    };
}
