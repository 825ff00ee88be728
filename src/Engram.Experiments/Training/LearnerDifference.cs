using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Tasks.Data;

namespace Engram.Experiments.Training;

/// <summary>Two recipes that were tested on the same lifetimes, with the difference of their errors over what is in both.</summary>
/// <param name="First">The first one's name.</param>
/// <param name="Second">The second one's.</param>
/// <param name="Difference">The first's error less the second's: query loss, or error in % in classification. Over networks of the same
/// seeds where two or more are in both, else over lifetimes.</param>
/// <param name="FirstLifetimes">Lifetimes of meta-training of each network of the first.</param>
/// <param name="SecondLifetimes">Of the second.</param>
public sealed record LearnerDifference(string First, string Second, PairedDifference Difference, long FirstLifetimes, long SecondLifetimes)
{
    private sealed record Tested(Recipe Recipe, RunResult Result)
    {
        public double Error => LearningBound.ErrorOf(Recipe, Result.Evaluation!);
    }

    /// <summary>Whether one of the two is not trained, by the mean over its networks (<see cref="UntrainedLearner"/>): then the difference
    /// says nothing of the other, and gets no verdict.</summary>
    public bool NotTrained { get; init; }

    /// <summary>Lower, higher or unclear, by the 95 % interval; not judged where one is not trained. Unequal lifetimes are said.</summary>
    public string Verdict =>
        (NotTrained ? "not judged: one is not trained" : !Difference.IsClear ? "unclear" : Difference.Mean < 0 ? "lower" : "higher")
            + (FirstLifetimes == SecondLifetimes ? string.Empty : "; unequal lifetimes");

    /// <summary>Headings of <see cref="Rows"/>.</summary>
    public static ImmutableArray<string> Headings { get; } =
        ["Difference", ">Mean [95 % interval]", ">Pairs", "Over", ">Lifetimes each", "Verdict"];

    /// <summary>What the headings mean, in a sentence.</summary>
    public static string Meaning =>
        "Difference: the first's error less the second's on the same test lifetimes, pair by pair; over lifetimes of one network each " +
        "it says nothing of other networks.";

    /// <summary>All pairs of recipes that have the same task and evaluation and share seeds; none where there is nothing to pair.</summary>
    /// <param name="results">Results of runs, with their folders.</param>
    /// <param name="data">Where data sets lie, whose targets say from what error on a learner is not trained; null for where they lie by
    /// default.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">A run's recipe cannot be read.</exception>
    public static ImmutableArray<LearnerDifference> Of(IEnumerable<RunResult> results, DataContext? data = null)
    {
        Tested[][] learners =
        [
            .. results.Where(r => r.Evaluation is not null).Select(r => new Tested(TrainedRun.ReadRecipe(r.Folder), r))
                .GroupBy(t => SeedSummary.WithoutSeed(t.Recipe), StringComparer.Ordinal).Select(g => g.ToArray()),
        ];
        ImmutableArray<string> names = LearnerNames.Of([.. learners.Select(l => l[0].Recipe)]);
        Lazy<bool>[] untrained =
        [
            .. learners.Select(l => new Lazy<bool>(
                () => LearningBound.IsNotTrained(l.Average(t => t.Error), LearningBound.Find(l[0].Recipe, data)))),
        ];
        return
        [
            .. from i in Enumerable.Range(0, learners.Length)
               from j in Enumerable.Range(i + 1, learners.Length - i - 1)
               let found = Between(learners[i], learners[j])
               where found is not null
               select new LearnerDifference(
                   names[i], names[j], found, learners[i][0].Result.Lifetimes, learners[j][0].Result.Lifetimes)
               {
                   NotTrained = untrained[i].Value || untrained[j].Value,
               },
        ];
    }

    /// <summary>A row for each difference, for people.</summary>
    public static IEnumerable<ImmutableArray<string>> Rows(IEnumerable<LearnerDifference> differences) =>
        differences.Select(d => (ImmutableArray<string>)
    [
        $"{d.First} less {d.Second}",
        PairedDifference.Describe(d.Difference),
        d.Difference.Pairs.ToString("N0", CultureInfo.InvariantCulture),
        d.Difference.OverNetworks ? "networks" : "lifetimes of one network",
        d.FirstLifetimes == d.SecondLifetimes ? Count(d.FirstLifetimes) : $"{Count(d.FirstLifetimes)} and {Count(d.SecondLifetimes)}",
        d.Verdict,
    ]);

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static PairedDifference? Between(Tested[] first, Tested[] second)
    {
        (Recipe a, Recipe b) = (first[0].Recipe, second[0].Recipe);
        if (a.Task != b.Task || a.Evaluation != b.Evaluation || a.IsClassification != b.IsClassification)
        {
            return null;
        }

        (ulong Seed, double Value)[] Values(Tested[] tested) =>
            [.. tested.Select(t => (t.Recipe.Seed, t.Error))];
        if (PairedDifference.OverSeeds(Values(first), Values(second)) is { } overNetworks)
        {
            return overNetworks;
        }

        (Tested A, Tested B)[] shared = [.. first.Join(second, x => x.Recipe.Seed, y => y.Recipe.Seed, (x, y) => (x, y))];
        if (shared is not [var pair])
        {
            return null;
        }

        ImmutableArray<EvaluatedLife> one = EvaluatedLife.ReadCsv(EvaluatedLife.FileIn(pair.A.Result.Folder)),
            other = EvaluatedLife.ReadCsv(EvaluatedLife.FileIn(pair.B.Result.Folder));
        double Error(EvaluatedLife life) => a.IsClassification ? 100 * (1 - life.QueryAccuracy ?? double.NaN) : life.QueryLoss;
        (double A, double B)[] lives =
            [.. one.Join(other, x => (x.Split, x.Index), y => (y.Split, y.Index), (x, y) => (Error(x), Error(y)))];
        return lives.Length < 2 ? null : PairedDifference.Of([.. lives.Select(l => l.A)], [.. lives.Select(l => l.B)], overNetworks: false);
    }
}
