using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Figures.Text;
using Engram.Tasks.Data;

namespace Engram.Experiments.Verdicts;

/// <summary>A learner of which some networks are not trained: their errors are above a quarter of the variance of a lifetime's targets, or
/// in classification above three quarters of guessing's. They judge nothing.</summary>
/// <param name="Name">The learner's name in tables.</param>
/// <param name="Seeds">Seeds of the networks that are not trained, rising.</param>
/// <param name="Networks">How many networks of it have been evaluated.</param>
/// <param name="From">The error from which on a network counts as not trained: a squared error, or an error in %.</param>
/// <param name="Lowest">The lowest error of those that are not trained.</param>
/// <param name="Highest">The highest.</param>
/// <param name="IsClassification">Whether errors are shares of wrong answers, in %.</param>
public sealed record UntrainedLearner(
    string Name, ImmutableArray<ulong> Seeds, int Networks, double From, double Lowest, double Highest,
    [property: JsonIgnore] bool IsClassification)
{
    /// <summary>Those of some runs, in the order of their first runs.</summary>
    /// <param name="results">Results of runs, with their folders.</param>
    /// <param name="data">Where data sets lie; null for where they lie by default. A learner whose data are not there is passed
    /// over.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">A run's recipe cannot be read.</exception>
    public static ImmutableArray<UntrainedLearner> Of(IEnumerable<RunResult> results, DataContext? data = null)
    {
        (Recipe Recipe, RunResult Result)[] all = [.. results.Select(r => (TrainedRun.ReadRecipe(r.Folder), r))];
        ImmutableArray<string> names = LearnerNames.Of([.. all.Select(a => a.Recipe)]);
        var found = ImmutableArray.CreateBuilder<UntrainedLearner>();
        foreach (var learner in all.Select((a, i) => (a.Recipe, a.Result, Name: names[i])).Where(a => a.Result.Evaluation is not null)
            .GroupBy(a => LearnerNames.WithoutSeed(a.Recipe), StringComparer.Ordinal))
        {
            (Recipe recipe, _, string name) = learner.First();
            if (LearningBound.Find(recipe, data) is not { } from)
            {
                continue;
            }

            (ulong Seed, double Error)[] untrained =
            [
                .. learner.Select(l => (l.Recipe.Seed, Error: LearningBound.ErrorOf(l.Recipe, l.Result.Evaluation!)))
                    .Where(l => LearningBound.IsNotTrained(l.Error, from)).OrderBy(l => l.Seed),
            ];
            if (untrained.Length > 0)
            {
                found.Add(new UntrainedLearner(
                    name, [.. untrained.Select(u => u.Seed)], learner.Count(), from, untrained.Min(u => u.Error),
                    untrained.Max(u => u.Error), recipe.IsClassification));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>It in a sentence or two.</summary>
    public string Describe()
    {
        string unit = IsClassification ? " %" : string.Empty;
        string one = IsClassification ? "an error" : "a query MSE", several = IsClassification ? "errors" : "query MSEs";
        string errors = Numbers.Short(Lowest) == Numbers.Short(Highest) ? $"{one} of {Numbers.Short(Lowest)}{unit}"
            : $"{several} of {Numbers.Short(Lowest)} to {Numbers.Short(Highest)}{unit}";
        string who = Networks == 1 ? $"{Name} is not trained"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Name}: {Seeds.Length} of {Networks} networks {(Seeds.Length == 1 ? "is" : "are")} not trained");
        string bound = IsClassification ? "three quarters of guessing's" : "a quarter of the variance of a lifetime's targets";
        return $"{who}: {errors}, above {Numbers.Short(From)}{unit}, {bound}. {(Seeds.Length == 1 ? "It judges" : "They judge")} nothing.";
    }
}
