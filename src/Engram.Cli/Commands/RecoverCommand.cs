using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Recovery;
using Engram.Figures.Files;
using Engram.Figures.Text;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram recover</c>: fits a polynomial rule to networks that learnt by a hidden one.</summary>
internal static class RecoverCommand
{
    public static Command Create(Output output)
    {
        var source = new Argument<string>("rule-or-file")
        {
            Description = "A plasticity rule, whose networks are made first, or a file of observed networks (.safetensors).",
        };
        var networks = new Option<int>("--networks")
        { Description = "Networks that the rule is fitted to.", DefaultValueFactory = _ => 20 };
        var steps = new Option<int>("--steps") { Description = "Inner steps of a life.", DefaultValueFactory = _ => 30 };
        var observe = new Option<ObservedQuantity>("--observe")
        {
            Description = "What is seen in each step: weights or activity.",
            DefaultValueFactory = _ => ObservedQuantity.Weights,
        };
        var seen = new Option<double>("--seen")
        { Description = "Share of synapses, or of units, that are seen.", DefaultValueFactory = _ => 1 };
        var noise = new Option<double>("--noise")
        {
            Description = "Noise on what is seen, relative to the size of its change in life.",
            DefaultValueFactory = _ => 0,
        };
        var binary = new Option<bool>("--binary-inputs")
        {
            Description = "One layer, and inputs that are 0 or 1: their powers cannot be told apart.",
        };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the networks.", DefaultValueFactory = _ => 1 };
        var file = new Option<string?>("--observations")
        { Description = "File to write what is seen to; this command can read it." };
        var folder = new Option<string?>("--out")
        { Description = "Folder for the figure, as SVG and CSV. Default: no figure." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "recover",
            "Fits the 27 coefficients of a polynomial rule to networks that learnt by a hidden rule, and says which of them are " +
                "identifiable.")
        {
            source, networks, steps, observe, seen, noise, binary, seed, file, folder, threads, json,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--networks", parsed.GetValue(networks), 1);
            Arguments.ExpectAtMost("--networks", parsed.GetValue(networks), 100_000);
            Arguments.ExpectAtLeast("--steps", parsed.GetValue(steps), 1);
            Arguments.ExpectAtMost("--steps", parsed.GetValue(steps), 100_000);
            Expect("--seen", parsed.GetValue(seen), parsed.GetValue(seen) is > 0 and <= 1, "above 0, at most 1");
            Expect("--noise", parsed.GetValue(noise), parsed.GetValue(noise) is >= 0 and <= 1e3, "0 to 1000");
            var setting = new RecoverySetting
            {
                Networks = parsed.GetValue(networks),
                InnerSteps = parsed.GetValue(steps),
                Observed = parsed.GetValue(observe),
                Seen = parsed.GetValue(seen),
                Noise = parsed.GetValue(noise),
                BinaryInputs = parsed.GetValue(binary),
                Seed = parsed.GetValue(seed),
            };
            if (setting.BinaryInputs)
            {
                setting = setting with { Widths = [8, 4] };
            }

            using var stop = new StopSignal(output, StopSignal.Stopping);
            int workers = Arguments.Threads(parsed.GetValue(threads));
            string name = parsed.GetRequiredValue(source);
            long start = Stopwatch.GetTimestamp();
            RecoveredRule result = name.EndsWith(".safetensors", StringComparison.Ordinal)
                ? RuleRecovery.FromFile(name, workers, stop.Token)
                : RuleRecovery.FromRule(PlasticityRules.Registry.Get(name), setting, workers, parsed.GetValue(file), stop.Token);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (parsed.GetValue(folder) is { } path)
            {
                FigureWriter.Write(
                    path, $"recovered-{Path.GetFileNameWithoutExtension(name)}", RecoveryFigure.Draw(result, Path.GetFileName(name)));
            }

            return CheckedClaim.Report(
                output, parsed.GetValue(json), result.Holds, seconds, result, Print, CommandJson.Types.JsonClaimRecoveredRule);
        });
        return command;
    }

    private static void Print(Output output, RecoveredRule result, double seconds)
    {
        output.Table(
            ["Term a^ p^ w^", ">θ fitted", ">± s.e.", ">θ hidden", "Identifiable"],
            result.Terms.Select(t => (string[])
            [
                t.Term,
                t.Fitted.ToString("0.00000;-0.00000;0.00000", CultureInfo.InvariantCulture),
                Numbers.Short(t.StandardError),
                t.Hidden is { } known ? Numbers.Short(known) : "not known",
                t.Identifiable ? "yes" : "no",
            ]));
        string unseen = string.Join(' ', result.Terms.Where(t => !t.Identifiable).Select(t => t.Term));
        output.Results.WriteLine(
            unseen.Length == 0 ? "All coefficients are identifiable."
            : $"What is seen does not say these coefficients to {Numbers.Short(RecoveredRule.Tolerance)}: {unseen}.");
        if (result.LargestError is { } largest)
        {
            output.Results.WriteLine(
                $"Largest |θ − θ*| {Numbers.Short(largest)}, expected below {Numbers.Short(RecoveredRule.Tolerance)}.");
        }

        string explained = result.RSquared.ToString("0.000000", CultureInfo.InvariantCulture);
        string least = RecoveredRule.LeastRSquared.ToString(CultureInfo.InvariantCulture);
        output.Results.WriteLine($"R² on new lives {explained}, expected {least} or more.");
        string verdict = result.Holds ? "The rule is recovered" : "The rule is not recovered";
        output.Results.WriteLine($"{verdict}; {result.Iterations} steps of the fit, {Numbers.Duration(TimeSpan.FromSeconds(seconds))}.");
    }

    private static void Expect(string option, double found, bool holds, string expected)
    {
        if (!holds)
        {
            throw new EngramException($"Found {found.ToString(CultureInfo.InvariantCulture)} for {option}, expected {expected}.");
        }
    }
}
