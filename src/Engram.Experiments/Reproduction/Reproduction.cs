using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>Reproduces published tables: trains what is missing, goes on with what has not ended, evaluates, compares.</summary>
public static class Reproduction
{
    /// <summary>Takes all runs of a plan to their end, side by side, and compares them with what was published.</summary>
    /// <param name="folder">The folder of the reproduction, a group of runs; made or extended as needed.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Threads, progress, and what stops it.</param>
    /// <exception cref="RunStoppedException">It was told to stop; every run has a checkpoint.</exception>
    /// <exception cref="EngramException">A run cannot be made or gone on with, or one of that name was made with another recipe.</exception>
    public static ReproductionResult Run(string folder, ReproductionPlan plan, TrainingOptions options)
    {
        using RunGroup group = RunGroup.OpenOrCreate(folder, plan.Stem, [.. plan.Runs], Math.Max(1, options.Threads / Math.Max(1, plan.Runs.Count())), options.Note);
        GroupTraining.Run(folder, [.. plan.Runs.Select(r => group.FolderOf(r.Name))], options);
        return ReproductionResult.Of(plan, r => group.FolderOf(r.Name));
    }

    /// <summary>Where a run of a reproduction lies.</summary>
    public static string FolderOf(string folder, GroupMember run) => Path.Combine(folder, run.Name);
}
