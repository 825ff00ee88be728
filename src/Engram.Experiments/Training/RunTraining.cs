using System.Diagnostics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Training;

/// <summary>Meta-trains and evaluates runs.</summary>
public static class RunTraining
{
    private const double SecondsBetweenReports = 0.1;

    /// <summary>Takes a run to its end: meta-training from where it stands, then the evaluation.</summary>
    /// <remarks>The result depends on the recipe alone: not on threads, interruptions, or who watches.</remarks>
    /// <param name="run">The run.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NonFiniteException">A number is not finite; the last checkpoint stays, and <c>result.json</c> says so.</exception>
    /// <exception cref="RunStoppedException">It was told to stop; a checkpoint is written.</exception>
    /// <exception cref="EngramException">No checkpoint can be read, or the disk is full.</exception>
    public static RunResult Run(RunDirectory run, TrainingOptions options) => Run(run, options, long.MaxValue)!;

    /// <summary>Meta-trains a run up to an outer step, where a checkpoint is written, without an evaluation; a run that has come as far
    /// stays as it is.</summary>
    /// <remarks>Running it in parts gives the same bits as running it at once.</remarks>
    /// <param name="run">The run.</param>
    /// <param name="outerSteps">Outer steps that are done afterwards; fewer than the recipe's.</param>
    /// <param name="options">How.</param>
    /// <inheritdoc cref="Run(RunDirectory, TrainingOptions)" path="/exception"/>
    public static void Advance(RunDirectory run, long outerSteps, TrainingOptions options) => Run(run, options, outerSteps);

    /// <summary>Checks what can be checked before a run's folder is made: that its data are there and enough, and that its meta-parameters
    /// fit into memory.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="options">How it will run.</param>
    /// <exception cref="EngramException">Data are missing, damaged or too few, or the network is too large.</exception>
    public static void Check(Recipe recipe, TrainingOptions options)
    {
        MetaTrainer.ExpectMemory(recipe.Layout(), recipe.MetaTraining, options.Threads);
        TaskData.Check(recipe, options.Data);
    }

    private static RunResult? Run(RunDirectory run, TrainingOptions options, long until)
    {
        foreach (string change in RunDirectory.ChangesOf(run.Folder))
        {
            options.Note?.Invoke(change);
        }

        if (RunDirectory.ReadResult(run.Folder, out string? damage) is { State: RunState.Finished } finished)
        {
            return finished;
        }

        if (damage is not null)
        {
            options.Note?.Invoke($"{damage} It is rebuilt from the last checkpoint.");
        }

        try
        {
            return Train(run, options, until);
        }
        catch (OperationCanceledException e) when (e is not RunStoppedException)
        {
            throw new RunStoppedException(run.Folder);
        }
    }

    private static RunResult? Train(RunDirectory run, TrainingOptions options, long until)
    {
        Recipe recipe = run.Recipe;
        TaskData.Check(recipe, options.Data);
        ITaskFamily family = recipe.Task.Create(options.Data);
        ParameterLayout layout = recipe.Layout();
        if (options.EngineFactory is null && LifetimeEngines.WhySlow(layout) is { } reason)
        {
            options.Note?.Invoke($"{recipe.Name}: {reason}");
        }

        using var lifetimes = new MetaTrainingLifetimes<float>(family, recipe.Seed, TaskData.Stages(recipe, options.Data));
        using var trainer = new MetaTrainer(
            layout, recipe.Initialization, recipe.MetaTraining, lifetimes, recipe.Seed, options.Threads,
                options.EnginesFor(family.Shape.BatchSize),
            recipe.Frozen, RankTrainings.CrewFor(recipe, options));
        RunningMean mean = Resume(run, trainer, options);
        try
        {
            run.ExpectHeld();
            if (EventLog.ProblemOf(run.Folder, trainer.OuterStepsDone, recipe.MetricsEvery) is { } lost)
            {
                options.Note?.Invoke(lost);
            }

            using var events = EventLog.Continue(run.Folder, run.Environment.Created, trainer.OuterStepsDone);
            MetaTrain(run, trainer, ref mean, events, options, until);
            if (!trainer.IsDone)
            {
                return null;
            }

            options.Progress?.Invoke(Report(run, trainer, mean, TrainingPhase.Evaluation, 0, null));
            var lives = new List<EvaluatedLife>();
            EvaluationSummary evaluation = Evaluate(
                recipe, layout, trainer.Parameters, recipe.Evaluation, options,
                Collect(lives.Add, recipe, Path.GetFileName(run.Folder), recipe.Evaluation.Split));
            EvaluatedLife.WriteCsv(EvaluatedLife.FileIn(run.Folder), lives);
            RunResult result = Describe(run, trainer, mean) with { State = RunState.Finished, Evaluation = evaluation };
            events.Add(trainer.OuterStepsDone, evaluation);
            run.WriteResult(result);
            options.Progress?.Invoke(Report(run, trainer, mean, TrainingPhase.Done, 0, TimeSpan.Zero));
            return result;
        }
        catch (NonFiniteException failure)
        {
            string last = RunDirectory.CheckpointsOf(run.Folder) is [var newest, ..] ? $"The last checkpoint before it stays: {newest}."
                : "There is no checkpoint yet.";
            NonFiniteException told = failure.With(last);
            run.WriteResult(Describe(run, trainer, mean) with { State = RunState.Diverged, Message = told.Message });
            throw told;
        }
    }

