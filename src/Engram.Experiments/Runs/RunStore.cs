using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>One run in a list.</summary>
/// <param name="Name">Its folder below the root.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Result">What came of it; null where it has not ended.</param>
/// <param name="LastMetrics">The last line of its metrics; null where there is none.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
public sealed record RunSummary(string Name, string Folder, RunState State, RunResult? Result, MetricsLine? LastMetrics, string? Problem);

/// <summary>The folder that runs lie in.</summary>
/// <param name="Root">The folder.</param>
public sealed record RunStore(string Root)
{
    /// <summary><c>$ENGRAM_RUNS</c>, else <c>runs</c> in the working folder.</summary>
    public static RunStore Default() =>
        new(Environment.GetEnvironmentVariable("ENGRAM_RUNS") is { Length: > 0 } root ? root : "runs");

    /// <summary>The folder of a run or group of that name.</summary>
    /// <param name="name">Its name below the root, or a path.</param>
    public string FolderOf(string name)
    {
        if (name.Trim().Length == 0 || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new EngramException("Found an empty name of a run, expected a name such as 'my-run'.");
        }

        return IsPath(name) ? name : Path.Combine(Root, name);
    }

    /// <summary>The folder of a run or group that is there.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public string Find(string name)
    {
        string folder = FolderOf(name);
        if (RunDirectory.IsRun(folder) || RunGroup.IsGroup(folder))
        {
            return folder;
        }

        if (RunDirectory.IsRun(name) || RunGroup.IsGroup(name))
        {
            return name;
        }

        ImmutableArray<string> names = [.. List().Select(r => r.Name)];
        string hint = names.IsEmpty ? "there are none yet; 'engram train' makes one." : NearestName.Find(name, names) is { } near ? $"did you mean '{near}'?" : "'engram runs' lists them.";
        throw new EngramException($"Found no run '{name}' in '{Root}'; {hint}");
    }

    /// <summary>The first folder <c>stem-001</c>, <c>stem-002</c>, … that is not there yet.</summary>
    public string NewFolder(string stem)
    {
        for (int number = 1; ; number++)
        {
            string folder = Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{stem}-{number:D3}"));
            if (!Directory.Exists(folder) && !File.Exists(folder))
            {
                return folder;
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

    /// <summary>All runs, those of groups included, by name.</summary>
    public ImmutableArray<RunSummary> List()
    {
        if (!Directory.Exists(Root))
        {
            return [];
        }

        try
        {
            return
            [
                .. Directory.EnumerateDirectories(Root)
                    .SelectMany(f => RunGroup.IsGroup(f) ? Directory.EnumerateDirectories(f) : [f])
                    .Where(RunDirectory.IsRun)
                    .Order(StringComparer.Ordinal)
                    .Select(f => Summarize(Path.GetRelativePath(Root, f).Replace('\\', '/'), f)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{Root}': {e.Message}", e);
        }
    }

    private static bool IsPath(string name) => Path.IsPathRooted(name) || name.StartsWith('.');

    private static RunSummary Summarize(string name, string folder)
    {
        try
        {
            RunDirectory.ReadEnvironment(folder);
            ImmutableArray<MetricsLine> metrics = MetricsLog.Read(folder);
            return new RunSummary(name, folder, RunDirectory.StateOf(folder), RunDirectory.ReadResult(folder), metrics.IsEmpty ? null : metrics[^1], null);
        }
        catch (EngramException e)
        {
            return new RunSummary(name, folder, RunState.Empty, null, null, e.Message);
        }
    }
}
