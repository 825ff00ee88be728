using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>The folder of one run, held for writing by this process.</summary>
/// <remarks>
/// In it: <c>recipe.yaml</c> (every value written out), <c>environment.json</c>, <c>metrics.jsonl</c>, <c>checkpoint-…safetensors</c> (the
/// last two),
/// <c>result.json</c>, its manifest of checksums, and figures. Whole files take their names at once, so a process that is killed at any
/// moment leaves a run that can be read and resumed.
/// </remarks>
public sealed class RunDirectory : IDisposable
{
    internal const string RecipeName = "recipe.yaml";
    private const string EnvironmentName = "environment.json";
    internal const string ResultName = "result.json";

    // What a run that has ended has besides its result, and what the manifest holds of it.
    private static readonly string[] Written = [RecipeName, EnvironmentName, MetricsLog.FileName, FolderKind.EvaluatedLives];

    private readonly RunLock ownership;

    private RunDirectory(string folder, RunLock held, Recipe recipe, RunEnvironment environment)
    {
        (Folder, ownership, Recipe, Environment) = (folder, held, recipe, environment);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>What it was made on.</summary>
    public RunEnvironment Environment { get; }

    /// <summary>Makes a run in a folder that is new or empty, and takes it.</summary>
    /// <exception cref="EngramException">There is a run already, or anything else; another process is making one; or the folder cannot be
    /// written to.</exception>
    public static RunDirectory Create(string folder, Recipe recipe, RunEnvironment environment)
    {
        MakeFolder(folder);
        ExpectUnused(folder);
        RunLock held = RunLock.Take(folder);
        try
        {
            if (IsRun(folder) || RunGroup.IsGroup(folder))
            {
                throw Taken(folder);
            }

            AtomicFile.WriteText(Path.Combine(folder, RecipeName), recipe.ToYaml());
            AtomicFile.WriteText(Path.Combine(folder, EnvironmentName), RunsJson.Environment.Write(environment) + "\n");
            return new RunDirectory(folder, held, RecipeReader.Load(Path.Combine(folder, RecipeName)), environment);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a run that is there, to go on with it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">A new number of outer steps, as <c>key.path=value</c>; the recipe is written anew. Null for none.</param>
    /// <exception cref="EngramException">There is none, another process is at it, it is of a newer version, or its recipe is
    /// damaged.</exception>
    public static RunDirectory Open(string folder, IReadOnlyCollection<string>? settings = null)
    {
        ReadEnvironment(folder);
        RunLock held = RunLock.Take(folder);
        try
        {
            FolderKind.ExpectRegularFiles(folder);
            RunEnvironment environment = ReadEnvironment(folder);
            Recipe recipe = ReadRecipe(folder, settings);
            AtomicFile.RemoveLeftovers(folder);
            if (settings is { Count: > 0 })
            {
                if (recipe.MetaTraining.Schedule.DependsOnOuterSteps)
                {
                    throw new EngramException(
                        $"Found a new number of outer steps for '{folder}', whose schedule of rates depends on it; expected none. Train " +
                        $"a new run with it.");
                }

                long before = ReadRecipe(folder).MetaTraining.OuterSteps;
                if (recipe.MetaTraining.OuterSteps < before)
                {
                    throw new EngramException(
                        $"Found {recipe.MetaTraining.OuterSteps} outer steps for '{folder}', which has {before}; expected as many or " +
                        $"more. Train a new run for fewer.");
                }

                // In this order: a kill between the two must not leave a result of fewer outer steps than the recipe has.
                File.Delete(Path.Combine(folder, ResultName));
                AtomicFile.WriteText(Path.Combine(folder, RecipeName), recipe.ToYaml());
            }

            return new RunDirectory(folder, held, recipe, environment);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a run in a folder.</summary>
    public static bool IsRun(string folder) => File.Exists(Path.Combine(folder, EnvironmentName));

    /// <summary>How far the run in a folder has come.</summary>
    public static RunState StateOf(string folder)
    {
        if (!IsRun(folder))
        {
            return RunState.Empty;
        }

        return RunLock.IsHeld(folder) ? RunState.Running : ReadResult(folder, out _)?.State ?? RunState.Interrupted;
    }

    /// <summary>The recipe of the run in a folder.</summary>
    /// <exception cref="EngramException">It cannot be read.</exception>
    public static Recipe ReadRecipe(string folder, IReadOnlyCollection<string>? settings = null)
    {
        ReadEnvironment(folder);
        string path = Path.Combine(folder, RecipeName);
        FileKinds.ExpectRegular(path);
        if (!File.Exists(path))
        {
            throw new EngramException(
                $"Found no {RecipeName} in the run '{folder}', expected the recipe that it was made with; put it back, or train a new " +
                $"run.");
        }

        try
        {
            return RecipeReader.Load(path, settings);
        }
        catch (EngramException e)
        {
            throw OwnParts.Explain(e, RunSettings.TryRead(folder));
        }
    }

    /// <summary>What the run in a folder was made on.</summary>
    /// <exception cref="EngramException">There is no run, what is left of one, or one of a newer version.</exception>
    public static RunEnvironment ReadEnvironment(string folder)
    {
        string path = Path.Combine(folder, EnvironmentName);
        if (!File.Exists(path))
        {
            throw IsDamaged(folder) ? Damaged(folder)
                : new EngramException(
                    $"Found no run in '{folder}' (there is no {EnvironmentName}), expected a run's folder; 'engram runs' lists the runs.");
        }

        return ReadEnvironment(path, $"a run in '{folder}'");
    }

    /// <summary>Reads what a run or comparison was made on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is of, for messages.</param>
    /// <exception cref="EngramException">It is damaged, of a newer version, or cannot be read.</exception>
    internal static RunEnvironment ReadEnvironment(string path, string what) =>
        JsonForms.FormatOf(path) is { } format && format > RunEnvironment.NewestFormat
        ? throw new EngramException(
            $"Found format {format} of {what}; this is Engram {RunEnvironment.InformationalVersion}, which reads formats up to "
            + $"{RunEnvironment.NewestFormat}. Use the version that wrote it, or a newer one.")
        : RunsJson.Environment.Read(path);

    /// <summary>What came of the run in a folder; null where it has not ended.</summary>
    /// <exception cref="EngramException">The result cannot be read.</exception>
    public static RunResult? ReadResult(string folder)
    {
        string path = Path.Combine(folder, ResultName);
        return File.Exists(path) ? RunsJson.Result.Read(path) with { Folder = folder } : null;
    }

    /// <summary>What came of the run in a folder; null where it has not ended, or where the file is damaged and can be made anew from the
    /// last checkpoint.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">What is wrong with the file; null where it is whole or not there.</param>
    public static RunResult? ReadResult(string folder, out string? problem)
    {
        problem = null;
        try
        {
            return ReadResult(folder);
        }
        catch (EngramException e)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>Checkpoints of the run in a folder, newest first.</summary>
    public static ImmutableArray<string> CheckpointsOf(string folder) => Checkpoints.In(folder);

    /// <inheritdoc cref="Checkpoints.StepOf"/>
    internal static long StepOf(string checkpoint) => Checkpoints.StepOf(checkpoint);

    /// <inheritdoc cref="Checkpoints.Read"/>
    public static T? ReadCheckpoint<T>(string folder, Func<string, T> read, Action<string>? report = null) =>
        Checkpoints.Read(folder, read, report);

    /// <summary>Where the checkpoint after an outer step goes.</summary>
    public string CheckpointPath(long outerStep) => Checkpoints.PathOf(Folder, outerStep);

    /// <summary>Deletes all checkpoints but the newest two.</summary>
    public void PruneCheckpoints()
    {
        ExpectHeld();
        Checkpoints.Prune(Folder);
    }

    /// <summary>Deletes a checkpoint that turned out to be damaged, and those after the one in use.</summary>
    public void DropCheckpointsAfter(long outerStep)
    {
        ExpectHeld();
        Checkpoints.DropAfter(Folder, outerStep);
    }

    /// <summary>Whether its newest checkpoint is the one after an outer step.</summary>
    internal bool IsAt(long outerStep) => CheckpointsOf(Folder) is [var newest, ..] && newest == CheckpointPath(outerStep);

    /// <summary>Whether its newest checkpoint is of a later outer step.</summary>
    internal bool IsBeyond(long outerStep) =>
        CheckpointsOf(Folder) is [var newest, ..] && string.CompareOrdinal(newest, CheckpointPath(outerStep)) > 0;

    /// <summary>Makes the run one that stopped at an outer step or before: what was trained after it is gone.</summary>
    internal void GoBackTo(long outerStep)
    {
        ExpectHeld();
        File.Delete(Path.Combine(Folder, ResultName));
        DropCheckpointsAfter(outerStep);
    }

    /// <summary>Writes <c>result.json</c>.</summary>
    /// <exception cref="EngramException">The folder is no longer the one that was taken, or cannot be written to.</exception>
    public void WriteResult(RunResult result)
    {
        ExpectHeld();
        string path = Path.Combine(Folder, ResultName), text = RunsJson.Result.Write(result) + "\n";

        // In this order: a kill must not leave a result with the checksums of another. Without a result the run goes on from its checkpoint
        // to the same one.
        File.Delete(path);
        RunManifest.Write(Folder, Written, ResultName, text);
        AtomicFile.WriteText(path, text);
    }

    /// <summary>Which files of a run are not as they were written, a sentence for each: all of one that has ended, of another those that
    /// stand by themselves. Nothing for one that an earlier version made.</summary>
    /// <param name="folder">The run's folder.</param>
    public static ImmutableArray<string> ChangesOf(string folder) =>
        RunManifest.ProblemsOf(
            folder, File.Exists(Path.Combine(folder, ResultName)) ? [.. Written, ResultName] : [],
            [FolderKind.Validations, FolderKind.OtherOrder]);

    /// <summary>Checks that the folder is still the one that was taken: whoever lost it must write nothing into the one that is there
    /// now.</summary>
    /// <exception cref="EngramException">Somebody has deleted, moved or made it anew.</exception>
    internal void ExpectHeld() => ownership.ExpectHeld();

    /// <inheritdoc/>
    public void Dispose() => ownership.Dispose();

    /// <summary>Whether there is what is left of a run in a folder: its recipe or checkpoints, without the file by which a run is known. A
    /// run that is being made does not count.</summary>
    internal static bool IsDamaged(string folder) =>
        !IsRun(folder) && (File.Exists(Path.Combine(folder, RecipeName)) || HasCheckpointsOfARun(folder)) && !RunLock.IsHeld(folder);

    /// <summary>The error about what is left of a run, where a run is asked for.</summary>
    internal static EngramException Damaged(string folder) =>
        new(
            $"Found the damaged run '{folder}' ({EnvironmentName} is missing), expected a whole one; put the file back, or train a new " +
            $"run.");

    /// <summary>The error where a run or group is to be made and one is there.</summary>
    internal static EngramException Taken(string folder)
    {
        string what = RunGroup.IsGroup(folder) ? "a group of runs" : "a run", command = FolderKind.IsSweep(folder) ? "sweep" : "train";
        string name = ShellText.Quote(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
        return new(
            $"Found {what} in '{folder}' already, expected none; choose another name with --run, or resume it: engram {command} " +
            $"--resume --run {name}");
    }

    /// <summary>Checks that a folder in which a run or group is about to be made holds nothing that is not of its own making. Nothing is
    /// written for it.</summary>
    /// <remarks>What a process leaves that was killed while it made a run may be there: locks, unfinished files, the recipe. Runs and
    /// groups, and folders that a process is at, are for the caller to tell.</remarks>
    /// <param name="folder">The folder.</param>
    /// <param name="members">Names of the folders of a group's runs, which may be there; null where no group is made.</param>
    /// <exception cref="EngramException">There is something else.</exception>
    internal static void ExpectUnused(string folder, IReadOnlyCollection<string>? members = null)
    {
        if (FolderKind.IsComparison(folder))
        {
            throw new EngramException($"Found a comparison in '{folder}' already, expected nothing there; choose another name with --run.");
        }

        if (IsRun(folder) || RunGroup.IsGroup(folder) || RunLock.IsHeld(folder))
        {
            return;
        }

        if (HasCheckpointsOfARun(folder))
        {
            throw new EngramException(
                $"Found a damaged run in '{folder}' ({EnvironmentName} is missing), expected a new or empty folder; put the file back, " +
                $"or choose another name with --run.");
        }

        bool begun = RunLock.IsIn(folder);
        string? other = Entries(folder).FirstOrDefault(e => !(RunLock.IsOwn(e)
            || (begun && (e is RecipeName or RunManifest.FileName || e.EndsWith(AtomicFile.PartialSuffix, StringComparison.Ordinal)))
            || (members is not null
                && (members.Contains(e) || e == RunManifest.FileName || IsRun(Path.Combine(folder, e))))));
        if (other is not null)
        {
            throw new EngramException(
                $"Found {RecipeNode.Quote(other)} in '{folder}', expected a new or empty folder; choose another name with --run.");
        }
    }

    internal static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngramException(
                $"Could not make the folder '{folder}': {e.Message.TrimEnd('.')}. Choose another folder for runs with ENGRAM_RUNS.", e);
        }
    }

    internal static EngramException CouldNotWrite(string path, Exception e) =>
        new($"Could not write '{path}': {e.Message.TrimEnd('.')}. The last checkpoint is intact; make room, then resume with --resume.", e);

    private static string[] Entries(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{folder}': {e.Message.TrimEnd('.')}. Choose another name with --run.", e);
        }
    }

    // The runs of a comparison have checkpoints of their own, in folders that are no runs.
    private static bool HasCheckpointsOfARun(string folder) => Checkpoints.AreIn(folder)
        && !(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder))) is { } parent
            && FolderKind.IsComparison(parent));
}