    /// <summary>Evaluates a run's newest checkpoint that is whole, or the meta-parameters of a file.</summary>
    /// <param name="folder">The run's folder, which is only read, so that somebody may be training it; or a file of
    /// <see cref="WeightExport"/>.</param>
    /// <param name="lifetimes">Lifetimes; null for the recipe's number.</param>
    /// <param name="options">How.</param>
    /// <param name="split">The split they come from; null for the recipe's.</param>
    /// <param name="each">Told of every single lifetime, by index; null for nobody.</param>
    /// <param name="taskSettings">
    /// What is set over the recipe's task, as <c>task.key=value</c>: streams of another order or length than the network was meta-trained
    /// on; null for nothing.
    /// </param>
    /// <exception cref="EngramException">
    /// There is no run, or no checkpoint that can be read; or what is set is no key of the task, or makes lifetimes that the network does
    /// not fit.
    /// </exception>
    public static RunResult Evaluate(
        string folder, int? lifetimes, TrainingOptions options, Split? split = null, Action<EvaluatedLife>? each = null,
            IReadOnlyList<string>? taskSettings = null)
    {
        using var run = TrainedRun.Open(folder, options.Note);
        Recipe recipe = WithTask(run.Recipe, taskSettings ?? []);
        var asked = new EvaluationRecipe(lifetimes ?? recipe.Evaluation.Lifetimes, split ?? recipe.Evaluation.Split);
        EvaluationSummary evaluation = Evaluate(
            recipe, run.Parameters.Layout, run.Parameters, asked, options, each is null ? null
            : Collect(each, recipe, run.Name, asked.Split));
        return Describe(folder, run.Environment, recipe, run.OuterStepsDone, run.Mean) with { State = run.State, Evaluation = evaluation };
    }

    private static Action<int, LifetimeOutcome> Collect(Action<EvaluatedLife> each, Recipe recipe, string name, Split split) =>
        (index, outcome) => each(new EvaluatedLife(
        name, recipe.Seed, RecipeSchema.Name(split), index, outcome.QueryLoss, recipe.IsClassification ? outcome.QueryAccuracy : null));

    // The network and what it learnt stay; only lifetimes are others, of the same inputs and outputs.
    private static Recipe WithTask(Recipe recipe, IReadOnlyList<string> settings)
    {
        if (settings.Count == 0)
        {
            return recipe;
        }

        if (settings.FirstOrDefault(s => !s.TrimStart().StartsWith("task.", StringComparison.Ordinal)) is { } foreign)
        {
            throw new EngramException(
                $"Found {foreign} for --set, expected a setting of the task, such as task.ordering=continual: an evaluation changes " +
                $"lifetimes, not the network.");
        }

        Recipe changed = RecipeReader.Parse(recipe.ToYaml(), recipe.Name, settings);
        (EpisodeShape before, EpisodeShape after) = (recipe.Task.Shape, changed.Task.Shape);
        return (before.Inputs, before.Outputs) == (after.Inputs, after.Outputs) && changed.TaskName == recipe.TaskName
            ? changed
            : throw new EngramException(
                $"Found lifetimes of {after.Inputs} inputs and {after.Outputs} outputs after --set, expected {before.Inputs} and " +
                $"{before.Outputs}, which the network has; change the order or the length of lifetimes alone.");
    }

