using System.Collections.Immutable;
using System.Reflection;

namespace Engram.Experiments.Recipes;

/// <summary>The recipes of the repository's <c>recipes</c> folder, which travel inside the program.</summary>
public static class BuiltInRecipes
{
    private const string Root = "recipes/";
    private const string Extension = ".yaml";

    private static readonly Assembly Home = typeof(BuiltInRecipes).Assembly;

    /// <summary>Names of all recipes and comparisons.</summary>
    internal static ImmutableArray<string> AllNames { get; } =
    [
        .. Home.GetManifestResourceNames()
            .Where(n => n.StartsWith(Root, StringComparison.Ordinal) && n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(n => n[Root.Length..^Extension.Length])
            .Where(n => !n.Split('/')[^1].StartsWith('_'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Names of all recipes: the path below <c>recipes</c> without <c>.yaml</c>. Files that start with an underscore are only
    /// there to be extended; comparisons have names of their own.</summary>
    public static ImmutableArray<string> Names { get; } = [.. AllNames.Where(n => !n.StartsWith("compare/", StringComparison.Ordinal))];

    /// <summary>Names of the groups: every folder that has recipes in it or below it.</summary>
    public static ImmutableArray<string> Groups { get; } =
        [.. Names.SelectMany(n => n.Select((c, i) => c == '/' ? n[..i] : string.Empty)).Where(g => g.Length > 0)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The recipes of a group.</summary>
    public static ImmutableArray<string> InGroup(string group) =>
        [.. Names.Where(n => n.StartsWith(group + "/", StringComparison.Ordinal))];

    /// <summary>A recipe's text by its path, or null.</summary>
    internal static RecipeSource? Find(string path)
    {
        using Stream? stream = Home.GetManifestResourceStream(path);
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        return new RecipeSource(path, reader.ReadToEnd(), IsBuiltIn: true);
    }
}
