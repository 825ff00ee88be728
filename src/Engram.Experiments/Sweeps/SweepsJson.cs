using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Numerics.Files;
using static System.FormattableString;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Sweeps;

/// <summary>The JSON of sweeps: what is in it, and what it may say.</summary>
internal static class SweepsJson
{
    private static readonly JsonSerializerOptions Indented = Options(new SweepsJsonContext(), Names<SweepSearch>(), Names<SweepStopping>());

    /// <summary><c>sweep.json</c>. Its numbers are within what a sweep's file may say.</summary>
    public static JsonForm<SweepPlan> Plan { get; } = new(Indented, p =>
        Unless(p.Format is >= 1 and <= RunEnvironment.NewestFormat, Invariant($"format is {p.Format}"))
        ?? Unless(p.OuterSteps >= 0, Invariant($"outerSteps is {p.OuterSteps}"))
        ?? FaultOf(p.Spec)
        ?? Unless(!p.Trials.IsDefaultOrEmpty, "no trials")
        ?? p.Trials.Select(FaultOf).FirstOrDefault(f => f is not null)
        ?? Unless(p.Trials.DistinctBy(t => t.Name, StringComparer.Ordinal).Count() == p.Trials.Length, "a trial stands there twice")
        ?? Unless(p.Trials.SelectMany(t => t.Runs).GroupBy(r => r, StringComparer.Ordinal).All(g => g.Count() == 1),
            "a run stands there twice"));

    /// <summary><c>validation.json</c>.</summary>
    public static JsonForm<Validation[]> Validations { get; } = new(Indented, all =>
        all.Select(v => v is null ? "null" : FaultOf(v)).FirstOrDefault(f => f is not null)
        ?? Unless(all.DistinctBy(v => v.OuterStep).Count() == all.Length, "an outer step stands there twice"));

    /// <summary>What stands in a sweep's result.</summary>
    public static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, (JsonTypeInfo<T>)Indented.GetTypeInfo(typeof(T)));

    private static string? FaultOf(SweepSpec s) =>
        Unless(s.Recipe.Length > 0, "no recipe")
        ?? Unless(Enum.IsDefined(s.Search) && Enum.IsDefined(s.Stopping), "a search or stopping that is none")
        ?? Unless(s.Trials is >= 1 and <= SweepReader.MostTrials, Invariant($"trials is {s.Trials}"))
        ?? Unless(s.Networks is >= 1 and <= SweepReader.MostNetworks, Invariant($"networks is {s.Networks}"))
        ?? Unless(!s.Settings.IsDefault && s.Settings.All(IsSetting), "a setting is none")
        ?? Unless(!s.Vary.IsDefaultOrEmpty, "nothing varied")
        ?? s.Vary.Select(FaultOf).FirstOrDefault(f => f is not null)
        ?? Unless(s.FirstRung is >= 1 and <= SweepReader.MostFirstRung, Invariant($"firstRung is {s.FirstRung}"))
        ?? Unless(s.Factor is >= SweepReader.LeastFactor and <= SweepReader.MostFactor, Invariant($"factor is {s.Factor}"))
        ?? Unless(s.ValidationLifetimes is >= SweepReader.FewestLifetimes and <= SweepReader.MostLifetimes,
            Invariant($"validationLifetimes is {s.ValidationLifetimes}"));

    private static string? FaultOf(SweepAxis axis) =>
        Unless(axis is { Key.Length: > 0, Values.IsDefault: false } && axis.Values.All(v => v is not null), "a key that is varied is none")
        ?? Unless(double.IsFinite(axis.From) && double.IsFinite(axis.To), Invariant($"the range of {axis.Key} is {axis.From} to {axis.To}"))
        ?? Unless(axis.Values.Length > 0
            || (axis.From <= axis.To && axis.Points is >= 2 and <= SweepReader.MostPoints && (!axis.IsLogarithmic || axis.From > 0)),
            Invariant($"the range of {axis.Key} is none"));

    private static string? FaultOf(SweepTrial trial) =>
        Unless(trial is { Name.Length: > 0, Settings.IsDefault: false, Runs.IsDefaultOrEmpty: false },
            "a trial without name, settings or runs")
        ?? Unless(trial.Settings.All(IsSetting), Invariant($"a setting of {trial.Name} is none"))
        ?? Unless(trial.Runs.All(r => r is { Length: > 0 } and not "." and not ".." && !r.AsSpan().ContainsAny('/', '\\', '\0')),
            Invariant($"a run of {trial.Name} is not a name"));

    private static string? FaultOf(Validation v) =>
        Unless(v.OuterStep >= 0, Invariant($"outerStep is {v.OuterStep}"))
        ?? Unless(v.Lifetimes >= 0, Invariant($"lifetimes is {v.Lifetimes}"))
        ?? Unless(IsAtLeastZero(v.StandardError) && IsAtLeastZero(v.ErrorStandardErrorPercent ?? 0), "a standard error is below 0")
        ?? Unless(IsPercent(v.QueryErrorPercent), Invariant($"queryErrorPercent is {v.QueryErrorPercent}"));

    private static bool IsSetting(string? setting) => setting?.IndexOf('=', StringComparison.Ordinal) > 0;
}

/// <summary>The members of what <see cref="SweepsJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(SweepPlan))]
[JsonSerializable(typeof(SweepCost))]
[JsonSerializable(typeof(PairedDifference))]
[JsonSerializable(typeof(Validation[]))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class SweepsJsonContext : JsonSerializerContext;
