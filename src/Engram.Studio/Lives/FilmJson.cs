using System.Text.Json.Serialization;

namespace Engram.Studio.Lives;

/// <summary>The members of a film's header, source-generated.</summary>
[JsonSerializable(typeof(FilmHeader))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class FilmJson : JsonSerializerContext;
