using System.Collections.Immutable;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Rendering;
using Engram.Learning.Lives;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks;
using Engram.Tasks.Data;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Serving;

/// <summary>What a request is done with: who is told, and what ends it.</summary>
/// <param name="Store">Where runs lie.</param>
/// <param name="Note">Told what the user should know.</param>
/// <param name="Progress">Told how far it has come, from any thread.</param>
/// <param name="Stop">Ends it.</param>
internal sealed record ServeContext(RunStore Store, Action<string> Note, Action<TrainingProgress> Progress, CancellationToken Stop)
{
    /// <summary>How runs are trained and evaluated.</summary>
    public TrainingOptions Options(long? threads) => new()
    {
        Threads = (int)(threads ?? Environment.ProcessorCount),
        Store = Store,
        Note = Note,
        Progress = Progress,
        Stop = Stop,
        Data = DataContext.Default() with { Note = Note, Stop = Stop },
    };
}

/// <summary>The methods of <c>engram serve</c>, each an answer to its parameters.</summary>
internal static class ServeWork
{
    private const int MostThreads = 1024, MostSeeds = 1000, MostLifetimes = 1_000_000;

    /// <summary>All methods by name, but <c>hello</c> and <c>cancel</c>, which the session itself answers.</summary>
    public static IReadOnlyDictionary<string, Func<ServeParameters, ServeContext, byte[]>> Methods { get; } =
        new OrderedDictionary<string, Func<ServeParameters, ServeContext, byte[]>>(StringComparer.Ordinal)
        {
            ["list"] = List,
            ["recipe"] = Recipe,
            ["train"] = Train,
            ["runs"] = Runs,
            ["metrics"] = Metrics,
            ["parameters"] = Parameters,
            ["live"] = Live,
            ["evaluate"] = Evaluate,
            ["compare"] = Compare,
            ["figure"] = Figure,
            ["tag"] = Tag,
            ["note"] = Note,
        };

    private static byte[] List(ServeParameters parameters, ServeContext context)
    {
        string kind = parameters.ChoiceOrNone("kind", ["recipes", "groups", "figures", "tasks"]) ?? "recipes";
        parameters.ExpectNoOther();
        return ServeJson.Write(new ServedNames(kind switch
        {
            "recipes" => BuiltInRecipes.Names,
            "groups" => BuiltInRecipes.Groups,
            "figures" => [.. RunFigures.Registry.Names],
            _ => [.. TaskFamilies.Registry.Names],
        }));
    }

    private static byte[] Recipe(ServeParameters parameters, ServeContext context)
    {
        (string name, ImmutableArray<string> settings) = (parameters.Text("recipe"), parameters.Texts("settings"));
        parameters.ExpectNoOther();
        Recipe recipe = RecipeReader.Load(name, settings);
        return ServeJson.Write(
            new ServedRecipe(
            recipe.Name, recipe.IsClassification, recipe.ToYaml(),
            recipe.Values.All.ToDictionary(v => v.Key.Path, v => v.Text, StringComparer.Ordinal)));
    }

    private static byte[] Train(ServeParameters parameters, ServeContext context)
    {
        var plan = new TrainingPlan(
            parameters.TextOrNone("recipe") ?? RecipeReader.QuickStart,
            parameters.Texts("settings"),
            parameters.WholeOrNone("firstSeed", 0, long.MaxValue - MostSeeds),
            (int?)parameters.WholeOrNone("seeds", 1, MostSeeds));
        (string? name, string? resume) = (parameters.TextOrNone("run"), parameters.TextOrNone("resume"));
        TrainingOptions options = context.Options(Threads(parameters));
        parameters.ExpectNoOther();
        if (resume is not null)
        {
            return Resume(context.Store.Find(resume), context, options);
        }

        if (plan.FirstSeed is not null && plan.Seeds is null)
        {
            plan = plan with { Settings = plan.Settings.Add($"meta-training.seed={plan.FirstSeed}"), FirstSeed = null };
        }

        string Folder() => name is not null ? context.Store.FolderOfNew(name) : context.Store.NewFolder(TrainingPlan.StemOf(plan.Target));
        if (!plan.IsGroup)
        {
            Recipe recipe = plan.Recipe(options);
            RunEnvironment here = RunEnvironment.Here(plan.Target, recipe.Seed, options.Threads);
            return TrainOne(() => RunDirectory.Create(Folder(), recipe, here), context, options);
        }

        ImmutableArray<GroupMember> members = plan.Members(options);
        using RunGroup group = RunGroup.Create(Folder(), plan.Target, members, options.Threads);
        return TrainGroup(group, context, options);
    }

