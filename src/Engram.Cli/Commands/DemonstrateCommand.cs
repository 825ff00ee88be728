using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization.Metadata;
using Engram.Cli.Terminal;
using Engram.Experiments.Dynamics;
using Engram.Experiments.Universality;
using Engram.Figures.Files;
using Engram.Figures.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram demonstrate</c>: theorems, shown on the engine.</summary>
internal static class DemonstrateCommand
{
    public static Command Create(Output output) =>
        new("demonstrate", "Shows on the engine what is proved on paper.") { Universality(output), Parallel(output) };

    private static Command Universality(Output output)
    {
        var lives = new Option<int>("--lives") { Description = "Random lives of each circuit.", DefaultValueFactory = _ => 10_000 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the lives.", DefaultValueFactory = _ => 1 };
        var folder = new Option<string?>("--out")
        { Description = "Folder for figures, as SVG and CSV. Default: no figures." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "universality", "Constructs networks that learn by any rule, lives lives with them, and says whether each claim holds.")
        {
            lives, seed, folder, threads, json,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--lives", parsed.GetValue(lives), 1);
            Arguments.ExpectAtMost("--lives", parsed.GetValue(lives), 10_000_000);
            int most = Arguments.Threads(parsed.GetValue(threads));
            return Demonstrate(
                output, parsed.GetValue(folder), parsed.GetValue(json),
                stop => UniversalityDemonstration.Run(parsed.GetValue(lives), parsed.GetValue(seed), most, stop),
                UniversalityFigures.Draw, r => r.Holds, Print, CommandJson.Types.JsonClaimUniversalityResult);
        });
        return command;
    }

    private static Command Parallel(Output output)
    {
        var repetitions = new Option<int>("--repetitions")
        { Description = "Lives that are timed of each learner; the fastest counts.", DefaultValueFactory = _ => 5 };
        var folder = new Option<string?>("--out")
        { Description = "Folder for figures, as SVG and CSV; none are drawn where it is left out." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "parallel", "Compares continuous-time learning with two phases, finds where closed loops are stable, and what it costs.")
        {
            repetitions, folder, json,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--repetitions", parsed.GetValue(repetitions), 1);
            Arguments.ExpectAtMost("--repetitions", parsed.GetValue(repetitions), 10_000);
            return Demonstrate(
                output, parsed.GetValue(folder), parsed.GetValue(json),
                stop => DynamicsDemonstration.Run(parsed.GetValue(repetitions), stop),
                DynamicsFigures.Draw, r => r.Holds, Print, CommandJson.Types.JsonClaimDynamicsResult);
        });
        return command;
    }

    // Runs it, draws its figures where a folder is named, and prints what holds.
    private static int Demonstrate<T>(
        Output output, string? folder, bool json, Func<CancellationToken, T> run,
        Func<T, IEnumerable<(string Name, Figures.Figure Figure)>> draw, Func<T, bool> holds, Action<Output, T, double> print,
        JsonTypeInfo<JsonClaim<T>> type)
    {
        using var stop = new StopSignal(output, StopSignal.Stopping);
        long start = Stopwatch.GetTimestamp();
        T result = run(stop.Token);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (folder is not null)
        {
            foreach ((string name, Figures.Figure figure) in draw(result))
            {
                FigureWriter.Write(folder, name, figure);
            }
        }

        return CheckedClaim.Report(output, json, holds(result), seconds, result, print, type);
    }

    private static void Print(Output output, DynamicsResult result, double seconds)
    {
        output.Table(
            ["Claim", "Found", "Expected", "Verdict"],
            result.Claims.Select(c => (string[])[c.Name, c.Measured, c.Expected, c.Holds ? "holds" : "does not hold"]));
        output.Table(
            ["Layers in the loop", ">dt / τ", ">Largest stable gain", ">By eigenvalues"],
            result.Gains.Select(g => (string[])[Numbers.Short(g.Layers), Numbers.Short(g.StepOverTimeConstant), Numbers.Short(g.Measured),
                Numbers.Short(g.Theory)]));
        output.Table(
            ["One life of small sines", ">Milliseconds", ">Times two phases"],
            result.Costs.Select(c => (string[])[c.Learner, Numbers.Short(c.Milliseconds), Numbers.Short(c.TimesTwoPhases)]));
        output.Results.WriteLine(
            $"{result.Claims.Count(c => c.Holds)} of {result.Claims.Length} claims hold; " +
            $"{Numbers.Duration(TimeSpan.FromSeconds(seconds))}.");
    }

    private static void Print(Output output, UniversalityResult result, double seconds)
    {
        output.Table(
            ["Claim", "Found", "Expected", "Verdict"],
            result.Claims.Select(c => (string[])[c.Name, c.Measured, c.Expected, c.Holds ? "holds" : "does not hold"]));
        output.Table(
            ["Bins J", .. result.Widths.Select(w => $">RMS error, {w.Name}")],
            result.Widths[0].Values.Select(
                (j, i) => (string[])[Numbers.Short(j), .. result.Widths.Select(w => Numbers.Short(w.Errors[i]))]));
        foreach (UniversalityCurve curve in result.Limits)
        {
            output.Table(
                [$">{curve.Name}", ">Largest error of counts"],
                curve.Values.Select((v, i) => (string[])[Numbers.Short(v), Numbers.Short(curve.Errors[i])]));
        }

        int held = result.Claims.Count(c => c.Holds);
        output.Results.WriteLine($"{held} of {result.Claims.Length} claims hold; {Numbers.Duration(TimeSpan.FromSeconds(seconds))}.");
    }
}
