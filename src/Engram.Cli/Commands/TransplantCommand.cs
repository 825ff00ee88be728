using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Transplants;
using Engram.Figures.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram transplant</c>: gives a meta-trained network plasticity in more layers, its initial weights frozen, and says whether
/// that improves it.</summary>
internal static class TransplantCommand
{
    private const string OuterSteps = "meta-training.outer-steps";

    internal sealed record JsonTransplant(string Run, string Source, RunResult Result, TransplantComparison Comparison);

    public static Command Create(Output output, RunStore store)
    {
        var source = new Argument<string>("run") { Description = "The run to start from, usually one of feature reuse." };
        var plasticLayers = new Option<int>("--plastic-layers")
        { Description = "How many of the last layers become plastic.", Required = true };
        var learner = new Option<string>("--learner")
        { Description = "What changes them: a local learner of 'engram list learners'.", DefaultValueFactory = _ => "flp" };
        var outerSteps = new Option<long?>("--outer-steps") { Description = "Length of meta-training. Default: the source's." };
        var run = new Option<string?>("--run") { Description = "Name of the new run. Default: 'transplant-001' and so on." };
        Option<string[]> set = RecipeCommand.SetOption();
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress." };
        var command = new Command(
            "transplant",
            "Gives a meta-trained network feedback and plasticity in more layers, its initial weights frozen, meta-trains it further " +
            "and says whether it improves.")
        {
            source, plasticLayers, learner, outerSteps, run, set, threads, json, quiet,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--plastic-layers", parsed.GetValue(plasticLayers), 1);
            Arguments.ExpectValueOf(OuterSteps, "--outer-steps", parsed.GetValue(outerSteps));
            var settings = new List<string>(parsed.GetValue(set) ?? []);
            if (parsed.GetValue(outerSteps) is { } steps)
            {
                Arguments.ExpectNotSet(settings, OuterSteps, "--outer-steps");
                settings.Add($"{OuterSteps}={steps.ToString(CultureInfo.InvariantCulture)}");
            }

            string name = parsed.GetRequiredValue(source);
            Recipe recipe = Transplant.RecipeOf(store, name, parsed.GetValue(plasticLayers), parsed.GetValue(learner)!, settings);
            using var stop = new StopSignal(output);
            using var progress = new ProgressView(output, parsed.GetValue(quiet));
            var options = new TrainingOptions
            {
                Threads = Arguments.Threads(parsed.GetValue(threads)),
                Progress = progress.Report,
                Note = progress.Note,
                Stop = stop.Token,
                Store = store,
                Data = DataView.Context(output, stop: stop.Token)
            };

            // What is wrong must not leave a folder behind.
            InitialParameters.Check(recipe, store);
            RunTraining.Check(recipe, options);
            string folder = parsed.GetValue(run) is { } given ? store.FolderOfNew(given) : store.NewFolder("transplant");
            try
            {
                RunResult result = Train(recipe, folder, options, progress);
                using var original = TrainedRun.Open(store.Find(name), options.Note, name);
                using var transplanted = TrainedRun.Open(folder, options.Note);
                TransplantComparison comparison = Transplant.Compare(original, transplanted, options);
                progress.Dispose();
                if (parsed.GetValue(json))
                {
                    output.Json(new JsonTransplant(folder, name, result, comparison), CommandJson.Types.JsonTransplant);
                }
                else
                {
                    Print(output, original, transplanted, comparison);
                }

                return ExitCodes.Success;
            }
            catch (RunStoppedException e)
            {
                progress.Dispose();
                string goOn = $"engram train --resume {store.RunOption(e.Folder)}";
                throw StopSignal.Told(e, goOn, $"; once it has ended, 'engram evaluate' of it and of '{name}' compares the two");
            }
            catch (OperationCanceledException e)
            {
                progress.Dispose();
                throw new OperationCanceledException(
                    $"Stopped before the comparison; the run in '{folder}' stays, and 'engram evaluate' of it and of '{name}' compares " +
                    $"the two.", e);
            }
        });
        return command;
    }

    private static RunResult Train(Recipe recipe, string folder, TrainingOptions options, ProgressView progress)
    {
        using var created = RunDirectory.Create(folder, recipe, RunEnvironment.Here(recipe.Name, recipe.Seed, options.Threads));
        progress.Start($"Training {recipe.Name} in {folder}");
        RunResult result = RunTraining.Run(created, options);
        GroupTraining.Draw(folder, [folder]);
        return result;
    }

    private static void Print(Output output, TrainedRun source, TrainedRun transplant, TransplantComparison c)
    {
        output.Table(
            ["Run", "Learner", c.IsErrorPercent ? ">Error, %" : ">Query loss", ">± s.e."],
            [
                [source.Name, source.Recipe.Name, Numbers.Short(c.Source.Mean), Numbers.Short(c.Source.StandardError)],
                [transplant.Name, transplant.Recipe.Name, Numbers.Short(c.Transplant.Mean), Numbers.Short(c.Transplant.StandardError)],
            ]);
        string verdict = c.Improves ? "The transplant improves on its source" : c.Worsens ? "The transplant is worse than its source"
            : "The transplant does not improve on its source";
        output.Results.WriteLine(
            $"{verdict}: {Numbers.Short(c.Difference.Mean)} ± {Numbers.Short(c.Difference.StandardError)} " +
            $"{(c.IsErrorPercent ? "percentage points of query error" : "in query loss")}, over the same {c.Difference.Count} lifetimes " +
            $"of both (more than two standard errors count).");
        output.Results.WriteLine($"All files: {transplant.Folder}");
    }
}
