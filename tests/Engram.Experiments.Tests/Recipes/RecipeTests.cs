using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests.RecipeFiles;

public class RecipeTests
{
    private const string Small = """
        network:
          plastic-layers: 2
        learner:
          name: flp
        """;

    public static TheoryData<string> BuiltIn => [.. BuiltInRecipes.Names];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Load_EveryBuiltInRecipe_ReadsBackFromItsResolvedText(string name)
    {
        Recipe recipe = RecipeReader.Load(name);
        Recipe again = RecipeReader.Parse(recipe.ToYaml(), "again.yaml");

        Assert.Equal(recipe with { Values = again.Values }, again);
        Assert.False(string.IsNullOrEmpty(recipe.Description));
    }

    [Fact]
    public void BuiltInRecipes_Folder_IsWhatTheProgramCarries()
    {
        string folder = Path.Combine(Repository.Root, "recipes");
        var files = Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(f => !Path.GetFileName(f).StartsWith('_'))
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')[..^5]);

        Assert.Equal(
            files.Order(StringComparer.Ordinal),
            BuiltInRecipes.Names.Concat(ComparisonReader.Names.Select(n => "compare/" + n)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void BuiltInRecipes_PaperAndAuthorsCode_CoverTableOneWithItsNumbers()
    {
        // Mean and standard error of the paper's Table 1, i.i.d. then continual.
        var table = new (string File, double[] Iid, double[] Continual)[]
        {
            ("feature-reuse", [0.050, 7e-3], [0.035, 3e-3]),
            ("flp-2", [0.00093, 3e-5], [0.0016, 6e-5]),
            ("flp-3", [0.00051, 8e-5], [0.0068, 2e-3]),
            ("gradient-3", [0.00057, 2e-5], [0.069, 0.02]),
            ("oml-3", [0.072], [0.40]),
        };
        foreach (string form in (string[])["paper", "authors-code"])
        {
            foreach ((string file, double[] iid, double[] continual) in table)
            {
                foreach ((string order, double[] expected) in (IEnumerable<(string, double[])>)[("iid", iid), ("continual", continual)])
                {
                    Recipe recipe = RecipeReader.Load($"sines/{form}/{order}/{file}");
                    Assert.Equal(expected[0], recipe.Expected!.Value);
                    Assert.Equal(expected.Length > 1 ? expected[1] : null, recipe.Expected.StandardError);
                    Assert.Contains("Table 1", recipe.Expected.Source, StringComparison.Ordinal);
                    Assert.Equal(order == "iid" ? Ordering.Iid : Ordering.Continual, ((SinesSpec)recipe.Task).Ordering);
                    Assert.Equal(20_000, recipe.MetaTraining.OuterSteps);
                    Assert.Equal(300, recipe.Network.Width);
                    Assert.Equal(form == "paper" ? null : 400, ((SinesSpec)recipe.Task).Pool);
                }
            }
        }
    }

    [Fact]
    public void Parse_Nothing_LeavesTheLibrarysDefaults()
    {
        Recipe recipe = RecipeReader.Parse(Small, "small.yaml");

        Assert.Equal(new MetaTrainingSpec(), recipe.MetaTraining);
        Assert.Equal(new InitializationSpec(), recipe.Initialization);
        Assert.Equal(new LocalLearnerSpec(), recipe.Learner);
        Assert.Equal("small", recipe.Name);
    }

    [Fact]
    public void Parse_EveryKeySet_ReachesTheTypedRecipe()
    {
        Recipe recipe = RecipeReader.Parse(
            """
            name: "mine"
            task: {family: sines, sines: 3, batches-per-sine: 4, batch-size: 5, ordering: continual, query-per-sine: 6, pool: 7}
            network: {hidden-widths: [8, 9], plastic-layers: 3}
            learner: {name: flp, rule: hebb, signal: target, feedback-layers: 2, rectified-feedback: false, rectified-signal: true,
              feedback-times-sign: false, feedback-only-at-output: true, presynaptic: post-feedback, granularity: neuron,
              hidden-plasticity-multiplier: 100}
            initialization: {feedback: random, plasticity-unit: neuron, feedback-scale: 0.5, hidden-feedback-strength: 0.9,
              readout-feedback-strength: 0.8, hidden-plasticity: 1e-5, lower-plasticity: 3e-6, readout-plasticity: 2e-5}
            meta-training:
              outer-steps: 11
              lifetimes-per-outer-step: 12
              rates: {feedforward: 1e-3, feedback: 2e-3, hidden-plasticity: 3e-3, lower-plasticity: 6e-3, readout-plasticity: 4e-3,
                feedback-strength: 5e-3}
              schedule: {kind: cosine, warmup-steps: 13, floor: 0.1}
              clip-norm: 2
              restart-every: 14
              curriculum: {lengths: [0.25, 2], until: [4, 9]}
              seed: 15
              checkpoint-every: 16
              metrics-every: 17
            evaluation: {lifetimes: 18, split: meta-validation}
            expected: {metric: query-loss, value: 0.1, standard-error: 0.01, tolerance: 0.05, source: here}
            """,
            "all.yaml");

        Assert.Equal(("mine", 15UL, 16L, 17L), (recipe.Name, recipe.Seed, recipe.CheckpointEvery, recipe.MetricsEvery));
        Assert.Equal(new SinesSpec
        { Sines = 3, BatchesPerSine = 4, BatchSize = 5, Ordering = Ordering.Continual, QueryPerSine = 6, Pool = 7 }, recipe.Task);
        Assert.Equal(new NetworkRecipe { Width = 0, HiddenWidths = [8, 9], PlasticLayers = 3 }, recipe.Network);
        Assert.Equal(
            new LocalLearnerSpec
            {
                Rule = new HebbRule(),
                Signal = FeedbackSignal.Target,
                FeedbackLayers = 2,
                RectifiedFeedback = false,
                RectifiedSignal = true,
                FeedbackOnlyAtOutput = true,
                Presynaptic = PresynapticActivity.PostFeedback,
                Granularity = Granularity.Neuron,
                HiddenPlasticityMultiplier = 100,
            },
            recipe.Learner);
        Assert.Equal(
            new InitializationSpec
            {
                FeedbackScale = 0.5,
                HiddenFeedbackStrength = 0.9,
                ReadoutFeedbackStrength = 0.8,
                HiddenPlasticity = 1e-5,
                LowerPlasticity = 3e-6,
                ReadoutPlasticity = 2e-5,
                PlasticityUnit = PlasticityUnit.Neuron
            }, recipe.Initialization);
        Assert.Equal(new Curriculum([new CurriculumStage(4, 0.25), new CurriculumStage(9, 2)]), recipe.Curriculum);
        Assert.Equal(
            new MetaTrainingSpec
            {
                OuterSteps = 11,
                LifetimesPerOuterStep = 12,
                Rates = new MetaRates
                {
                    Feedforward = 1e-3,
                    Feedback = 2e-3,
                    HiddenPlasticity = 3e-3,
                    LowerPlasticity = 6e-3,
                    ReadoutPlasticity = 4e-3,
                    FeedbackStrength = 5e-3
                },
                Schedule = new CosineSchedule(13, 0.1),
                ClipNorm = 2,
                RestartEvery = 14,
            },
            recipe.MetaTraining);
        Assert.Equal(new EvaluationRecipe(18, Split.MetaValidation), recipe.Evaluation);
        Assert.Equal(new ExpectedResult("query-loss", 0.1, 0.01, 0.05, "here"), recipe.Expected);
    }

    [Theory]
    [InlineData("learner.rule: hebb\nlearner: {name: flp, rule: oja}", "learner.rule", 1)]
    [InlineData(
        "learner: {name: flp}\nmeta-training: {rates.feedforward: 1e-3, rates: {feedforward: 1e-2}}", "meta-training.rates.feedforward", 2)]
    public void Parse_KeyGivenTwiceInDifferentForms_IsRefused(string text, string key, int first)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse(text, "twice.yaml"));

        Assert.StartsWith("twice.yaml:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"found the key '{key}' a second time (first in line {first})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AlignedFeedback_ReachesTheInitialization() =>
        Assert.Equal(
            FeedbackStart.Aligned,
            RecipeReader.Parse(Small + "\ninitialization: {feedback: aligned}\n", "small.yaml").Initialization.Feedback);

    [Fact]
    public void Parse_GradientLearner_TakesItsOwnOptions()
    {
        Recipe recipe =
            RecipeReader.Parse("network: {plastic-layers: 3}\nlearner: {name: gradient, order: first, inner-rate: 0.003}\n", "g.yaml");

        Assert.Equal(new GradientLearnerSpec { Order = GradientOrder.First, FixedInnerRate = 0.003 }, recipe.Learner);
    }

    [Fact]
    public void Load_Extension_OverridesKeyByKeyAndDropsWhatTheNewLearnerHasNot()
    {
        using var folder = new TemporaryFolder();
        folder.File(
            "base.yaml",
            "description: base\nnetwork: {width: 20, plastic-layers: 2}\nlearner: {name: flp, rule: hebb}\nmeta-training: {outer-steps: " +
            "5, seed: 7}\nexpected: {value: 1, source: x}\n");
        string path = folder.File("deeper/child.yaml", "extends: ../base.yaml\nlearner: {name: gradient}\nmeta-training: {seed: 8}\n");

        Recipe recipe = RecipeReader.Load(path, ["meta-training.outer-steps=9"]);

        Assert.Equal(new GradientLearnerSpec(), recipe.Learner);
        Assert.Equal((9L, 8UL, 20), (recipe.MetaTraining.OuterSteps, recipe.Seed, recipe.Network.Width));
        Assert.Null(recipe.Expected);
        Assert.Null(recipe.Description);
        string shown = RecipeReader.Annotated(recipe);
        Assert.Contains("# --set", shown, StringComparison.Ordinal);
        Assert.Contains("child.yaml:3", shown, StringComparison.Ordinal);
        Assert.Contains("base.yaml:2", shown, StringComparison.Ordinal);
        Assert.Contains("# default", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileThatExtendsABuiltInRecipe_TakesItsValues()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = RecipeReader.Load(folder.File("mine.yaml", "extends: quick-start/flp\nmeta-training: {seed: 9}\n"));

        Assert.Equal((64, 9UL), (recipe.Network.Width, recipe.Seed));
    }

    [Theory]
    [InlineData(1e-8, "1e-8")]
    [InlineData(0.0001, "1e-4")]
    [InlineData(0.00015, "1.5e-4")]
    [InlineData(0.003, "0.003")]
    [InlineData(1, "1")]
    [InlineData(1e20, "1e20")]
    [InlineData(-2.5e-10, "-2.5e-10")]
    [InlineData(0, "0")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    public void Format_Number_IsShortAndReadsBack(double value, string text)
    {
        Assert.Equal(text, RecipeNumbers.Format(value));
        Assert.Equal(value, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Schema_EveryKey_SaysWhatItTakesAndMeans()
    {
        foreach (RecipeKey key in RecipeSchema.Keys)
        {
            Assert.EndsWith(".", key.Summary, StringComparison.Ordinal);
            Assert.Matches("^[a-z]+(-[a-z]+)*(\\.[a-z]+(-[a-z]+)*)*$", key.Path);
            Assert.NotEmpty(key.Expected());
            if (key.AppliesWhen is { } condition)
            {
                Assert.Contains(condition.Key, RecipeSchema.ByPath.Keys);
            }
        }

        using var schema = System.Text.Json.JsonDocument.Parse(RecipeJsonSchema.Text());
        Assert.Equal(
            2.0,
            schema.RootElement.GetProperty("properties").GetProperty("evaluation").GetProperty("properties").GetProperty("lifetimes")
                .GetProperty("minimum").GetDouble());
    }

    [Theory]
    [InlineData("[feedforward-weights, \"*.alpha\"]")]
    [InlineData("[feedforward-weights, '*.alpha']")]
    public void Load_StartFromARun_ReadsBackFromWhatItWrites(string list)
    {
        Recipe recipe = RecipeReader.Load("quick-start/flp", ["initialization.from-run=some/run", $"initialization.frozen={list}"]);

        Assert.Equal("some/run", recipe.InitialRun);
        Assert.Equal(["feedforward-weights", "*.alpha"], recipe.Frozen.Names.AsEnumerable());
        Recipe again = RecipeReader.Parse(recipe.ToYaml(), "again.yaml");
        Assert.Equal((recipe.InitialRun, recipe.Frozen), (again.InitialRun, again.Frozen));
        Assert.Equal(recipe.ToYaml(), again.ToYaml());
        Assert.Equal(Learning.Outer.FrozenParameters.None, RecipeReader.Load("quick-start/flp").Frozen);
    }

    [Fact]
    public void Parse_FewShotTask_BindsEveryKeyAndJudgesAsClassification()
    {
        Recipe recipe = RecipeReader.Parse(
            """
            task: {family: few-shot, dataset: omniglot, dataset-path: there, image-size: 84, colour: rgb, inverted: true,
              ways: 20, shots: 3, query-per-class: 4,
              outputs: 30,
              class-split: authors-code, query-draws: overlapping, ordering: iid}
            network: {strides: none, plastic-layers: 2}
            learner: {name: flp}
            """,
            "r.yaml");

        Assert.Equal(
            new FewShotSpec
            {
                Dataset = "omniglot",
                DatasetPath = "there",
                ImageSize = 84,
                Colour = ImageColour.Rgb,
                Inverted = true,
                Ways = 20,
                Shots = 3,
                QueryPerClass = 4,
                Outputs = 30,
                ClassSplit = ClassSplit.AuthorsCode,
                QueryDraws = QueryDraws.Overlapping,
                Ordering = Ordering.Iid,
            },
            recipe.Task);
        var learner = Assert.IsType<LocalLearnerSpec>(recipe.Learner);
        Assert.Equal((Objective.CrossEntropy, FeedbackSignal.Target, true), (learner.Objective, learner.Signal, learner.OutputClamped));
        Assert.Equal(recipe.Task, RecipeReader.Parse(recipe.ToYaml(), "again.yaml").Task);
    }
}
