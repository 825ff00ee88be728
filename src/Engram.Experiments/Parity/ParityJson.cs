using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Experiments.Parity;

/// <summary>The JSON inside parity cases that is more than a word.</summary>
internal static class ParityJson
{
    private static readonly JsonSerializerOptions Plain = Options(new ParityJsonContext());

    /// <summary>Terms of a polynomial rule, each an exponent from 0 to 2 of three.</summary>
    public static JsonForm<int[][]> Terms { get; } = new(Plain, all =>
        Unless(all.Length > 0 && all.All(t => t is [>= 0 and <= 2, >= 0 and <= 2, >= 0 and <= 2]), "a term is none"));

    /// <summary>Channels, height and width.</summary>
    public static JsonForm<double[]> Image { get; } = new(Plain, sizes => Unless(sizes.Length == 3, $"{sizes.Length} sizes"));
}

/// <summary>The members of what <see cref="ParityJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(int[][]))]
[JsonSerializable(typeof(double[]))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ParityJsonContext : JsonSerializerContext;
