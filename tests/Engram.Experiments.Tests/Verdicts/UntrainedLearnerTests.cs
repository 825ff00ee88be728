using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

/// <summary>One rule for all tables: from what error on a network is not trained, and what learners of one name are called.</summary>
public sealed class UntrainedLearnerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Sines have a variance of some 4.3, so the bound is some 1.07.</summary>
    [Theory]
    [InlineData(0.5, 0.6, false, "lower")]
    [InlineData(0.5, 2.6, true, "not judged: one is not trained")]
    public void Difference_OfALearnerThatIsNotTrained_HasNoVerdict(double oja, double hebb, bool notTrained, string verdict)
    {
        RunResult[] results =
            [.. Learner("oja", [oja, oja + 0.001], "learner.rule=oja"), .. Learner("hebb", [hebb, hebb + 0.0011], "learner.rule=hebb")];

        LearnerDifference found = Assert.Single(LearnerDifference.Of(results));

        Assert.Equal(("FLP (oja)", "FLP (hebb)", notTrained), (found.First, found.Second, found.NotTrained));
        Assert.Equal(verdict, Assert.Single(LearnerDifference.Rows([found]))[^1]);
    }

    [Fact]
    public void Untrained_OfTwoNetworks_NamesTheOneAboveAQuarterOfTheVariance()
    {
        RunResult[] results = [.. Learner("a", [0.01, 2.5]), .. Learner("b", [0.02], "learner.rule=hebb")];

        UntrainedLearner found = Assert.Single(UntrainedLearner.Of(results));

        Assert.Equal(("FLP (oja)", 2ul, 2), (found.Name, Assert.Single(found.Seeds), found.Networks));
        Assert.InRange(found.From, 0.9, 1.2);
        Assert.StartsWith(
            "FLP (oja): 1 of 2 networks is not trained: a query MSE of 2.50, above ", found.Describe(), StringComparison.Ordinal);
        Assert.Empty(UntrainedLearner.Of(Learner("c", [0.9])));
    }

    [Fact]
    public void Bound_OfClasses_IsThreeQuartersOfGuessing_WithoutTheirImages()
    {
        Recipe recipe = RecipeReader.Load("omniglot-28/iid/flp-2", ["task.dataset-path=nowhere"]);

        Assert.Equal(60, LearningBound.Of(recipe, DataContext.Default()), 1e-12);
    }

    /// <summary>Targets 0 and 4 in one output, 1 and 1 in the other: the best constants are 2 and 1, their errors 4, 4, 0 and 0.</summary>
    [Fact]
    public void ConstantError_OfTwoOutputs_IsAMeanOverThemAsTheLossIs() =>
        Assert.Equal(2, LearningBound.ConstantError(new TwoOutputs(), 1, Split.MetaTest, classes: false), 1e-12);

    [Fact]
    public void Names_OfOneRecipesName_SayWhatDiffers()
    {
        Recipe Made(params string[] settings) => RecipeReader.Load("quick-start/flp", settings);

        Assert.Equal<string>(["FLP", "FLP"], LearnerNames.Of([Made(), Made("meta-training.seed=2")]));
        Assert.Equal<string>(["FLP", "Other"], LearnerNames.Of([Made(), Made("name=Other", "learner.rule=hebb")]));
        Assert.Equal<string>(
            ["FLP (outer-steps 7)", "FLP (outer-steps 8)"],
            LearnerNames.Of([Made("meta-training.outer-steps=7"), Made("meta-training.outer-steps=8")]));

        // More settings differ than a name has room for.
        string[] both = [.. LearnerNames.Of([Made(), RecipeReader.Load("quick-start/gradient", ["name=FLP"])])];
        Assert.All(both, n => Assert.EndsWith(", …)", n, StringComparison.Ordinal));
        Assert.NotEqual(both[0], both[1]);
    }

    private RunResult[] Learner(string name, double[] losses, params string[] settings) =>
    [
        .. losses.Select((loss, i) =>
        {
            Recipe recipe = RecipeReader.Load("quick-start/flp", [.. settings, $"meta-training.seed={i + 1}"]);
            string run = Path.Combine(folder.Path, $"{name}-{i + 1}");
            using RunDirectory made = RunDirectory.Create(run, recipe, RunEnvironment.Here("quick-start/flp", recipe.Seed, 1));
            return new RunResult
            {
                State = RunState.Finished,
                Name = recipe.Name,
                Folder = run,
                Evaluation = new EvaluationSummary { Lifetimes = 50, Split = "meta-test", QueryLoss = loss, StandardError = loss / 10 },
            };
        }),
    ];

    private sealed class TwoOutputs : ITaskFamily
    {
        public EpisodeShape Shape { get; } = new(1, 1, 1, 2, 2);

        public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            (episode.QueryTargets[0, 0], episode.QueryTargets[0, 1]) = (T.Zero, T.One);
            (episode.QueryTargets[1, 0], episode.QueryTargets[1, 1]) = (T.CreateTruncating(4), T.One);
        }
    }
}
