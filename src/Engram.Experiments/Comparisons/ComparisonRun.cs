using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;

namespace Engram.Experiments.Comparisons;

/// <summary>One network of a comparison: a method at a rate, with a seed.</summary>
/// <param name="Method">Label of the method.</param>
/// <param name="Rate">Rate of W and b.</param>
/// <param name="Seed">The seed.</param>
public sealed record ComparisonRun(string Method, double Rate, ulong Seed)
{
    /// <summary>Name of its folder below the comparison's.</summary>
    [JsonIgnore]
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Method}-rate-{RecipeNumbers.Format(Rate)}-seed-{Seed}");
}

/// <summary>One epoch of a run: a line of <c>epochs.jsonl</c>.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="TrainLoss">Mean loss of the epoch's batches, each before its update, by examples.</param>
/// <param name="ValidationLoss">Loss on the validation examples after the epoch.</param>
/// <param name="Layers">Angles and norms, means over the steps that were measured; empty where none was.</param>
/// <param name="Own">What the method reports of itself, likewise.</param>
/// <param name="ElapsedSeconds">Seconds of training so far, interruptions left out.</param>
public sealed record EpochLine(
    int Epoch, double TrainLoss, double ValidationLoss, ImmutableArray<LayerMeasures> Layers, ImmutableArray<OwnMeasure> Own,
    double ElapsedSeconds)
{
    /// <summary>In classification, share of the epoch's examples that were wrong before their batch's update, in %.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TrainErrorPercent { get; init; }

    /// <summary>In classification, validation error in %.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ValidationErrorPercent { get; init; }

    /// <summary>Loss on the test examples, which choose nothing: measured where validation is better than ever before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TestLoss { get; init; }

    /// <summary>Test error in %, likewise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TestErrorPercent { get; init; }

    /// <summary>What epochs are compared by: validation error in classification, loss in regression.</summary>
    [JsonIgnore]
    public double Validation => ValidationErrorPercent ?? ValidationLoss;

    /// <summary>The same on the test examples; null where it was not measured.</summary>
    [JsonIgnore]
    public double? Test => TestErrorPercent ?? TestLoss;
}

/// <summary>What came of a run: <c>result.json</c> in its folder.</summary>
/// <param name="Run">The run.</param>
/// <param name="State">Finished, or diverged.</param>
/// <param name="Epochs">Epochs done.</param>
/// <param name="Best">The epoch of the best validation, the first of equals; null where it diverged before one was whole.</param>
/// <param name="Seconds">Seconds of training.</param>
public sealed record ComparisonRunResult(ComparisonRun Run, RunState State, int Epochs, EpochLine? Best, double Seconds)
{
    /// <summary>Why it stopped; null where it finished.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    /// <summary>What rates are compared by; infinite where it diverged.</summary>
    [JsonIgnore]
    public double Validation => State == RunState.Finished && Best is { } best ? best.Validation : double.PositiveInfinity;
}

/// <summary>How far a comparison's run has come, for whoever watches.</summary>
/// <param name="Run">The run.</param>
/// <param name="Epoch">Epochs done, and the part of the one that it is at.</param>
/// <param name="Epochs">Most epochs.</param>
/// <param name="Last">The last whole epoch; null before the first.</param>
/// <param name="Best">The best epoch by validation; null before the first.</param>
/// <param name="SecondsPerEpoch">As this process finds it; NaN at first.</param>
/// <param name="Result">What came of it; null while it runs.</param>
public sealed record ComparisonProgress(
    ComparisonRun Run, double Epoch, int Epochs, EpochLine? Last, EpochLine? Best, double SecondsPerEpoch, ComparisonRunResult? Result);
