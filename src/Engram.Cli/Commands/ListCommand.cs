using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Learning.Births;
using Engram.Learning.Engines;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Rules;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Tasks;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace Engram.Cli.Commands;

/// <summary><c>engram list</c>: what is registered.</summary>
internal static class ListCommand
{
    private const int LongestDefault = 16;

    // Recipes have the key learner.pathway, and the extension point is a pathway.
    private const string FeedbackName = "feedback", PathwaysName = "pathways";

    internal sealed record Entry(string Name, string Summary);

    private static readonly Dictionary<string, Func<IEnumerable<Entry>>> Kinds = new(StringComparer.Ordinal)
    {
        ["rules"] = () => Of(PlasticityRules.Registry),
        [FeedbackName] = () => Of(FeedbackPathways.Registry),
        ["births"] = () => Of(BirthDistributions.Registry),
        ["learners"] = () => Of(LearnerSpecs.Registry),
        ["tasks"] = () => Of(TaskFamilies.Registry),
        ["datasets"] = () => Of(Datasets.Registry),
        ["recipes"] = () => BuiltInRecipes.Names.Select(n => new Entry(n, RecipeReader.Load(n).Description ?? string.Empty)),
        ["optimizers"] = () => Of(MetaOptimizers.Registry),
        ["estimators"] = () => Of(MetaGradientEstimators.Registry),
        ["comparisons"] = () => ComparisonReader.Names.Select(n => new Entry(n, ComparisonReader.Load(n).Description ?? string.Empty)),
        ["problems"] = () => Of(SupervisedProblems.Registry),
        ["methods"] = () => Of(CreditAssignments.Registry),
        ["figures"] = () => Of(RunFigures.Registry),
        ["engines"] = () => Of(LifetimeEngines.Registry),
    };

    // What declares something in each layer: listed with what that is.
    private static readonly Dictionary<string, Func<IEnumerable<Declaration>>> Declaring = new(StringComparer.Ordinal)
    {
        ["rules"] = Declarations.OfRules,
        [FeedbackName] = Declarations.OfPathways,
        ["births"] = Declarations.OfBirths,
    };

    public static Command Create(Output output)
    {
        var kind = new Argument<string?>("what")
        {
            HelpName = "what",
            Description = $"One of {string.Join(", ", Kinds.Keys)}; '{PathwaysName}' is '{FeedbackName}'. Default: these names.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        kind.CompletionSources.Add([.. Kinds.Keys, PathwaysName]);
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("list", "Lists rules, feedback pathways, births, learners, task families, recipes, …") { kind, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(kind) is not { } asked)
            {
                PrintKinds(output, parsed.GetValue(json));
                return ExitCodes.Success;
            }

            string name = asked == PathwaysName ? FeedbackName : asked;
            if (!Kinds.TryGetValue(name, out Func<IEnumerable<Entry>>? entries))
            {
                throw new EngramException(
                    $"Found '{name}', which is nothing that can be listed; {NearestName.Hint(name, [.. Kinds.Keys, PathwaysName])}");
            }

            if (Declaring.TryGetValue(name, out Func<IEnumerable<Declaration>>? declarations))
            {
                Print(output, [.. declarations()], parsed.GetValue(json));
            }
            else if (parsed.GetValue(json))
            {
                output.Json([.. entries()], CommandJson.Types.EntryArray);
            }
            else
            {
                output.Table(["Name", "What it is"], entries().Select(e => (string[])[e.Name, e.Summary]));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static void PrintKinds(Output output, bool json)
    {
        Entry[] kinds = [.. Kinds.Keys.Select(k => new Entry(k, $"engram list {k}"))];
        if (json)
        {
            output.Json(kinds, CommandJson.Types.EntryArray);
        }
        else
        {
            output.Table(["What there is", "List it with"], kinds.Select(k => (string[])[k.Name, k.Summary]));
        }
    }

    private static void Print(Output output, Declaration[] declarations, bool json)
    {
        if (json)
        {
            output.Json(declarations, CommandJson.Types.DeclarationArray);
            return;
        }

        output.Table(["Name", "What it is", "Settings", "Parameters", "States"], declarations.Select(d => (string[])
        [
            d.Name,
            d.Summary,
            string.Join(
                ", ", d.Settings.Select(
                s =>
                $"{s.Name} = {(s.Default.Length > LongestDefault ? string.Concat(s.Default.AsSpan(0, LongestDefault), "…") : s.Default)}")),
            string.Join(", ", d.Parameters.Select(p => $"{p.Name} per {p.Per}")),
            string.Join(", ", d.States.Select(s => $"{s.Name} per {s.Per}")),
        ]));
    }

    private static IEnumerable<Entry> Of<TEntry>(Registry<TEntry> registry)
        where TEntry : class => registry.Names.Select(n => new Entry(n, registry.SummaryOf(n)));
}
