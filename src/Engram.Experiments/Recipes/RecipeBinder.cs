using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Recipes;

/// <summary>Makes the typed recipe of resolved values, and checks what concerns several of them.</summary>
internal static class RecipeBinder
{
    private const long MostExamples = 1 << 24;
    private const string StartsByName = "initialization.by-name", RatesByName = "meta-training.rates.by-name";

    public static Recipe Bind(RecipeValues v)
    {
        Recipe recipe = Typed(v);
        if (v.Below(StartsByName).Concat(v.Below(RatesByName)).Any())
        {
            // What is said of parameters that a recipe laid over it took away is left out, as keys without a meaning are.
            int decider = v.All.Where(x => x.Key.Section.Split('.')[0] is "learner" or "network" or "task").Max(x => x.Origin.Layer);
            ParameterLayout? layout = null;
            v.Located("learner.name", () => layout = recipe.Layout());
            RecipeValue[] kept =
                [.. v.All.Where(x => x.Key.Within is null || x.Origin.Layer >= decider || NamedNumbers.Mean(layout!, x.Key.Leaf))];
            if (kept.Length < v.All.Length)
            {
                v = new RecipeValues(v.Source, kept);
                recipe = Typed(v);
            }
        }

        Check(recipe, v);
        return recipe;
    }

    private static Recipe Typed(RecipeValues v)
    {
        LearnerSpec learner = RecipeLearners.Bind(v);
        return new Recipe
        {
            Name = v.TextOrNone("name") ?? Path.GetFileNameWithoutExtension(v.Source),
            Description = v.TextOrNone("description"),
            TaskName = v.Text("task.family"),
            Task = RecipeTasks.Bind(v),
            Network = new NetworkRecipe
            {
                Width = v.Has("network.width") ? v.Count("network.width") : 0,
                Convolutions = !v.Has("network.strides") || v.ListOrNone("network.strides") is not { } strides ? null
                    : new ConvolutionalNetwork
                    {
                        Strides = strides,
                        Channels = v.Count("network.channels"),
                        Kernel = v.Count("network.kernel"),
                        Padding = v.Count("network.padding"),
                    },
                HiddenWidths = v.ListOrNone("network.hidden-widths"),
                PlasticLayers = v.Count("network.plastic-layers"),
            },
            LearnerName = v.Text("learner.name"),
            Learner = learner,
            Initialization = Initialization(v, learner is LocalLearnerSpec),
            InitialRun = v.TextOrNone("initialization.from-run"),
            Frozen = v.NamesOrNone("initialization.frozen") is { } frozen ? new FrozenParameters(frozen) : FrozenParameters.None,
            MetaTraining = MetaTraining(v, learner is LocalLearnerSpec),
            Curriculum = Curriculum(v),
            Seed = (ulong)v.Integer("meta-training.seed"),
            CheckpointEvery = v.Integer("meta-training.checkpoint-every"),
            MetricsEvery = v.Integer("meta-training.metrics-every"),
            Evaluation = new EvaluationRecipe(v.Count("evaluation.lifetimes"), v.Choice<Split>("evaluation.split")),
            Expected = Expected(v),
            Values = v,
        };
    }

    private static NamedNumbers ByName(RecipeValues v, string key) =>
        new([.. v.Below(key).Where(x => x.Value is not null).Select(x => (x.Key.Leaf, (double)x.Value!))]);

    private static InitializationSpec Initialization(RecipeValues v, bool local)
    {
        var initial = new InitializationSpec
        {
            HiddenPlasticity = v.Number("initialization.hidden-plasticity"),
            LowerPlasticity = v.NumberOrNone("initialization.lower-plasticity"),
            ReadoutPlasticity = v.Number("initialization.readout-plasticity"),
            PlasticityUnit = v.Choice<PlasticityUnit>("initialization.plasticity-unit"),
            Starts = ByName(v, StartsByName),
        };
        return !local ? initial : initial with
        {
            Feedback = v.Choice<FeedbackStart>("initialization.feedback"),
            FeedbackScale = v.Number("initialization.feedback-scale"),
            HiddenFeedbackStrength = v.Number("initialization.hidden-feedback-strength"),
            ReadoutFeedbackStrength = v.Number("initialization.readout-feedback-strength"),
        };
    }

