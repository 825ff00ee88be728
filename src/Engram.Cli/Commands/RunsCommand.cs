using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments;

namespace Engram.Cli.Commands;

/// <summary><c>engram runs</c>: the runs that there are.</summary>
internal static class RunsCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("runs", "Lists runs with their state and result, from $ENGRAM_RUNS or ./runs.") { json };
        command.SetAction(parsed =>
        {
            var runs = store.List();
            if (parsed.GetValue(json))
            {
                output.Json(runs);
            }
            else if (runs.IsEmpty)
            {
                output.Note($"There are no runs in '{store.Root}'; 'engram train' makes one.");
            }
            else
            {
                output.Table(["Run", "State", ">Outer steps", ">Running loss", ">Query loss", ">± s.e."], runs.Select(Row));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static string[] Row(RunSummary run) =>
    [
        run.Name,
        run.Problem is null ? RecipeSchema.Name(run.State) : "unreadable: " + run.Problem,
        run.LastMetrics?.OuterStep.ToString(CultureInfo.InvariantCulture) ?? string.Empty,
        Numbers.Short(run.LastMetrics?.RunningQueryLoss),
        Numbers.Short(run.Result?.Evaluation?.QueryLoss),
        Numbers.Short(run.Result?.Evaluation?.StandardError),
    ];
}