    private static RunningMean Resume(RunDirectory run, MetaTrainer trainer, TrainingOptions options)
    {
        (TrainerState State, RunningMean Mean, string? Task)? found = RunDirectory.ReadCheckpoint(
            run.Folder, path =>
                ((TrainerState, RunningMean, string?)?)(TrainerState.Read(path), RunningMean.Load(path), RunningMean.TaskOf(path)),
                options.Note);
        if (found is not { } checkpoint)
        {
            if (MetricsLog.HasBegun(run.Folder))
            {
                options.Note?.Invoke(
                    $"Found no checkpoint in '{run.Folder}', expected one of a run that had begun; it starts from the beginning.");
            }

            InitialParameters.CopyTo(trainer.Parameters, run.Recipe, options.Store, options.Note);
            return RunningMean.Start;
        }

        if (checkpoint.Task is { } trained && TaskOf(run.Recipe).DifferenceFrom(trained) is var (then, now))
        {
            throw new EngramException(
                $"Found the task with {now} in the recipe of '{run.Folder}', expected {then}, which its checkpoints were trained on; " +
                $"undo the change, or train a new run.");
        }

        trainer.Restore(checkpoint.State);
        run.DropCheckpointsAfter(trainer.OuterStepsDone);
        return checkpoint.Mean;
    }

    // The mean is as far as the last outer step whose numbers were finite, also where the next one throws.
    private static void MetaTrain(
        RunDirectory run, MetaTrainer trainer, ref RunningMean mean, EventLog events, TrainingOptions options, long until)
    {
        Recipe recipe = run.Recipe;
        int lifetimesPerStep = recipe.MetaTraining.LifetimesPerOuterStep;
        if (MetricsLog.ProblemOf(run.Folder, trainer.OuterStepsDone, recipe.MetricsEvery) is { } problem)
        {
            options.Note?.Invoke(problem);
        }

        using MetricsLog metrics = MetricsLog.Continue(run.Folder, trainer.OuterStepsDone);
        using ParameterLog parameters = ParameterLog.Continue(run.Folder, trainer.OuterStepsDone, recipe.MetaTraining.OuterSteps);
        var clock = Stopwatch.StartNew();
        double before = mean.ElapsedSeconds;
        long first = trainer.OuterStepsDone;
        double lastReport = double.NegativeInfinity;
        long dropped = 0;
        if (trainer.OuterStepsDone == 0)
        {
            events.Add(0, trainer.Parameters);
            parameters.Add(0, trainer.IsDone, trainer.Parameters);
            Save(run, trainer, mean, metrics, parameters, events);
        }

        while (!trainer.IsDone && trainer.OuterStepsDone < until)
        {
            if (options.Stop.IsCancellationRequested)
            {
                Save(run, trainer, mean, metrics, parameters, events);
                throw new RunStoppedException(run.Folder);
            }

            OuterStepReport report = trainer.Step();
            double elapsed = clock.Elapsed.TotalSeconds;
            mean = mean.With(report, before + elapsed);
            long done = trainer.OuterStepsDone;
            dropped += report.Dropped;
            if (done % recipe.MetricsEvery == 0 || trainer.IsDone)
            {
                if (dropped > 0)
                {
                    options.Note?.Invoke($"{recipe.Name}: lifetimes that diverged and were dropped: {dropped}, up to outer step {done}.");
                    dropped = 0;
                }

                var line = new MetricsLine(
                    done, done * lifetimesPerStep, report.MeanQueryLoss, mean.QueryLoss, report.MetaGradientNorm, mean.ElapsedSeconds)
                {
                    QueryErrorPercent = recipe.IsClassification ? report.MeanQueryErrorPercent : null,
                    RunningQueryErrorPercent = recipe.IsClassification ? mean.QueryErrorPercent : null,
                };
                metrics.Add(line);
                events.Add(line);
            }

            parameters.Add(done, trainer.IsDone, trainer.Parameters);
            if (done % recipe.CheckpointEvery == 0 || trainer.IsDone)
            {
                events.Add(done, trainer.Parameters);
                Save(run, trainer, mean, metrics, parameters, events);
            }
            else if (done == until)
            {
                Save(run, trainer, mean, metrics, parameters, events);
            }

            if (elapsed - lastReport >= SecondsBetweenReports || trainer.IsDone)
            {
                lastReport = elapsed;
                double stepsPerSecond = (done - first) / Math.Max(elapsed, 1e-9);
                double secondsOfWork = elapsed / recipe.Curriculum.Work(first, done);
                var left = TimeSpan.FromSeconds(
                    Math.Min(1e9, secondsOfWork * recipe.Curriculum.Work(done, recipe.MetaTraining.OuterSteps)));
                options.Progress?.Invoke(Report(run, trainer, mean, TrainingPhase.MetaTraining, stepsPerSecond * lifetimesPerStep, left));
            }
        }
    }

