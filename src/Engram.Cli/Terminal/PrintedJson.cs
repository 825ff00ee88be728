using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Engram.Tasks.Data.Folders;

namespace Engram.Cli.Terminal;

/// <summary>How commands print JSON: its members come from contexts that the build generates, for reflection is not there in a program
/// compiled ahead of time.</summary>
internal static class PrintedJson
{
    /// <summary>Members of the results of runs.</summary>
    public static ResultJsonContext Results { get; } = new(Options());

    /// <summary>Options of a context. What is printed is for other programs, and is not read again: it is not held to the strictness of
    /// <see cref="JsonForms"/>.</summary>
    public static JsonSerializerOptions Options() => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,

        // Every enumeration that is printed, by name: a test walks the contexts for one that is missing.
        Converters = { JsonForms.Names<RunState>(), JsonForms.Names<DatasetState>() },
    };
}

/// <summary>The members of what <see cref="ResultView"/> prints, source-generated.</summary>
[JsonSerializable(typeof(ResultView.JsonResults))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ResultJsonContext : JsonSerializerContext;
