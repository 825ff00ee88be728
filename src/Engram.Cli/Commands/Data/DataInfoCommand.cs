using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data info</c>: where a data set comes from, its licence, its files and their checksums.</summary>
internal static class DataInfoCommand
{
    internal sealed record DatasetInfo(
        DatasetStatus Status, string Origin, string Licence, string Splits, string? HowToGet, IReadOnlyList<PublishedFile> Files);

    public static Command Create(Output output)
    {
        Argument<string> name = DataCommand.NameArgument();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("info", "Says where a data set comes from, its licence, files, checksums and splits.") { name, json };
        command.SetAction(parsed =>
        {
            string set = parsed.GetRequiredValue(name);
            DatasetSpec spec = Datasets.Registry.Get(set);
            var files = spec as FileDataset;
            var info = new DatasetInfo(
                new DatasetStore(DataView.Context(output)).StatusOf(set), spec.Origin, spec.Licence, spec.Splits, files?.HowToGet,
                files?.Files ?? []);
            if (parsed.GetValue(json))
            {
                output.Json(info, CommandJson.Types.DatasetInfo);
            }
            else
            {
                Print(output, info);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static void Print(Output output, DatasetInfo info)
    {
        var lines = new List<(string, string)>
        {
            ("name", info.Status.Name),
            ("what", info.Status.Summary),
            ("from", info.Origin),
            ("licence", info.Licence),
            ("splits", info.Splits),
            ("folder", info.Status.Folder),
            ("state", DataListCommand.State(info.Status)),
        };
        if (info.HowToGet is { } how)
        {
            lines.Add(("to get it", how));
        }

        foreach (PublishedFile file in info.Files)
        {
            string checksum = file.Md5 is { } md5 ? "MD5 " + md5 : file.Sha256 is { } sha ? "SHA-256 " + sha : "no checksum published";
            lines.Add(("file", $"{file.Name}, {checksum}, {file.Address?.ToString() ?? "not to be downloaded"}"));
        }

        foreach ((string what, string value) in lines)
        {
            output.Results.WriteLine($"{what,-10} {value}");
        }

        if (info.Status.LastCheck is { } check)
        {
            DataCheckCommand.Print(output, check);
        }
    }
}
