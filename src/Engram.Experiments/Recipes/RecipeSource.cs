using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>A recipe's text and where it lies: a file, or one of those inside the program.</summary>
/// <param name="Path">What messages call it.</param>
/// <param name="Text">YAML.</param>
/// <param name="IsBuiltIn">Whether it lies inside the program; then <paramref name="Path"/> starts with <c>recipes/</c>.</param>
internal sealed record RecipeSource(string Path, string Text, bool IsBuiltIn)
{
    /// <summary>The recipe that this one extends.</summary>
    /// <param name="reference">A file relative to this one, or the name of a built-in recipe.</param>
    /// <param name="line">Where it says so.</param>
    public RecipeSource Relative(string reference, int line)
    {
        if (IsBuiltIn)
        {
            // Only the path's text matters: it is resolved against a root that need not exist.
            string root = System.IO.Path.GetFullPath("/");
            string full = System.IO.Path.GetFullPath(System.IO.Path.Combine(root, System.IO.Path.GetDirectoryName(Path)!, reference));
            return BuiltInRecipes.Find(full[root.Length..].Replace('\\', '/')) ?? throw Missing(reference, line);
        }

        string file = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? string.Empty, reference);
        return File.Exists(file)
            ? new RecipeSource(System.IO.Path.GetRelativePath(".", file), RecipeText.ReadFile(file), IsBuiltIn: false)
            : BuiltInRecipes.Find($"recipes/{reference}.yaml") ?? throw Missing(reference, line);
    }

    private EngramException Missing(string reference, int line) =>
        RecipeText.At(
            Path, line,
            $"extends: found {RecipeNode.Quote(reference)}, which is neither a file beside this one nor a built-in recipe; " +
            $"{NearestName.Hint(reference, [.. BuiltInRecipes.Names])}");
}
