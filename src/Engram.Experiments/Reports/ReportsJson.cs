using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Experiments.Analysis.Figures;
using Engram.Numerics.Files;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Reports;

/// <summary>The JSON that a report reads: what is in it, and what it may say.</summary>
internal static class ReportsJson
{
    // More stands in a figure's file than a report takes.
    private static readonly JsonSerializerOptions Indented = new(Options(new ReportsJsonContext()))
    { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>A figure's <c>.json</c>.</summary>
    public static JsonForm<FigureFile> Figure { get; } = new(Indented, f =>
        Unless(f.Lifetimes >= 0, $"lifetimes is {f.Lifetimes}")
        ?? Unless(!f.Runs.IsDefault && f.Runs.All(r => r is not null), "a run is none")
        ?? Unless(!f.Summary.IsDefault && f.Summary.All(r => r is not null && IsAtLeastZero(r.StandardError)), "a row is none"));
}

/// <summary>The members of what <see cref="ReportsJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(FigureFile))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ReportsJsonContext : JsonSerializerContext;

/// <summary>A run of a figure.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Parameters">Fingerprint of its meta-parameters.</param>
internal sealed record FigureRun(string Run, string Parameters);

/// <summary>What a report takes of a figure itself.</summary>
/// <param name="Description">What it shows, in sentences.</param>
internal sealed record FigureText(string Description);

/// <summary>What a report takes of a figure's file.</summary>
/// <param name="Engram">The version that drew it.</param>
/// <param name="Lifetimes">Lifetimes of each run.</param>
/// <param name="Runs">The runs.</param>
/// <param name="Summary">What it says, in numbers.</param>
/// <param name="Figure">The figure.</param>
internal sealed record FigureFile(
    string Engram, int Lifetimes, ImmutableArray<FigureRun> Runs, ImmutableArray<SummaryRow> Summary, FigureText Figure);
