using System.Collections.Immutable;
using System.Text.Json.Serialization;

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

/// <summary><c>metrics.jsonl</c>, one JSON object a line.</summary>
public sealed class MetricsLog : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "metrics.jsonl";

    private readonly JsonLines<MetricsLine> lines;

    private MetricsLog(JsonLines<MetricsLine> lines) => this.lines = lines;

    /// <summary>Goes on after an outer step: lines beyond it, which a resumed run writes again, are dropped.</summary>
    /// <exception cref="Engram.Numerics.EngramException">The file cannot be written.</exception>
    public static MetricsLog Continue(string folder, long afterOuterStep) => new(JsonLines<MetricsLine>.Continue(Path.Combine(folder, FileName), l => l.OuterStep <= afterOuterStep));

    /// <summary>The lines of a run, without a torn one; none where there is no file.</summary>
    public static ImmutableArray<MetricsLine> Read(string folder) => JsonLines<MetricsLine>.Read(Path.Combine(folder, FileName));

    /// <inheritdoc cref="JsonLines{T}.Add"/>
    public void Add(MetricsLine line) => lines.Add(line);

    /// <inheritdoc cref="JsonLines{T}.Flush"/>
    public void Flush() => lines.Flush();

    /// <inheritdoc/>
    public void Dispose() => lines.Dispose();
}
