using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram recipe</c>: shows, checks and describes recipes.</summary>
internal static class RecipeCommand
{
    public static Command Create(Output output) =>
        new("recipe", "Shows or checks a recipe, or says what recipes can hold.") { Show(output), Check(output), Schema(output) };

    /// <summary>The option <c>--set</c>, which several commands have.</summary>
    public static Option<string[]> SetOption() => new("--set")
    {
        Description = "Set a value over the recipe's, as key.path=value; can be given again.",
        HelpName = "key=value",
        DefaultValueFactory = _ => [],
    };

    private static Command Show(Output output)
    {
        var recipe = new Argument<string>("recipe") { Description = "A built-in recipe, a group of them, a file, or a folder." };
        Option<string[]> set = SetOption();
        var plain = new Option<bool>("--plain") { Description = "Leave out where each value comes from." };
        var command = new Command("show", "Prints every value of a recipe or comparison, and where it comes from.") { recipe, set, plain };
        command.SetAction(parsed =>
        {
            if (ComparisonReader.IsComparison(parsed.GetRequiredValue(recipe)))
            {
                Comparison comparison = ComparisonReader.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
                output.Results.Write(parsed.GetValue(plain) ? comparison.ToYaml() : ComparisonReader.Annotated(comparison));
                return ExitCodes.Success;
            }

            var names = RecipeReader.NamesIn(parsed.GetRequiredValue(recipe));
            foreach (string name in names)
            {
                Recipe loaded = RecipeReader.Load(name, parsed.GetValue(set));
                string heading = names.Length > 1 ? $"{(name == names[0] ? string.Empty : "\n")}# {name}\n" : string.Empty;
                output.Results.Write(heading + (parsed.GetValue(plain) ? loaded.ToYaml() : RecipeReader.Annotated(loaded)));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Check(Output output)
    {
        var recipes = new Argument<string[]>("recipes")
        { Description = "Built-in recipes, groups of them, files, or folders.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("check", "Checks recipes and comparisons without running them.") { recipes };
        command.SetAction(parsed =>
        {
            bool wrong = false;
            foreach (string name in parsed.GetRequiredValue(recipes).SelectMany(r => RecipeReader.NamesIn(r)))
            {
                string own;
                try
                {
                    own = ComparisonReader.IsComparison(name) ? ComparisonReader.Load(name).Name : RecipeReader.Load(name).Name;
                }
                catch (EngramException e)
                {
                    output.Error(e.Message);
                    wrong = true;
                    continue;
                }

                output.Results.WriteLine($"{name}: good ({own})");
            }

            return wrong ? ExitCodes.WrongInput : ExitCodes.Success;
        });
        return command;
    }

    private static Command Schema(Output output)
    {
        var table = new Option<bool>("--table") { Description = "Print a table in Markdown instead." };
        var comparison = new Option<bool>("--comparison") { Description = "Print what comparisons can hold, as a table." };
        var command = new Command("schema", "Prints what recipes can hold, as a JSON schema for editors.") { table, comparison };
        command.SetAction(parsed =>
        {
            output.Results.Write(
                parsed.GetValue(comparison) ? ComparisonReader.MarkdownTable() : parsed.GetValue(table) ? RecipeReader.MarkdownTable()
                : RecipeJsonSchema.Text());
            return ExitCodes.Success;
        });
        return command;
    }
}