    private static void Save(
        RunDirectory run, MetaTrainer trainer, RunningMean mean, MetricsLog metrics, ParameterLog parameters, EventLog events)
    {
        run.ExpectHeld();

        // What leads to a checkpoint must be on the disk before it, or a resumed run would lack it.
        metrics.Flush();
        parameters.Flush();
        events.Flush();
        mean.Save(trainer.Capture(), run.CheckpointPath(trainer.OuterStepsDone), TaskOf(run.Recipe).Text);
        run.PruneCheckpoints();
    }

    // What lifetimes are, those of a curriculum included: a run must go on with the same.
    private static SettingsContent TaskOf(Recipe recipe) => SettingsContent.Of(recipe.Task)
        .With("curriculum", recipe.Curriculum == Curriculum.None ? "none" : recipe.Curriculum.ToString(), "none",
            SettingsContent.FormerRest);

    private static EvaluationSummary Evaluate(
        Recipe recipe, ParameterLayout layout,
            MetaParameters<float> parameters, EvaluationRecipe evaluation, TrainingOptions options, Action<int, LifetimeOutcome>? each =
            null)
    {
        ITaskFamily family = recipe.Task.Create(options.Data);
        using var lifetimes = new EvaluationLifetimes<float>(family, recipe.Seed, evaluation.Split);
        using var evaluator = new Evaluator(
            layout, Math.Min(options.Threads, evaluation.Lifetimes), options.Threads, options.EnginesFor(family.Shape.BatchSize));
        EvaluationResult found = evaluator.Evaluate(parameters, lifetimes, evaluation.Lifetimes, cancellation: options.Stop);
        for (int i = 0; i < found.Outcomes.Length; i++)
        {
            each?.Invoke(i, found.Outcomes[i]);
        }

        return new EvaluationSummary
        {
            Lifetimes = evaluation.Lifetimes,
            Split = RecipeSchema.Name(evaluation.Split),
            QueryLoss = found.MeanLoss,
            StandardError = found.LossStandardError,
            QueryErrorPercent = recipe.IsClassification ? found.MeanErrorPercent : null,
            ErrorStandardErrorPercent = recipe.IsClassification ? found.ErrorStandardErrorPercent : null,
        };
    }

    private static RunResult Describe(RunDirectory run, MetaTrainer trainer, RunningMean mean) =>
        Describe(run.Folder, run.Environment, run.Recipe, trainer.OuterStepsDone, mean);

    private static RunResult Describe(string folder, RunEnvironment environment, Recipe recipe, long outerSteps, RunningMean mean) => new()
    {
        Folder = folder,
        Recipe = environment.Recipe,
        Name = recipe.Name,
        Learner = recipe.LearnerName,
        Order = recipe.Learner is GradientLearnerSpec gradient ? RecipeSchema.Name(gradient.Order) : null,
        PlasticLayers = recipe.Network.PlasticLayers,
        Ordering = recipe.Task.StreamOrdering is { } ordering ? RecipeSchema.Name(ordering) : null,
        OuterSteps = outerSteps,
        Lifetimes = outerSteps * recipe.MetaTraining.LifetimesPerOuterStep,
        TrainingSeconds = mean.ElapsedSeconds,
        RunningQueryLoss = mean.QueryLoss,
        RunningQueryErrorPercent = recipe.IsClassification ? mean.QueryErrorPercent : null,
        Expected = recipe.Expected,
    };

    private static TrainingProgress Report(
        RunDirectory run, MetaTrainer trainer, RunningMean mean, TrainingPhase phase, double lifetimesPerSecond, TimeSpan? left) => new(
        run.Folder,
        run.Recipe.Name,
        phase,
        trainer.OuterStepsDone,
        run.Recipe.MetaTraining.OuterSteps,
        trainer.OuterStepsDone * run.Recipe.MetaTraining.LifetimesPerOuterStep,
        mean.QueryLoss,
        mean.QueryErrorPercent,
        lifetimesPerSecond,
        left);
}
