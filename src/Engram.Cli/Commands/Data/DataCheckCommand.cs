using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data check</c>: reads a whole data set, and says what is complete and what is missing.</summary>
internal static class DataCheckCommand
{
    internal sealed record CheckedDataset(string Name, DatasetState State, DatasetCheck Check);

    public static Command Create(Output output)
    {
        Argument<string> name = DataCommand.NameArgument();
        var path = new Argument<string?>("path")
        {
            Description = "A folder or archive with its files. Default: its place in the data folder.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("check", "Reads a whole data set, and says what is complete and what is missing.") { name, path, json };
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal(output, StopSignal.Stopping);
            string set = parsed.GetRequiredValue(name);
            DatasetCheck check = new DatasetStore(DataView.Context(output, stop: stop.Token)).Check(set, parsed.GetValue(path));
            return Report(output, set, check, parsed.GetValue(json));
        });
        return command;
    }

    /// <summary>Prints what was found, and says what the command ends with.</summary>
    public static int Report(Output output, string name, DatasetCheck check, bool json)
    {
        if (json)
        {
            output.Json(new CheckedDataset(name, check.State, check), CommandJson.Types.CheckedDataset);
        }
        else
        {
            output.Results.WriteLine(
                check.IsPublished ? $"{name}: {RecipeSchema.Name(check.State)}"
                : $"{name}: read whole; how much there should be is not known");
            Print(output, check);
        }

        return check.State == DatasetState.Complete ? ExitCodes.Success : ExitCodes.CheckFailed;
    }

    /// <summary>Prints the parts and notes.</summary>
    public static void Print(Output output, DatasetCheck check)
    {
        output.Table(
            ["Part", ">Classes", ">published", ">Images", ">published", ">Images of a class"],
            check.Parts.Select(
                p =>
                (string[])[p.Part, Number(p.Classes), Number(p.PublishedClasses), Number(p.Images), Number(p.PublishedImages),
                p.FewestPerClass == p.MostPerClass ? Number(p.MostPerClass) : $"{Number(p.FewestPerClass)}–{Number(p.MostPerClass)}"]));
        foreach (string note in check.Notes)
        {
            output.Results.WriteLine(note);
        }
    }

    private static string Number(int? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";
}
