using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Learning.Networks;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>Every key that a comparison can have. Which there are of its problem and methods depends on those that it names, so that each
/// has its own settings.</summary>
public static class ComparisonSchema
{
    /// <summary>The section of the methods.</summary>
    internal const string Methods = "methods";

    /// <summary>What text that is no comparison is told.</summary>
    internal const string Expected =
        "expected a comparison: 'methods:' with at least one below it, such as 'backprop:'; 'engram recipe show quick' prints one to " +
        "start from.";

    private const int MostLabelCharacters = 60;
    private static readonly SupervisedTrainingSpec Training = new();
    private static readonly ComparisonNetwork Network = new();
    private static readonly RecipeCondition IsSpatial =
        new("network.kind", k => k != "fully-connected", "network.kind is not fully-connected");
    private static readonly RecipeCondition Cosine = new("training.schedule.kind", k => k == "cosine", "training.schedule.kind is cosine");
    private static readonly RecipeCondition Step = new("training.schedule.kind", k => k == "step", "training.schedule.kind is step");

    /// <summary>The keys of a comparison of these methods on that problem.</summary>
    /// <param name="problem">Name of the problem.</param>
    /// <param name="methods">Labels, each with the method that it stands for.</param>
    public static RecipeKeySet For(string problem, IEnumerable<(string Label, string Method)> methods) =>
        new("comparisons", "'engram recipe schema --comparison'",
            Common(problem).Concat(methods.SelectMany(m => OfMethod(m.Label, m.Method))));

    /// <summary>The keys of a file and what is set over it.</summary>
    /// <exception cref="EngramException">It names a method or problem that there is not, or none.</exception>
    internal static RecipeKeySet For(RecipeSource source, IEnumerable<string> settings)
    {
        var labels = new OrderedDictionary<string, string?>(StringComparer.Ordinal);
        string problem = SupervisedProblems.Registry.Names.Contains("images") ? "images" : SupervisedProblems.Registry.Names[0];
        foreach ((RecipeSource file, RecipeMap map) in ExpectedText.Read(() => RecipeResolver.Layers(source), Expected))
        {
            if (map.Entries.FirstOrDefault(e => e.Key == Methods)
                ?.Value is { } wrong and not RecipeMap and not RecipeScalar { IsNone: true })
            {
                throw RecipeText.At(
                    file.Path, wrong.Line,
                    $"{Methods}: found {wrong.Describe()}, expected a section with a key for each method, such as 'backprop:'; 'engram " +
                    $"list methods' names them.");
            }

            problem = Scalar(Section(map, "problem"), "name") is { } named && SupervisedProblems.Registry.Contains(named) ? named : problem;
            foreach (RecipeEntry entry in Section(map, Methods)?.Entries ?? [])
            {
                ExpectLabel(entry.Key, $"{file.Path}:{entry.Line}");
                string? method = Scalar(entry.Value as RecipeMap, "method") ?? labels.GetValueOrDefault(entry.Key);
                if (method is null && !CreditAssignments.Registry.Contains(entry.Key))
                {
                    throw RecipeText.At(
                        file.Path, entry.Line,
                        $"{Methods}: found {RecipeNode.Quote(entry.Key)} without 'method:' below it, expected a method of that name; " +
                        $"{NearestName.Hint(entry.Key, CreditAssignments.Registry.Names)}");
                }

                labels[entry.Key] = method;
            }
        }

        foreach (string setting in settings)
        {
            string[] pair = setting.Split('=', 2);
            string[] path = pair[0].Trim().Split('.');
            if (pair.Length == 2 && pair[0].Trim() == "problem.name" && SupervisedProblems.Registry.Contains(pair[1].Trim()))
            {
                problem = pair[1].Trim();
            }
            else if (pair.Length == 2 && path is [Methods, var label, "method"])
            {
                ExpectLabel(label, "--set");
                labels[label] = pair[1].Trim();
            }
        }

        return labels.Count > 0
            ? For(problem, labels.Select(l => (l.Key, l.Value ?? l.Key)))
            : throw RecipeText.At(
                source.Path, 1,
                $"found no {Methods}, expected a section with at least one below it, such as 'backprop:'; 'engram list methods' names " +
                $"them.");
    }

    private static void ExpectLabel(string label, string place)
    {
        if (label.Length is 0 or > MostLabelCharacters || !char.IsAsciiLetterOrDigit(label[0])
            || !label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new EngramException(
                $"{place}: {Methods}: found {RecipeNode.Quote(label)}, expected a name of lower-case letters, digits and hyphens, at " +
                $"most {MostLabelCharacters}.");
        }
    }

