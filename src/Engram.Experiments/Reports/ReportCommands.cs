using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>How a run is made again.</summary>
/// <param name="Command">The command.</param>
/// <param name="RecipeFile">The file that the command reads, which the report holds; null where it names a recipe that Engram has.</param>
internal sealed record ReproductionCommand(string Command, string? RecipeFile);

/// <summary>The commands that make runs, figures and reports again.</summary>
internal static class ReportCommands
{
    // These have options of their own.
    private const string Seed = "meta-training.seed";
    private const string OuterSteps = "meta-training.outer-steps";

    /// <summary>The command that trains a run: of a built-in recipe with what was set over it where that gives the very same recipe, of the
    /// run's own recipe otherwise.</summary>
    public static ReproductionCommand Train(string name, Recipe recipe, string recipeName)
    {
        string run = $"--run {ShellText.Quote(RunName(name))}";
        if (BuiltInRecipes.Names.Contains(recipeName) && Settings(RecipeReader.Load(recipeName), recipe) is var settings
            && IsSame(recipeName, settings, recipe))
        {
            return new ReproductionCommand(string.Join(' ', ["engram train", recipeName, .. settings.Select(Option), run]), null);
        }

        string file = RunName(name) + ".yaml";
        return new ReproductionCommand($"engram train {ShellText.Quote(file)} {run}", file);
    }

    /// <summary>What a run is called when it is made again: a run of a group stands alone then.</summary>
    public static string RunName(string name) => name.Replace('/', '-');

    /// <summary>A command on runs.</summary>
    public static string Of(string command, IEnumerable<string> runs, string options = "") =>
        string.Join(' ', ["engram", command, .. runs.Select(ShellText.Quote), options]).TrimEnd();

    // What a recipe sets over another, as --set takes it.
    private static ImmutableArray<string> Settings(Recipe from, Recipe to)
    {
        var before = from.Values.All.ToDictionary(v => v.Key.Path, v => v.Text, StringComparer.Ordinal);
        return [.. to.Values.All.Where(
            v => v.Key.Path != "extends" && (!before.TryGetValue(v.Key.Path, out string? text) || text != v.Text))
            .Select(v => $"{v.Key.Path}={v.Text}")];
    }

    private static bool IsSame(string recipeName, ImmutableArray<string> settings, Recipe recipe)
    {
        try
        {
            return RecipeReader.Load(recipeName, settings).ToYaml() == recipe.ToYaml();
        }
        catch (EngramException)
        {
            // Text that --set reads as something else, such as a name with a colon.
            return false;
        }
    }

    private static string Option(string setting)
    {
        string[] parts = setting.Split('=', 2);
        return parts[0] switch
        {
            Seed => $"--seed {parts[1]}",
            OuterSteps => $"--outer-steps {parts[1]}",
            _ => $"--set {ShellText.Quote(setting)}",
        };
    }
}
