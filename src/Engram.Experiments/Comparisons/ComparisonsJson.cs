using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using static System.FormattableString;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Comparisons;

/// <summary>The JSON of comparisons: what is in it, and what it may say.</summary>
internal static class ComparisonsJson
{
    private static readonly JsonSerializerOptions Indented = Options(new ComparisonsJsonContext(), Names<RunState>());
    private static readonly JsonSerializerOptions OneLine = JsonForms.OneLine(new ComparisonsJsonContext());

    /// <summary><c>result.json</c> of a comparison's run.</summary>
    public static JsonForm<ComparisonRunResult> Result { get; } = new(Indented, r =>
        Unless(r.Run.Method.Length > 0 && double.IsFinite(r.Run.Rate), "a run that is none")
        ?? Unless(r.State is RunState.Finished or RunState.Diverged, Invariant($"state is {r.State}"))
        ?? Unless(r.State == RunState.Diverged || r.Best?.Test is not null, "no best epoch of a run that finished")
        ?? Unless(
            r.State == RunState.Diverged || (double.IsFinite(r.Best!.Validation) && double.IsFinite(r.Best.Test!.Value)),
            "a run that finished is not finite")
        ?? Unless(r.Epochs >= 0, Invariant($"epochs is {r.Epochs}"))
        ?? Unless(IsAtLeastZero(r.Seconds), Invariant($"seconds is {r.Seconds}"))
        ?? (r.Best is { } best ? FaultOf(best) : null));

    /// <summary>A line of <c>epochs.jsonl</c>.</summary>
    public static JsonForm<EpochLine> Epoch { get; } = new(OneLine, FaultOf);

    /// <summary>What a run is at besides its weights, in its checkpoints.</summary>
    public static JsonForm<ComparisonRunTraining.Progress> Checkpoint { get; } = new(Indented, p =>
        Unless(p.Correct >= 0 && p.Examples >= p.Correct, Invariant($"{p.Correct} of {p.Examples} examples are right"))
        ?? Unless(p.Seconds >= 0, Invariant($"seconds is {p.Seconds}"))
        ?? (p.Last is { } last ? FaultOf(last) : null)
        ?? (p.Best is { } best ? FaultOf(best) : null)
        ?? Unless(p.Best is null || p.Last is not null, "a best epoch without a last one")
        ?? Unless(p.Measures is { Sums.IsDefault: false, Counts.IsDefault: false, Own.IsDefault: false }, "no measures")
        ?? Unless(p.Measures!.Counts.All(c => c >= 0) && p.Measures.Own.All(o => o is { Layer: >= 0, Count: >= 0 }), "a count is below 0"));

    private static string? FaultOf(EpochLine e) =>
        Unless(e.Epoch >= 0, Invariant($"epoch is {e.Epoch}"))
        ?? Unless(!e.Layers.IsDefault && e.Layers.All(l => l is { Layer: >= 0 }), "a layer is none")
        ?? Unless(!e.Own.IsDefault && e.Own.All(o => o is { Layer: >= 0 }), "a measure is none")
        ?? Unless(IsAtLeastZero(e.ElapsedSeconds), Invariant($"elapsedSeconds is {e.ElapsedSeconds}"))
        ?? Unless(!(e.TrainLoss < 0 || e.ValidationLoss < 0 || e.TestLoss < 0), "a loss is below 0")
        ?? Unless(IsPercent(e.TrainErrorPercent) && IsPercent(e.ValidationErrorPercent) && IsPercent(e.TestErrorPercent),
            "an error is not a percentage");
}

/// <summary>The members of what <see cref="ComparisonsJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(ComparisonRunResult))]
[JsonSerializable(typeof(ComparisonRunTraining.Progress))]
[JsonSerializable(typeof(EpochLine))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ComparisonsJsonContext : JsonSerializerContext;
