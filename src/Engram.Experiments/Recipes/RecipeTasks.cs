using Engram.Tasks;
using Engram.Tasks.Families;

namespace Engram.Experiments.Recipes;

/// <summary>What recipes know about task families: each has its settings as keys.</summary>
internal static class RecipeTasks
{
    private const string Section = "task";

    /// <summary>The keys of a family's settings.</summary>
    public static IEnumerable<RecipeKey> KeysOf(string family) =>
        RecipeSettings.Of(
            Section, TaskFamilies.Registry.Get(family), "task family", [family], given =>
            TaskFamilies.Registry.Get(FamilyOf(given)), RecipeCondition.Is("task.family", family));

    /// <summary>The family that is given, or the default.</summary>
    public static string FamilyOf(IReadOnlyDictionary<string, RecipeValue> given) =>
        (string)(given.TryGetValue("task.family", out RecipeValue? family) ? family.Value : RecipeSchema.ByPath["task.family"].Default)!;

    /// <summary>The family with a recipe's settings.</summary>
    public static TaskFamilySpec Bind(RecipeValues v) => RecipeSettings.Bind(Section, TaskFamilies.Registry.Get(v.Text("task.family")), v);
}
