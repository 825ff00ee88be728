using System.Collections.Immutable;
using System.Text.Json;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Experiments.Serving;

/// <summary>What a request asks with: each parameter is taken once, by its name and kind, and none is left over.</summary>
/// <param name="method">The request's method, for messages.</param>
/// <param name="values">Its object of parameters; undefined for none.</param>
internal sealed class ServeParameters(string method, JsonElement values)
{
    private readonly List<string> known = [];

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => TextOrNone(name) ?? throw Lacks(name);

    /// <summary>A text; null where it is left out.</summary>
    public string? TextOrNone(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(name, value, "a text");

    /// <summary>The id of a request as its line has it: a whole number, or a text in quotation marks; null where it is left out.</summary>
    public string? IdOrNone(string name) => Take(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? value.GetRawText()
        : throw Wrong(name, value, "the id of a request");

    /// <summary>One of some names; null where it is left out.</summary>
    public string? ChoiceOrNone(string name, IReadOnlyCollection<string> choices) => TextOrNone(name) is not { } text ? null
        : choices.Contains(text) ? text
        : throw new EngramException(
            $"Found {RecipeNode.Quote(text)} as '{name}' of the request '{method}', expected one of {string.Join(", ", choices)}; " +
            $"{NearestName.Hint(text, choices)}");

    /// <summary>A list of texts, or one text; empty where it is left out.</summary>
    public ImmutableArray<string> Texts(string name)
    {
        if (Take(name) is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.String ? [value.GetString()!]
            : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
                ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
            : throw Wrong(name, value, "a list of texts");
    }

    /// <summary>A list of texts that must not be empty.</summary>
    public ImmutableArray<string> SomeTexts(string name) => Texts(name) is { IsEmpty: false } texts ? texts : throw Lacks(name);

    /// <summary>A whole number; null where it is left out.</summary>
    public long? WholeOrNone(string name, long least, long most) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most ? number
        : throw Wrong(name, value, $"a whole number from {least} to {most}");

    /// <summary>Whether something is so; false where it is left out.</summary>
    public bool Flag(string name) => Take(name) is { } value
        && (value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false"));

    /// <summary>Refuses parameters that nobody took.</summary>
    /// <exception cref="EngramException">There is one.</exception>
    public void ExpectNoOther()
    {
        if (values.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty property in values.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw known.Count == 0
                    ? new EngramException(
                        $"Found the parameter {RecipeNode.Quote(property.Name)} of the request '{method}', expected none; leave it out.")
                    : new EngramException(
                        $"Found the parameter {RecipeNode.Quote(property.Name)} of the request '{method}', expected some of " +
                        $"{string.Join(", ", known)}; {NearestName.Hint(property.Name, known)}");
            }
        }
    }

    private JsonElement? Take(string name)
    {
        known.Add(name);
        return values.ValueKind == JsonValueKind.Object && values.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private EngramException Lacks(string name) =>
        new($"Found no '{name}' in the request '{method}', expected it; add it to the parameters.");

    private EngramException Wrong(string name, JsonElement value, string expected) =>
        new($"Found {RecipeNode.Quote(value.GetRawText())} as '{name}' of the request '{method}', expected {expected}.");
}
