using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using static System.FormattableString;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Runs;

/// <summary>The JSON of runs and groups: what is in it, and what it may say.</summary>
internal static class RunsJson
{
    private static readonly JsonSerializerOptions Indented = Options(new RunsJsonContext(), Names<RunState>());
    private static readonly JsonSerializerOptions OneLine = JsonForms.OneLine(new RunsJsonContext());

    /// <summary><c>environment.json</c>, and <c>comparison.json</c>.</summary>
    public static JsonForm<RunEnvironment> Environment { get; } = new(Indented, e =>
        Unless(e.Format >= 1, Invariant($"format is {e.Format}"))
        ?? Unless(e.Threads >= 0, Invariant($"threads is {e.Threads}"))
        ?? Unless(e.Processors >= 0, Invariant($"processors is {e.Processors}"))
        ?? Unless(e.VectorBits >= 0, Invariant($"vectorBits is {e.VectorBits}")));

    /// <summary><c>result.json</c> of a run.</summary>
    public static JsonForm<RunResult> Result { get; } = new(Indented, r =>
        Unless(r.State is RunState.Finished or RunState.Diverged, Invariant($"state is {r.State}"))
        ?? Unless(r.State == RunState.Diverged || r.Evaluation is not null, "no evaluation of a run that finished")
        ?? Unless(r.PlasticLayers >= 0, Invariant($"plasticLayers is {r.PlasticLayers}"))
        ?? Unless(r.OuterSteps >= 0, Invariant($"outerSteps is {r.OuterSteps}"))
        ?? Unless(r.Lifetimes >= 0, Invariant($"lifetimes is {r.Lifetimes}"))
        ?? Unless(IsAtLeastZero(r.TrainingSeconds), Invariant($"trainingSeconds is {r.TrainingSeconds}"))
        ?? Unless(IsPercent(r.RunningQueryErrorPercent), Invariant($"runningQueryErrorPercent is {r.RunningQueryErrorPercent}"))
        ?? (r.Evaluation is { } e ? FaultOf(e) : null));

    /// <summary><c>group.json</c>.</summary>
    public static JsonForm<GroupFile> Group { get; } = new(Indented, g =>
        Unless(g.Format >= 1, Invariant($"format is {g.Format}"))
        ?? Unless(!g.Members.IsDefaultOrEmpty, "no members")
        ?? Unless(g.Members.All(m => m is { Length: > 0 } and not "." and not ".." && !m.Contains('\0', StringComparison.Ordinal)),
            "a member is not a name")
        ?? Unless(g.Members.DistinctBy(m => m.Replace('/', '-'), StringComparer.Ordinal).Count() == g.Members.Length,
            "a member stands there twice"));

    /// <summary>A line of <c>metrics.jsonl</c>.</summary>
    public static JsonForm<MetricsLine> Metrics { get; } = new(OneLine, m =>
        Unless(m.OuterStep >= 0, Invariant($"outerStep is {m.OuterStep}"))
        ?? Unless(m.Lifetimes >= 0, Invariant($"lifetimes is {m.Lifetimes}"))
        ?? Unless(IsAtLeastZero(m.ElapsedSeconds), Invariant($"elapsedSeconds is {m.ElapsedSeconds}"))
        ?? Unless(IsPercent(m.QueryErrorPercent) && IsPercent(m.RunningQueryErrorPercent), "a query error is not a percentage"));

    /// <summary>A line of <c>parameters.jsonl</c>.</summary>
    public static JsonForm<ParameterLine> Parameters { get; } = new(OneLine, p =>
        Unless(p.OuterStep >= 0, Invariant($"outerStep is {p.OuterStep}"))
        ?? Unless(p.Numbers is not null && p.Sizes is not null && p.Numbers.Values.All(n => n is not null), "no numbers"));

    /// <summary><c>other-order.json</c>: an evaluation on streams of the order that a network was not meta-trained on.</summary>
    public static JsonForm<OtherOrderFile> OtherOrder { get; } = new(
        Indented, o =>
        Unless(o.OuterSteps >= 0, Invariant($"outerSteps is {o.OuterSteps}")) ?? Unless(o.Order.Length > 0, "no order")
        ?? FaultOf(o.Evaluation));

    /// <summary><c>labels.json</c>: tags and a note.</summary>
    public static JsonForm<LabelsFile> Labels { get; } = new(Indented, l =>
        Unless(l.Format >= 1, Invariant($"format is {l.Format}"))
            ?? Unless(!l.Tags.IsDefault && l.Tags.All(RunLabels.IsTag), "a tag is not a short word"));

    private static string? FaultOf(EvaluationSummary e) =>
        Unless(e.Lifetimes >= 0, Invariant($"lifetimes of the evaluation is {e.Lifetimes}"))
        ?? Unless(IsAtLeastZero(e.StandardError), Invariant($"standardError is {e.StandardError}"))
        ?? Unless(IsPercent(e.QueryErrorPercent), Invariant($"queryErrorPercent is {e.QueryErrorPercent}"))
        ?? Unless(IsAtLeastZero(e.ErrorStandardErrorPercent ?? 0),
            Invariant($"errorStandardErrorPercent is {e.ErrorStandardErrorPercent}"));
}

/// <summary>The members of what <see cref="RunsJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(RunEnvironment))]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(GroupFile))]
[JsonSerializable(typeof(MetricsLine))]
[JsonSerializable(typeof(ParameterLine))]
[JsonSerializable(typeof(OtherOrderFile))]
[JsonSerializable(typeof(LabelsFile))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(int?))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class RunsJsonContext : JsonSerializerContext;

/// <summary>What <c>group.json</c> holds.</summary>
/// <param name="Format">The form of the file.</param>
/// <param name="Name">Name of the group of recipes.</param>
/// <param name="Members">Names of the runs.</param>
internal sealed record GroupFile(int Format, string Name, System.Collections.Immutable.ImmutableArray<string> Members);

/// <summary>What <c>other-order.json</c> holds.</summary>
/// <param name="OuterSteps">Outer steps of the network.</param>
/// <param name="Order">The order of the streams.</param>
/// <param name="Evaluation">What came of it.</param>
internal sealed record OtherOrderFile(long OuterSteps, string Order, EvaluationSummary Evaluation);
