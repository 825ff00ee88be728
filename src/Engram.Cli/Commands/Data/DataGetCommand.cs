using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data get</c>: downloads a data set's files from where they were published, or a mirror.</summary>
internal static class DataGetCommand
{
    public static Command Create(Output output)
    {
        Argument<string> name = DataCommand.NameArgument();
        var from = new Option<string?>("--from")
        { Description = "Address of a folder with the same files, instead of where they were published.", HelpName = "url" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command =
            new Command("get", "Downloads a data set, resumes what broke off, verifies checksums, and checks it.") { name, from, json };
        command.SetAction(parsed =>
        {
            using var stop = new StopSignal(output, StopSignal.Stopping);
            using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.UserAgent.ParseAdd("engram");
            string set = parsed.GetRequiredValue(name);
            DataContext context = DataView.Context(output, stop: stop.Token);
            Uri? folder = parsed.GetValue(from) is { } address ? DatasetDownload.FolderAddress(address) : null;
            try
            {
                DatasetDownload.Get(set, folder, new Download(client, context), context);
            }
            catch (OperationCanceledException e)
            {
                throw new OperationCanceledException("Stopped; what has arrived is kept, and the same command resumes.", e);
            }

            var store = new DatasetStore(context);
            if (!store.StatusOf(set).Missing.IsEmpty)
            {
                string missing = $"{set}: {DataListCommand.State(store.StatusOf(set))}. {DatasetStore.FilesOf(set).HowToGet}";
                if (parsed.GetValue(json))
                {
                    output.Json(store.StatusOf(set), CommandJson.Types.DatasetStatus);
                    output.Note(missing);
                }
                else
                {
                    output.Results.WriteLine(missing);
                }

                return ExitCodes.CheckFailed;
            }

            return DataCheckCommand.Report(output, set, store.Check(set), parsed.GetValue(json));
        });
        return command;
    }
}
