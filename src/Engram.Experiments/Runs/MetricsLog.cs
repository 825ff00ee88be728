using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Engram.Experiments.Runs;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="Lifetimes">Lifetimes lived.</param>
/// <param name="QueryLoss">Mean query loss of the last outer step's lifetimes.</param>
/// <param name="RunningQueryLoss">Running mean of it: each outer step counts 2 %.</param>
/// <param name="GradientNorm">Euclidean norm of that outer step's meta-gradient, before clipping.</param>
/// <param name="ElapsedSeconds">Seconds of meta-training so far, interruptions left out.</param>
public sealed record MetricsLine(
    long OuterStep, long Lifetimes, double QueryLoss, double RunningQueryLoss, double GradientNorm, double ElapsedSeconds)
{
    /// <summary>In classification, mean query error of the last outer step's lifetimes, in %; left out in regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? QueryErrorPercent { get; init; }

    /// <summary>Running mean of it, as of the loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RunningQueryErrorPercent { get; init; }
}

/// <summary><c>metrics.jsonl</c>, one JSON object a line.</summary>
public sealed class MetricsLog : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "metrics.jsonl";

    private readonly JsonLines<MetricsLine> lines;

    private MetricsLog(JsonLines<MetricsLine> lines) => this.lines = lines;

    /// <summary>Goes on after an outer step: lines beyond it, which a resumed run writes again, are dropped, and so is what is
    /// damaged.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file cannot be written.</exception>
    public static MetricsLog Continue(string folder, long afterOuterStep)
    {
        string path = PathOf(folder);
        return new(JsonLines<MetricsLine>.Continue(
            path, RunsJson.Metrics,
            InOrder(JsonLines<MetricsLine>.Read(path, RunsJson.Metrics).Where(l => l.OuterStep <= afterOuterStep))));
    }

    /// <summary>The lines of a run in the order of their outer steps, without what is torn or damaged; none where there is no
    /// file.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file cannot be read.</exception>
    public static ImmutableArray<MetricsLine> Read(string folder) => InOrder(JsonLines<MetricsLine>.Read(PathOf(folder), RunsJson.Metrics));

    /// <summary>What is missing or damaged, in a sentence; null where nothing is. A line torn at the end is nothing: it is written
    /// again.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="outerSteps">Outer steps that are known to be done.</param>
    /// <param name="every">Outer steps from one line to the next.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file cannot be read.</exception>
    internal static string? ProblemOf(string folder, long outerSteps, long every)
    {
        string path = PathOf(folder);
        JsonLinesContent<MetricsLine> content = JsonLines<MetricsLine>.ReadContent(path, RunsJson.Metrics);
        HashSet<long> found = [.. InOrder(content.Lines).Select(l => l.OuterStep).Where(s => s <= outerSteps && s % every == 0)];
        long expected = outerSteps / every, missing = expected - found.Count;
        if (missing > 0 && !File.Exists(path))
        {
            return $"Found no '{path}', expected the metrics of {outerSteps} outer steps; they are lost, and nothing else is.";
        }

        var parts = new List<string>();
        if (!content.Damaged.IsEmpty)
        {
            parts.Add(
                $"{content.Damaged.Length} damaged {(content.Damaged.Length == 1 ? "line" : "lines")} (the first is line " +
                $"{content.Damaged[0]})");
        }

        if (missing > 0)
        {
            long first = every;
            while (found.Contains(first))
            {
                first += every;
            }

            parts.Add($"{expected - missing} lines of {expected} (the first that is missing is that of outer step {first})");
        }

        return parts.Count == 0 ? null
            : $"Found {string.Join(" and ", parts)} in '{path}', expected whole metrics; what can be read stays.";
    }

    /// <summary>Whether a run's file has anything in it, be it damaged: then meta-training had begun.</summary>
    internal static bool HasBegun(string folder) => new FileInfo(PathOf(folder)) is { Exists: true, Length: > 0 };

    /// <inheritdoc cref="JsonLines{T}.Add"/>
    public void Add(MetricsLine line) => lines.Add(line);

    /// <inheritdoc cref="JsonLines{T}.Flush"/>
    public void Flush() => lines.Flush();

    /// <inheritdoc/>
    public void Dispose() => lines.Dispose();

    private static string PathOf(string folder) => Path.Combine(folder, FileName);

    /// <summary>The longest series of lines whose outer steps grow: one that is damaged into another number costs none of those around
    /// it.</summary>
    private static ImmutableArray<MetricsLine> InOrder(IEnumerable<MetricsLine> lines)
    {
        MetricsLine[] all = [.. lines.Where(l => l.OuterStep > 0)];

        // Of the series of each length that end so far, the line with the lowest outer step at the end; and of each line, the one before it
        // in its series.
        var ends = new List<int>();
        int[] before = new int[all.Length];
        for (int i = 0; i < all.Length; i++)
        {
            int length = 0;
            for (int beyond = ends.Count; length < beyond;)
            {
                int middle = length + ((beyond - length) / 2);
                (length, beyond) = all[ends[middle]].OuterStep < all[i].OuterStep ? (middle + 1, beyond) : (length, middle);
            }

            before[i] = length > 0 ? ends[length - 1] : -1;
            if (length == ends.Count)
            {
                ends.Add(i);
            }
            else
            {
                ends[length] = i;
            }
        }

        var series = new Stack<MetricsLine>();
        for (int i = ends.Count > 0 ? ends[^1] : -1; i >= 0; i = before[i])
        {
            series.Push(all[i]);
        }

        return [.. series];
    }
}
