using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using Engram.Tasks.Splits;
using static System.FormattableString;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Sequences;

/// <summary>What a network, or a control, answers rightly after so many classes.</summary>
/// <param name="Classes">Classes learnt.</param>
/// <param name="Ordering">Class after class, or all in random order.</param>
/// <param name="Percents">Right answers of each life, in percent; a life that diverged is not there.</param>
/// <param name="Diverged">Lives whose numbers were not finite.</param>
public sealed record SequencePoint(int Classes, Ordering Ordering, ImmutableArray<double> Percents, int Diverged);

/// <summary>A factor on plasticity and what it gives on meta-validation.</summary>
/// <param name="Factor">The factor.</param>
/// <param name="Percent">Right answers on the validation classes, in percent; null where a life diverged.</param>
public sealed record FactorScore(double Factor, double? Percent);

/// <summary>What one network does on classes in sequence: <c>sequence.json</c> in its run's folder.</summary>
/// <param name="OuterSteps">Outer steps of its meta-training.</param>
/// <param name="Protocol">How it was measured.</param>
/// <param name="Factor">The factor on plasticity that was chosen on meta-validation.</param>
/// <param name="Factors">All that were tried.</param>
/// <param name="Points">The learner.</param>
/// <param name="Means">Class means on the network's features.</param>
/// <param name="RandomMeans">Class means on features of the same network before meta-training.</param>
/// <param name="Parameters">Numbers that are meta-learned.</param>
/// <param name="Plastic">Weights and biases that change in life, of the network with as many outputs as the most classes.</param>
/// <param name="Seconds">What measuring took.</param>
public sealed record SequenceScores(
    long OuterSteps, string Protocol, double Factor, ImmutableArray<FactorScore> Factors, ImmutableArray<SequencePoint> Points,
    ImmutableArray<SequencePoint> Means, ImmutableArray<SequencePoint> RandomMeans, long Parameters, long Plastic, double Seconds);

/// <summary>The JSON of it, strict.</summary>
internal static class SequencesJson
{
    private static readonly JsonSerializerOptions Indented = Options(new SequencesJsonContext(), Names<Ordering>());

    /// <summary><c>sequence.json</c>.</summary>
    public static JsonForm<SequenceScores> Scores { get; } = new(Indented, s =>
        Unless(s.OuterSteps >= 0, Invariant($"outerSteps is {s.OuterSteps}"))
        ?? Unless(s.Protocol is { Length: > 0 }, "no protocol")
        ?? Unless(IsAtLeastZero(s.Seconds), Invariant($"seconds is {s.Seconds}"))
        ?? Unless(!s.Factors.IsDefault, "no factors")
        ?? FaultOf(s.Points) ?? FaultOf(s.Means) ?? FaultOf(s.RandomMeans));

    private static string? FaultOf(ImmutableArray<SequencePoint> points) =>
        points.IsDefault ? "no points"
        : points.Select(p =>
            Unless(p.Classes > 0, Invariant($"classes is {p.Classes}"))
            ?? Unless(!p.Percents.IsDefault && p.Percents.All(v => IsPercent(v)), "a share of right answers is not a percentage"))
            .FirstOrDefault(f => f is not null);
}

/// <summary>The members of what <see cref="SequencesJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(SequenceScores))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class SequencesJsonContext : JsonSerializerContext;
