using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reproduction;

/// <summary>Reproduces published tables: trains what is missing, goes on with what has not ended, evaluates, compares.</summary>
public static class ReproductionTraining
{
    /// <summary>Takes all runs of a plan to their end, side by side, and compares them with what was published.</summary>
    /// <param name="folder">The folder of the reproduction, a group of runs; made or extended as needed.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Threads, progress, and what stops it.</param>
    /// <exception cref="RunStoppedException">It was told to stop; every run has a checkpoint.</exception>
    /// <exception cref="RunsElsewhereException">Other processes that share the work still have runs.</exception>
    /// <exception cref="EngramException">A run cannot be made or gone on with, or <see cref="Check"/> refuses the folder.</exception>
    public static ReproductionResult Run(string folder, ReproductionPlan plan, TrainingOptions options)
    {
        using RunGroup group = Train(folder, plan, options);
        OtherOrderEvaluation.Run(plan, r => FolderOf(folder, r), options);
        return ReproductionResult.Of(plan, r => FolderOf(folder, r), options.Data);
    }

    /// <summary>Takes all runs of a plan to their end, side by side, and compares nothing.</summary>
    /// <returns>The reproduction's folder, held to write into it.</returns>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    internal static RunGroup Train(string folder, ReproductionPlan plan, TrainingOptions options)
    {
        Check(folder, plan);
        int threads = Math.Max(1, options.Threads / Math.Max(1, plan.Runs.Count()));
        RunGroup group = options.Shared ? RunGroup.Share(folder, plan.Stem, [.. plan.Runs], threads, options.Note, options.Stop)
            : RunGroup.OpenOrCreate(folder, plan.Stem, [.. plan.Runs], threads, options.Note);
        try
        {
            GroupTraining.Run(folder, [.. plan.Runs.Select(r => group.FolderOf(r.Name))], options);
            group.Retake(options.Stop);
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Where a run of a reproduction lies.</summary>
    public static string FolderOf(string folder, GroupMember run) => Path.Combine(folder, run.Name);

    /// <summary>Checks that a folder holds nothing yet, or networks of a plan's table, scale and recipes alone. Nothing is
    /// written.</summary>
    /// <param name="folder">The folder of the reproduction.</param>
    /// <param name="plan">The plan.</param>
    /// <exception cref="EngramException">It holds a run or a comparison, a group that is another one, or a network that was made with
    /// another recipe than the plan's.</exception>
    public static void Check(string folder, ReproductionPlan plan)
    {
        if (RunDirectory.IsRun(folder) || ComparisonFolder.IsComparison(folder))
        {
            throw new EngramException(
                $"Found a {(RunDirectory.IsRun(folder) ? "run" : "comparison")} in '{folder}', expected networks of {plan.Stem}, or " +
                $"nothing yet; choose another name with --run.");
        }

        if (RunGroup.IsGroup(folder))
        {
            if (RunGroup.NameOf(folder) is { } name && name != plan.Stem && !IsNamedAfter(folder, name))
            {
                throw new EngramException(
                    $"Found the group '{folder}' of {name}, expected one of {plan.Stem}, or nothing yet; choose another name with --run.");
            }

            if (RunGroup.RunsOf(folder).Select(r => Path.GetFileName(r)).FirstOrDefault(r => !plan.IsNetwork(r)) is { } other)
            {
                throw new EngramException(
                    $"Found the run '{other}' in the group '{folder}', which is not a cell of {plan.Table.Name}, expected networks of " +
                    $"its cells alone; choose another name with --run.");
            }
        }

        if (plan.Runs.FirstOrDefault(
            r =>
            RunDirectory.IsRun(FolderOf(folder, r)) && !RunDirectory.ReadRecipe(FolderOf(folder, r)).TrainsAs(r.Recipe)) is { } changed)
        {
            throw new EngramException(
                $"Found the run '{FolderOf(folder, changed)}' with another recipe than '{changed.RecipeName}' is now, expected the " +
                $"same; choose another name with --run, or delete that run.");
        }
    }

    // A group whose file was made anew from its runs has its folder's name: then its runs alone tell what it is.
    private static bool IsNamedAfter(string folder, string name) =>
        name == Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))
            && !PublishedTables.Everything.Any(t => name.StartsWith(t.Name + "-", StringComparison.Ordinal));
}
