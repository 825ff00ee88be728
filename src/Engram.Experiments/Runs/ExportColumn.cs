using System.Collections.Immutable;
using Engram.Experiments.Recipes;

namespace Engram.Experiments.Runs;

/// <summary>A column of the tables that Engram exports, and what it means.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Unit of its values; empty for words and plain numbers.</param>
/// <param name="Meaning">What it holds.</param>
public sealed record ExportColumn(string Name, string Unit, string Meaning)
{
    /// <summary>The columns that have a meaning of their own; others are keys of recipes.</summary>
    public static ImmutableArray<ExportColumn> All { get; } =
    [
        new("run", "", "name of the run: its folder below the root"),
        new("state", "", "finished, running, interrupted, diverged or empty"),
        new("recipe", "", "the recipe's name or file, as the command line had it"),
        new("name", "", "the recipe's own name"),
        new("task", "", "task family"),
        new("ordering", "", "order of the stream: iid or continual; empty if the task has none"),
        new("learner", "", "learner"),
        new("plasticLayers", "layers", "how many of the last layers change in life"),
        new("seed", "", "seed of everything random"),
        new("outerStepsDone", "outer steps", "outer steps of the last line of metrics"),
        new("outerSteps", "outer steps", "outer steps of the whole of meta-training"),
        new("outerStep", "outer steps", "outer steps done, counted from 1"),
        new("lifetimes", "lifetimes", "lifetimes lived in meta-training"),
        new("trainingSeconds", "s", "time of meta-training, interruptions left out"),
        new("elapsedSeconds", "s", "time of meta-training so far, interruptions left out"),
        new("queryLoss", "",
            "loss on the query after life: mean squared error in regression, cross-entropy in classification; of runs the mean over " +
            "evaluated lifetimes, of metrics over the lifetimes of an outer step"),
        new("runningQueryLoss", "", "running mean of the query loss in meta-training, in which each outer step counts 2 %"),
        new("gradientNorm", "", "Euclidean norm of the meta-gradient before clipping"),
        new("split", "", "split of the evaluated lifetimes"),
        new("evaluatedLifetimes", "lifetimes", "how many lifetimes the evaluation is the mean of"),
        new("standardError", "", "standard error of queryLoss, over lifetimes of the one network"),
        new("queryErrorPercent", "%", "share of the query that is answered wrongly after life; classification only"),
        new("runningQueryErrorPercent", "%", "running mean of the query error in meta-training"),
        new("errorStandardErrorPercent", "%", "standard error of queryErrorPercent, over lifetimes of the one network"),
        new("expected", "", "what the recipe expects, from a publication"),
        new("expectedSource", "", "source of that number"),
        new("expectedMetric", "", "what that number is: a loss or an error"),
        new("engram", "", "version of Engram that made the run"),
        new("commit", "", "commit that it was built from"),
        new("vectorBits", "bits", "width of the vectors that the machine computed with"),
        new("message", "", "why the run ended, if it diverged"),
        new("tags", "", "tags of the run, with spaces between"),
        new("note", "", "note on the run"),
        new("index", "", "which lifetime of the split, from 0"),
        new("queryAccuracy", "", "share of the query that is answered right, 0 to 1; empty in regression"),
        new("trial", "", "setting of a sweep that the network belongs to"),
        new("finished", "", "whether the setting reached the end of meta-training"),
        new("validationLoss", "", "query loss on meta-validation lifetimes at that outer step; infinite where the network diverged"),
        new("validationStandardError", "", "its standard error, over lifetimes"),
        new("validationErrorPercent", "%", "query error on meta-validation lifetimes; classification only"),
        new("testLoss", "", "query loss on the split of the recipe's evaluation, which chose nothing"),
        new("testStandardError", "", "its standard error, over lifetimes"),
        new("testErrorPercent", "%", "query error on that split; classification only"),
    ];

    /// <summary>What a column means: one of these, or a key of recipes.</summary>
    /// <param name="name">Its name.</param>
    public static ExportColumn Of(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? (RecipeSchema.ByPath.TryGetValue(name, out RecipeKey? key)
            ? new ExportColumn(name, key.Unit ?? "", $"setting of the recipe: {key.Summary}")
            : new ExportColumn(name, "", "setting of the recipe"));
}
