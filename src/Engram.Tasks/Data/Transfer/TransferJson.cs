using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using Engram.Tasks.Data.Folders;
using static Engram.Numerics.Files.JsonForms;

namespace Engram.Tasks.Data.Transfer;

/// <summary>The JSON beside data sets: what is in it, and what it may say.</summary>
internal static class TransferJson
{
    private static readonly JsonSerializerOptions Indented = new(Options(new TransferJsonContext()))
    { PropertyNamingPolicy = null, Encoder = null };

    /// <summary>What was found of a data set: <c>NAME.check.json</c>.</summary>
    public static JsonForm<CheckRecord> Check { get; } = new(Indented, r =>
        Unless(!r.Parts.IsDefault && r.Parts.All(p => p is { Classes: >= 0, Images: >= 0, FewestPerClass: >= 0, MostPerClass: >= 0 }),
            "a part is none")
        ?? Unless(!r.Notes.IsDefault && r.Notes.All(n => n is not null), "a note is none"));

    /// <summary>What a download is a part of: <c>NAME.download.json</c>.</summary>
    public static JsonForm<DownloadVersion> Version { get; } =
        new(new(Indented) { WriteIndented = false }, v => Unless(v.Mark.Length > 0, "no mark"));
}

/// <summary>The members of what <see cref="TransferJson"/> reads and writes, source-generated.</summary>
[JsonSerializable(typeof(CheckRecord))]
[JsonSerializable(typeof(DownloadVersion))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class TransferJsonContext : JsonSerializerContext;

/// <summary>What was found when a data set was looked through.</summary>
/// <param name="Stamp">Its files as they then were.</param>
/// <param name="Parts">Its parts.</param>
/// <param name="Notes">What else there was to say.</param>
internal sealed record CheckRecord(string Stamp, ImmutableArray<PartCheck> Parts, ImmutableArray<string> Notes);

/// <summary>Which version of a file the bytes that came are of.</summary>
/// <param name="Address">Where from.</param>
/// <param name="Mark">The server's mark of it.</param>
internal sealed record DownloadVersion(string Address, string Mark);
