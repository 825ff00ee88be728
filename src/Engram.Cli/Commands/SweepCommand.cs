using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Figures.Text;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram sweep</c>: searches for settings.</summary>
internal static class SweepCommand
{
    public static Command Create(Output output, RunStore store)
    {
        var file = new Argument<string?>("sweep")
        { HelpName = "sweep", Description = "A sweep's file; docs/RECIPES.md says what it holds.", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> set = RecipeCommand.SetOption();
        var run = new Option<string?>("--run")
        { Description = "Name of the sweep in $ENGRAM_RUNS or ./runs. Default: the file's name and a number." };
        var resume = new Option<bool>("--resume") { Description = "Resume the sweep of --run." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress." };
        var command = new Command(
            "sweep", "Tries settings of a recipe, drops those that do badly on meta-validation, and says which are best.") { file, set,
            run, resume, threads, json, quiet };
        var shared = new SharedWork();
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(file), name = parsed.GetValue(run);
            bool goOn = parsed.GetValue(resume);
            if (goOn ? name is null || path is not null || parsed.GetValue(set) is { Length: > 0 } : path is null)
            {
                throw new EngramException(
                    goOn
                    ? "Found --resume without --run, or with a file or --set, expected --resume --run NAME alone: a sweep resumes with " +
                    "its own plan." : "Found no sweep's file, expected one, or --resume --run NAME to resume a sweep.");
            }

            // A wrong file must not leave a folder behind.
            (SweepPlan Plan, ImmutableArray<GroupMember> Members)? drawn = goOn ? null
                : SweepPlan.Draw(SweepReader.Read(path!), parsed.GetValue(set));
            shared.ExpectName(parsed, name);
            if (shared.Script(parsed) is not null)
            {
                IEnumerable<string> what = goOn ? ["--resume"]
                    : [path!, .. (parsed.GetValue(set) ?? []).SelectMany(s => (string[])["--set", s])];
                int runs = drawn?.Members.Length ?? SweepPlan.Read(SweepPlan.Find(store, name!)).Trials.Sum(t => t.Runs.Length);
                return shared.WriteScript(
                    output, parsed, store, ["sweep", .. what, "--run", name!], name!, runs, parsed.GetValue(threads));
            }

            string folder = goOn ? SweepPlan.Find(store, name!) : name is not null ? store.FolderOfNew(name)
                : store.NewFolder(TrainCommand.Stem(path!));
            int cores = Arguments.Threads(parsed.GetValue(threads));
            using var stop = new StopSignal(output);
            using var progress = new ProgressView(output, parsed.GetValue(quiet));
            var options = new TrainingOptions
            {
                Threads = cores,
                Shared = shared.IsShared(parsed),
                Progress = progress.Report,
                Note = progress.Note,
                Stop = stop.Token,
                Store = store,
                Data = DataView.Context(output, parsed.GetValue(quiet), stop.Token)
            };
            using RunGroup group = (options.Shared, drawn) switch
            {
                (true, { } made) => made.Plan.Share(folder, TrainCommand.Stem(path!), made.Members, cores, progress.Note, stop.Token),
                (true, null) => RunGroup.Share(folder, string.Empty, [], cores, progress.Note, stop.Token),
                (false, { } made) => made.Plan.Make(folder, TrainCommand.Stem(path!), made.Members, cores),
                (false, null) => RunGroup.Open(folder, progress.Note),
            };
            SweepPlan plan = SweepPlan.Read(folder);
            progress.Start($"{(goOn ? "Resuming" : "Trying")} {plan.Trials.Length} settings of {plan.Spec.Recipe} in {folder}");
            ImmutableArray<SweepOutcome> outcomes;
            try
            {
                outcomes = SweepTraining.Run(group, plan, options);
            }
            catch (RunStoppedException e)
            {
                progress.Dispose();
                throw StopSignal.Told(e, $"engram sweep --resume {store.RunOption(folder)}");
            }
            catch (RunsElsewhereException e)
            {
                progress.Dispose();
                return SharedWork.Left(output, e);
            }

            progress.Dispose();
            SweepFiles files = SweepReport.Write(folder, plan.Spec, outcomes);
            if (parsed.GetValue(json))
            {
                output.Results.WriteLine(SweepReport.Json(folder, plan.Spec, outcomes).ToJsonString());
            }
            else
            {
                Print(output, folder, plan, outcomes, files);
            }

            return outcomes[0].Finished ? ExitCodes.Success : ExitCodes.NonFinite;
        });
        return command;
    }

    private static void Print(Output output, string folder, SweepPlan plan, ImmutableArray<SweepOutcome> outcomes, SweepFiles files)
    {
        bool errors = outcomes.Any(o => o.ValidationErrorPercent is not null);
        output.Table(
            [">Rank", .. plan.Spec.Vary.Select(a => a.Key), ">Outer steps", ">Networks", ">Validation loss", ">± s.e.", .. errors
                ? ResultView.ErrorHeadings : []],
            outcomes.Select((o, i) => (string[])
            [
                (i + 1).ToString(CultureInfo.InvariantCulture),
                .. o.Trial.Settings.Select(s => s.Split('=', 2)[1]),
                o.OuterSteps.ToString(CultureInfo.InvariantCulture),
                o.Validation.Count.ToString(CultureInfo.InvariantCulture),
                o.Diverged > 0 ? $"diverged ({o.Diverged})" : Numbers.Short(o.Validation.Mean),
                double.IsNaN(o.Validation.StandardError) ? "–" : Numbers.Short(o.Validation.StandardError),
                .. errors ? (string[])[o.ValidationErrorPercent is { } error ? Numbers.Short(error.Mean) : "–",
                    Numbers.Error(o.ValidationErrorPercent?.StandardError)] : [],
            ]));
        string over = plan.Spec.Networks > 1 ? $"{plan.Spec.Networks} networks" : $"{plan.Spec.ValidationLifetimes} lifetimes";
        output.Results.WriteLine(
            $"Validation loss: query loss on lifetimes of the meta-validation " +
            $"split{(errors ? ", by which settings are compared; error: share answered wrongly there" : string.Empty)}; mean and " +
            $"standard error over {over}.");
        SweepOutcome best = outcomes[0];
        output.Results.WriteLine(best.Finished
            ? $"Best: {string.Join(' ', best.Trial.Settings.Select(s => $"--set {s}"))}"
            : "No setting came to the end: all diverged.");
        if (best.Test is { } test)
        {
            output.Results.WriteLine(
                $"Its query loss on the split of the recipe's evaluation, which chose nothing: {Numbers.Short(test.Mean)} ± " +
                $"{Numbers.Short(test.StandardError)}" +
                (best.TestErrorPercent is { } error
                    ? $"; its error {Numbers.Short(error.Mean)} ± {Numbers.Short(error.StandardError)} %"
                    : string.Empty));
        }

        if (SweepReport.BestLessNext(outcomes) is { } difference)
        {
            output.Results.WriteLine(
                $"The best less the next, over {difference.Pairs} networks of the same seeds, with its 95 % interval: " +
                $"{PairedDifference.Describe(difference)}{(difference.IsClear ? string.Empty : "; unclear")}.");
        }

        SweepCost cost = SweepCost.Of(folder, plan.Spec, outcomes);
        output.Results.WriteLine(cost.Describe());
        foreach (string edge in cost.Edges)
        {
            output.Results.WriteLine($"At the edge: {edge}");
        }

        output.Results.WriteLine($"All files: {files.Csv}, {files.Runs}, {files.Json}, {files.Figure.Svg}");
    }
}
