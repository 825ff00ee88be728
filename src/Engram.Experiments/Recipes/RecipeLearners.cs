using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Tasks;

namespace Engram.Experiments.Recipes;

/// <summary>What recipes know about learners: each kind has its settings as keys, and what is registered gives them their
/// defaults.</summary>
internal static class RecipeLearners
{
    private const string Section = "learner";

    /// <summary>What a task family's lifetimes are judged by.</summary>
    public static Objective ObjectiveOf(string family) =>
        TaskFamilies.Registry.Contains(family) && TaskFamilies.Registry.Get(family).IsClassification ? Objective.CrossEntropy
            : Objective.MeanSquaredError;

    /// <summary>The options of a registered learner; null where there is none of that name.</summary>
    public static LearnerSpec? Defaults(string name, Objective objective = Objective.MeanSquaredError) =>
        LearnerSpecs.Registry.Contains(name) ? LearnerSpecs.Registry.Get(name).Create(objective) : null;

    /// <summary>How many plastic layers a learner is defined with; null for any number.</summary>
    public static int? PlasticLayers(string name) =>
        LearnerSpecs.Registry.Contains(name) ? LearnerSpecs.Registry.Get(name).PlasticLayers : null;

    /// <summary>The keys of all learners' settings: of each kind of learner once, with the defaults of the first of its names.</summary>
    public static IEnumerable<RecipeKey> Keys() =>
        LearnerSpecs.Registry.Names.GroupBy(n => Defaults(n)!.GetType())
            .SelectMany(
                kind =>
                RecipeSettings.Of(
                Section, Defaults(kind.First())!, "learner", [.. kind], LearnerIn, RecipeCondition.Is("learner.name", [.. kind])));

    /// <summary>A key's default: settings of a learner default to what that learner is registered with for the task's objective.</summary>
    public static object? DefaultOf(RecipeKey key, IReadOnlyDictionary<string, RecipeValue> given) => key.Path switch
    {
        "network.hidden-widths" when RecipeTasks.FamilyOf(given) is "few-shot" or "class-sequence" =>
            new ConvolutionalNetwork().HiddenWidths,
        "network.plastic-layers" when given.TryGetValue("learner.name", out RecipeValue? learner) =>
            (long?)PlasticLayers((string)learner.Value!),
        _ => key.DefaultFrom is { } from ? from(given) : key.Default,
    };

    /// <summary>The learner with a recipe's settings.</summary>
    public static LearnerSpec Bind(RecipeValues v) =>
        RecipeSettings.Bind(Section, LearnerSpecs.Registry.Get(v.Text("learner.name")).Create(ObjectiveOf(v.Text("task.family"))), v);

    private static LearnerSpec? LearnerIn(IReadOnlyDictionary<string, RecipeValue> given) =>
        given.TryGetValue("learner.name", out RecipeValue? learner)
            ? Defaults((string)learner.Value!, ObjectiveOf(RecipeTasks.FamilyOf(given))) : null;
}