    private static byte[] Resume(string folder, ServeContext context, TrainingOptions options)
    {
        if (RunGroup.IsGroup(folder))
        {
            using RunGroup group = RunGroup.Open(folder, context.Note);
            return TrainGroup(group, context, options);
        }

        return TrainOne(() => RunDirectory.Open(folder), context, options);
    }

    // What is told of the run is read when nobody holds it any more, or it would be told to be running.
    private static byte[] TrainOne(Func<RunDirectory> open, ServeContext context, TrainingOptions options)
    {
        string folder;
        using (RunDirectory run = open())
        {
            folder = run.Folder;
            RunTraining.Run(run, options);
            GroupTraining.Draw(folder, [folder]);
        }

        return ServeJson.Write(new ServedRuns([RunOf(context.Store, folder)]));
    }

    private static byte[] TrainGroup(RunGroup group, ServeContext context, TrainingOptions options)
    {
        GroupTraining.Run(group, options);
        return ServeJson.Write(
            new ServedRuns([.. group.Members.Select(m => RunOf(context.Store, group.FolderOf(m)))], context.Store.NameOf(group.Folder)));
    }

    private static byte[] Runs(ServeParameters parameters, ServeContext context)
    {
        (ImmutableArray<string> names, ImmutableArray<string> tags) = (parameters.Texts("runs"), parameters.Texts("tags"));
        parameters.ExpectNoOther();
        IEnumerable<string> folders = names.IsEmpty ? context.Store.List().Select(r => r.Folder) : context.Store.FindAll(names);
        return ServeJson.Write(new ServedRuns([.. folders.Select(f => RunOf(context.Store, f)).Where(r => tags.All(r.Tags.Contains))]));
    }

    // Columns as tensors of float64: a column of numbers that are not known is not a number there.
    private static byte[] Metrics(ServeParameters parameters, ServeContext context)
    {
        (string name, string path) = (parameters.Text("run"), parameters.Text("out"));
        parameters.ExpectNoOther();
        string folder = OneRun(context.Store, name);
        ImmutableArray<MetricsLine> lines = MetricsLog.Read(folder);
        var writer = new SafetensorsWriter();
        void Column(string column, Func<MetricsLine, double> of) => writer.Add<double>(column, [lines.Length], [.. lines.Select(of)]);
        Column("outerStep", l => l.OuterStep);
        Column("lifetimes", l => l.Lifetimes);
        Column("queryLoss", l => l.QueryLoss);
        Column("runningQueryLoss", l => l.RunningQueryLoss);
        Column("gradientNorm", l => l.GradientNorm);
        Column("elapsedSeconds", l => l.ElapsedSeconds);
        if (lines.Any(l => l.QueryErrorPercent is not null))
        {
            Column("queryErrorPercent", l => l.QueryErrorPercent ?? double.NaN);
            Column("runningQueryErrorPercent", l => l.RunningQueryErrorPercent ?? double.NaN);
        }

        writer.Write(path);
        return ServeJson.Write(new ServedMetrics(path, lines.Length));
    }

    private static byte[] Parameters(ServeParameters parameters, ServeContext context)
    {
        (string name, string path) = (parameters.Text("run"), parameters.Text("out"));
        parameters.ExpectNoOther();
        string folder = OneRun(context.Store, name);
        return ServeJson.Write(WeightExport.Write(folder, path, context.Options(1).Data));
    }

