using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sweeps;

/// <summary>How a run of a sweep did on the meta-validation split at one rung.</summary>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="QueryLoss">Mean query loss.</param>
/// <param name="StandardError">Its standard error over lifetimes.</param>
/// <param name="Lifetimes">Lifetimes.</param>
public sealed record Validation(long OuterStep, double QueryLoss, double StandardError, int Lifetimes)
{
    /// <summary>In classification, mean query error in %; left out in regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? QueryErrorPercent { get; init; }

    /// <summary>Its standard error over lifetimes, in %.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ErrorStandardErrorPercent { get; init; }
}

/// <summary>The validations of a run: <c>validation.json</c> in its folder.</summary>
internal static class ValidationLog
{
    private const string FileName = FolderKind.Validations;

    /// <summary>What is there; nothing where the file is not, or is damaged: it can be measured again.</summary>
    public static ImmutableArray<Validation> Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? [.. SweepsJson.Validations.Read(path)] : [];
        }
        catch (EngramException)
        {
            return [];
        }
    }

    /// <summary>Adds one; the file appears whole or stays as it was, and its checksum is kept.</summary>
    public static void Add(string folder, Validation validation) => RunManifest.WriteSealed(
        folder,
        FileName,
        SweepsJson.Validations.Write(
            [.. Read(folder).Where(v => v.OuterStep != validation.OuterStep).Append(validation).OrderBy(v => v.OuterStep)]) + "\n");
}
