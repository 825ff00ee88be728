using System.Collections.Immutable;
using Engram.Studio.Runs;

namespace Engram.Studio.Pages;

/// <summary>The list of runs.</summary>
internal sealed record RunsPayload(string Root, string Version, ImmutableArray<RunCard> Runs, int Comparisons, int Reproductions);

/// <summary>A setting.</summary>
internal sealed record SettingPayload(string Key, string Value);

/// <summary>A checkpoint's file.</summary>
internal sealed record CheckpointPayload(string File, long Bytes);

/// <summary>What a curve is drawn against.</summary>
internal sealed record AxisPayload(string Label, bool Logarithmic, double? Reference, string ReferenceLabel);

/// <summary>All about a run.</summary>
internal sealed record RunPayload(
    RunCard Card,
    string Description,
    string Expected,
    string Message,
    ImmutableArray<SettingPayload> Settings,
    ImmutableArray<SettingPayload> Machine,
    ImmutableArray<CheckpointPayload> Checkpoints,
    ImmutableArray<SettingPayload> Result,
    AxisPayload Axis,
    ImmutableArray<string> Siblings,
    ImmutableArray<string> Splits);

/// <summary>A part of a run's curve.</summary>
internal sealed record CurvePayload(string Run, string Quantity, long First, long Last, bool HasErrors, int Generation, Curve Curve);

/// <summary>A row of a table, in words.</summary>
internal sealed record RowPayload(ImmutableArray<string> Cells);

/// <summary>A table, in words; a heading that begins with &gt; is of numbers.</summary>
internal sealed record TablePayload(ImmutableArray<string> Headings, ImmutableArray<RowPayload> Rows, string Meaning)
{
    /// <summary>A table of rows.</summary>
    public static TablePayload Of(ImmutableArray<string> headings, IEnumerable<ImmutableArray<string>> rows, string meaning = "") =>
        new(headings, [.. rows.Select(r => new RowPayload(r))], meaning);
}

/// <summary>A run in a comparison: what the legend calls it and which of the figures' colours it has.</summary>
internal sealed record ComparedPayload(RunCard Card, string Label, int Style);

/// <summary>Runs side by side.</summary>
internal sealed record ComparePayload(
    ImmutableArray<ComparedPayload> Runs, AxisPayload Axis, TablePayload Results, TablePayload Settings, TablePayload Differences,
    string Notice);
