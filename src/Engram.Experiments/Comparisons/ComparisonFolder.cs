using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Comparisons;

/// <summary>The folder of a comparison, held for writing by this process.</summary>
/// <remarks>
/// In it: <c>comparison.yaml</c> (every value written out), <c>comparison.json</c> (version, machine), a folder for each run with
/// <c>epochs.jsonl</c>, <c>result.json</c> and <c>weights.safetensors</c>, before its end with checkpoints,
/// and, once it is whole, tables and figures. A process that is killed at any moment leaves a comparison that can be gone on with.
/// </remarks>
public sealed class ComparisonFolder : IDisposable
{
    private const string RecipeName = FolderKind.ComparisonRecipe;
    private const string EnvironmentName = FolderKind.ComparisonEnvironment;
    private const string ResultName = "result.json";
    private const string EpochsName = "epochs.jsonl";

    private RunLock? ownership;

    private ComparisonFolder(string folder, RunLock held, Comparison comparison, RunEnvironment environment) =>
        (Folder, ownership, Comparison, Environment) = (folder, held, comparison, environment);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The comparison.</summary>
    public Comparison Comparison { get; }

    /// <summary>What it was made on.</summary>
    public RunEnvironment Environment { get; }

    /// <summary>Makes a comparison in a folder that has none yet, and takes it.</summary>
    /// <exception cref="EngramException">There is one already, or a run; another process is making one; or the folder cannot be written
    /// to.</exception>
    public static ComparisonFolder Create(string folder, Comparison comparison, RunEnvironment environment)
    {
        RunDirectory.MakeFolder(folder);
        RunLock held = RunLock.Take(folder);
        try
        {
            if (IsComparison(folder))
            {
                string name = ShellText.Quote(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
                throw new EngramException(
                    $"Found a comparison in '{folder}' already, expected none; resume it with 'engram compare --resume --run {name}', " +
                    $"or choose another name with --run.");
            }

            if (RunGroup.IsGroup(folder) || RunDirectory.IsRun(folder))
            {
                throw new EngramException(
                    $"Found {(RunGroup.IsGroup(folder) ? "a group of runs" : "a run")} in '{folder}' already, expected nothing there; " +
                    $"choose another name with --run.");
            }

            RunManifest.WriteSealed(folder, RecipeName, comparison.ToYaml());
            RunManifest.WriteSealed(folder, EnvironmentName, RunsJson.Environment.Write(environment) + "\n");
            return new ComparisonFolder(folder, held, ComparisonReader.Load(Path.Combine(folder, RecipeName)), environment);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a comparison for a moment, which is made where there is none, and lets go of it: several processes work on its runs,
    /// each of which one process has.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="comparison">What it is, or must be where it is there; null for what is there.</param>
    /// <param name="environment">What it would be made on; null where nothing is made.</param>
    /// <param name="note">Told of files that are not as they were written; null for nobody.</param>
    /// <param name="stop">Ends waiting for another process.</param>
    /// <exception cref="EngramException">There is another comparison, a run, or nothing where nothing was to be made.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static ComparisonFolder Share(
        string folder, Comparison? comparison, RunEnvironment? environment, Action<string>? note, CancellationToken stop)
    {
        ComparisonFolder taken = RunLock.Waiting(TakeOrMake, stop);
        taken.Release();
        return comparison is null || taken.Comparison.ToYaml() == comparison.ToYaml() ? taken
            : throw new EngramException(
                $"Found the comparison '{folder}' with another recipe than '{comparison.Name}' is now, expected the same; choose another " +
                $"name with --run.");

        ComparisonFolder TakeOrMake()
        {
            if (comparison is not null && !IsComparison(folder))
            {
                try
                {
                    return Create(folder, comparison, environment!);
                }
                catch (EngramException) when (IsComparison(folder))
                {
                    // Another process has made it meanwhile.
                }
            }

            return Open(folder, note);
        }
    }

    /// <summary>Takes a comparison that is there, to go on with it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Told of files that are not as they were written; null for nobody.</param>
    /// <exception cref="EngramException">There is none, another process is at it, it is of a newer version, or its recipe is
    /// damaged.</exception>
    public static ComparisonFolder Open(string folder, Action<string>? note = null)
    {
        RunLock held = RunLock.Take(folder);
        try
        {
            FolderKind.ExpectRegularFiles(folder);
            RunEnvironment environment = RunDirectory.ReadEnvironment(Path.Combine(folder, EnvironmentName), $"a comparison in '{folder}'");
            AtomicFile.RemoveLeftovers(folder);
            foreach (string change in RunManifest.ProblemsOf(folder, [RecipeName, EnvironmentName], []))
            {
                note?.Invoke(change);
            }

            return new ComparisonFolder(folder, held, ComparisonReader.Load(Path.Combine(folder, RecipeName)), environment);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The comparison in a folder.</summary>
    /// <exception cref="EngramException">There is none, or it cannot be read.</exception>
    public static Comparison Read(string folder) => ComparisonReader.Load(Path.Combine(folder, RecipeName));

    /// <summary>Whether there is a comparison in a folder.</summary>
    public static bool IsComparison(string folder) => FolderKind.IsComparison(folder);

    /// <summary>Names of the comparisons below the root of a store, in ordinal order.</summary>
    /// <param name="store">Where runs lie.</param>
    public static ImmutableArray<string> NamesIn(RunStore store) => !Directory.Exists(store.Root) ? [] :
        [.. Directory.EnumerateDirectories(store.Root).Where(IsComparison).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>The folder of a comparison that is there.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="name">Its name below the root, or a path.</param>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public static string Find(RunStore store, string name)
    {
        string folder = store.FolderOf(name);
        if (IsComparison(folder))
        {
            return folder;
        }

        ImmutableArray<string> names = NamesIn(store);
        string hint = names.IsEmpty ? "there are none yet; 'engram compare' makes one." : NearestName.Find(name, names) is { } near
            ? $"did you mean '{near}'?" : $"there are {string.Join(", ", names.Take(10))}.";
        throw new EngramException($"Found no comparison '{name}' in '{store.Root}'; {hint}");
    }

    /// <summary>Folder of a run.</summary>
    public string FolderOf(ComparisonRun run) => Path.Combine(Folder, run.Name);

    /// <summary>The epochs of a run; none where it has not begun.</summary>
    public ImmutableArray<EpochLine> EpochsOf(ComparisonRun run) => JsonLines<EpochLine>.Read(EpochsPath(run), ComparisonsJson.Epoch);

    /// <inheritdoc/>
    public void Dispose() => Release();

    /// <summary>Takes the comparison again, to write into its folder, where it was let go of.</summary>
    /// <param name="stop">Ends the waiting for another process.</param>
    /// <exception cref="EngramException">Another process does not let go of it.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    internal void Retake(CancellationToken stop) => ownership ??= RunLock.TakeWaiting(Folder, stop);

    private void Release()
    {
        ownership?.Dispose();
        ownership = null;
    }

    internal string EpochsPath(ComparisonRun run) => Path.Combine(FolderOf(run), EpochsName);

    /// <summary>What came of a run; null where it has not ended, or where the file is damaged and can be made anew.</summary>
    /// <param name="run">The run.</param>
    /// <param name="problem">What is wrong with the file; null where it is whole or not there.</param>
    internal ComparisonRunResult? ResultOf(ComparisonRun run, out string? problem)
    {
        string path = Path.Combine(FolderOf(run), ResultName);
        problem = null;
        try
        {
            ComparisonRunResult? result = File.Exists(path) ? ComparisonsJson.Result.Read(path) : null;
            if (result is null || result.Run == run)
            {
                return result;
            }

            problem = $"Found text in '{path}' that is not what Engram writes there; the file is damaged.";
        }
        catch (EngramException e)
        {
            problem = e.Message;
        }

        return null;
    }

    /// <summary>Writes what came of a run, with the checksums of it and of its epochs.</summary>
    internal void WriteResult(ComparisonRunResult result)
    {
        string folder = FolderOf(result.Run), path = Path.Combine(folder, ResultName);
        string text = ComparisonsJson.Result.Write(result) + "\n";

        // In this order, as that of runs: a kill must not leave a result with the checksums of another.
        File.Delete(path);
        RunManifest.Write(folder, [EpochsName], ResultName, text);
        AtomicFile.WriteText(path, text);
    }

    /// <summary>Which files of a run that has ended are not as it wrote them, a sentence for each.</summary>
    internal ImmutableArray<string> ChangesOf(ComparisonRun run) =>
        File.Exists(Path.Combine(FolderOf(run), ResultName))
            ? RunManifest.ProblemsOf(FolderOf(run), [EpochsName, ResultName], []) : [];
}
