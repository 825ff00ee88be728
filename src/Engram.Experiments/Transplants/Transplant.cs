using System.Text.Json.Serialization;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Numerics.Text;

namespace Engram.Experiments.Transplants;

/// <summary>What came of a transplant.</summary>
/// <param name="Source">Query loss of the source on the lifetimes that both lived; in classification its query error, in %.</param>
/// <param name="Transplant">Query loss of the transplant on them; in classification its query error, in %.</param>
/// <param name="Difference">Transplant less source, lifetime by lifetime; negative where the transplant is better.</param>
public sealed record TransplantComparison(MeanAndError Source, MeanAndError Transplant, MeanAndError Difference)
{
    private const double StandardErrorsThatCount = 2;

    /// <summary>Whether the numbers are query errors in %; left out where they are losses.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsErrorPercent { get; init; }

    /// <summary>Whether the transplant's loss, or error, is lower by more than two standard errors of the difference.</summary>
    public bool Improves => Difference.Mean < -StandardErrorsThatCount * Difference.StandardError;

    /// <summary>Whether it is higher by more than two standard errors.</summary>
    public bool Worsens => Difference.Mean > StandardErrorsThatCount * Difference.StandardError;
}

/// <summary>
/// Gives a meta-trained network, as a rule one for feature reuse, feedback and plasticity in more layers while its initial weights and
/// biases stay, and goes on meta-training.
/// </summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 7.1, where it did not improve on feature reuse.</remarks>
public static class Transplant
{
    private static readonly string[] NoExpectation =
        ["expected.metric=none", "expected.value=none", "expected.standard-error=none", "expected.tolerance=none", "expected.source=none"];

    /// <summary>The recipe of a transplant: the source's, with another learner and more plastic layers, started from the source and with
    /// its weights and biases frozen.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="source">The run to start from.</param>
    /// <param name="plasticLayers">How many layers are to be plastic.</param>
    /// <param name="learner">The learner, a local one: <c>flp</c> for example.</param>
    /// <param name="settings">What to set over it, as <c>key.path=value</c>: anything but what makes it this transplant.</param>
    /// <exception cref="EngramException">
    /// There is no such run, it is a group, its network has fewer layers, the learner is not local, a setting is wrong or is one that the
    /// transplant makes itself, or it changes the task, so that the two could
    /// not be compared.
    /// </exception>
    public static Recipe RecipeOf(
        RunStore store, string source, int plasticLayers, string learner = "flp", IEnumerable<string>? settings = null)
    {
        string folder = store.Find(source);
        if (RunGroup.IsGroup(folder))
        {
            throw new EngramException(
                $"Found the group of runs '{source}', expected one run, such as " +
                    $"'{source}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.");
        }

        Recipe original = RunDirectory.ReadRecipe(folder);
        Check(original, source, plasticLayers, learner);

        // The verdict is about these: no setting changes them.
        (string Key, string Value, string Because)[] own =
        [
            ("learner.name", learner, "--learner says it"),
            ("network.plastic-layers", $"{plasticLayers}", "--plastic-layers says it"),
            ("initialization.from-run", source, "it starts from the run that it is compared with"),
            ("initialization.frozen", "[feedforward-weights, biases]", "its initial weights and biases stay"),
        ];
        string[] set = [.. settings ?? []];
        foreach ((string key, _, string because) in own)
        {
            if (set.Any(s => s.Split('=', 2)[0].Trim() == key))
            {
                throw new EngramException(
                    $"Found {key} among the settings of a transplant, expected none: {because}. Remove it, or train a recipe with " +
                    $"initialization.from-run={source}.");
            }
        }

        Recipe recipe = RecipeReader.Load(Path.Combine(folder, RunDirectory.RecipeName),
        [
            $"name=Transplant ({plasticLayers}) of {original.Name}",
            $"description=Feedback and plasticity in {plasticLayers} layers of a network whose initial weights stay as they were " +
                $"meta-trained.",
            .. own.Select(o => $"{o.Key}={o.Value}"),
            .. NoExpectation,
            .. set,
        ]);
        return recipe.Task == original.Task
            ? recipe
            : throw new EngramException(
                $"Found another task in the transplant than in its source '{source}', expected the same, for the two are compared on " +
                $"the same lifetimes; leave out what sets it, or train a recipe with initialization.from-run={source}.");
    }

    /// <summary>Compares a transplant with its source on the same lifetimes of the source's evaluation split.</summary>
    /// <param name="source">The source.</param>
    /// <param name="transplant">The transplant.</param>
    /// <param name="options">Threads, and what ends it.</param>
    /// <exception cref="EngramException">They live different lifetimes.</exception>
    /// <exception cref="NonFiniteException">A lifetime of one of them diverges.</exception>
    public static TransplantComparison Compare(TrainedRun source, TrainedRun transplant, TrainingOptions options)
    {
        if (source.Recipe.Task != transplant.Recipe.Task)
        {
            throw new EngramException(
                $"Found other lifetimes in '{transplant.Name}' than in '{source.Name}', expected the same; compare them with 'engram " +
                $"evaluate'.");
        }

        bool errors = source.Recipe.IsClassification;
        var lifetimes = new TraceSource(source.Recipe.Task.Create(options.Data), source.Recipe.Seed, source.Recipe.Evaluation.Split);
        double[] before = Measure(source.Parameters);
        double[] after = Measure(transplant.Parameters);
        return new TransplantComparison(
            Statistics.MeanAndError(before),
            Statistics.MeanAndError(after),
            Statistics.MeanAndError([.. after.Zip(before, (a, b) => a - b)]))
        {
            IsErrorPercent = errors,
        };

        double[] Measure(MetaParameters<float> parameters) =>
            [.. LifetimeTracing.Trace(
                parameters, lifetimes, source.Recipe.Evaluation.Lifetimes, TraceParts.None, options.Threads, stop: options.Stop)
                .Select(t => errors ? t.Outcome.QueryErrorPercent : t.Outcome.QueryLoss)];
    }

    private static void Check(Recipe original, string source, int plasticLayers, string learner)
    {
        string[] local = [.. LearnerSpecs.Registry.Names.Where(n => RecipeLearners.Defaults(n) is LocalLearnerSpec)];
        if (!local.Contains(learner, StringComparer.Ordinal))
        {
            throw new EngramException(
                $"Found {RecipeNode.Quote(learner)} for --learner, expected a local learner: a transplant is given feedback and local " +
                $"plasticity; {NearestName.Hint(learner, local)}");
        }

        int layers = original.Layout().Network.Layers.Length;
        if (plasticLayers < 1 || plasticLayers > layers)
        {
            throw new EngramException(
                $"Found {plasticLayers} for --plastic-layers, expected 1 to {layers}: the network of '{source}' has {layers} layers.");
        }

        if (RecipeLearners.PlasticLayers(learner) is { } defined && defined != plasticLayers)
        {
            throw new EngramException(
                $"Found {plasticLayers} for --plastic-layers, expected {defined}, with which the learner '{learner}' is defined; choose " +
                $"another one with --learner.");
        }
    }
}
