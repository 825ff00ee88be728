using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Figures.Summaries;
using Engram.Numerics.Text;

namespace Engram.Experiments.Training;

/// <summary>What several runs of one recipe, which differ in their seed alone, come to.</summary>
/// <param name="Name">The recipe's own name, with the settings that differ where others have the same.</param>
/// <param name="Recipe">The recipe's name as the command line names it.</param>
/// <param name="Seeds">The seeds of the networks that were evaluated, rising.</param>
/// <param name="Diverged">The seeds of those that diverged.</param>
/// <param name="QueryLoss">
/// Mean of the networks' query losses, and its standard error over networks; over the lifetimes of the only one where there is one.
/// </param>
/// <param name="ErrorIsOverNetworks">Whether the standard error is over networks.</param>
public sealed record SeedSummary(
    string Name, string Recipe, ImmutableArray<ulong> Seeds, ImmutableArray<ulong> Diverged, MeanAndError QueryLoss,
    bool ErrorIsOverNetworks)
{
    /// <summary>In classification, mean of the networks' query errors in %, and its standard error as of the loss. Null, and left out, in
    /// regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeanAndError? QueryErrorPercent { get; init; }

    /// <summary>Sums runs up, recipe by recipe in the order of their first runs.</summary>
    /// <param name="results">Results of runs, with their folders.</param>
    /// <exception cref="EngramException">A run's recipe cannot be read.</exception>
    public static ImmutableArray<SeedSummary> Of(IEnumerable<RunResult> results)
    {
        (Recipe Recipe, RunResult Result)[][] kinds =
        [
            .. results.Select(result => (Recipe: TrainedRun.ReadRecipe(result.Folder), Result: result))
                .GroupBy(r => WithoutSeed(r.Recipe), StringComparer.Ordinal).Select(g => g.ToArray()),
        ];
        ImmutableArray<string> names = LearnerNames.Of([.. kinds.Select(k => k[0].Recipe)]);
        return [.. kinds.Select((k, i) => Sum(k) with { Name = names[i] })];
    }

    /// <summary>A recipe's text but its seed: the same for runs that differ in nothing else.</summary>
    public static string WithoutSeed(Recipe recipe) => LearnerNames.WithoutSeed(recipe);

    private static SeedSummary Sum(IReadOnlyList<(Recipe Recipe, RunResult Result)> runs)
    {
        var good = runs.Where(r => r.Result.Evaluation is not null).OrderBy(r => r.Recipe.Seed).ToList();
        EvaluationSummary[] found = [.. good.Select(r => r.Result.Evaluation!)];
        return new SeedSummary(
            runs[0].Recipe.Name,
            runs[0].Result.Recipe,
            [.. good.Select(r => r.Recipe.Seed)],
            [.. runs.Where(r => r.Result.Evaluation is null).Select(r => r.Recipe.Seed).Order()],
            Mean([.. found.Select(e => (e.QueryLoss, e.StandardError))]),
            good.Count > 1)
        {
            QueryErrorPercent = runs[0].Recipe.IsClassification
                ? Mean([.. found.Select(e => (e.QueryErrorPercent ?? double.NaN, e.ErrorStandardErrorPercent ?? double.NaN))]) : null,
        };
    }

    private static MeanAndError Mean((double Value, double StandardError)[] networks)
    {
        MeanAndError mean = Statistics.MeanAndError([.. networks.Select(n => n.Value)]);
        return networks.Length == 1 ? mean with { StandardError = networks[0].StandardError } : mean;
    }
}
