using System.Globalization;
using System.Text.Json;
using Engram.Experiments.Recipes;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Studio.Pages;

/// <summary>A report that was saved as JSON, read member by member; one that is missing, or another thing than expected, is
/// nothing.</summary>
/// <param name="element">An object of it.</param>
internal readonly struct SavedJson(JsonElement element)
{
    /// <summary>The report in a file.</summary>
    /// <exception cref="EngramException">It cannot be read, or is no object of JSON.</exception>
    public static SavedJson Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(JsonForms.ReadBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? new SavedJson(document.RootElement.Clone())
                : throw Damaged(path);
        }
        catch (JsonException)
        {
            throw Damaged(path);
        }
    }

    /// <summary>A text; empty for none.</summary>
    public string Text(string member) =>
        Find(member, JsonValueKind.String) is { } found ? CleanText.Line(found.GetString()!, 1000) : string.Empty;

    /// <summary>A number; NaN for none.</summary>
    public double Number(string member) => Find(member, JsonValueKind.Number) is { } found ? found.GetDouble()
        : Text(member) switch { "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, _ => double.NaN };

    /// <summary>A number; null for none.</summary>
    public double? NumberOrNone(string member) => Number(member) is var number && double.IsNaN(number) ? null : number;

    /// <summary>A count; 0 for none.</summary>
    public int Count(string member) =>
        Find(member, JsonValueKind.Number) is { } found && found.TryGetInt32(out int count) ? Math.Max(0, count) : 0;

    /// <summary>Whether something holds; null where it does not say.</summary>
    public bool? Truth(string member) =>
        Find(member, JsonValueKind.True) is not null ? true : Find(member, JsonValueKind.False) is not null ? false : null;

    /// <summary>One of an enumeration's names, as reports write them; the fallback where it is none.</summary>
    public TEnum Name<TEnum>(string member, TEnum otherwise)
        where TEnum : struct, Enum
    {
        string text = Text(member);
        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            if (RecipeSchema.Name(value) == text)
            {
                return value;
            }
        }

        return otherwise;
    }

    /// <summary>The objects of a list; none where there is no such list.</summary>
    public IEnumerable<SavedJson> Each(string member) =>
        Find(member, JsonValueKind.Array) is { } list
            ? list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object).Select(e => new SavedJson(e)) : [];

    /// <summary>How long a list is.</summary>
    public int Length(string member) => Find(member, JsonValueKind.Array) is { } list ? list.GetArrayLength() : 0;

    /// <summary>The texts of a list.</summary>
    public IEnumerable<string> Texts(string member) =>
        Find(member, JsonValueKind.Array) is { } list
            ? list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => CleanText.Line(e.GetString()!, 1000)) : [];

    /// <summary>A count with its thousands apart.</summary>
    public string Grouped(string member) =>
        NumberOrNone(member) is { } number and > 0 ? number.ToString("N0", CultureInfo.InvariantCulture) : "–";

    private static EngramException Damaged(string path) =>
        new($"Found text in '{path}' that is not what Engram writes there, expected JSON of its form; the file is damaged.");

    private JsonElement? Find(string member, JsonValueKind kind) =>
        element.TryGetProperty(member, out JsonElement found) && found.ValueKind == kind ? found : null;
}
