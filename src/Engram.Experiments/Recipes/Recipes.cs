using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>Reads recipes.</summary>
public static class Recipes
{
    /// <summary>The recipes that <c>engram train</c> runs when it is told nothing.</summary>
    public const string QuickStart = "quick-start";

    /// <summary>Reads a recipe.</summary>
    /// <param name="nameOrPath">Name of a built-in recipe, such as <c>quick-start/flp</c>, or a file.</param>
    /// <param name="settings">What to set over it, as <c>key.path=value</c>; null for nothing.</param>
    /// <exception cref="EngramException">There is none of that name, or a key or value is wrong: the line names file, line, key, what was expected and the nearest valid key.</exception>
    public static Recipe Load(string nameOrPath, IEnumerable<string>? settings = null) => Bind(Find(nameOrPath), settings);

    /// <summary>What a name stands for: itself, or the recipes of a group or folder.</summary>
    /// <param name="nameOrPath">A built-in recipe or group of them, a file, or a folder with recipes in it or below it (files that start with an underscore are left aside).</param>
    /// <returns>Names that <see cref="Load"/> takes, at least one.</returns>
    public static ImmutableArray<string> NamesIn(string nameOrPath)
    {
        if (BuiltInRecipes.Groups.Contains(nameOrPath))
        {
            return BuiltInRecipes.InGroup(nameOrPath);
        }

        ImmutableArray<string> files = BuiltInRecipes.Names.Contains(nameOrPath) || !Directory.Exists(nameOrPath) ? [] :
        [
            .. Directory.EnumerateFiles(nameOrPath, "*.yaml", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('_')).Order(StringComparer.Ordinal),
        ];
        return files.IsEmpty ? [nameOrPath] : files;
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What messages call it; a path relative to which it may extend others.</param>
    /// <param name="settings">What to set over it; null for nothing.</param>
    /// <exception cref="EngramException">A key or value is wrong.</exception>
    public static Recipe Parse(string text, string source, IEnumerable<string>? settings = null) => Bind(new RecipeSource(source, text, IsBuiltIn: false), settings);

    /// <summary>The recipe with every value and, as a comment, where it comes from.</summary>
    public static string Annotated(Recipe recipe) => RecipeWriter.Write(recipe.Values, v => v.Origin.ToString());

    /// <summary>All keys as a table in Markdown, one for each section.</summary>
    public static string MarkdownTable() => RecipeTable.Of(RecipeSchema.Keys);

    private static Recipe Bind(RecipeSource source, IEnumerable<string>? settings) => RecipeBinder.Bind(new RecipeResolver(RecipeSchema.All).Resolve(source, settings ?? []));

    private static RecipeSource Find(string nameOrPath)
    {
        if (BuiltInRecipes.Find($"recipes/{nameOrPath}.yaml") is { } builtIn)
        {
            return builtIn;
        }

        if (File.Exists(nameOrPath))
        {
            return new RecipeSource(nameOrPath, RecipeText.ReadFile(nameOrPath), IsBuiltIn: false);
        }

        string folder = Directory.Exists(nameOrPath) ? $"the folder {RecipeNode.Quote(nameOrPath)}" : RecipeNode.Quote(nameOrPath);
        string hint = NearestName.Find(nameOrPath, [.. BuiltInRecipes.Names, .. BuiltInRecipes.Groups]) is { } near ? $"did you mean '{near}'?" : "'engram list recipes' lists the built-in ones.";
        throw new EngramException($"Found {folder}, which is neither a built-in recipe nor a recipe's file; {hint}");
    }
}