    private static RecipeMap? Section(RecipeMap map, string key) => map.Entries.FirstOrDefault(e => e.Key == key)?.Value as RecipeMap;

    private static string? Scalar(RecipeMap? map, string key) =>
        map?.Entries.FirstOrDefault(e => e.Key == key)?.Value is RecipeScalar { IsNone: false } scalar ? scalar.Text : null;

    private static IEnumerable<RecipeKey> Common(string problem) =>
    [
        new("name", RecipeValueKind.Text, "Name in lists and figures; the file's name where there is none.") { Inherited = false },
        new("description", RecipeValueKind.Text, "What the comparison is for, in a sentence.") { Inherited = false },
        new("extends", RecipeValueKind.Text,
            "Another comparison's file, relative to this one: its values, and its methods, hold where this one gives none.")
            { Inherited = false },

        RecipeSchema.Choice("problem.name", "What is learnt.", () => SupervisedProblems.Registry.Names, problem),
        .. SupervisedProblems.Registry.Contains(problem)
            ? RecipeSettings.Of("problem", SupervisedProblems.Registry.Get(problem), "problem", [problem]) : [],

        RecipeSchema.Choice(
            "network.kind", "What comes before the fully connected layers; other than fully-connected, on images only.", () =>
            RecipeSchema.Names<NetworkKind>(), RecipeSchema.Name(Network.Kind)),
        new("network.channels", RecipeValueKind.IntegerList, "Output channels of each of those layers, first first.")
            { Minimum = 1, Maximum = 65_536, Unit = "channels", AppliesWhen = IsSpatial, Required = true },
        new("network.strides", RecipeValueKind.IntegerList, "Stride of each of them; as many as channels.")
            { Minimum = 1, Maximum = 255, Unit = "pixels", AppliesWhen = IsSpatial, Required = true },
        RecipeSchema.Count("network.kernel", "Side of their kernels.", Network.Kernel, 1, 255, "pixels") with { AppliesWhen = IsSpatial },
        RecipeSchema.Count("network.padding", "Zeros around the input of each of them.", Network.Padding, 0, 254, "pixels")
            with { AppliesWhen = IsSpatial },
        new("network.hidden-widths", RecipeValueKind.IntegerList,
            "Widths of the hidden fully connected layers, input side first; none for none.")
            { Minimum = 1, Maximum = 100_000, Unit = "units", AllowsNone = true },
        RecipeSchema.Choice(
            "network.activation", "σ of the hidden layers.", () => RecipeSchema.Names<Activation>(), RecipeSchema.Name(Network.Activation)),
        new("network.linear-layers", RecipeValueKind.IntegerList,
            "Which of the hidden fully connected layers are linear whatever the activation, counted from 1, such as the narrow one of an " +
            "autoencoder; none for none.") { Minimum = 1, Maximum = 100_000, Unit = "layers", AllowsNone = true },
        RecipeSchema.Choice(
            "network.initialization", "How weights start; biases start at 0.", () =>
            RecipeSchema.Names<WeightInitialization>(), RecipeSchema.Name(Network.Initialization)),

        RecipeSchema.Count("training.epochs", "Most passes through the training examples.", Training.Epochs, 1, 1_000_000, "epochs"),
        RecipeSchema.Count("training.batch-size", "Examples in a batch (n).", Training.BatchSize, 1, 1_000_000, "examples"),
        RecipeSchema.Choice("training.optimizer", "Optimizer of W and b.", () => MetaOptimizers.Registry.Names, Training.Optimizer),
        new("training.rates", RecipeValueKind.NumberList,
            "Rates of W and b that are tried; of each method the one with the best validation is reported.")
            { Default = ImmutableArray.Create(Training.Rate), Minimum = 0, AboveMinimum = true, Maximum = 1e6 },
        RecipeSchema.Choice(
            "training.own-optimizer", "Optimizer of what a method learns beside W and b, such as inverse weights.", () =>
            MetaOptimizers.Registry.Names, Training.OwnOptimizer),
        RecipeSchema.Rate("training.own-rate", "Rate of that optimizer.", Training.OwnRate),
        RecipeSchema.Rate("training.weight-decay", "λ, decoupled: W ← (1 − rate λ) W in each step.", Training.WeightDecay),
        RecipeSchema.Choice(
            "training.schedule.kind", "What multiplies the rates as training goes on.", () => ["constant", "cosine", "step"], "constant"),
        RecipeSchema.Count(
            "training.schedule.warmup-steps", "Steps over which the factor rises from 0 to 1.", 0, 0, 1_000_000_000, "steps")
            with { AppliesWhen = Cosine },
        new("training.schedule.floor", RecipeValueKind.Number, "What the factor falls to by the end.")
            { Default = 0.0, Minimum = 0, Maximum = 1, AppliesWhen = Cosine },
        RecipeSchema.Count("training.schedule.period-steps", "Steps from one decay to the next.", null, 1, 1_000_000_000, "steps")
            with { AppliesWhen = Step, Required = true },
        new("training.schedule.decay", RecipeValueKind.Number, "The factor of each decay.")
            { Minimum = 0, AboveMinimum = true, Maximum = 1, AppliesWhen = Step, Required = true },
        RecipeSchema.Count(
            "training.patience", "Epochs without a better validation after which a run ends; none for never.", null, 1, 1_000_000,
            "epochs") with { AllowsNone = true },
        RecipeSchema.Count(
            "training.seed", "The first seed: of initial weights, order of examples, and a method's own random numbers.", 1, 0,
            long.MaxValue / 1024, null),
        RecipeSchema.Count("training.seeds", "Networks of each method, with as many seeds from training.seed on.", 2, 1, 1000, "networks"),
        RecipeSchema.Count(
            "training.selection-seeds", "How many of the seeds the rates are chosen with; the others see the best rate alone.", 1, 1, 1000,
            "networks"),
        RecipeSchema.Count(
            "training.measured-steps", "Steps of each epoch, evenly spread, in which angles and norms are measured.", 4, 0, 1_000_000,
            "steps"),

        new("published.source", RecipeValueKind.Text, "Where the published numbers come from.") { AllowsNone = true },
        new("published.tolerance", RecipeValueKind.Number, "How far above them still counts as agreement.")
            { Minimum = 0, AllowsNone = true },
        new("published.order", RecipeValueKind.Number,
            "Judge, for each pair of methods whose published numbers differ by more than this, if they have the same order here, at 95 " +
            "% confidence; 0 for all pairs, none for none.") { Minimum = 0, AllowsNone = true },
    ];

