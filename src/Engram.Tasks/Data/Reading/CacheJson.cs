using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Tasks.Data.Reading;

/// <summary>The JSON inside caches of images: what is in it, and what it may say.</summary>
internal static class CacheJson
{
    /// <summary>The parts of a set.</summary>
    public static JsonForm<CachedPart[]> Parts { get; } =
        new(new(Options(new CacheJsonContext())) { PropertyNamingPolicy = null, Encoder = null, WriteIndented = false }, all =>
        Unless(all.All(p => p is { Classes.IsDefault: false, Counts.IsDefault: false }), "a part is none")
        ?? Unless(all.All(p => p.Classes.Length == p.Counts.Length && p.Classes.All(c => c is not null) && p.Counts.All(c => c >= 0)),
            "a part's classes and counts do not fit")
        ?? Unless(all.DistinctBy(p => p.Name, StringComparer.Ordinal).Count() == all.Length, "a part stands there twice"));
}

/// <summary>The members of what <see cref="CacheJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(CachedPart[]))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class CacheJsonContext : JsonSerializerContext;

/// <summary>What a cache says of a part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Classes">Names of its classes.</param>
/// <param name="Counts">Images of each.</param>
internal sealed record CachedPart(string Name, ImmutableArray<string> Classes, ImmutableArray<int> Counts);
