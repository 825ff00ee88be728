using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data list</c>: the data sets, and how much of each is there.</summary>
internal static class DataListCommand
{
    public static Command Create(Output output)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("list", "Lists data sets, and how much of each is on this machine.") { json };
        command.SetAction(parsed =>
        {
            var all = new DatasetStore(DataView.Context(output)).List();
            if (parsed.GetValue(json))
            {
                output.Json([.. all], CommandJson.Types.DatasetStatusArray);
            }
            else
            {
                output.Table(["Name", "State", "What it is", "Folder"], all.Select(s => (string[])[s.Name, State(s), s.Summary, s.Folder]));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>A state in words.</summary>
    public static string State(DatasetStatus status) => status.State switch
    {
        DatasetState.Unchecked => "there, unchecked",
        DatasetState.Incomplete when !status.Missing.IsEmpty => "incomplete: no " + string.Join(", no ", status.Missing),
        var state => RecipeSchema.Name(state),
    };
}