    private static byte[] Live(ServeParameters parameters, ServeContext context)
    {
        (string name, string path) = (parameters.Text("run"), parameters.Text("out"));
        ulong life = (ulong)(parameters.WholeOrNone("lifetime", 0, long.MaxValue) ?? 0);
        string? split = parameters.ChoiceOrNone("split", [.. RecipeSchema.Names<Split>()]);
        ImmutableArray<string> parts = parameters.Texts("parts");
        var options = new LifeRecorderOptions
        {
            Every = (int)(parameters.WholeOrNone("every", 1, int.MaxValue) ?? 1),
            MemoryBytes = parameters.WholeOrNone("memoryBytes", 1, long.MaxValue),
            Parts = parts.IsEmpty ? LifeParts.All : parts.Aggregate(LifeParts.None, (all, p) => all | LifeExport.PartOf(p)),
        };
        parameters.ExpectNoOther();
        using var run = TrainedRun.Open(OneRun(context.Store, name), context.Note);
        Split? from = split is null ? null : Enum.GetValues<Split>().First(s => RecipeSchema.Name(s) == split);
        return ServeJson.Write(LifeExport.Write(run, life, path, context.Options(1).Data, from, options));
    }

    private static byte[] Evaluate(ServeParameters parameters, ServeContext context)
    {
        ImmutableArray<string> names = parameters.SomeTexts("runs"), settings = parameters.Texts("settings");
        int? lifetimes = (int?)parameters.WholeOrNone("lifetimes", 2, MostLifetimes);
        TrainingOptions options = context.Options(Threads(parameters));
        parameters.ExpectNoOther();
        var lives = ImmutableArray.CreateBuilder<EvaluatedLife>();
        var runs = ImmutableArray.CreateBuilder<ServedEvaluated>();
        foreach (string folder in context.Store.FindAllTrained(names))
        {
            string name = context.Store.NameOf(folder);
            RunResult result =
                RunTraining.Evaluate(folder, lifetimes, options, each: l => lives.Add(l with { Run = name }), taskSettings: settings);
            runs.Add(new ServedEvaluated(name, result.Evaluation!));
        }

        return ServeJson.Write(new ServedEvaluation(runs.ToImmutable(), lives.ToImmutable()));
    }

    private static byte[] Compare(ServeParameters parameters, ServeContext context)
    {
        ImmutableArray<string> names = parameters.SomeTexts("runs");
        parameters.ExpectNoOther();
        RunResult[] results =
        [
            .. context.Store.FindAll(names).Select(f => RunDirectory.ReadResult(f)
                ?? throw new EngramException(
                    $"Found the run '{context.Store.NameOf(f)}' without a result, expected runs that have ended; resume it: engram " +
                    $"train --resume {context.Store.RunOption(f)}")),
        ];
        return ServeJson.Write(new ServedComparison(
            [
                .. LearnerDifference.Of(results).Select(d => new ServedDifference(
                    d.First, d.Second, d.Difference.Mean, d.Difference.Mean - d.Difference.HalfWidth, d.Difference.Mean
                        + d.Difference.HalfWidth,
                    d.Difference.Pairs, d.Difference.OverNetworks ? "networks" : "lifetimes", d.Difference.IsClear && !d.NotTrained,
                    d.FirstLifetimes, d.SecondLifetimes)),
            ],
            [
                .. SeedSummary.Of(results).Select(s => new ServedSummary(
                    s.Name, s.Recipe, s.Seeds.Length, s.Diverged.Length, s.QueryLoss.Mean, s.QueryLoss.StandardError,
                    s.QueryErrorPercent?.Mean, s.QueryErrorPercent?.StandardError, s.ErrorIsOverNetworks ? "networks" : "lifetimes")),
            ]));
    }

