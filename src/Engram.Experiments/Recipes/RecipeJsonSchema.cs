using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Numerics.Files;

namespace Engram.Experiments.Recipes;

/// <summary>The schema as a JSON schema, for editors that check and complete YAML.</summary>
public static class RecipeJsonSchema
{
    private static readonly JsonSerializerOptions Readable = new()
    { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON schema's text (draft 2020-12).</summary>
    public static string Text()
    {
        JsonObject root = Section(string.Empty);
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "Engram recipe";
        return root.ToJsonString(Readable) + "\n";
    }

    private static JsonObject Section(string section)
    {
        var properties = new JsonObject();
        foreach (string child in RecipeSchema.Children(section))
        {
            string path = section.Length == 0 ? child : $"{section}.{child}";
            properties[child] = RecipeSchema.All.Variants(path) switch
            {
                [] => Section(path),
                [var key] => Value(key),
                var several => new JsonObject { ["anyOf"] = new JsonArray([.. several.Select(Value)]) },
            };
        }

        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    }

    // An entry with settings is its name, or a section with the name and the settings.
    private static JsonObject Value(RecipeKey key)
    {
        JsonObject name = Key(key);
        if (key.IsOpen)
        {
            return new() { ["type"] = "object", ["additionalProperties"] = name };
        }

        if (!key.IsEntry || RecipeSchema.Children(key.Path).Count == 0)
        {
            return name;
        }

        JsonObject section = Section(key.Path);
        section["properties"]!.AsObject().Insert(0, RecipeSettings.EntryName, name.DeepClone());
        return new JsonObject { ["anyOf"] = new JsonArray(name, section) };
    }

    private static JsonObject Key(RecipeKey key)
    {
        JsonObject type = key.Kind switch
        {
            RecipeValueKind.Text => new() { ["type"] = "string" },
            RecipeValueKind.Choice => new() { ["enum"] = new JsonArray([.. key.Choices!().Select(c => (JsonNode)c)]) },
            RecipeValueKind.Integer => Bounded(key, "integer"),
            RecipeValueKind.Number => Bounded(key, "number"),
            RecipeValueKind.TextList => new() { ["type"] = "array", ["minItems"] = 1, ["items"] = new JsonObject { ["type"] = "string" } },
            RecipeValueKind.NumberList => new() { ["type"] = "array", ["minItems"] = 1, ["items"] = Bounded(key, "number") },
            RecipeValueKind.Flag => new() { ["type"] = "boolean" },
            _ => new() { ["type"] = "array", ["minItems"] = 1, ["items"] = Bounded(key, "integer") },
        };
        JsonObject result = key.AllowsNone
            ? new() { ["anyOf"] = new JsonArray(type, new JsonObject { ["enum"] = new JsonArray("none", null) }) }
            : type;
        string only = key.AppliesWhen is { } condition ? $" Only where {condition.Text}." : string.Empty;
        result["description"] = key.Summary + only + (key.Unit is null ? string.Empty : $" Counted in {key.Unit}.");
        if (key.Default is not null)
        {
            result["default"] = JsonForms.Node(key.Default);
        }

        return result;
    }

    private static JsonObject Bounded(RecipeKey key, string type)
    {
        var result = new JsonObject { ["type"] = type };
        if (double.IsFinite(key.Minimum))
        {
            result[key.AboveMinimum ? "exclusiveMinimum" : "minimum"] = key.Minimum;
        }

        if (double.IsFinite(key.Maximum))
        {
            result[key.BelowMaximum ? "exclusiveMaximum" : "maximum"] = key.Maximum;
        }

        return result;
    }
}
