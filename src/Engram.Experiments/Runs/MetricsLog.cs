using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="Lifetimes">Lifetimes lived.</param>
/// <param name="QueryLoss">Mean query loss of the last outer step's lifetimes.</param>
/// <param name="RunningQueryLoss">Running mean of it: each outer step counts 2 %.</param>
/// <param name="GradientNorm">Euclidean norm of that outer step's meta-gradient, before clipping.</param>
/// <param name="ElapsedSeconds">Seconds of meta-training so far, interruptions left out.</param>
public sealed record MetricsLine(long OuterStep, long Lifetimes, double QueryLoss, double RunningQueryLoss, double GradientNorm, double ElapsedSeconds)
{
    /// <summary>In classification, mean query error of the last outer step's lifetimes, in %; left out in regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? QueryErrorPercent { get; init; }

    /// <summary>Running mean of it, as of the loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RunningQueryErrorPercent { get; init; }
}

/// <summary>Writes <c>metrics.jsonl</c>, one JSON object a line.</summary>
/// <remarks>
/// A line goes to the system in one piece. What a killed process leaves is whole lines and at most one torn one at the end, which readers drop.
/// </remarks>
public sealed class MetricsLog : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "metrics.jsonl";

    private static readonly JsonSerializerOptions OneLine = new(JsonSerializerDefaults.Web);

    private readonly FileStream stream;
    private readonly string file;

    private MetricsLog(string path)
    {
        file = path;
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Goes on after an outer step: lines beyond it, which a resumed run writes again, are dropped.</summary>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static MetricsLog Continue(string folder, long afterOuterStep)
    {
        string path = Path.Combine(folder, MetricsLog.FileName);
        ImmutableArray<MetricsLine> kept = [.. Read(folder).Where(l => l.OuterStep <= afterOuterStep)];
        AtomicFile.WriteText(path, string.Concat(kept.Select(l => JsonSerializer.Serialize(l, OneLine) + "\n")));
        try
        {
            return new MetricsLog(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CouldNotWrite(path, e);
        }
    }

    /// <summary>The lines of a run, without a torn one; none where there is no file.</summary>
    public static ImmutableArray<MetricsLine> Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        var lines = ImmutableArray.CreateBuilder<MetricsLine>();
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(log);
            while (reader.ReadLine() is { } text)
            {
                if (Parse(text) is not { } line)
                {
                    break;
                }

                lines.Add(line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {e.Message}", e);
        }

        return lines.ToImmutable();
    }

    /// <summary>Adds a line.</summary>
    /// <exception cref="EngramException">The disk is full.</exception>
    public void Add(MetricsLine line)
    {
        try
        {
            stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, OneLine), (byte)'\n']);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            // The second is how a file that may grow no further is told.
            throw CouldNotWrite(file, e);
        }
    }

    /// <summary>Makes sure that all lines are on the disk.</summary>
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

    internal static EngramException CouldNotWrite(string path, Exception e) =>
        new($"Could not write '{path}': {e.Message.TrimEnd('.')}. The last checkpoint is intact; make room, then go on with --resume.", e);

    private static MetricsLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<MetricsLine>(text, OneLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
