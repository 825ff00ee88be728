using System.Text.Json.Serialization;
using Engram.Bench;
using Engram.Cli.Commands.Data;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Dynamics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Recovery;
using Engram.Experiments.Runs;
using Engram.Experiments.Universality;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands;

/// <summary>What commands print as JSON.</summary>
internal static class CommandJson
{
    /// <summary>The members of all of it.</summary>
    public static CommandJsonContext Types { get; } = new(PrintedJson.Options());
}

/// <summary>The members of what commands print, source-generated.</summary>
[JsonSerializable(typeof(AnalyzeCommand.JsonFigure[]))]
[JsonSerializable(typeof(RuleResult[]))]
[JsonSerializable(typeof(RecordsBenchmarkResult))]
[JsonSerializable(typeof(SupervisedBenchmarkResult))]
[JsonSerializable(typeof(LifetimeBenchmarkResult))]
[JsonSerializable(typeof(KernelResult[]))]
[JsonSerializable(typeof(DataCheckCommand.CheckedDataset))]
[JsonSerializable(typeof(DatasetStatus))]
[JsonSerializable(typeof(DatasetStatus[]))]
[JsonSerializable(typeof(DataInfoCommand.DatasetInfo))]
[JsonSerializable(typeof(JsonClaim<RecoveredRule>))]
[JsonSerializable(typeof(JsonClaim<UniversalityResult>))]
[JsonSerializable(typeof(JsonClaim<DynamicsResult>))]
[JsonSerializable(typeof(ExportedWeights))]
[JsonSerializable(typeof(ExportedLife))]
[JsonSerializable(typeof(GradientCheckCommand.Row[]))]
[JsonSerializable(typeof(ListCommand.Entry[]))]
[JsonSerializable(typeof(Declaration[]))]
[JsonSerializable(typeof(ReportCommand.JsonReport))]
[JsonSerializable(typeof(ReproduceCommand.JsonCost))]
[JsonSerializable(typeof(RunsCommand.JsonDetails[]))]
[JsonSerializable(typeof(RunsCommand.JsonComparison))]
[JsonSerializable(typeof(RunSummary[]))]
[JsonSerializable(typeof(TransplantCommand.JsonTransplant))]
[JsonSerializable(typeof(VerifyCommand.VerifiedCase[]))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class CommandJsonContext : JsonSerializerContext;
