using Engram.Learning;
using Engram.Tasks;

namespace Engram.Experiments.Recipes;

/// <summary>What recipes know about learners: the options of each kind, and the defaults that a registered learner gives them.</summary>
internal static class RecipeLearners
{
    /// <summary>What a task family's lifetimes are judged by.</summary>
    public static Objective ObjectiveOf(string family) =>
        TaskFamilies.Registry.Contains(family) && TaskFamilies.Registry.Get(family).IsClassification ? Objective.CrossEntropy : Objective.MeanSquaredError;

    /// <summary>The options of a registered learner; null where there is none of that name.</summary>
    public static LearnerSpec? Defaults(string name, Objective objective = Objective.MeanSquaredError) => Learners.Registry.Contains(name) ? Learners.Registry.Get(name).Create(objective) : null;

    /// <summary>How many plastic layers a learner is defined with; null for any number.</summary>
    public static int? PlasticLayers(string name) => Learners.Registry.Contains(name) ? Learners.Registry.Get(name).PlasticLayers : null;

    /// <summary>The value of a learner's option that stands under a key; null where it has none.</summary>
    public static object? Option(LearnerSpec? learner, string leaf) => learner switch
    {
        LocalLearnerSpec local => leaf switch
        {
            "rule" => local.Rule,
            "pathway" => local.Pathway,
            "signal" => RecipeSchema.Name(local.Signal),
            "detached-signal" => local.DetachedSignal,
            "feedback-layers" => (long)local.FeedbackLayers,
            "rectified-feedback" => local.RectifiedFeedback,
            "rectified-signal" => local.RectifiedSignal,
            "feedback-times-sign" => local.FeedbackTimesSign,
            "feedback-only-at-output" => local.FeedbackOnlyAtOutput,
            "output-clamped" => local.OutputClamped,
            "presynaptic" => RecipeSchema.Name(local.Presynaptic),
            "granularity" => RecipeSchema.Name(local.Granularity),
            "hidden-plasticity-multiplier" => local.HiddenPlasticityMultiplier,
            _ => null,
        },
        GradientLearnerSpec gradient => leaf switch
        {
            "order" => RecipeSchema.Name(gradient.Order),
            "inner-rate" => gradient.FixedInnerRate,
            _ => null,
        },
        _ => null,
    };

    /// <summary>A key's default: options of a learner default to what that learner is registered with for the task's objective.</summary>
    public static object? DefaultOf(RecipeKey key, IReadOnlyDictionary<string, RecipeValue> given)
    {
        if (key.Path == "network.hidden-widths" && FamilyOf(given) == "few-shot")
        {
            return new ConvolutionalNetwork().HiddenWidths;
        }

        if (!given.TryGetValue("learner.name", out RecipeValue? learner))
        {
            return key.Default;
        }

        string name = (string)learner.Value!;
        return key.Path == "network.plastic-layers" ? (long?)PlasticLayers(name)
            : key.Section == "learner" ? Option(Defaults(name, ObjectiveOf(FamilyOf(given))), key.Leaf)
            : key.Default;
    }

    /// <summary>The learner with a recipe's options.</summary>
    public static LearnerSpec Bind(RecipeValues v) => Learners.Registry.Get(v.Text("learner.name")).Create(ObjectiveOf(v.Text("task.family"))) switch
    {
        LocalLearnerSpec local => local with
        {
            Rule = v.Text("learner.rule"),
            Pathway = v.Text("learner.pathway"),
            Signal = v.Choice<FeedbackSignal>("learner.signal"),
            DetachedSignal = v.Flag("learner.detached-signal"),
            FeedbackLayers = v.Count("learner.feedback-layers"),
            RectifiedFeedback = v.Flag("learner.rectified-feedback"),
            RectifiedSignal = v.Flag("learner.rectified-signal"),
            FeedbackTimesSign = v.Flag("learner.feedback-times-sign"),
            FeedbackOnlyAtOutput = v.Flag("learner.feedback-only-at-output"),
            OutputClamped = v.Flag("learner.output-clamped"),
            Presynaptic = v.Choice<PresynapticActivity>("learner.presynaptic"),
            Granularity = v.Choice<Granularity>("learner.granularity"),
            HiddenPlasticityMultiplier = v.Number("learner.hidden-plasticity-multiplier"),
        },
        GradientLearnerSpec gradient => gradient with
        {
            Order = v.Choice<GradientOrder>("learner.order"),
            FixedInnerRate = v.NumberOrNone("learner.inner-rate"),
        },
        var other => other,
    };

    private static string FamilyOf(IReadOnlyDictionary<string, RecipeValue> given) =>
        (string)(given.TryGetValue("task.family", out RecipeValue? family) ? family.Value : RecipeSchema.ByPath["task.family"].Default)!;
}
