namespace Engram.Experiments;

internal static class RecipeOptimizers
{
    public static IReadOnlyList<string> Names => ["adam"];
}
