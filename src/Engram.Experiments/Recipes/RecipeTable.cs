using System.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Keys as tables in Markdown.</summary>
internal static class RecipeTable
{
    /// <summary>A table for each section.</summary>
    public static string Of(IEnumerable<RecipeKey> keys)
    {
        var text = new StringBuilder();
        foreach (var section in keys.GroupBy(
            k => k.Path.Contains('.', StringComparison.Ordinal) ? k.Path.Split('.')[0] : string.Empty, StringComparer.Ordinal))
        {
            text.Append(Of(section.Key.Length == 0 ? "At the top" : $"`{section.Key}`", section));
        }

        return text.ToString();
    }

    /// <summary>A table of keys under a heading.</summary>
    /// <param name="heading">The heading.</param>
    /// <param name="keys">The keys.</param>
    public static string Of(string heading, IEnumerable<RecipeKey> keys)
    {
        var text = new StringBuilder($"### {heading}\n\n");
        text.Append("| key | takes | default | meaning |\n|---|---|---|---|\n");
        foreach (RecipeKey key in keys)
        {
            string initial = key.Required ? "required" : key.Default is null ? (key.AllowsNone ? "`none`" : "")
                : $"`{RecipeNumbers.Format(key.Default)}`";
            string only = key.AppliesWhen is null ? string.Empty : $" Only where {key.AppliesWhen.Text}.";
            text.Append($"| `{key.Path}{(key.IsOpen ? ".NAME" : string.Empty)}` | {key.Expected()} | {initial} | {key.Summary}{only} |\n");
        }

        return text.Append('\n').ToString();
    }
}
