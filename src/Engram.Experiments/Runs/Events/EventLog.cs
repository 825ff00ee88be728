using System.Collections.Immutable;
using System.Globalization;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs.Events;

/// <summary>Writes a run's TensorBoard events: its metrics as scalars, its meta-parameters as histograms.</summary>
/// <remarks>
/// A record goes to the system in one piece. What a killed process leaves is whole records and at most one torn one at the end, which is
/// cut off when the run goes on.
/// Wall times apart, a resumed run's file has the same records as that of a run that was never stopped.
/// </remarks>
public sealed class EventLog : IDisposable
{
    /// <summary>How event files' names begin.</summary>
    public const string FilePrefix = "events.out.tfevents.";

    private const string FileVersion = "brain.Event:2";

    private readonly string file;
    private readonly FileStream stream;
    private readonly HashSet<(long Step, string Tag)> atLastStep;

    private EventLog(string file, FileStream stream, IEnumerable<(long Step, string Tag)> atLastStep) =>
        (this.file, this.stream, this.atLastStep) = (file, stream, [.. atLastStep]);

    /// <summary>The event file in a run's folder; null where there is none.</summary>
    public static string? FileOf(string folder) => !Directory.Exists(folder) ? null
        : Directory.EnumerateFiles(folder, FilePrefix + "*").Order(StringComparer.Ordinal)
            .FirstOrDefault(f => !f.EndsWith(AtomicFile.PartialSuffix, StringComparison.Ordinal));

    /// <summary>Goes on after an outer step: records beyond it, which a resumed run writes again, and what is torn or damaged are cut
    /// off.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="created">When the run was made; the file is named by it.</param>
    /// <param name="afterOuterStep">The outer step of the checkpoint that the run goes on from.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static EventLog Continue(string folder, DateTimeOffset created, long afterOuterStep)
    {
        string path = FileOf(folder)
            ?? Path.Combine(folder, FilePrefix + created.ToUnixTimeSeconds().ToString("D10", CultureInfo.InvariantCulture) + ".engram");
        ImmutableArray<EventRecord> events = [];
        long kept = 0;
        if (File.Exists(path))
        {
            EventFileContent content = EventFile.Read(path);
            events = [.. content.Events.TakeWhile((e, i) => e.Step <= afterOuterStep && (i > 0 || e.FileVersion == FileVersion))];
            kept = events.IsEmpty ? 0 : content.Ends[events.Length - 1];
        }

        FileStream? opened = null;
        try
        {
            opened = RegularFile.OpenToWrite(path, FileMode.OpenOrCreate, FileShare.Read, bufferSize: 0);
            opened.SetLength(kept);
            opened.Position = kept;
            var log = new EventLog(
                path, opened, events.Where(e => e.Step == afterOuterStep).SelectMany(e => e.Values, (e, v) => (e.Step, v.Tag)));
            if (kept == 0)
            {
                log.Write(new EventRecord(Now(), 0) { FileVersion = FileVersion });
            }

            return log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            opened?.Dispose();
            throw CouldNotWrite(path, e);
        }
    }

    /// <summary>What is missing or damaged, in a sentence; null where nothing is. A record torn behind what a checkpoint counts on is
    /// nothing: it is written again.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="outerSteps">Outer steps that are known to be done.</param>
    /// <param name="every">Outer steps from one line of metrics to the next.</param>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    internal static string? ProblemOf(string folder, long outerSteps, long every)
    {
        long expected = outerSteps - (outerSteps % every);
        if (FileOf(folder) is not { } path)
        {
            return expected == 0 ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Found no event file in '{folder}', expected the events of {outerSteps} outer steps; TensorBoard's curves of them " +
                    $"are lost, and nothing else is.");
        }

        EventFileContent content = EventFile.Read(path);
        long last = content.Events is [{ FileVersion: FileVersion }, ..]
            ? content.Events.Select(e => e.Step).Where(s => s <= outerSteps).Max() : -1;
        bool isLost = last < expected;
        if (!isLost && (content.Problem is null || EventFile.IsTorn(content.Problem)))
        {
            return null;
        }

        string found = content.Problem
            ?? (last < 0 ? "no events of Engram's" : string.Create(CultureInfo.InvariantCulture, $"no events after outer step {last}"));
        string then = isLost
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"TensorBoard's curves after outer step {Math.Max(0, last)} are lost up to there, and nothing else is")
            : "what is behind it is cut off and written again";
        return string.Create(
            CultureInfo.InvariantCulture, $"Found {found} in '{path}', expected whole events up to outer step {outerSteps}; {then}.");
    }

    /// <summary>Adds a line of metrics as scalars.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Add(MetricsLine line) => Write(new EventRecord(Now(), line.OuterStep)
    {
        Values =
        [
            new EventValue("meta-training/query-loss", (float)line.QueryLoss),
            new EventValue("meta-training/running-query-loss", (float)line.RunningQueryLoss),
            new EventValue("meta-training/gradient-norm", (float)line.GradientNorm),
            new EventValue("meta-training/lifetimes", line.Lifetimes),
            .. line.QueryErrorPercent is { } error ? [new EventValue("meta-training/query-error-percent", (float)error)] : (EventValue[])[],
            .. line.RunningQueryErrorPercent is { } running ? [new EventValue("meta-training/running-query-error-percent", (float)running)]
                : (EventValue[])[],
        ],
    });

    /// <summary>Adds a histogram of every meta-parameter that has more than one value, and the value of those that have one.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Add(long outerStep, MetaParameters<float> parameters)
    {
        var values = ImmutableArray.CreateBuilder<EventValue>();
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = parameters.Layout.Parameters[i];
            string tag = info.Name.Replace('.', '/');
            values.Add(info.Rows * info.Columns == 1
                ? new EventValue(tag, parameters[i].Row(0)[0])
                : new EventValue(tag, null, EventHistogram.Of(TensorNumbers.ToDoubles(parameters[i]))));
        }

        Write(new EventRecord(Now(), outerStep) { Values = values.ToImmutable() });
    }

    /// <summary>Adds the result of the evaluation.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Add(long outerStep, EvaluationSummary evaluation) => Write(new EventRecord(Now(), outerStep)
    {
        Values =
        [
            new EventValue($"{evaluation.Split}/query-loss", (float)evaluation.QueryLoss),
            new EventValue($"{evaluation.Split}/standard-error", (float)evaluation.StandardError),
            .. evaluation is { QueryErrorPercent: { } error, ErrorStandardErrorPercent: { } standardError }
                ? [new EventValue($"{evaluation.Split}/query-error-percent", (float)error),
                    new EventValue($"{evaluation.Split}/error-standard-error-percent", (float)standardError)]
                : (EventValue[])[],
        ],
    });

    /// <summary>Makes sure that all records are on the disk.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Flush()
    {
        try
        {
            stream.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw CouldNotWrite(file, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static double Now() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static EngramException CouldNotWrite(string path, Exception e) => RunDirectory.CouldNotWrite(path, e);

    private void Write(EventRecord record)
    {
        if (record.Values.Any(v => atLastStep.Contains((record.Step, v.Tag))))
        {
            // A process wrote it and was killed before it got any further.
            return;
        }

        try
        {
            stream.Write(EventFile.Frame(record));
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            throw CouldNotWrite(file, e);
        }
    }
}