    private static MetaTrainingSpec MetaTraining(RecipeValues v, bool local)
    {
        var rates = new MetaRates
        {
            Feedforward = v.Number("meta-training.rates.feedforward"),
            HiddenPlasticity = v.Number("meta-training.rates.hidden-plasticity"),
            LowerPlasticity = v.NumberOrNone("meta-training.rates.lower-plasticity"),
            ReadoutPlasticity = v.Number("meta-training.rates.readout-plasticity"),
            Named = ByName(v, RatesByName),
        };
        var spec = new MetaTrainingSpec
        {
            OuterSteps = v.Integer("meta-training.outer-steps"),
            LifetimesPerOuterStep = v.Count("meta-training.lifetimes-per-outer-step"),
            Rates = !local ? rates : rates with
            {
                Feedback = v.Number("meta-training.rates.feedback"),
                FeedbackStrength = v.Number("meta-training.rates.feedback-strength"),
            },
            Schedule = Schedule(v, "meta-training.schedule"),
            ClipNorm = v.NumberOrNone("meta-training.clip-norm"),
            RestartEvery = v.IntegerOrNone("meta-training.restart-every"),
        };
        return RecipeSettings.Bind("meta-training", spec, v);
    }

    /// <summary>The schedule of rates in a section.</summary>
    internal static RateSchedule Schedule(RecipeValues v, string section) => v.Text(section + ".kind") switch
    {
        "cosine" => new CosineSchedule(v.Integer(section + ".warmup-steps"), v.Number(section + ".floor")),
        "step" => new StepSchedule(v.Integer(section + ".period-steps"), v.Number(section + ".decay")),
        _ => new ConstantSchedule(),
    };

    private static Curriculum Curriculum(RecipeValues v)
    {
        const string lengthsKey = "meta-training.curriculum.lengths", untilKey = "meta-training.curriculum.until";
        if (v.NumbersOrNone(lengthsKey) is not { } lengths)
        {
            return Recipes.Curriculum.None;
        }

        ImmutableArray<int> until = v.ListOrNone(untilKey)!.Value;
        if (until.Length != lengths.Length)
        {
            throw v.Error(untilKey, $"found {until.Length} ends of the {lengths.Length} stages of {lengthsKey}, expected as many.");
        }

        for (int i = 1; i < until.Length; i++)
        {
            if (until[i] <= until[i - 1])
            {
                throw v.Error(untilKey, $"found {until[i]} after {until[i - 1]}, expected each stage to end later than the one before.");
            }
        }

        return new Curriculum([.. lengths.Zip(until, (length, end) => new CurriculumStage(end, length))]);
    }

    private static ExpectedResult? Expected(RecipeValues v)
    {
        if (v.NumberOrNone("expected.value") is not { } value)
        {
            RecipeValue? orphan = v.All.FirstOrDefault(x => x.Key.Section == "expected" && x.Value is not null);
            return orphan is null ? null : throw v.Error(orphan.Key.Path, "found no expected.value beside it, expected a number.");
        }

        string? source = v.TextOrNone("expected.source");
        return source is null
            ? throw v.Error("expected.value", "found no expected.source beside it, expected where the number comes from.")
            : new ExpectedResult(
                v.TextOrNone("expected.metric") ?? ExpectedResult.QueryLoss, value, v.NumberOrNone("expected.standard-error"),
                v.NumberOrNone("expected.tolerance"), source);
    }

    private static int LayersOf(NetworkRecipe network) => network.Convolutions is { } convolutions
        ? convolutions.Strides.Length + (network.HiddenWidths?.Length ?? 1) + 1
        : (network.HiddenWidths?.Length ?? 8) + 1;

