using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Tasks;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Recipes;

/// <summary>
/// Every key that a recipe can have. Reading, checking, <c>engram recipe show</c>, the JSON schema and the table in docs/RECIPES.md all
/// follow this list.
/// </summary>
public static class RecipeSchema
{
    private static readonly Lock Gate = new();
    private static readonly InitializationSpec Initial = new();
    private static readonly MetaTrainingSpec Meta = new();
    private static readonly RecipeCondition FewShot = RecipeCondition.Is("task.family", "few-shot", "class-sequence");
    private static readonly ConvolutionalNetwork Convolutions = new();
    private static readonly RecipeCondition Convolves =
        new("network.strides", w => w != "none",
            "the network has convolutions (task.family is few-shot or class-sequence and network.strides is not none)");
    private static readonly RecipeCondition IsLocal =
        new("learner.name", n => RecipeLearners.Defaults(n) is LocalLearnerSpec, "the learner is a local one");
    private static readonly RecipeCondition Cosine =
        new("meta-training.schedule.kind", k => k == "cosine", "meta-training.schedule.kind is cosine");
    private static readonly RecipeCondition Staged =
        new("meta-training.curriculum.lengths", l => l != "none", "meta-training.curriculum.lengths is not none");
    private static readonly RecipeCondition Step =
        new("meta-training.schedule.kind", k => k == "step", "meta-training.schedule.kind is step");

    private static (long Changes, RecipeKeySet? Keys) made;

    /// <summary>All keys, in the order in which recipes are written; those of what is registered, one's own included, among them.</summary>
    public static ImmutableArray<RecipeKey> Keys => All.Keys;

    /// <summary>The keys, to look them up.</summary>
    public static RecipeKeySet All
    {
        get
        {
            lock (Gate)
            {
                // What has been registered since has keys too.
                long changes = Registries.Changes;
                if (made.Keys is null || made.Changes != changes)
                {
                    made = (changes, new("recipes", "'engram recipe schema --table'", Make(), RecipeLearners.DefaultOf));
                }

                return made.Keys;
            }
        }
    }

