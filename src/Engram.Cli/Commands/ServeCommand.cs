using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Serving;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram serve</c>: answers requests of another program, such as the Python package, without a process for each.</summary>
internal static class ServeCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var stdio = new Option<bool>("--stdio")
        { Description = "Take requests from standard input and answer on standard output, a line of JSON each." };
        var command = new Command(
            "serve",
            "Answers requests of another program, line by line, until its input ends; what the Python package talks to.") { stdio };
        command.SetAction(parsed =>
        {
            if (!parsed.GetValue(stdio))
            {
                throw new EngramException(
                    "Found no --stdio for serve, expected it: requests come from standard input. Add it; docs/PYTHON.md describes the " +
                    "protocol.");
            }

            store.Validate();
            using var stop = new StopSignal(output);
            using Stream requests = Console.OpenStandardInput(), answers = Console.OpenStandardOutput();
            ServeSession.Run(requests, answers, store, stop.Token);
            return ExitCodes.Success;
        });
        return command;
    }
}
