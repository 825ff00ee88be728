using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Engram.Experiments.Recipes;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>One run in a list.</summary>
/// <param name="Name">Its folder below the root.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Result">What came of it; null where it has not ended.</param>
/// <param name="LastMetrics">The last line of its metrics; null where there is none.</param>
/// <param name="OuterSteps">Outer steps in all; null where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
public sealed record RunSummary(
    string Name, string Folder, RunState State, RunResult? Result, MetricsLine? LastMetrics, long? OuterSteps, string? Problem)
{
    /// <summary>
    /// Why its recipe means nothing to this program, where the rest can be read all the same: it is of a program of one's own, with rules,
    /// learners or tasks that are not registered here; null for others.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Foreign { get; init; }

    /// <summary>Short words that somebody has put on it.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>What somebody has noted of it; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Share of meta-training that is done, from 0 to 1; null where it is not known.</summary>
    public double? Progress => OuterSteps is { } all ? Math.Min(1, (LastMetrics?.OuterStep ?? 0) / (double)all) : null;
}

/// <summary>The folder that runs lie in.</summary>
/// <param name="Root">The folder.</param>
public sealed record RunStore(string Root)
{
    /// <summary>Longest name of a new run; file systems take 255 bytes.</summary>
    private const int MostNameBytes = 200;

    /// <summary><c>$ENGRAM_RUNS</c>, else <c>runs</c> in the working folder.</summary>
    public static RunStore Default() =>
        new(Environment.GetEnvironmentVariable("ENGRAM_RUNS") is { Length: > 0 } root ? root : "runs");

    /// <summary>Checks that the root is a folder, or can become one.</summary>
    /// <exception cref="EngramException">It is a file.</exception>
    public void Validate()
    {
        if (File.Exists(Root))
        {
            throw new EngramException(
                $"Found the file '{Root}' where runs should lie, expected a folder; set ENGRAM_RUNS to a folder, or unset it for 'runs' " +
                $"in the working folder.");
        }
    }

    /// <summary>The folder of a run or group of that name.</summary>
    /// <param name="name">Its name below the root, or a path.</param>
    public string FolderOf(string name)
    {
        if (name.Trim().Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new EngramException("Found an empty name of a run, expected a name such as 'my-run'.");
        }

        Validate();
        return IsPath(name) ? name : Path.Combine(Root, name);
    }

    /// <summary>The folder of a new run or group of that name.</summary>
    /// <exception cref="EngramException">It is no plain name: folders below the root are for groups, nothing is made outside of it, and
    /// commands must be able to take it.</exception>
    public string FolderOfNew(string name)
    {
        Validate();
        string? expected = Encoding.UTF8.GetByteCount(name) is var bytes && bytes > MostNameBytes
            ? $"at most {MostNameBytes} bytes rather than {bytes}; choose a shorter one."
            : name.Any(char.IsControl) ? "a plain name such as 'my-run', on one line and without control characters; leave them out."
            : name.StartsWith('-')
                ? "a plain name such as 'my-run', without a hyphen in front, by which commands know options; choose another one."
            : name.Trim().Length == 0 || name.StartsWith('.') || name.AsSpan().ContainsAny('/', '\\')
                ? "a plain name such as 'my-run', without slashes or a dot in front; ENGRAM_RUNS says in which folder runs lie."
            : null;
        return expected is null ? Path.Combine(Root, name)
            : throw new EngramException($"Found {RecipeNode.Quote(name)} as the name of a new run, expected {expected}");
    }

    /// <summary>The folder of a run or group that is there.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public string Find(string name)
    {
        string folder = FolderOf(name);
        if (TryFind(folder, name) is { } found)
        {
            return found;
        }

        if (((string[])[folder, name]).FirstOrDefault(RunDirectory.IsDamaged) is { } damaged)
        {
            throw RunDirectory.Damaged(damaged);
        }

        ImmutableArray<string> names = [.. List().Select(r => r.Name)];
        string hint = names.IsEmpty ? "there are none yet; 'engram train' makes one." : NearestName.Find(name, names) is { } near
            ? $"did you mean '{near}'?" : "'engram runs' lists them.";
        throw new EngramException($"Found no run '{name}' in '{Root}'; {hint}");
    }

    /// <summary>The folder of a run or group that is there, or the file of a run's meta-parameters (<see cref="WeightExport"/>), which
    /// comes first only where its name has their usual ending.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public string FindTrained(string name) =>
        WeightExport.IsFile(name) && (WeightExport.HasUsualEnding(name) || TryFind(FolderOf(name), name) is null) ? name : Find(name);

