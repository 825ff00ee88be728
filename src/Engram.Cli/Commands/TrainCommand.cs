using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Files;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram train</c>: meta-trains and evaluates a recipe, or each recipe of a group.</summary>
internal static class TrainCommand
{
    private const int MostSeeds = 1000;
    private const string Seed = "meta-training.seed";
    private const string OuterSteps = "meta-training.outer-steps";

    private sealed record Request(
        string? Recipe, string? Run, bool Resume, bool IsQuickStart, IReadOnlyList<string> Settings, long? Seed, int? Seeds, int Threads,
        IRanks? Ranks, bool Shared);

    public static Command Create(Output output, RunStore store, IRanks? ranks = null)
    {
        var recipe = new Argument<string?>("recipe")
        {
            HelpName = "recipe",
            Description = "A built-in recipe, a group of them, a file, or a folder of files. Default: the group 'quick-start'.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        recipe.CompletionSources.Add([.. BuiltInRecipes.Groups, .. BuiltInRecipes.Names]);
        Option<string[]> set = RecipeCommand.SetOption();
        var seed = new Option<long?>("--seed") { Description = "Seed of everything random; short for --set meta-training.seed=…" };
        var seeds = new Option<int?>("--seeds")
        {
            Description =
            "Networks of each recipe, with as many seeds from --seed (or 1) on; prints mean and standard error over them."
        };
        var outerSteps = new Option<long?>("--outer-steps")
        { Description = "Length of meta-training; with --resume, a longer one than before." };
        Option<int?> threads = ThreadsOption();
        var run = new Option<string?>("--run")
        { Description = "Name of the run in $ENGRAM_RUNS or ./runs. Default: the recipe's name and a number." };
        var resume = new Option<bool>("--resume")
        { Description = "Resume an interrupted run: the one of --run, or the newest of the recipe." };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var quiet = new Option<bool>("--quiet") { Description = "No progress." };
        var command = new Command(
            "train", "Meta-trains a recipe and evaluates it. Without a recipe: the quick start, three learners compared.")
        {
            recipe, set, seed, seeds, outerSteps, threads, run, resume, json, quiet,
        };
        var shared = new SharedWork();
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            Arguments.ExpectValueOf(Seed, "--seed", parsed.GetValue(seed));
            Arguments.ExpectValueOf(OuterSteps, "--outer-steps", parsed.GetValue(outerSteps));
            Arguments.ExpectAtLeast("--seeds", parsed.GetValue(seeds), 1);
            Arguments.ExpectAtMost("--seeds", parsed.GetValue(seeds), MostSeeds);
            ExpectLastSeed(parsed.GetValue(seed), parsed.GetValue(seeds));
            var settings = new List<string>(parsed.GetValue(set) ?? []);
            if (parsed.GetValue(seeds) is not null)
            {
                Arguments.ExpectNotSet(settings, Seed, "--seeds");
            }

            AddSetting(settings, Seed, "--seed", parsed.GetValue(seed));
            AddSetting(settings, OuterSteps, "--outer-steps", parsed.GetValue(outerSteps));
            if (parsed.GetValue(resume)
                && (parsed.GetValue(seeds) is not null || settings.Any(s => !s.StartsWith(OuterSteps + "=", StringComparison.Ordinal))))
            {
                throw new EngramException(
                    "Found --set, --seed or --seeds with --resume, expected none: a run resumes with its own recipe. Leave them out, or " +
                    "train a new run.");
            }

            string? name = parsed.GetValue(recipe);
            var request = new Request(
                name, parsed.GetValue(run), parsed.GetValue(resume), name is null, settings, parsed.GetValue(seed), parsed.GetValue(seeds),
                Threads(parsed.GetValue(threads), ranks), ranks, shared.IsShared(parsed));
            shared.ExpectName(parsed, request.Run);
            if (shared.Script(parsed) is not null)
            {
                return WriteScript(output, parsed, shared, store, request, parsed.GetValue(threads));
            }

            return Train(output, store, request, parsed.GetValue(json), parsed.GetValue(quiet));
        });
        return command;
    }

    /// <summary>The option <c>--threads</c>.</summary>
    public static Option<int?> ThreadsOption() => new("--threads")
    { Description = "Threads. Default: all processors. The result does not depend on it." };

    // Ranks of one machine share its processors.
    private static int Threads(int? given, IRanks? ranks) =>
        Arguments.Threads(given ?? (ranks is null ? null : Math.Max(1, Environment.ProcessorCount / Math.Max(1, MpiRanks.LaunchedHere))));

    private static void ExpectLastSeed(long? seed, int? seeds)
    {
        long most = (long)RecipeSchema.ByPath[Seed].Maximum;
        if (seed is { } first && seeds is { } networks && first + networks - 1 > most)
        {
            throw new EngramException(
                $"Found --seed {first} with --seeds {networks}, whose last seed would be {first + networks - 1}, expected {most} or " +
                $"less; lower one of the two.");
        }
    }

    private static void AddSetting(List<string> settings, string key, string option, long? value)
    {
        if (value is { } number)
        {
            Arguments.ExpectNotSet(settings, key, option);
            settings.Add($"{key}={number.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private static int Train(Output output, RunStore store, Request request, bool json, bool quiet)
    {
        string? resumed = FolderToResume(output, store, request);
        string target = request.Recipe ?? RecipeReader.QuickStart;
        var plan = new TrainingPlan(target, [.. request.Settings], request.Seed, request.Seeds);
        bool isGroup = resumed is not null ? RunGroup.IsGroup(resumed) : plan.IsGroup;
        if (request.Shared)
        {
            ExpectGroup(isGroup, "--share");
            ExpectOneRank(request);
        }

        using var stop = new StopSignal(output);
        using var progress = new ProgressView(output, quiet);
        var options = new TrainingOptions
        {
            Threads = request.Threads,
            Ranks = request.Ranks,
            Shared = request.Shared,
            Progress = progress.Report,
            Note = progress.Note,
            Stop = stop.Token,
            Store = store,
            Data = DataView.Context(output, quiet, stop.Token)
        };
        try
        {
            return isGroup ? TrainGroup(output, request, store, plan, resumed, options, progress, json)
                : TrainOne(output, request, store, plan, resumed, options, progress, json);
        }
        catch (RunStoppedException e)
        {
            progress.Dispose();
            throw StopSignal.Told(e, $"engram train --resume {store.RunOption(e.Folder)}");
        }
        catch (RunsElsewhereException e)
        {
            progress.Dispose();
            return SharedWork.Left(output, e);
        }
    }

    private static int WriteScript(
        Output output, ParseResult parsed, SharedWork shared, RunStore store, Request request, int? threads)
    {
        string[] run = ["--run", request.Run!];
        if (request.Resume)
        {
            string folder = store.Find(request.Run!);
            ExpectGroup(RunGroup.IsGroup(folder), "--slurm");
            return shared.WriteScript(
                output, parsed, store, ["train", "--resume", .. run], request.Run!, RunGroup.RunsOf(folder).Length, threads);
        }

        var plan = new TrainingPlan(request.Recipe ?? RecipeReader.QuickStart, [.. request.Settings], request.Seed, request.Seeds);
        ExpectGroup(plan.IsGroup, "--slurm");
        int runs = plan.Members(new TrainingOptions { Threads = 1, Store = store, Data = DataView.Context(output, quiet: true) }).Length;
        store.FolderOfNew(request.Run!);
        string[] words =
        [
            "train", .. request.Recipe is { } recipe ? [recipe] : (string[])[],
            .. request.Settings.Where(s => !s.StartsWith(Seed + "=", StringComparison.Ordinal) || request.Seed is null)
                .SelectMany(s => (string[])["--set", s]),
            .. Number("--seed", request.Seed), .. Number("--seeds", request.Seeds), .. run,
        ];
        return shared.WriteScript(output, parsed, store, words, request.Run!, runs, threads);
    }

    private static string[] Number(string option, long? value) =>
        value is { } number ? [option, number.ToString(CultureInfo.InvariantCulture)] : [];

    private static void ExpectGroup(bool isGroup, string option)
    {
        if (!isGroup)
        {
            throw new EngramException(
                $"Found {option} with a single run, expected several, of which each process takes some: --seeds N, or a group of recipes.");
        }
    }

    private static void ExpectOneRank(Request request)
    {
        if (request.Ranks is not null)
        {
            throw new EngramException(
                "Found --share under mpiexec, expected one of the two: ranks share one network's lifetimes, --share whole networks.");
        }
    }

    private static int TrainOne(
        Output output, Request request, RunStore store, TrainingPlan plan, string? resumed, TrainingOptions options, ProgressView progress,
        bool json)
    {
        Recipe? recipe = resumed is null ? plan.Recipe(options) : null;
        string folder = resumed ?? NewFolder(store, request, plan.Target);
        if (resumed is not null)
        {
            ExpectOwnRecipe(request, () => RunDirectory.ReadEnvironment(resumed).Recipe);
        }

        using RunDirectory run = resumed is not null
            ? RunDirectory.Open(resumed, request.Settings)
            : RunDirectory.Create(folder, recipe!, RunEnvironment.Here(plan.Target, recipe!.Seed, request.Threads));
        progress.Start($"{(resumed is null ? "Training" : "Resuming")} {run.Recipe.Name} in {folder}");
        RunResult result = RunTraining.Run(run, options);
        FigureFiles figure = GroupTraining.Draw(folder, [folder]);
        progress.Dispose();
        ResultView.Print(output, [result], new ResultView.Place(folder, figure), json);
        return ExitCodes.Success;
    }

    private static int TrainGroup(
        Output output, Request request, RunStore store, TrainingPlan plan, string? resumed, TrainingOptions options, ProgressView progress,
        bool json)
    {
        if (resumed is not null && request.Settings.Count > 0)
        {
            throw new EngramException(
                $"Found --outer-steps with the group '{resumed}', expected it with a single run; name one of its runs with --run.");
        }

        // All recipes are read before anything is made: a wrong setting must not leave a folder behind.
        ImmutableArray<GroupMember> members = resumed is null ? plan.Members(options) : [];
        string folder = resumed ?? NewFolder(store, request, plan.Target);
        using RunGroup group = request.Shared ? RunGroup.Share(folder, plan.Target, members, request.Threads, progress.Note, options.Stop)
            : resumed is not null ? RunGroup.Open(resumed, progress.Note)
            : RunGroup.Create(folder, plan.Target, members, request.Threads);
        if (resumed is not null)
        {
            ExpectOwnRecipe(request, () => group.Name);
        }

        string what = request.Seeds is not null ? "networks" : "recipes";
        progress.Start($"{(resumed is null ? "Training" : "Resuming")} {group.Members.Length} {what} of {group.Name} in {folder}");
        GroupResult result = GroupTraining.Run(group, options);
        progress.Dispose();
        ResultView.Print(output, result.Results, new ResultView.Place(folder, result.Figure), json);
        return result.Results.Any(r => r.State == RunState.Diverged) ? ExitCodes.NonFinite : ExitCodes.Success;
    }

    // A run goes on with its own recipe: another one beside its name would do nothing.
    private static void ExpectOwnRecipe(Request request, Func<string> recipeOfTheRun)
    {
        if (request is { Resume: true, Run: { } run, Recipe: { } given } && recipeOfTheRun() is var own && given != own
            && FullPath(given) != FullPath(own))
        {
            throw new EngramException(
                $"Found the recipe '{given}' with --resume --run {run}, expected none, or '{own}', the recipe of that run: a run resumes " +
                $"with its own recipe. Leave it out, or train a new run.");
        }

        static string FullPath(string recipe) => Path.GetFullPath(Path.Combine(Environment.CurrentDirectory, recipe));
    }

    private static string NewFolder(RunStore store, Request request, string target) =>
        request.Run is { } name ? store.FolderOfNew(name) : store.NewFolder(Stem(target));

    private static string? FolderToResume(Output output, RunStore store, Request request)
    {
        if (request.Resume && request.Run is { } name)
        {
            return store.Find(name);
        }

        // The quick start goes on by itself where it was interrupted, unless it is told to be another.
        if (request.Resume || (request.IsQuickStart && request is { Run: null, Seeds: null, Settings.Count: 0 }))
        {
            string stem = Stem(request.Recipe ?? RecipeReader.QuickStart);
            string? found = store.NewestInterrupted(stem, output.Note);
            return found is null && request.Resume
                ? throw new EngramException(
                    $"Found no interrupted run '{stem}-…' in '{store.Root}', expected one; name it with --run, or leave out --resume. " +
                    $"'engram runs' lists the runs.")
                : found;
        }

        return null;
    }

    /// <summary>What runs of a recipe, or sweeps of a file, are called before their number.</summary>
    public static string Stem(string recipe) => TrainingPlan.StemOf(recipe);
}
