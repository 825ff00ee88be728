using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>A kind of JSON that Engram writes and reads again: which members it has, and what they may say. Nothing else is read.</summary>
/// <remarks>
/// The members are those of a record, from a source-generated context: each once, every one that is always written there, none besides,
/// null only where the record says so. What a number or a list may be is the
/// form's own check, for what comes after it counts on that.
/// </remarks>
/// <typeparam name="T">What is written.</typeparam>
/// <param name="options">Its members, and how they are written: <see cref="JsonForms.Options"/>.</param>
/// <param name="faultOf">What is wrong with a value, such as <c>threads is -1</c>; null for nothing.</param>
internal sealed class JsonForm<T>(JsonSerializerOptions options, Func<T, string?> faultOf)
    where T : class
{
    private readonly JsonTypeInfo<T> type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    /// <summary>A value as text.</summary>
    public string Write(T value) => JsonSerializer.Serialize(value, type);

    /// <summary>A value as bytes.</summary>
    public byte[] WriteBytes(T value) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">It cannot be read, is a pipe, a socket or a device, or holds anything else.</exception>
    public T Read(string path) => Parse(JsonForms.ReadBytes(path), path);

    /// <summary>Reads bytes.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="path">The file that they are from, for messages.</param>
    /// <exception cref="EngramException">They are anything else.</exception>
    public T Parse(ReadOnlySpan<byte> utf8, string path)
    {
        (T? value, string? fault) = Look(utf8);
        return value
            ?? throw new EngramException(
            $"Found text in '{path}' that is not what Engram writes there ({fault}), expected JSON of its form; the file is damaged.");
    }

    /// <summary>Reads bytes; null where they are anything else.</summary>
    public T? ParseOrNull(ReadOnlySpan<byte> utf8) => Look(utf8).Value;

    private (T? Value, string? Fault) Look(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, type) is not { } value ? (null, "null")
                : faultOf(value) is { } fault ? (null, AtomicFile.Shown(fault))
                : (value, null);
        }
        catch (JsonException e)
        {
            string member = e.Path is { Length: > 2 } place && place.StartsWith("$.", StringComparison.Ordinal)
                ? $", {AtomicFile.Shown(place[2..])}" : string.Empty;
            string twice = e.Message.StartsWith("Duplicate property", StringComparison.Ordinal) ? ": a member stands there twice"
                : string.Empty;
            return (null, $"line {e.LineNumber + 1}{member}{twice}");
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or ArgumentException or FormatException
            or OverflowException)
        {
            // Such as an escaped character that is none.
            return (null, "a value that is none");
        }
    }
}

/// <summary>What forms of JSON have in common.</summary>
internal static class JsonForms
{
    /// <summary>Most bytes of a file that Engram writes as JSON.</summary>
    public const int MostBytes = 1 << 26;

    /// <summary>How all of it is written and read: strictly.</summary>
    /// <param name="context">Members of the types, source-generated.</param>
    /// <param name="named">Which of its types are enumerations: they are written by their names.</param>
    public static JsonSerializerOptions Options(IJsonTypeInfoResolver context, params ReadOnlySpan<JsonConverter> named)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            MaxDepth = 32,
            TypeInfoResolver = context.WithAddedModifier(ExpectWhatIsWritten),
        };
        foreach (JsonConverter converter in named)
        {
            options.Converters.Add(converter);
        }

        return options;
    }

    /// <summary>The same for lines of a file of many: each on one line, and every character outside ASCII escaped.</summary>
    public static JsonSerializerOptions OneLine(IJsonTypeInfoResolver context, params ReadOnlySpan<JsonConverter> named) =>
        new(Options(context, named)) { WriteIndented = false, Encoder = null };

    /// <summary>The names of an enumeration's values, as recipes write them.</summary>
    public static JsonConverter Names<TEnum>()
        where TEnum : struct, Enum => new JsonStringEnumConverter<TEnum>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

    /// <summary>The number of a file's form, its member <c>format</c>, whatever else is in it; null where it has none.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static long? FormatOf(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(ReadBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("format", out JsonElement format)
                && format.ValueKind == JsonValueKind.Number && format.TryGetInt64(out long number) ? number : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a file of JSON.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            return RegularFile.ReadBytes(path, MostBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngramException($"Could not read '{path}': {AtomicFile.OneLine(e.Message)}", e);
        }
    }

    /// <summary>A value of a recipe or of a table as JSON: text, a number, yes or no, nothing, or a list of them.</summary>
    /// <exception cref="ArgumentException">It is anything else.</exception>
    public static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag,
        int number => number,
        long number => number,
        ulong number => number,
        double number => number,
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Node)]),
        _ =>
            throw new ArgumentException(
            string.Create(CultureInfo.InvariantCulture, $"A {value.GetType().Name} has no form as JSON."), nameof(value)),
    };

    /// <summary>What is wrong where a condition does not hold.</summary>
    public static string? Unless(bool holds, string fault) => holds ? null : fault;

    /// <summary>Whether a number is at least 0, or is not one at all.</summary>
    public static bool IsAtLeastZero(double value) => double.IsNaN(value) || value >= 0;

    /// <summary>Whether a percentage is one, is left out, or is not a number at all.</summary>
    public static bool IsPercent(double? value) => value is null or double.NaN or (>= 0 and <= 100.0000001);

    // What may be null may be left out, and then is null; any other is always written.
    private static void ExpectWhatIsWritten(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo member in type.Properties.Where(
            p => !p.IsGetNullable && (p.Set is not null || p.AssociatedParameter is not null)))
        {
            member.IsRequired = true;
        }
    }
}
