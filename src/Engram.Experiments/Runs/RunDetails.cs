using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs.Events;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>A checkpoint of a run.</summary>
/// <param name="File">Its file's name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Problem">Why it cannot be used; null where its checksum is right.</param>
public sealed record CheckpointDetails(string File, long Bytes, string? Problem);

/// <summary>All that a run's folder says about it.</summary>
/// <param name="Summary">State, progress, result.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Environment">What it was made on.</param>
/// <param name="Checkpoints">Its checkpoints, newest first, each read and verified.</param>
/// <param name="Bytes">Length of all its files.</param>
/// <param name="Problems">What is damaged and passed over, or not as the run wrote it, in sentences.</param>
public sealed record RunDetails(
    RunSummary Summary, Recipe Recipe, RunEnvironment Environment,
    ImmutableArray<CheckpointDetails> Checkpoints, long Bytes, ImmutableArray<string> Problems)
{
    /// <summary>Reads a run.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="EngramException">There is no run, or its recipe or environment cannot be read.</exception>
    public static RunDetails Of(RunStore store, string folder)
    {
        RunEnvironment environment = RunDirectory.ReadEnvironment(folder);
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        ImmutableArray<CheckpointDetails> checkpoints = [.. RunDirectory.CheckpointsOf(folder).Select(Check).OfType<CheckpointDetails>()];
        var problems = checkpoints.Where(c => c.Problem is not null).Select(c => c.Problem!).ToList();
        RunResult? result = RunDirectory.ReadResult(folder, out string? damage);
        if (damage is not null)
        {
            problems.Add(damage);
        }

        // Metrics come before the checkpoint and the result that they lead to.
        long done = Math.Max(
            result?.OuterSteps ?? 0, checkpoints.FirstOrDefault(c => c.Problem is null) is { } whole ? RunDirectory.StepOf(whole.File) : 0);
        if (MetricsLog.ProblemOf(folder, done, recipe.MetricsEvery) is { } metrics)
        {
            problems.Add(metrics);
        }

        if (EventLog.ProblemOf(folder, done, recipe.MetricsEvery) is { } lost)
        {
            problems.Add(lost);
        }
        else if (EventLog.FileOf(folder) is { } events && EventFile.Read(events).Problem is { } torn)
        {
            problems.Add($"Found {torn} of '{events}'; it is cut off when the run resumes.");
        }

        problems.AddRange(RunDirectory.ChangesOf(folder));
        return new RunDetails(
            store.Summarize(folder), recipe, environment, checkpoints,
            new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Exists ? f.Length : 0), [.. problems]);
    }

    // None where the run, which goes on meanwhile, has deleted it.
    private static CheckpointDetails? Check(string path)
    {
        string? problem = null;
        try
        {
            SafetensorsFile.Read(path, verifyChecksum: true);
        }
        catch (EngramException e)
        {
            problem = e.Message;
        }

        var file = new FileInfo(path);
        return file.Exists ? new CheckpointDetails(file.Name, file.Length, problem) : null;
    }
}