    /// <summary>Makes the first folder <c>stem-001</c>, <c>stem-002</c>, … that is not there yet: processes that ask in one moment get a
    /// folder each.</summary>
    /// <param name="stem">What its name begins with.</param>
    /// <exception cref="EngramException">It cannot be made.</exception>
    public string NewFolder(string stem)
    {
        Validate();
        RunDirectory.MakeFolder(Root);
        string made =
            Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $".{stem}.{Guid.NewGuid():N}{AtomicFile.PartialSuffix}"));
        try
        {
            // With something in it: moving it to a name that is taken meanwhile fails, where an empty folder of another process could be
            // replaced.
            Directory.CreateDirectory(made);
            RunLock.Prepare(made);
            return MoveToFirstFree(made, stem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not make a folder in '{Root}': {e.Message.TrimEnd('.')}. Make room, or choose another folder for runs with " +
                $"ENGRAM_RUNS.", e);
        }
        finally
        {
            if (Directory.Exists(made))
            {
                Directory.Delete(made, recursive: true);
            }
        }
    }

    private string MoveToFirstFree(string made, string stem)
    {
        for (int number = 1; ; number++)
        {
            string folder = Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{stem}-{number:D3}"));
            try
            {
                if (!Directory.Exists(folder) && !File.Exists(folder))
                {
                    Directory.Move(made, folder);
                    return folder;
                }
            }
            catch (IOException) when (Directory.Exists(folder) || File.Exists(folder))
            {
                // Another process was quicker.
            }
        }
    }

    /// <summary>Folders <c>stem-…</c> below the root, newest number first.</summary>
    public ImmutableArray<string> FoldersOf(string stem) => !Directory.Exists(Root) ? [] :
    [
        .. Directory.EnumerateDirectories(Root, stem + "-*")
            .Where(f => Path.GetFileName(f)[(stem.Length + 1)..].All(char.IsAsciiDigit))
            .OrderByDescending(f => Path.GetFileName(f).Length)
            .ThenByDescending(f => Path.GetFileName(f), StringComparer.Ordinal),
    ];

    /// <summary>The newest run or group <c>stem-…</c> that was interrupted; null where there is none.</summary>
    /// <param name="stem">What its name begins with.</param>
    /// <param name="note">Told of those that cannot be read and are left aside; null for nobody.</param>
    public string? NewestInterrupted(string stem, Action<string>? note = null) => FoldersOf(stem).FirstOrDefault(f =>
    {
        try
        {
            return (RunGroup.IsGroup(f) ? RunGroup.StateOf(f) : RunDirectory.StateOf(f)) == RunState.Interrupted;
        }
        catch (EngramException e)
        {
            note?.Invoke($"{e.Message} It is left aside.");
            return false;
        }
    });

    /// <summary>All runs, those of groups and what is left of damaged ones included, by name.</summary>
    public ImmutableArray<RunSummary> List()
    {
        Validate();
        if (!Directory.Exists(Root))
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateDirectories(Root).SelectMany(ListIn).OrderBy(r => r.Folder, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{Root}': {e.Message}", e);
        }
    }

    /// <summary>Names of runs, of groups and their runs, and of comparisons: what <see cref="Find"/> and options that take a run are given.
    /// Nothing that they hold is read.</summary>
    public ImmutableArray<string> Names()
    {
        string[] folders = Directory.Exists(Root) ? [.. Directory.EnumerateDirectories(Root)] : [];
        return [.. folders.SelectMany(NamesIn).Order(StringComparer.Ordinal)];
    }

    private IEnumerable<string> NamesIn(string folder) =>
        RunDirectory.IsRun(folder) || FolderKind.IsComparison(folder) ? [NameOf(folder)]
        : RunGroup.IsGroup(folder) ? [NameOf(folder), .. Directory.EnumerateDirectories(folder).Where(RunDirectory.IsRun).Select(NameOf)]
        : [];

    // One folder that cannot be read is one line, and hides none of the others.
    private IEnumerable<RunSummary> ListIn(string folder)
    {
        try
        {
            return IsRunOrDamaged(folder) ? [Summarize(folder)]
                : [.. Directory.EnumerateDirectories(folder).Where(IsRunOrDamaged).Select(Summarize)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngramException)
        {
            return [Unreadable(folder, e is EngramException ? e.Message : $"Could not read '{folder}': {AtomicFile.OneLine(e.Message)}")];
        }
    }

    private RunSummary Unreadable(string folder, string problem) => new(NameOf(folder), folder, RunState.Empty, null, null, null, problem);

    /// <summary>A run's name below the root; its folder's where it lies elsewhere.</summary>
    public string NameOf(string folder)
    {
        string below = Path.GetRelativePath(Root, folder).Replace('\\', '/');
        return below.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(below)
            ? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) : below;
    }

    /// <summary>The option that leads a command to a folder, as POSIX shells read it: <c>--run</c> with its name below the root, or with
    /// its full path where it lies elsewhere.</summary>
    public string RunOption(string folder)
    {
        string name = NameOf(folder), full = Path.GetFullPath(folder);
        return $"--run {ShellText.Quote(Path.GetFullPath(FolderOf(name)) == full ? name : full)}";
    }

    /// <summary>Folders of runs, and of all runs of groups, each once.</summary>
    /// <param name="names">Names of runs or groups.</param>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public ImmutableArray<string> FindAll(IEnumerable<string> names) =>
        EachRun(Each(names).Select(Find));

    /// <summary>Folders of runs, and of all runs of groups, and files of meta-parameters, each once.</summary>
    /// <inheritdoc cref="FindAll"/>
    public ImmutableArray<string> FindAllTrained(IEnumerable<string> names) => EachRun(Each(names).Select(FindTrained));

    /// <summary>One run of the list.</summary>
    public RunSummary Summarize(string folder)
    {
        string name = NameOf(folder);
        try
        {
            (long? outerSteps, string? foreign) = LengthOf(folder);
            ImmutableArray<MetricsLine> metrics = MetricsLog.Read(folder);
            RunLabels labels = LabelsOf(folder);
            return new RunSummary(
                name, folder, RunDirectory.StateOf(folder), RunDirectory.ReadResult(folder, out _), metrics.IsEmpty ? null : metrics[^1],
                outerSteps, null) with
            {
                Foreign = foreign,
                Tags = labels.Tags,
                Note = labels.Note,
            };
        }
        catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException)
        {
            return Unreadable(folder, AtomicFile.OneLine(e.Message));
        }
    }

    // A recipe that another program wrote, with parts of its own, is not understood here; what it did can be read all the same.
    private static (long? OuterSteps, string? Foreign) LengthOf(string folder)
    {
        RunDirectory.ReadEnvironment(folder);
        try
        {
            return (RunDirectory.ReadRecipe(folder).MetaTraining.OuterSteps, null);
        }
        catch (EngramException e) when (RunSettings.TryRead(folder) is { } settings && RunSettings.OuterStepsOf(settings) is { } steps)
        {
            return (steps, (e.InnerException as EngramException ?? e).Message);
        }
    }

    // Labels that are damaged hide no run.
    private static RunLabels LabelsOf(string folder)
    {
        try
        {
            return RunLabels.Read(folder);
        }
        catch (EngramException)
        {
            return RunLabels.None;
        }
    }

    private static ImmutableArray<string> EachRun(IEnumerable<string> found) =>
        [.. found.SelectMany(f => RunGroup.IsGroup(f) ? RunGroup.RunsOf(f) : [f]).DistinctBy(Path.GetFullPath, StringComparer.Ordinal)];

    // A comparison among them is told before a name of which there is nothing.
    private string[] Each(IEnumerable<string> names)
    {
        string[] all = [.. names];
        Array.ForEach(all, n => TryFind(FolderOf(n), n));
        return all;
    }

    // By its name below the root, else as a path.
    private string? TryFind(string folder, string name)
    {
        string? found = ((string[])[folder, name])
            .FirstOrDefault(f => RunDirectory.IsRun(f) || RunGroup.IsGroup(f) || FolderKind.IsComparison(f));
        return found is not null && FolderKind.IsComparison(found)
            ? throw new EngramException(
                $"Found the comparison '{name}', expected a run or a group of runs; 'engram compare --resume {RunOption(found)}' " +
                $"resumes it, or prints its result.")
            : found;
    }

    private static bool IsRunOrDamaged(string folder) => RunDirectory.IsRun(folder) || RunDirectory.IsDamaged(folder);

    private static bool IsPath(string name) => Path.IsPathRooted(name) || name.StartsWith('.');
}
