using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Reads recipes.</summary>
public static class RecipeReader
{
    /// <summary>The recipes that <c>engram train</c> runs when it is told nothing.</summary>
    public const string QuickStart = "quick-start";

    private const string Extension = ".yaml";
    private const int MostNamed = 12;
    private const int MostEntries = 10_000;

    /// <summary>Reads a recipe.</summary>
    /// <param name="nameOrPath">Name of a built-in recipe, such as <c>quick-start/flp</c>, or a file.</param>
    /// <param name="settings">What to set over it, as <c>key.path=value</c>; null for nothing.</param>
    /// <exception cref="EngramException">There is none of that name, or a key or value is wrong: the line names file, line, key, what was
    /// expected and the nearest valid key.</exception>
    public static Recipe Load(string nameOrPath, IEnumerable<string>? settings = null) => Bind(Find(nameOrPath), settings);

    /// <summary>What a name stands for: itself, or the recipes of a group or folder.</summary>
    /// <param name="nameOrPath">A built-in recipe or group of them, a file, or a folder with recipes in it or below it (files that start
    /// with an underscore are left aside).</param>
    /// <returns>Names that <see cref="Load"/> takes, at least one.</returns>
    /// <exception cref="EngramException">The folder cannot be read, or has so much in and below it that it is not one of
    /// recipes.</exception>
    public static ImmutableArray<string> NamesIn(string nameOrPath)
    {
        if (BuiltInRecipes.Groups.Contains(nameOrPath))
        {
            return BuiltInRecipes.InGroup(nameOrPath);
        }

        ImmutableArray<string> files = BuiltInRecipes.Names.Contains(nameOrPath) || !Directory.Exists(nameOrPath) ? []
            : FilesIn(nameOrPath);
        return files.IsEmpty ? [nameOrPath] : files;
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What messages call it; a path relative to which it may extend others.</param>
    /// <param name="settings">What to set over it; null for nothing.</param>
    /// <exception cref="EngramException">A key or value is wrong.</exception>
    public static Recipe Parse(string text, string source, IEnumerable<string>? settings = null) =>
        Bind(new RecipeSource(source, text, IsBuiltIn: false), settings);

    /// <summary>The recipe with every value and, as a comment, where it comes from.</summary>
    public static string Annotated(Recipe recipe) => RecipeWriter.Write(recipe.Values, v => v.Origin.ToString());

    /// <summary>All keys as a table in Markdown, one for each section.</summary>
    public static string MarkdownTable() => RecipeTable.Of(RecipeSchema.Keys);

    private static Recipe Bind(RecipeSource source, IEnumerable<string>? settings) =>
        RecipeBinder.Bind(new RecipeResolver(RecipeSchema.All).Resolve(source, settings ?? []));

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

        if (BuiltInRecipes.Groups.Contains(nameOrPath))
        {
            ImmutableArray<string> members = BuiltInRecipes.InGroup(nameOrPath);
            string more = members.Length > MostNamed ? ", …; 'engram list recipes' lists them all" : string.Empty;
            throw new EngramException(
                $"Found {RecipeNode.Quote(nameOrPath)}, which is a group of recipes, expected one of them: " +
                $"{string.Join(", ", members.Take(MostNamed))}{more}.");
        }

        if (Directory.Exists(nameOrPath))
        {
            throw new EngramException(FilesIn(nameOrPath) is [var first, ..]
                ? $"Found {RecipeNode.Quote(nameOrPath)}, which is a folder of recipes, expected one recipe; name a file, such as " +
                    $"'{first}'."
                : $"Found the folder {RecipeNode.Quote(nameOrPath)}, which is neither a built-in recipe nor a recipe's file, and holds " +
                    $"none: no file whose name ends with {Extension} and begins without an underscore; name a recipe, or a folder of " +
                        $"them.");
        }

        string hint = NearestName.Find(nameOrPath, [.. BuiltInRecipes.Names, .. BuiltInRecipes.Groups]) is { } near
            ? $"did you mean '{near}'?" : "'engram list recipes' lists the built-in ones.";
        throw new EngramException($"Found {RecipeNode.Quote(nameOrPath)}, which is neither a built-in recipe nor a recipe's file; {hint}");
    }

    // A folder of recipes is small: one that is not, such as the root of the disk, is not gone through to its end.
    private static ImmutableArray<string> FilesIn(string folder)
    {
        try
        {
            string[] entries = [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Take(MostEntries + 1)];
            if (entries.Length > MostEntries)
            {
                throw new EngramException(
                    $"Found more than {MostEntries} files and folders in {RecipeNode.Quote(folder)} and below it, expected a folder of " +
                    $"recipes; name one that holds little else.");
            }

            return [.. entries.Where(
                e => e.EndsWith(Extension, StringComparison.Ordinal) && !Path.GetFileName(e).StartsWith('_') && File.Exists(e))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not read the folder {RecipeNode.Quote(folder)}: {e.Message.TrimEnd('.')}; name a folder of recipes that can be " +
                $"read.", e);
        }
    }
}
