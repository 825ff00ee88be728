using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments;
using Engram.Numerics;

namespace Engram.Cli.Commands;

/// <summary><c>engram verify</c>: compares lifetimes and meta-gradients with those that were computed elsewhere.</summary>
internal static class VerifyCommand
{
    private sealed record Row(string Case, string Outcome, double? Float64, double? Float32, string? WorstTensor, string? Note);

    public static Command Create(Output output)
    {
        var path = new Argument<string>("path") { Description = "A folder of parity cases (.safetensors), or one case." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("verify", "Runs parity cases and prints the largest relative error of each, in float64 and float32.") { path, json };
        command.SetAction(parsed =>
        {
            List<Row> rows = [.. ParityCase.Files(parsed.GetRequiredValue(path)).Select(Verify)];
            if (parsed.GetValue(json))
            {
                output.Json(rows);
            }
            else
            {
                output.Table(
                    ["Case", ">float64", ">float32", "Largest in", "Outcome"],
                    rows.Select(r => (string[])[r.Case, Error(r.Float64), Error(r.Float32), r.WorstTensor ?? string.Empty, r.Note is null ? r.Outcome : $"{r.Outcome}: {r.Note}"]));
                output.Results.WriteLine($"{Count("passed")} passed, {Count("failed")} failed, {Count("unreadable")} unreadable.");
            }

            foreach (Row row in rows.Where(r => r.Outcome == "unreadable"))
            {
                output.Error(row.Note!);
            }

            return Count("unreadable") > 0 ? ExitCodes.WrongInput : Count("failed") > 0 ? ExitCodes.CheckFailed : ExitCodes.Success;

            int Count(string outcome) => rows.Count(r => r.Outcome == outcome);
        });
        return command;
    }

    private static Row Verify(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        try
        {
            IReadOnlyList<ParityResult> results = ParityVerifier.Verify(ParityCase.Load(file));
            ParityResult worst = results.FirstOrDefault(r => !r.Passed) ?? results[0];
            return new Row(name, results.All(r => r.Passed) ? "passed" : "failed", ErrorOf("float64"), ErrorOf("float32"), worst.WorstTensor, null);

            double ErrorOf(string precision) => results.First(r => r.Precision == precision).LargestError;
        }
        catch (EngramException e)
        {
            return new Row(name, "unreadable", null, null, null, e.Message);
        }
    }

    private static string Error(double? error) => error?.ToString("0.0e0", CultureInfo.InvariantCulture) ?? string.Empty;
}
