using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data import</c>: takes a data set's files over from a folder or file.</summary>
internal static class DataImportCommand
{
    public static Command Create(Output output)
    {
        Argument<string> name = DataCommand.NameArgument();
        var path = new Argument<string>("path") { Description = "A folder that its files lie in, or one of the files." };
        var link = new Option<bool>("--link") { Description = "Link to the files instead of copying them; they must stay where they are." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "import", "Takes a data set's files over from a folder or file of yours, and checks them.") { name, path, link, json };
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal(output, StopSignal.Stopping);
            string set = parsed.GetRequiredValue(name);
            DataContext context = DataView.Context(output, stop: stop.Token);
            DatasetCheck? check = DatasetImport.Import(set, parsed.GetRequiredValue(path), parsed.GetValue(link), context);
            if (check is not null)
            {
                return DataCheckCommand.Report(output, set, check, parsed.GetValue(json));
            }

            DatasetStatus status = new DatasetStore(context).StatusOf(set);
            if (parsed.GetValue(json))
            {
                output.Json(status, CommandJson.Types.DatasetStatus);
            }
            else
            {
                output.Results.WriteLine($"{set}: {DataListCommand.State(status)} yet; import or get the rest.");
            }

            return ExitCodes.CheckFailed;
        });
        return command;
    }
}
