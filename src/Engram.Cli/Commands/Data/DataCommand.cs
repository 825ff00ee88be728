using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Tasks.Data;

namespace Engram.Cli.Commands.Data;

/// <summary><c>engram data</c>: data sets, where they come from and what is there.</summary>
internal static class DataCommand
{
    public static Command Create(Output output) => new("data", "Lists, fetches, imports and checks data sets.")
    {
        DataListCommand.Create(output),
        DataInfoCommand.Create(output),
        DataGetCommand.Create(output),
        DataImportCommand.Create(output),
        DataCheckCommand.Create(output),
    };

    /// <summary>The argument that names a data set.</summary>
    public static Argument<string> NameArgument()
    {
        var name = new Argument<string>("name") { Description = "A data set; 'engram data list' lists them." };
        name.CompletionSources.Add([.. Datasets.Registry.Names]);
        return name;
    }
}