    private static byte[] Figure(ServeParameters parameters, ServeContext context)
    {
        ImmutableArray<string> names = parameters.SomeTexts("runs");
        string name = parameters.ChoiceOrNone("name", [.. RunFigures.Registry.Names]) ?? RunFigures.Registry.Names[0];
        var options = new AnalysisOptions
        {
            Lifetimes = (int)(parameters.WholeOrNone("lifetimes", 1, MostLifetimes) ?? new AnalysisOptions().Lifetimes),
            Size = FigureSize.Named[parameters.ChoiceOrNone("size", [.. FigureSize.Named.Keys]) ?? "page"],
            Each = parameters.Flag("each"),
            Work = context.Options(Threads(parameters)),
        };
        parameters.ExpectNoOther();
        ImmutableArray<TrainedRun> runs = TrainedRun.OpenAll(context.Store, names, context.Note);
        try
        {
            DrawnFigure drawn = RunAnalyzer.Draw(runs, [name], options)[0];
            return ServeJson.Write(
                new ServedFigure(
                name, drawn.Drawn.Figure.Title, FigureSvg.Render(drawn.Drawn.Figure), FigureCsv.Render(drawn.Drawn.Figure),
                drawn.Drawn.Summary));
        }
        finally
        {
            foreach (TrainedRun run in runs)
            {
                run.Dispose();
            }
        }
    }

    private static byte[] Tag(ServeParameters parameters, ServeContext context)
    {
        ImmutableArray<string> names = parameters.SomeTexts("runs"), add = parameters.Texts("add"), remove = parameters.Texts("remove");
        parameters.ExpectNoOther();
        return Label(context.Store, names, f => RunLabels.Tag(f, add, remove));
    }

    private static byte[] Note(ServeParameters parameters, ServeContext context)
    {
        (ImmutableArray<string> names, string text) = (parameters.SomeTexts("runs"), parameters.Text("text"));
        parameters.ExpectNoOther();
        return Label(context.Store, names, f => RunLabels.Annotate(f, text));
    }

    private static byte[] Label(RunStore store, ImmutableArray<string> names, Action<string> label)
    {
        ImmutableArray<string> folders = store.FindAll(names);
        foreach (string folder in folders)
        {
            label(folder);
        }

        return ServeJson.Write(new ServedRuns([.. folders.Select(f => RunOf(store, f))]));
    }

    private static string OneRun(RunStore store, string name)
    {
        string folder = store.FindTrained(name);
        return RunGroup.IsGroup(folder)
            ? throw new EngramException(
                $"Found the group of runs '{name}', expected one run, such as '{name}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.")
            : folder;
    }

    private static long? Threads(ServeParameters parameters) => parameters.WholeOrNone("threads", 1, MostThreads);

    private static ServedRun RunOf(RunStore store, string folder)
    {
        RunSummary run = store.Summarize(folder);
        RunEnvironment? environment = run.Problem is null ? RunDirectory.ReadEnvironment(folder) : null;
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (RunSetting setting in RunSettings.TryRead(folder) ?? [])
        {
            settings[setting.Key] = setting.Text;
        }

        return new ServedRun(
            run.Name,
            Path.GetFullPath(folder),
            run.State,
            run.Problem,
            run.Foreign,
            environment?.Recipe,
            environment?.Seed,
            run.Result?.OuterSteps ?? run.LastMetrics?.OuterStep ?? 0,
            run.OuterSteps,
            run.Result?.Lifetimes ?? run.LastMetrics?.Lifetimes ?? 0,
            run.Result?.TrainingSeconds ?? run.LastMetrics?.ElapsedSeconds,
            run.Result?.RunningQueryLoss ?? run.LastMetrics?.RunningQueryLoss,
            run.Result?.RunningQueryErrorPercent ?? run.LastMetrics?.RunningQueryErrorPercent,
            run.Result?.Evaluation,
            run.Result?.Message,
            settings,
            run.Tags,
            run.Note);
    }
}
