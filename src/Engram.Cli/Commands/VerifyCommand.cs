using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Parity;
using Engram.Learning.Engines;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram verify</c>: compares lifetimes and meta-gradients with those that were computed elsewhere.</summary>
internal static class VerifyCommand
{
    private const string NotRun = "not run";

    internal sealed record VerifiedCase(string Case, string Outcome, double? Float64, double? Float32, string? WorstTensor, string? Note);

    public static Command Create(Output output)
    {
        var path = new Argument<string>("path") { Description = "A folder of parity cases (.safetensors), or one case." };
        Option<string?> engine = Arguments.Engine();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "verify", "Runs parity cases and prints the largest relative error of each, in float64 and float32.") { path, engine, json };
        command.SetAction(parsed =>
        {
            ILifetimeEngineFactory? factory = parsed.GetValue(engine) is { } chosen ? LifetimeEngines.Registry.Get(chosen) : null;
            List<VerifiedCase> rows =
                [.. ParityCase.Files(parsed.GetRequiredValue(path)).Select(f => Verify(f, parsed.GetValue(engine), factory))];
            if (rows.Count > 0 && Count(NotRun) == rows.Count)
            {
                throw new EngramException(
                    $"Found no case of a learner that the engine '{parsed.GetValue(engine)}' runs among {rows.Count}, expected at least " +
                    $"one; 'engram list engines' says what each runs.");
            }

            if (parsed.GetValue(json))
            {
                output.Json([.. rows], CommandJson.Types.VerifiedCaseArray);
            }
            else
            {
                output.Table(
                    ["Case", ">float64", ">float32", "Largest in", "Outcome"],
                    rows.Select(
                        r =>
                        (string[])[r.Case, Error(r.Float64), Error(r.Float32), r.WorstTensor ?? string.Empty, r.Note is null ? r.Outcome
                        : $"{r.Outcome}: {r.Note}"]));
                output.Results.WriteLine(
                    $"{Count("passed")} passed, {Count("failed")} failed, {Count("unreadable")} " +
                    $"unreadable{(Count(NotRun) > 0 ? $", {Count(NotRun)} not run by the engine" : string.Empty)}.");
            }

            foreach (VerifiedCase row in rows.Where(r => r.Outcome == "unreadable"))
            {
                output.Error(row.Note!);
            }

            return Count("unreadable") > 0 ? ExitCodes.WrongInput : Count("failed") > 0 ? ExitCodes.CheckFailed : ExitCodes.Success;

            int Count(string outcome) => rows.Count(r => r.Outcome == outcome);
        });
        return command;
    }

    private static VerifiedCase Verify(string file, string? engine, ILifetimeEngineFactory? factory)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        try
        {
            ParityCase parityCase = ParityCase.Load(file);
            if (factory?.Supports(parityCase.Layout) == false)
            {
                return new VerifiedCase(name, NotRun, null, null, null, $"the engine '{engine}' does not run this learner");
            }

            IReadOnlyList<ParityResult> results = ParityVerifier.Verify(parityCase, engine);
            ParityResult worst = results.FirstOrDefault(r => !r.Passed) ?? results[0];
            return new VerifiedCase(
                name, results.All(r => r.Passed) ? "passed" : "failed", ErrorOf("float64"), ErrorOf("float32"), worst.WorstTensor, null);

            double ErrorOf(string precision) => results.First(r => r.Precision == precision).LargestError;
        }
        catch (EngramException e)
        {
            return new VerifiedCase(name, "unreadable", null, null, null, e.Message);
        }
    }

    private static string Error(double? error) => error?.ToString("0.0e0", CultureInfo.InvariantCulture) ?? string.Empty;
}
