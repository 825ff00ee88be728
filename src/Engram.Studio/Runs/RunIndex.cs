using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Studio.Runs;

/// <summary>All runs below the root, as they are now. Only names that it has found lead to folders, so that no name that somebody makes up
/// leads anywhere.</summary>
/// <remarks>What was read of a run is kept until one of its files has another length or time; then a few kilobytes of it are read
/// again.</remarks>
/// <param name="store">Where runs lie.</param>
internal sealed class RunIndex(RunStore store)
{
    private const string ReportName = "report.json";

    // Looks that come together are one.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private FrozenDictionary<string, Entry> entries = FrozenDictionary<string, Entry>.Empty;
    private ImmutableArray<RunCard> cards = [];
    private ImmutableArray<FolderEntry> comparisons = [], reports = [];
    private long lookedAt;

    /// <summary>Where runs lie.</summary>
    public RunStore Store => store;

    /// <summary>The runs, by folder.</summary>
    public ImmutableArray<RunCard> Cards()
    {
        lock (gate)
        {
            Look();
            return cards;
        }
    }

    /// <summary>The comparisons of methods.</summary>
    public ImmutableArray<FolderEntry> Comparisons()
    {
        lock (gate)
        {
            Look();
            return comparisons;
        }
    }

    /// <summary>Folders with the report of a reproduction.</summary>
    public ImmutableArray<FolderEntry> Reports()
    {
        lock (gate)
        {
            Look();
            return reports;
        }
    }

    /// <summary>The folder of a run; null where there is none of that name.</summary>
    public string? FolderOf(string name) => Find(name)?.Folder;

    /// <summary>A run in the list; null where there is none of that name.</summary>
    public RunCard? CardOf(string name) => Find(name)?.Card;

    private Entry? Find(string name)
    {
        lock (gate)
        {
            Look();
            return entries.GetValueOrDefault(name);
        }
    }

    private void Look()
    {
        if (lookedAt != 0 && Stopwatch.GetElapsedTime(lookedAt) < Fresh)
        {
            return;
        }

        try
        {
            string[] top = Directory.Exists(store.Root) ? [.. Directory.EnumerateDirectories(store.Root).Order(StringComparer.Ordinal)]
                : [];
            comparisons = [.. top.Where(ComparisonFolder.IsComparison).Select(f => new FolderEntry(store.NameOf(f), f))];
            reports = [.. top.Where(f => File.Exists(Path.Combine(f, ReportName))).Select(f => new FolderEntry(store.NameOf(f), f))];
            string[] folders = [.. top.SelectMany(RunsIn)];
            var found = new Entry[folders.Length];
            Parallel.For(0, folders.Length, new ParallelOptions
            { MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) }, i => found[i] = Read(folders[i]));
            cards = [.. found.Select(e => e.Card)];
            entries = found.ToFrozenDictionary(e => e.Card.Name, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that vanished meanwhile; the next look tells.
        }

        lookedAt = Stopwatch.GetTimestamp();
    }

    private static IEnumerable<string> RunsIn(string folder)
    {
        if (IsRun(folder))
        {
            return [folder];
        }

        try
        {
            return ComparisonFolder.IsComparison(folder) ? []
                : [.. Directory.EnumerateDirectories(folder).Where(IsRun).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsRun(string folder) => RunDirectory.IsRun(folder) || RunDirectory.IsDamaged(folder);

    private Entry Read(string folder)
    {
        string name = store.NameOf(folder);
        Entry? before = entries.GetValueOrDefault(name);
        string group = name.LastIndexOf('/') is > 0 and var slash ? name[..slash] : string.Empty;
        try
        {
            Stamp stamp = Stamp.Of(folder);
            bool isHeld = RunLock.IsHeld(folder);
            return before is not null && before.Stamp == stamp && before.IsHeld == isHeld ? before
                : ReadAnew(folder, name, group, stamp, isHeld, before);
        }
        catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException)
        {
            return new Entry(
                folder, default, false, null, MetricsSample.None,
                new RunCard(name, group, RecipeSchema.Name(RunState.Empty), CleanText.Line(e.Message, 500)));
        }
    }

    private static Entry ReadAnew(string folder, string name, string group, Stamp stamp, bool isHeld, Entry? before)
    {
        if (!RunDirectory.IsRun(folder))
        {
            throw RunDirectory.Damaged(folder);
        }

        RecipeSketch recipe = before?.Recipe is { } known && before.Stamp.Recipe == stamp.Recipe ? known
            : RecipeSketch.Read(Path.Combine(folder, RunDirectory.RecipeName));
        MetricsSample sample = before is not null && before.Stamp.Metrics == stamp.Metrics ? before.Sample
            : MetricsSample.Read(Path.Combine(folder, MetricsLog.FileName));
        RunResult? result = RunDirectory.ReadResult(folder, out string? problem);
        MetricsLine? last = sample.Last;
        bool percent = last?.RunningQueryErrorPercent is not null || result is { IsClassification: true };
        var card = new RunCard(
            name, group, RecipeSchema.Name(isHeld ? RunState.Running : result?.State ?? RunState.Interrupted), problem is null ? null
            : CleanText.Line(problem, 500))
        {
            Recipe = recipe.Name,
            Task = recipe.Task,
            Learner = recipe.Learner,
            Seed = recipe.Seed,
            OuterStep = last?.OuterStep ?? result?.OuterSteps ?? 0,
            OuterSteps = recipe.OuterSteps,
            Seconds = last?.ElapsedSeconds,
            Running = Finite(percent ? last?.RunningQueryErrorPercent : last?.RunningQueryLoss),
            InPercent = percent,
            Result = Finite(percent ? result?.Evaluation?.QueryErrorPercent : result?.Evaluation?.QueryLoss),
            StandardError = Finite(percent ? result?.Evaluation?.ErrorStandardErrorPercent : result?.Evaluation?.StandardError),
            Changed = stamp.Metrics.Time == 0 ? 0 : new DateTimeOffset(stamp.Metrics.Time, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            Spark = [.. sample.Lines.Select(l => Finite(percent ? l.ErrorPercent : l.Loss))],
        };
        return new Entry(folder, stamp, isHeld, recipe, sample, card);
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private sealed record Entry(string Folder, Stamp Stamp, bool IsHeld, RecipeSketch? Recipe, MetricsSample Sample, RunCard Card);

    /// <summary>By what it is seen that a file is another one than before.</summary>
    private readonly record struct FileStamp(long Length, long Time)
    {
        public static FileStamp Of(string path) =>
            new FileInfo(path) is { Exists: true } file ? new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks) : default;
    }

    private readonly record struct Stamp(FileStamp Recipe, FileStamp Metrics, FileStamp Result)
    {
        public static Stamp Of(string folder) => new(
            FileStamp.Of(Path.Combine(folder, RunDirectory.RecipeName)),
            FileStamp.Of(Path.Combine(folder, MetricsLog.FileName)),
            FileStamp.Of(Path.Combine(folder, RunDirectory.ResultName)));
    }
}