    private static ImmutableArray<RecipeKey> Make() =>
    [
        new("name", RecipeValueKind.Text, "Name in lists and figures; the file's name where there is none.") { Inherited = false },
        new("description", RecipeValueKind.Text, "What the recipe is for, in a sentence.") { Inherited = false },
        new("extends", RecipeValueKind.Text, "Another recipe's file, relative to this one: its values hold where this one gives none.")
            { Inherited = false },

        Choice("task.family", "What lifetimes are made of.", () => TaskFamilies.Registry.Names, "sines"),
        .. RecipeSettings.Merge(TaskFamilies.Registry.Names.SelectMany(RecipeTasks.KeysOf)),

        Count("network.width", "Width w of the paper's network: w five times, then 3w, w, w and the output.", 300, 1, 100_000, "units")
            with { AppliesWhen = new("network.hidden-widths", w => w == "none", "network.hidden-widths is none") },
        new("network.strides", RecipeValueKind.IntegerList,
            "Stride of each convolution, first first; none for a network without convolutions.")
            { Default = Convolutions.Strides, Minimum = 1, Maximum = 255, Unit = "pixels", AllowsNone = true, AppliesWhen = FewShot },
        Count("network.channels", "Output channels of every convolution.", Convolutions.Channels, 1, 65_536, "channels")
            with { AppliesWhen = Convolves },
        Count("network.kernel", "Side of the convolutions' kernels.", Convolutions.Kernel, 1, 255, "pixels")
            with { AppliesWhen = Convolves },
        Count("network.padding", "Zeros around the input of every convolution.", Convolutions.Padding, 0, 254, "pixels")
            with { AppliesWhen = Convolves },
        new("network.hidden-widths", RecipeValueKind.IntegerList,
            "Widths of the hidden fully connected layers, input side first; takes the place of network.width. [128] where the task is " +
            "few-shot or class-sequence.") { Minimum = 1, Maximum = 100_000, Unit = "units", AllowsNone = true },
        Count("network.plastic-layers",
            "How many of the last layers change in life (N); a learner that is defined by it, such as feature-reuse, needs none.", null, 1,
            1000, "layers") with { Required = true },

        Choice("learner.name", "What changes the plastic layers in life.", () => LearnerSpecs.Registry.Names, null)
            with { Required = true },
        .. RecipeSettings.Merge(RecipeLearners.Keys()),

        Choice("initialization.feedback",
            "Direction of B at the start: random, or aligned with the path back from the output through the initial W.", () =>
            Names<FeedbackStart>(), Name(Initial.Feedback)) with { AppliesWhen = IsLocal },
        Rate("initialization.feedback-scale", "Factor on the standard deviation of B.", Initial.FeedbackScale)
            with { AppliesWhen = IsLocal },
        new("initialization.hidden-feedback-strength", RecipeValueKind.Number, "Initial β of hidden plastic layers.")
            { Default = Initial.HiddenFeedbackStrength, Minimum = -10, Maximum = 10, AppliesWhen = IsLocal },
        new("initialization.readout-feedback-strength", RecipeValueKind.Number, "Initial β of the output layer.")
            { Default = Initial.ReadoutFeedbackStrength, Minimum = -10, Maximum = 10, AppliesWhen = IsLocal },
        new("initialization.hidden-plasticity", RecipeValueKind.Number, "Initial α of hidden plastic layers.")
            { Default = Initial.HiddenPlasticity, Minimum = -1e6, Maximum = 1e6 },
        new("initialization.lower-plasticity", RecipeValueKind.Number,
            "Initial α of hidden plastic layers below the last one; none for that of the last. Without effect in a network of two " +
            "plastic layers.") { Minimum = -1e6, Maximum = 1e6, AllowsNone = true },
        new("initialization.readout-plasticity", RecipeValueKind.Number,
            "Initial α of the output layer, and of a whole network with one α.")
            { Default = Initial.ReadoutPlasticity, Minimum = -1e6, Maximum = 1e6 },
        Choice("initialization.plasticity-unit",
            "What these α stand for: α of a synapse, or the sum of α over the inputs of a neuron, which is divided by each layer's " +
                "fan-in.", () => Names<PlasticityUnit>(), Name(Initial.PlasticityUnit)),

        new("initialization.by-name", RecipeValueKind.Number,
            "Initial value of other parameters, such as a rule's, by full name (layer3.kappa), name within layers (kappa) or role " +
            "(rule), the narrowest first; none for what the parameter's declaration says.") { AllowsNone = true, IsOpen = true },
        new("initialization.from-run", RecipeValueKind.Text,
            "A run whose meta-parameters to start from, by name, or a file that 'engram export' wrote; what it lacks starts as usual.")
            { AllowsNone = true },
        new("initialization.frozen", RecipeValueKind.TextList,
            "Groups (feedforward-weights, biases, feedback-weights, feedback-biases, plasticity, feedback-strength) or names of " +
            "meta-parameters, in which * stands for anything, that stay as they start.") { AllowsNone = true },

        Count("meta-training.outer-steps", "Length of meta-training.", Meta.OuterSteps, 1, 1_000_000_000, "outer steps"),
        Count("meta-training.lifetimes-per-outer-step", "Lifetimes whose meta-gradients are averaged for one outer step.",
            Meta.LifetimesPerOuterStep, 1, 100_000, "lifetimes"),
        .. RecipeSettings.Of("meta-training", Meta, string.Empty, []),
        Rate("meta-training.rates.feedforward", "Meta-rate of W and b.", Meta.Rates.Feedforward),
        Rate("meta-training.rates.feedback", "Meta-rate of B and c.", Meta.Rates.Feedback) with { AppliesWhen = IsLocal },
        Rate("meta-training.rates.hidden-plasticity", "Meta-rate of α in hidden plastic layers.", Meta.Rates.HiddenPlasticity),
        new("meta-training.rates.lower-plasticity", RecipeValueKind.Number,
            "Meta-rate of α in hidden plastic layers below the last one; none for that of the last. Without effect in a network of two " +
            "plastic layers.") { Minimum = 0, Maximum = 1e6, AllowsNone = true },
        Rate("meta-training.rates.readout-plasticity", "Meta-rate of α in the output layer.", Meta.Rates.ReadoutPlasticity),
        Rate("meta-training.rates.feedback-strength", "Meta-rate of β.", Meta.Rates.FeedbackStrength) with { AppliesWhen = IsLocal },
        new("meta-training.rates.by-name", RecipeValueKind.Number,
            "Meta-rate of parameters by full name (layer3.kappa), name within layers (kappa) or role (rule), the narrowest first; it " +
            "goes before all other rates. None for what holds without it.")
            { Minimum = 0, Maximum = 1e6, AllowsNone = true, IsOpen = true },
        Choice("meta-training.schedule.kind", "What multiplies the rates as meta-training goes on.", () => ["constant", "cosine", "step"],
            "constant"),
        Count("meta-training.schedule.warmup-steps", "Outer steps over which the factor rises from 0 to 1.", 0, 0, 1_000_000_000,
            "outer steps") with { AppliesWhen = Cosine },
        new("meta-training.schedule.floor", RecipeValueKind.Number, "What the factor falls to by the end.")
            { Default = 0.0, Minimum = 0, Maximum = 1, AppliesWhen = Cosine },
        Count("meta-training.schedule.period-steps", "Outer steps from one decay to the next.", null, 1, 1_000_000_000, "outer steps")
            with { AppliesWhen = Step, Required = true },
        new("meta-training.schedule.decay", RecipeValueKind.Number, "The factor of each decay.")
            { Minimum = 0, AboveMinimum = true, Maximum = 1, AppliesWhen = Step, Required = true },
        new("meta-training.clip-norm", RecipeValueKind.Number, "Longest meta-gradient that is not scaled down; none for no clipping.")
            { Minimum = 0, AboveMinimum = true, AllowsNone = true },
        Count("meta-training.restart-every", "Outer steps after which the optimizer's moments start afresh; none for never.", null, 1,
            1_000_000_000, "outer steps") with { AllowsNone = true },
        new("meta-training.curriculum.lengths", RecipeValueKind.NumberList,
            "Lengths of the lifetimes that meta-training begins with, stage by stage, as multiples of the task's; none for its own from " +
            "the start.") { Minimum = 0, AboveMinimum = true, Maximum = 1000, AllowsNone = true },
        new("meta-training.curriculum.until", RecipeValueKind.IntegerList, "Outer step at which each stage ends; as many as lengths.")
            { Minimum = 1, Maximum = int.MaxValue, Unit = "outer steps", AppliesWhen = Staged, Required = true },
        Count("meta-training.seed", "Seed of everything random: initial values, lifetimes.", 1, 0, long.MaxValue / 1024, null),
        Count("meta-training.checkpoint-every", "Outer steps from one checkpoint to the next.", 500, 1, 1_000_000_000, "outer steps"),
        Count("meta-training.metrics-every", "Outer steps from one line of metrics.jsonl to the next.", 1, 1, 1_000_000_000, "outer steps"),

        Count("evaluation.lifetimes", "Lifetimes that the result is the mean of.", 50, 2, 10_000_000, "lifetimes"),
        Choice("evaluation.split", "Which split they come from; meta-training never sees either.",
            () => [Name(Split.MetaTest), Name(Split.MetaValidation)], Name(Split.MetaTest)),

        Choice("expected.metric",
            "What is expected: the mean query loss, which is meant where none is named, or in classification the mean query error in %.",
            () => [ExpectedResult.QueryLoss, ExpectedResult.QueryError], null) with { AllowsNone = true, Inherited = false },
        new("expected.value", RecipeValueKind.Number, "Its published or measured value.") { AllowsNone = true, Inherited = false },
        new("expected.standard-error", RecipeValueKind.Number, "Standard error of that value.")
            { Minimum = 0, AllowsNone = true, Inherited = false },
        new("expected.tolerance", RecipeValueKind.Number, "Difference from the value that still counts as agreement.")
            { Minimum = 0, AllowsNone = true, Inherited = false },
        new("expected.source", RecipeValueKind.Text, "Where the value comes from.") { AllowsNone = true, Inherited = false },
    ];

