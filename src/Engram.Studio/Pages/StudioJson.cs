using System.Text.Json.Serialization;
using Engram.Studio.Runs;

namespace Engram.Studio.Pages;

/// <summary>The members of what pages are told, source-generated.</summary>
[JsonSerializable(typeof(RunsPayload))]
[JsonSerializable(typeof(RunPayload))]
[JsonSerializable(typeof(CurvePayload))]
[JsonSerializable(typeof(ComparePayload))]
[JsonSerializable(typeof(RunCard[]))]
[JsonSerializable(typeof(RunCard))]
[JsonSerializable(typeof(WeightsHeader))]
[JsonSerializable(typeof(TensorHeader))]
[JsonSerializable(typeof(ListedPayload))]
[JsonSerializable(typeof(ReproductionPayload))]
[JsonSerializable(typeof(ComparisonPayload))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class StudioJson : JsonSerializerContext;