    private static IEnumerable<RecipeKey> OfMethod(string label, string method)
    {
        string section = $"{Methods}.{label}";
        yield return RecipeSchema.Choice(
            $"{section}.method", "The method of credit assignment; where there is none, the one that has the section's name.", () =>
            CreditAssignments.Registry.Names, CreditAssignments.Registry.Contains(method) ? method : null) with
        { Required = true };
        yield return new($"{section}.rates", RecipeValueKind.NumberList, "Its own rates; none for training.rates.")
        { Minimum = 0, AboveMinimum = true, Maximum = 1e6, AllowsNone = true };
        yield return RecipeSchema.Choice(
            $"{section}.optimizer", "Its own optimizer; none for training.optimizer, of local-plasticity sgd.", () =>
            MetaOptimizers.Registry.Names, null) with
        { AllowsNone = true };
        yield return new(
            $"{section}.own-rate", RecipeValueKind.Number, "Rate of what it learns beside W and b; none for training.own-rate.")
        { Minimum = 0, Maximum = 1e6, AllowsNone = true };
        yield return RecipeSchema.Choice(
            $"{section}.own-optimizer", "Optimizer of that; none for training.own-optimizer.", () => MetaOptimizers.Registry.Names, null)
            with
        { AllowsNone = true };
        yield return new($"{section}.weight-decay", RecipeValueKind.Number, "Its own weight decay; none for training.weight-decay.")
        { Minimum = 0, Maximum = 1e6, AllowsNone = true };
        yield return RecipeSchema.Count(
            $"{section}.epochs", "Its own number of epochs; none for training.epochs.", null, 1, 1_000_000, "epochs")
            with
        { AllowsNone = true };
        yield return new($"{section}.published", RecipeValueKind.Number, "Its published test error in %, or test loss in regression.")
        { AllowsNone = true };
        yield return new(
            $"{section}.tolerance", RecipeValueKind.Number, "How far above it still counts as agreement; none for published.tolerance.")
        { Minimum = 0, AllowsNone = true };
        yield return new(
            $"{section}.against", RecipeValueKind.Text, "Name of another method of the comparison that this one is to come near.")
        { AllowsNone = true };
        yield return new(
            $"{section}.within", RecipeValueKind.Number, "How far its test error (in regression, test loss) may be above that method's.")
        { Minimum = 0, AllowsNone = true };
        if (CreditAssignments.Registry.Contains(method))
        {
            foreach (RecipeKey key in RecipeSettings.Of(section, CreditAssignments.Registry.Get(method), "method", [method]))
            {
                yield return key;
            }
        }
    }
}
