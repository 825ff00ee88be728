using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Experiments.Training;

/// <summary>What is trained where a recipe or a group of them is named: one run, or a group with a run for each recipe and seed.</summary>
/// <param name="Target">A built-in recipe or group of them, a file, or a folder of files.</param>
/// <param name="Settings">What is set over every recipe, as <c>key.path=value</c>.</param>
/// <param name="FirstSeed">The first seed; 1 where it is left out. Only where there are several.</param>
/// <param name="Seeds">Networks of each recipe; null for the one that each recipe has.</param>
public sealed record TrainingPlan(string Target, ImmutableArray<string> Settings, long? FirstSeed = null, int? Seeds = null)
{
    private const string Seed = "meta-training.seed";

    /// <summary>Whether it is a group of runs.</summary>
    public bool IsGroup =>
        Seeds is not null || BuiltInRecipes.Groups.Contains(Target) || RecipeReader.NamesIn(Target) is not [var only] || only != Target;

    /// <summary>What runs of a recipe, or sweeps of a file, are called before their number.</summary>
    /// <param name="recipe">The recipe's name or file.</param>
    public static string StemOf(string recipe)
    {
        string name = recipe.EndsWith(".yaml", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(recipe) : recipe;
        return new(
            [.. name.Replace('/', '-').Replace('\\', '-').Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            .SkipWhile(c => !char.IsAsciiLetterOrDigit(c))]);
    }

    /// <summary>The recipe of a plan that is no group, checked as far as it can be before anything is made.</summary>
    /// <param name="options">How it will run.</param>
    /// <exception cref="EngramException">The recipe is wrong, its data are missing, or the network is too large.</exception>
    public Recipe Recipe(TrainingOptions options)
    {
        Recipe recipe = RecipeReader.Load(Target, Settings);
        InitialParameters.Check(recipe, options.Store);
        RunTraining.Check(recipe, options);
        return recipe;
    }

    /// <summary>The runs of a plan that is a group. All recipes are read before anything is made: a wrong setting must not leave a folder
    /// behind.</summary>
    /// <param name="options">How they will run.</param>
    /// <exception cref="EngramException">A recipe is wrong, its data are missing, or a network is too large.</exception>
    public ImmutableArray<GroupMember> Members(TrainingOptions options)
    {
        var members = ImmutableArray.CreateBuilder<GroupMember>();
        foreach (string recipe in RecipeReader.NamesIn(Target))
        {
            string own = recipe == Target ? string.Empty
                : recipe.StartsWith(Target + "/", StringComparison.Ordinal) ? recipe[(Target.Length + 1)..]
                    : Path.GetRelativePath(Target, recipe);
            own = Path.ChangeExtension(own, null).Replace('\\', '-').Replace('/', '-');
            for (int i = 0; i < (Seeds ?? 1); i++)
            {
                string[] seed = Seeds is null ? [] : [$"{Seed}={((FirstSeed ?? 1) + i).ToString(CultureInfo.InvariantCulture)}"];
                Recipe loaded = RecipeReader.Load(recipe, [.. Settings, .. seed]);
                InitialParameters.Check(loaded, options.Store);
                RunTraining.Check(loaded, options with { Threads = 1 });
                string name =
                    string.Join('-', ((string[])[own, Seeds is null ? string.Empty : $"seed-{loaded.Seed}"]).Where(p => p.Length > 0));
                members.Add(new GroupMember(name, recipe, loaded));
            }
        }

        return members.ToImmutable();
    }
}
