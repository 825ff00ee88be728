using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Styling;
using Engram.Figures;
using Engram.Figures.Files;
using Engram.Numerics.Text;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;

namespace Engram.Experiments.Training;

/// <summary>What came of several runs.</summary>
/// <param name="Results">Each run's result, in the order of the group's recipes; a run that diverged has one too.</param>
/// <param name="Figure">The learning curves of all, and their numbers.</param>
public sealed record GroupResult(ImmutableArray<RunResult> Results, FigureFiles Figure);

/// <summary>Takes groups of runs to their end and compares them.</summary>
public static class GroupTraining
{
    private const string FigureName = "learning-curves";

    /// <summary>Runs every member that has not ended, side by side, with a thread for each where there are as many or more of them than
    /// threads, and draws their learning curves.</summary>
    /// <param name="group">The group.</param>
    /// <param name="options">How; threads are shared out among the runs.</param>
    /// <exception cref="RunStoppedException">It was told to stop; every run has a checkpoint.</exception>
    /// <exception cref="RunsElsewhereException">Other processes that share the work still have runs.</exception>
    /// <exception cref="EngramException">A run cannot be made or gone on with. Other runs are stopped with a checkpoint.</exception>
    public static GroupResult Run(RunGroup group, TrainingOptions options)
    {
        ImmutableArray<string> folders = [.. group.Members.Select(group.FolderOf)];
        ImmutableArray<RunResult> results = Run(group.Folder, folders, options);
        group.Retake(options.Stop);
        return new GroupResult(results, Draw(group.Folder, folders));
    }

    /// <summary>Runs those of a group's members that have not ended, side by side.</summary>
    /// <param name="group">The group's folder.</param>
    /// <param name="folders">The members' folders.</param>
    /// <param name="options">How; threads are shared out among the runs.</param>
    /// <inheritdoc cref="Run(RunGroup, TrainingOptions)" path="/exception"/>
    internal static ImmutableArray<RunResult> Run(string group, IReadOnlyList<string> folders, TrainingOptions options)
    {
        // The slowest first, so that no thread waits for it at the end.
        int[] order = [.. Enumerable.Range(0, folders.Count)
            .OrderByDescending(i => RunDirectory.ReadRecipe(folders[i]).Learner is Learning.Learners.GradientLearnerSpec)];
        RunResult[] results = SideBySide.Run(folders.Count, options, (i, own) => RunMember(folders[order[i]], own), group);
        return [.. Enumerable.Range(0, folders.Count).Select(i => results[Array.IndexOf(order, i)])];
    }

    /// <summary>Draws the learning curves of runs into a folder, with their numbers beside them.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="runs">The runs' folders.</param>
    /// <exception cref="EngramException">A run cannot be read, or the files not be written.</exception>
    public static FigureFiles Draw(string folder, IReadOnlyList<string> runs)
    {
        var curves = runs.Select(r => (Recipe: RunDirectory.ReadRecipe(r), Metrics: MetricsLog.Read(r))).ToList();
        ImmutableArray<string> names = LearnerNames.Of([.. curves.Select(c => c.Recipe)]);
        return FigureWriter.Write(folder, FigureName, Curves([.. curves.Select((c, i) => (names[i], c.Recipe, c.Metrics))]));
    }

    /// <summary>The learning curves of runs, as a figure: of query errors where all are classification, of query losses
    /// otherwise.</summary>
    /// <param name="runs">What the legend calls each run, its recipe and its metrics; runs of one name look alike.</param>
    public static Figure Curves(IReadOnlyList<(string Name, Recipe Recipe, ImmutableArray<MetricsLine> Metrics)> runs)
    {
        int[] styles = StylesOf(runs);
        bool errors = runs.All(r => r.Recipe.IsClassification && r.Metrics.All(m => m.QueryErrorPercent is not null));
        return LearningCurve.Make(
            [
                .. runs.Select((r, i) => new LearningCurveRun(
                    r.Name,
                    [.. r.Metrics.Select(m => errors ? m.QueryErrorPercent!.Value : m.QueryLoss)],
                    (int)Math.Min(int.MaxValue, (double)r.Recipe.MetricsEvery * r.Recipe.MetaTraining.LifetimesPerOuterStep))
                {
                    Lifetimes = [.. r.Metrics.Select(m => (double)m.Lifetimes)],
                    LeavesOut = r.Recipe.MetricsEvery > 1,
                    Repetition = string.Create(CultureInfo.InvariantCulture, $"seed {r.Recipe.Seed}"),
                    Style = styles[i],
                }),
            ],
            errors ? LearningCurveQuantity.ErrorPercent(WaysOf([.. runs.Select(r => r.Recipe)]))
            : runs.Any(r => r.Recipe.IsClassification) ? LearningCurveQuantity.Loss("Query loss")
            : LearningCurveQuantity.SquaredError(runs.All(r => r.Recipe.Task is SinesSpec) ? IncrementalSines.DataVariance : null));
    }

    private static int[] StylesOf(IReadOnlyList<(string Name, Recipe Recipe, ImmutableArray<MetricsLine> Metrics)> runs)
    {
        var named = runs.DistinctBy(r => r.Name, StringComparer.Ordinal).ToList();
        int[] styles = LearnerLooks.For(
            [.. named.Select(
            r =>
            (LearnerLooks.Identity(r.Recipe.Learner, r.Recipe.Network.PlasticLayers), r.Recipe.Values.Has("task.ordering")
            && r.Recipe.Values.Text("task.ordering") == "continual"))]);
        return [.. runs.Select(r => styles[named.FindIndex(n => n.Name == r.Name)])];
    }

    private static int? WaysOf(IReadOnlyList<Recipe> recipes)
    {
        var ways = recipes.Select(r => r.Task is FewShotSpec { Remember: 0 } images ? images.Ways : (int?)null).Distinct().ToList();
        return ways.Count == 1 ? ways[0] : null;
    }

    private static RunResult RunMember(string folder, TrainingOptions options)
    {
        // Who only looks at what has ended takes it from nobody.
        if (options.Shared && RunDirectory.ReadResult(folder, out _) is { } ended)
        {
            TellChanges(folder, options);
            return ended;
        }

        using RunDirectory run = RunDirectory.Open(folder);
        if (RunDirectory.ReadResult(folder, out _) is { State: RunState.Diverged } diverged)
        {
            TellChanges(folder, options);
            options.Note?.Invoke($"{run.Recipe.Name}: diverged already, and would again. Delete '{folder}' to train it again.");
            return diverged;
        }

        try
        {
            return RunTraining.Run(run, options);
        }
        catch (NonFiniteException e)
        {
            // The others go on: that one learner explodes is a result of the comparison.
            options.Note?.Invoke($"{run.Recipe.Name}: {e.Message}");
            return RunDirectory.ReadResult(folder)!;
        }
    }

    private static void TellChanges(string folder, TrainingOptions options)
    {
        foreach (string change in RunDirectory.ChangesOf(folder))
        {
            options.Note?.Invoke(change);
        }
    }
}