    /// <summary>The keys by path.</summary>
    public static ImmutableDictionary<string, RecipeKey> ByPath => All.ByPath;

    /// <inheritdoc cref="RecipeKeySet.Children"/>
    public static IReadOnlyList<string> Children(string section) => All.Children(section);

    /// <summary>Paths of the keys that recipes have, in the schema's order; below open keys those that one of them has.</summary>
    internal static IEnumerable<string> PathsIn(IReadOnlyCollection<RecipeValues> recipes) => Keys
        .SelectMany(k => k.IsOpen
            ? recipes.SelectMany(r => r.Below(k.Path)).Select(v => v.Key.Path).Order(StringComparer.Ordinal)
            : (IEnumerable<string>)[k.Path])
        .Distinct(StringComparer.Ordinal);

    /// <summary>The name of an enumeration's value in a recipe: <c>PreFeedback</c> is <c>pre-feedback</c>.</summary>
    public static string Name<TEnum>(TEnum value)
        where TEnum : struct, Enum => Name(value.ToString());

    /// <summary>The name of a property in a recipe: <c>ImageSize</c> is <c>image-size</c>.</summary>
    internal static string Name(string property) => Setting.NameOf(property);

    /// <summary>All values of an enumeration, as a recipe names them.</summary>
    public static IReadOnlyList<string> Names<TEnum>()
        where TEnum : struct, Enum => [.. Enum.GetValues<TEnum>().Select(Name)];

    /// <summary>The value that a recipe names.</summary>
    internal static TEnum Value<TEnum>(string name)
        where TEnum : struct, Enum => Enum.GetValues<TEnum>().First(v => Name(v) == name);

    internal static RecipeKey Choice(string path, string summary, Func<IReadOnlyList<string>> choices, string? initial) =>
        new(path, RecipeValueKind.Choice, summary) { Choices = choices, Default = initial };

    internal static RecipeKey Count(string path, string summary, long? initial, long least, long most, string? unit) =>
        new(path, RecipeValueKind.Integer, summary) { Default = initial, Minimum = least, Maximum = most, Unit = unit };

    internal static RecipeKey Rate(string path, string summary, double initial) =>
        new(path, RecipeValueKind.Number, summary) { Default = initial, Minimum = 0, Maximum = 1e6 };

}
