using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram export</c>: writes a run's weights for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var run = new Argument<string>("run") { Description = "A run's name or folder; 'engram runs' lists them." };
        var file = new Option<string?>("--out") { HelpName = "file", Description = "The file; 'weights.safetensors' in the run's folder where it is left out." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("export", "Writes a run's meta-parameters as a safetensors file with documented names, which other programs read.") { run, file, json };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(run), folder = store.Find(name);
            if (!RunDirectory.IsRun(folder))
            {
                throw new EngramException($"Found the group of runs '{name}', expected one run, such as '{name}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.");
            }

            ExportedWeights written = WeightExport.Write(folder, parsed.GetValue(file) ?? Path.Combine(folder, "weights.safetensors"), DataView.Context(output));
            if (parsed.GetValue(json))
            {
                output.Json(written);
            }
            else
            {
                output.Results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written.Path}: {written.Tensors} meta-parameters of {written.Numbers:N0} numbers, after {written.OuterSteps} outer steps"));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
