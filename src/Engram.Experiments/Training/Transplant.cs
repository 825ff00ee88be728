using System.Text.Json.Serialization;
using Engram.Learning;
using Engram.Numerics;

namespace Engram.Experiments;

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
/// Gives a meta-trained network, as a rule one for feature reuse, feedback and plasticity in more layers while its initial weights and biases stay, and goes on meta-training.
/// </summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 7.1, where it did not improve on feature reuse.</remarks>
public static class Transplant
{
    private static readonly string[] NoExpectation = ["expected.metric=none", "expected.value=none", "expected.standard-error=none", "expected.tolerance=none", "expected.source=none"];

    /// <summary>The recipe of a transplant: the source's, with another learner and more plastic layers, started from the source and with its weights and biases frozen.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="source">The run to start from.</param>
    /// <param name="plasticLayers">How many layers are to be plastic.</param>
    /// <param name="learner">The learner, which must have feedback: <c>flp</c> for example.</param>
    /// <param name="settings">What to set over it, as <c>key.path=value</c>.</param>
    /// <exception cref="EngramException">There is no such run, it is a group, a setting is wrong, or it changes the task, so that the two could not be compared.</exception>
    public static Recipe RecipeOf(RunStore store, string source, int plasticLayers, string learner = "flp", IEnumerable<string>? settings = null)
    {
        string folder = store.Find(source);
        if (RunGroup.IsGroup(folder))
        {
            throw new EngramException($"Found the group of runs '{source}', expected one run, such as '{source}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.");
        }

        Recipe original = RunDirectory.ReadRecipe(folder);
        Recipe recipe = Recipes.Load(Path.Combine(folder, RunDirectory.RecipeName),
        [
            $"name=Transplant ({plasticLayers}) of {original.Name}",
            $"description=Feedback and plasticity in {plasticLayers} layers of a network whose initial weights stay as they were meta-trained.",
            $"learner.name={learner}",
            $"network.plastic-layers={plasticLayers}",
            $"initialization.from-run={source}",
            "initialization.frozen=[feedforward-weights, biases]",
            .. NoExpectation,
            .. settings ?? [],
        ]);
        return recipe.Task == original.Task
            ? recipe
            : throw new EngramException($"Found another task in the transplant than in its source '{source}', expected the same, for the two are compared on the same lifetimes; leave out what sets it, or train a recipe with initialization.from-run={source}.");
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
            throw new EngramException($"Found other lifetimes in '{transplant.Name}' than in '{source.Name}', expected the same; compare them with 'engram evaluate'.");
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
            [.. LifetimeTracing.Trace(parameters, lifetimes, source.Recipe.Evaluation.Lifetimes, TraceParts.None, options.Threads, stop: options.Stop).Select(t => errors ? t.Outcome.QueryErrorPercent : t.Outcome.QueryLoss)];
    }
}
