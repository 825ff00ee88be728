using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Learning.Lives;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Cli.Commands;

/// <summary><c>engram export</c>: writes a run's weights, or one of its lives, for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var run = new Argument<string>("run")
        { Description = "A run's name or folder, 'engram runs' lists them; with --life also a file that this command wrote." };
        var file = new Option<string?>("--out", "-o")
        {
            HelpName = "file",
            Description = "The file. Default: 'weights.safetensors' or 'life-INDEX.safetensors' in the run's folder, or beside the file.",
        };
        var life = new Option<long?>("--life")
        {
            HelpName = "index",
            Description =
                "Write this lifetime, from 0, with its stream, every state and activity, and the result, instead of the " +
                "meta-parameters alone.",
        };
        var split = new Option<string?>("--split")
        {
            Description =
                $"Split that the lifetime comes from: {string.Join(", ", RecipeSchema.Names<Split>())}. Default: the recipe's.",
        };
        split.CompletionSources.Add([.. RecipeSchema.Names<Split>()]);
        var every = new Option<int?>("--every")
        {
            HelpName = "steps",
            Description = "Inner steps between the moments of the lifetime that are written. Default: 1.",
        };
        var parts = new Option<string?>("--parts")
        {
            HelpName = "parts",
            Description =
                $"What of the lifetime is written, with commas between: {string.Join(", ", LifeExport.PartNames)}. Default: " +
                $"all.",
        };
        var memory = new Option<long?>("--memory")
        {
            HelpName = "MiB",
            Description =
            "The most memory that the lifetime may take; one that needs more is refused at once. Default: all there is."
        };
        var half = new Option<bool>("--half")
        {
            Description =
                "Write the meta-parameters as float16: half the size, rounded to 11 bits, numbers below 6e-5 to multiples of 6e-8.",
        };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command =
            new Command("export", "Writes a run's meta-parameters, or one whole life, as a safetensors file that other programs read.")
        {
            run, life, split, every, parts, memory, half, file, json,
        };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(run), folder = store.FindTrained(name);
            bool isFile = WeightExport.IsFile(folder);
            if (isFile && parsed.GetValue(life) is null)
            {
                throw new EngramException(
                    $"Found the file '{name}', expected a run: such a file has the meta-parameters already. Copy it, or add --life INDEX " +
                    $"to write a lifetime of its network.");
            }

            if (!isFile && !RunDirectory.IsRun(folder))
            {
                throw new EngramException(
                    $"Found the group of runs '{name}', expected one run, such as " +
                        $"'{name}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.");
            }

            if (parsed.GetValue(file) is { Length: > 0 } given)
            {
                AtomicFile.ExpectFile(given);
            }

            if (parsed.GetValue(life) is { } index)
            {
                if (parsed.GetValue(half))
                {
                    throw new EngramException(
                        "Found --half with --life, expected one of them: a lifetime is written as it was lived. Leave out --half.");
                }

                Arguments.ExpectAtLeast("--life", index, 0);
                Arguments.ExpectAtLeast("--every", parsed.GetValue(every), 1);
                Arguments.ExpectAtLeast("--memory", parsed.GetValue(memory), 1);
                var options = new LifeRecorderOptions
                {
                    Every = parsed.GetValue(every) ?? 1,
                    Parts = parsed.GetValue(parts) is { } names ? PartsOf(names) : LifeParts.All,
                    MemoryBytes = parsed.GetValue(memory) is { } mebibytes
                        ? (long)Math.Min(mebibytes * (double)(1 << 20), long.MaxValue / 2) : null,
                };
                string usual = string.Create(CultureInfo.InvariantCulture, $"life-{index}.safetensors");
                string target = parsed.GetValue(file)
                    ?? Path.Combine(isFile ? Path.GetDirectoryName(folder) ?? string.Empty : folder, usual);
                WriteLife(output, folder, (ulong)index, target, parsed.GetValue(split), options, parsed.GetValue(json));
                return ExitCodes.Success;
            }

            if ((parsed.GetValue(split) is not null ? "--split"
                : parsed.GetValue(every) is not null ? "--every"
                : parsed.GetValue(parts) is not null ? "--parts"
                : parsed.GetValue(memory) is not null ? "--memory" : null) is { } alone)
            {
                throw new EngramException(
                    $"Found {alone} without --life, expected both: it says how a lifetime is written. Add --life, or leave it out.");
            }

            string weights = parsed.GetValue(file) ?? Path.Combine(folder, "weights.safetensors");
            ExportedWeights written = WeightExport.Write(folder, weights, DataView.Context(output), parsed.GetValue(half));
            if (parsed.GetValue(json))
            {
                output.Json(written, CommandJson.Types.ExportedWeights);
            }
            else
            {
                output.Results.WriteLine(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"{written.Path}: {written.Tensors} meta-parameters of {written.Numbers:N0} numbers, after {written.OuterSteps} " +
                    $"outer steps"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static LifeParts PartsOf(string names) =>
        names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(LifeParts.None, (all, name) => all | LifeExport.PartOf(name));

    private static void WriteLife(
        Output output, string folder, ulong index, string target, string? split, LifeRecorderOptions options, bool json)
    {
        IReadOnlyList<string> splits = RecipeSchema.Names<Split>();
        if (split is not null && !splits.Contains(split, StringComparer.Ordinal))
        {
            string hint = NearestName.Hint(split, [.. splits]);
            throw new EngramException($"Found '{split}' for --split, expected one of {string.Join(", ", splits)}; {hint}");
        }

        using var run = TrainedRun.Open(folder, output.Note);
        Split? from = split is null ? null : Enum.GetValues<Split>().First(s => RecipeSchema.Name(s) == split);
        ExportedLife written = LifeExport.Write(run, index, target, DataView.Context(output), from, options);
        if (json)
        {
            output.Json(written, CommandJson.Types.ExportedLife);
            return;
        }

        string moments = string.Create(
            CultureInfo.InvariantCulture, $"{written.Moments} moments of {written.InnerSteps} inner steps, {written.Tensors} tensors");
        string accuracy = written.QueryAccuracy is { } right ? string.Create(CultureInfo.InvariantCulture, $", accuracy {right:0.####}")
            : "";
        output.Results.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{written.Path}: life {written.Life} of {written.Split}, {moments}; query loss {written.QueryLoss:G6}{accuracy}"));
    }
}