    private static void Check(Recipe recipe, RecipeValues v)
    {
        if (recipe.Expected is { IsError: true } && !recipe.IsClassification)
        {
            throw v.Error(
                "expected.metric",
                $"found {ExpectedResult.QueryError} with the task '{recipe.TaskName}', which is regression, expected " +
                $"{ExpectedResult.QueryLoss}.");
        }

        int layers = LayersOf(recipe.Network);
        if (recipe.Network.PlasticLayers > layers)
        {
            throw v.Error(
                "network.plastic-layers",
                $"found {recipe.Network.PlasticLayers} plastic layers in a network of {layers}, expected 1 to {layers}.");
        }

        if (RecipeLearners.PlasticLayers(recipe.LearnerName) is { } fixedLayers && fixedLayers != recipe.Network.PlasticLayers)
        {
            throw v.Error(
                "network.plastic-layers",
                $"found {recipe.Network.PlasticLayers}, but the learner '{recipe.LearnerName}' is defined with {fixedLayers}; remove " +
                $"the key or choose another learner.");
        }

        if (recipe.Task is SinesSpec { Pool: { } pool } few && pool < few.Sines)
        {
            throw v.Error("task.pool", $"found a pool of {pool} sines for lifetimes of {few.Sines}, expected at least {few.Sines}.");
        }

        if (recipe.Task is SinesSpec sines && ExamplesOf(sines) is var examples and > MostExamples)
        {
            throw v.Error("task.batches-per-sine", $"found lifetimes of {examples} examples in all, expected at most {MostExamples}.");
        }

        if (recipe.Task is FewShotSpec images)
        {
            v.Located("task.ways", images.Validate);
            v.Located(v.Has("network.strides") ? "network.strides" : "network.hidden-widths",
                () => _ = recipe.Network.ToSpec(recipe.Task.Shape));
        }

        if (recipe.Learner is LocalLearnerSpec { OutputClamped: true, Objective: Objective.MeanSquaredError })
        {
            throw v.Error(
                "learner.output-clamped", "found true in a regression task, expected false: only classification clamps the output.");
        }

        if (recipe.Learner is LocalLearnerSpec { DetachedSignal: true, Objective: Objective.MeanSquaredError })
        {
            throw v.Error(
                "learner.detached-signal", "found true in a regression task, expected false: regression is always differentiated exactly.");
        }

        if (recipe.Initialization.Feedback != FeedbackStart.Random)
        {
            v.Located("initialization.feedback", () => Initializer.Validate(recipe.Layout(), recipe.Initialization));
        }

        foreach (RecipeValue named in v.Below(StartsByName))
        {
            v.Located(named.Key.Path,
                () => Initializer.Validate(recipe.Layout(), new InitializationSpec { Starts = new([(named.Key.Leaf, 0)]) }));
        }

        foreach (RecipeValue named in v.Below(RatesByName))
        {
            v.Located(named.Key.Path, () => new NamedNumbers([(named.Key.Leaf, 0)]).Validate(recipe.Layout(), "meta-rates"));
        }

        foreach (CurriculumStage stage in recipe.Curriculum.Stages)
        {
            CheckLength(recipe, v, stage.Length);
        }

        if (recipe.Frozen != FrozenParameters.None)
        {
            v.Located("initialization.frozen", () => recipe.Frozen.Validate(recipe.Layout()));
        }
    }

    private static void CheckLength(Recipe recipe, RecipeValues v, double length)
    {
        const string key = "meta-training.curriculum.lengths";
        switch (recipe.Task.WithLength(length))
        {
            case null:
                throw v.Error(
                    key,
                    $"found lifetimes of {RecipeNumbers.Format(length)} times their length with the task '{recipe.TaskName}', whose " +
                    $"lifetimes have one length, expected none.");
            case SinesSpec sines when ExamplesOf(sines) is var examples and > MostExamples:
                throw v.Error(key, $"found lifetimes of {examples} examples in all, expected at most {MostExamples}.");
            case FewShotSpec images:
                v.Located(key, images.Validate);
                break;
        }
    }

    private static long ExamplesOf(SinesSpec sines) => (long)sines.Sines * sines.BatchesPerSine * sines.BatchSize;
}
