using System.Collections.Immutable;
using Engram.Experiments.Recipes;

namespace Engram.Experiments.Runs;

/// <summary>What tables and figures call learners: the recipe's name, and behind it the settings that differ where other recipes have the
/// same name, such as <c>FLP (oja)</c> beside <c>FLP (hebb)</c>.</summary>
internal static class LearnerNames
{
    private const int MostSettings = 3;

    private static readonly HashSet<string> NoDifference = new(StringComparer.Ordinal)
    {
        "meta-training.seed", "name", "description", "meta-training.checkpoint-every", "meta-training.metrics-every",
    };

    /// <summary>Whether a key's value makes another learner, and not another repetition of the same one.</summary>
    public static bool IsOfTheLearner(RecipeKey key) => !NoDifference.Contains(key.Path) && key.Section != "expected";

    /// <summary>A recipe's text but its seed: the same for runs that differ in nothing else.</summary>
    public static string WithoutSeed(Recipe recipe) =>
        string.Join('\n', recipe.ToYaml().Split('\n').Where(l => !l.StartsWith("  seed: ", StringComparison.Ordinal)));

    /// <summary>The names; those of recipes that differ in their seed alone are the same.</summary>
    /// <param name="recipes">The recipes.</param>
    public static ImmutableArray<string> Of(IReadOnlyList<Recipe> recipes)
    {
        string[] names = [.. recipes.Select(r => r.Name)];
        foreach (int[] same in Enumerable.Range(0, names.Length).GroupBy(i => recipes[i].Name, StringComparer.Ordinal)
            .Select(g => g.ToArray()).Where(g => g.Length > 1))
        {
            string[] told = TellApart([.. same.Select(i => recipes[i])]);
            for (int k = 0; k < same.Length; k++)
            {
                names[same[k]] += told[k];
            }
        }

        return [.. names];
    }

    private static string[] TellApart(Recipe[] recipes)
    {
        ImmutableArray<RunSetting>[] settings =
            [.. recipes.Select(r => r.Values.All.Where(v => IsOfTheLearner(v.Key))
                .Select(v => new RunSetting(v.Key.Path, v.Text)).ToImmutableArray())];
        ImmutableArray<string> differing = RunSettings.Differing(settings);

        // Three say what a reader looks for. More of them only where those leave two learners alike.
        var shown = differing.Take(MostSettings).ToList();
        foreach (string key in differing.Skip(MostSettings))
        {
            if (Kinds([.. shown, key]) > Kinds(shown))
            {
                shown.Add(key);
            }
        }

        return [.. recipes.Select((r, i) => Describe(r, settings[i]))];

        int Kinds(IEnumerable<string> keys) =>
            settings.Select(s => string.Join('\n', keys.Select(k => s.ValueOf(k)))).Distinct(StringComparer.Ordinal).Count();

        string Describe(Recipe recipe, ImmutableArray<RunSetting> own)
        {
            string[] texts = [.. shown.Where(k => own.ValueOf(k) is not null).Select(k => Text(recipe, k, own.ValueOf(k)!))];
            return texts.Length == 0 ? string.Empty
                : $" ({string.Join(", ", texts)}{(differing.Length > shown.Count ? ", …" : string.Empty)})";
        }
    }

    // A name, such as that of a rule, says what it is; a number or a flag does not.
    private static string Text(Recipe recipe, string key, string value) =>
        recipe.Values.All.First(v => v.Key.Path == key).Key.Kind is RecipeValueKind.Choice ? value
            : $"{key[(key.LastIndexOf('.') + 1)..]} {value}";
}
