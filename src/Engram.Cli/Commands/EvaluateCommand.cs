using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;

namespace Engram.Cli.Commands;

/// <summary><c>engram evaluate</c>: measures a run's newest checkpoint, or exported weights, on lifetimes that meta-training never
/// saw.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var run = new Argument<string>("run")
        { Description = "A run's name or folder, 'engram runs' lists them; or a file that 'engram export' wrote." };
        var lifetimes = new Option<int?>("--lifetimes")
        { Description = "Lifetimes to average over. Default: the recipe's number." };
        var threads = TrainCommand.ThreadsOption();
        var each = new Option<string?>("--each")
        {
            HelpName = "file",
            Description = "Also write the outcome of every single lifetime to this file: CSV, or by its ending .parquet or .json."
        };
        var set = new Option<string[]>("--set")
        {
            HelpName = "task.key=value",
            Description = "Sets a value over the recipe's task, such as task.ordering=continual or task.batches-per-sine=80.",
            DefaultValueFactory = _ => []
        };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "evaluate", "Measures a run, or each run of a group, on new lifetimes of the split that its recipe's evaluation names.") { run,
            lifetimes, set, each, threads, json };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--lifetimes", parsed.GetValue(lifetimes), 2);
            string folder = store.FindTrained(parsed.GetRequiredValue(run));
            using var stop = new StopSignal(output, StopSignal.Stopping);
            var options = new TrainingOptions
            {
                Threads = Arguments.Threads(parsed.GetValue(threads)),
                Note = output.Note,
                Stop = stop.Token,
                Data = DataView.Context(output, stop: stop.Token)
            };
            IReadOnlyList<string> folders = RunGroup.IsGroup(folder) ? RunGroup.RunsOf(folder) : [folder];
            var lives = new List<EvaluatedLife>();
            RunResult[] results = StopSignal.BeforeWriting(
                () =>
                    folders.Select(
                    f => RunTraining.Evaluate(f, parsed.GetValue(lifetimes), options, each: lives.Add, taskSettings: parsed.GetValue(set)))
                    .ToArray());
            if (parsed.GetValue(each) is { } file)
            {
                EvaluatedLife.WriteCsv(file, lives);
            }

            ResultView.Print(output, results, null, parsed.GetValue(json));
            return ExitCodes.Success;
        });
        return command;
    }
}
