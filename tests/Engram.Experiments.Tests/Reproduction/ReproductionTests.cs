using Engram.Experiments.Recipes;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

public sealed class ReproductionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Tables => [.. PublishedTables.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_Contrasts_AreTrueOfThePublishedNumbers(string name)
    {
        ReproductionTable table = PublishedTables.Named(name);
        double Value(ContrastTerm t) => table.PublishedFor(t.Cell)!.Value / (t.Over is null ? 1 : table.PublishedFor(t.Over)!.Value);

        Assert.NotEmpty(table.Contrasts);
        Assert.All(table.Contrasts, c => Assert.True(Value(c.High) > c.Factor * Value(c.Low), c.Claim));
        Assert.All(table.Published, p => Assert.Contains(table.Cells, c => c.Cell == $"{p.Column}/{p.Row}"));
    }

    [Theory]
    [InlineData(ReproductionScale.Smoke, RecipeForm.Paper, 12, 1)]
    [InlineData(ReproductionScale.Laptop, RecipeForm.Paper, 12, 2)]
    [InlineData(ReproductionScale.Desktop, RecipeForm.Paper, 12, 2)]
    [InlineData(ReproductionScale.Paper, RecipeForm.Paper, 10, 2)]
    [InlineData(ReproductionScale.Paper, RecipeForm.AuthorsCode, 10, 2)]
    [InlineData(ReproductionScale.Paper, RecipeForm.Best, 10, 2)]
    public void Plan_OfTableOne_HasItsCells(ReproductionScale scale, RecipeForm form, int cells, int networks)
    {
        ReproductionPlan plan = ReproductionPlan.Of(PublishedTables.Table1, scale, form, [], null);

        Assert.Equal(cells, plan.Cells.Length);
        Assert.Equal(12 - cells, plan.WithoutRecipe.Length);
        Assert.Contains(plan.Cells, c => c.RecipeName == $"sines/{plan.RecipeFolder}/iid/flp-2");
        Assert.All(plan.Cells, c => Assert.Equal(Enumerable.Range(1, networks).Select(s => (ulong)s), c.Runs.Select(r => r.Recipe.Seed)));
        if (scale != ReproductionScale.Smoke)
        {
            Assert.All(plan.Cells, c => Assert.NotNull(c.Runs[0].Recipe.Expected));
        }

        if (scale == ReproductionScale.Paper)
        {
            Assert.All(plan.Cells, c => Assert.Equal(plan.Table.PublishedFor(c.Cell)!.Value, c.Runs[0].Recipe.Expected!.Value));
        }
    }

    [Fact]
    public void Plan_OfTableTwo_TakesTheRecipesThereAre()
    {
        ReproductionPlan Plan(ReproductionScale scale) => ReproductionPlan.Of(PublishedTables.Table2, scale, RecipeForm.Paper, [], null);

        Assert.Equal(15, Plan(ReproductionScale.Paper).Cells.Length);
        Assert.All(Plan(ReproductionScale.Paper).Cells,
            c => Assert.Equal((5, "query-error"), (c.Runs.Length, c.Runs[0].Recipe.Expected!.Metric)));
        Assert.Equal(15, Plan(ReproductionScale.Laptop).Cells.Length);
        Assert.All(Plan(ReproductionScale.Laptop).Cells, c => Assert.Equal("query-error", c.Runs[0].Recipe.Expected!.Metric));
        Assert.All(Plan(ReproductionScale.Smoke).Runs,
            r => Assert.Contains("dataset: glyphs", r.Recipe.ToYaml(), StringComparison.Ordinal));
        Assert.Contains(
            "no recipe for table2 at the scale desktop", Assert.Throws<EngramException>(() => Plan(ReproductionScale.Desktop)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A run whose inner steps are short uses a thread for each of its lifetimes and no more; a large one splits them.</summary>
    [Theory]
    [InlineData("sines/desktop/iid/flp-2", 2)]
    [InlineData("sines/best/iid/flp-2", 8)]
    public void MostThreads_OfARun_AreThoseThatItsLifetimesCanUse(string name, int expected)
    {
        Recipe recipe = RecipeReader.Load(name);

        Assert.Equal(expected, new TrainingOptions
        { Threads = 8 }.MostThreads(recipe.Layout(), recipe.Task.Shape.BatchSize, recipe.MetaTraining.LifetimesPerOuterStep));
    }

    [Fact]
    public void Plan_Only_TakesColumnsRowsAndCells()
    {
        string[] Cells(params string[] only) =>
            [.. ReproductionPlan.Of(PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, only, 1).Cells.Select(c => c.Cell)];

        Assert.Equal(["iid/flp-2", "continual/flp-2"], Cells("flp-2"));
        Assert.Equal(["iid/flp-2", "continual/oml-3"], Cells("iid/flp-2", "continual/oml-3"));
        Assert.Equal(6, Cells("continual").Length);
        Assert.Contains("did you mean 'flp-2'?", Assert.Throws<EngramException>(() => Cells("flp2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Result_OfRuns_HasMeansRatiosAndVerdicts()
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Paper, RecipeForm.Paper,
            ["iid/flp-2", "iid/feature-reuse", "continual/flp-2", "continual/gradient-3"], 2);
        Finish(plan, "iid/flp-2", 0.00092, 0.00094);
        Finish(plan, "iid/feature-reuse", 0.06, 0.08);
        Finish(plan, "continual/flp-2", 0.010, 0.012);
        Finish(plan, "continual/gradient-3", 0.011, double.NaN);

        ReproductionResult result = ReproductionResult.Of(plan, Folder);
        CellResult Cell(string name) => result.Cells.Single(c => c.Cell == name);

        Assert.Equal((0.00093, 2), (Cell("iid/flp-2").Ours!.Value.Mean, Cell("iid/flp-2").Ours!.Value.Count));
        Assert.Equal(1e-5, Cell("iid/flp-2").Ours!.Value.StandardError, 1e-12);
        Assert.Equal(1, Cell("iid/flp-2").Ratio, 1e-9);
        Assert.Equal(
            [CellVerdict.Agrees, CellVerdict.Agrees, CellVerdict.Higher, CellVerdict.Diverged, CellVerdict.Missing],
            ((string[])["iid/flp-2", "iid/feature-reuse", "continual/flp-2", "continual/gradient-3", "iid/oml-3"])
                .Select(c => Cell(c).Verdict));

        ContrastResult Contrast(string low, string high) =>
            result.Contrasts.Single(c => (c.Contrast.Low.Cell, c.Contrast.Low.Over, c.Contrast.High.Cell) == (low, null, high));
        ContrastResult reuse = Contrast("iid/flp-2", "iid/feature-reuse");
        Assert.Equal((ContrastVerdict.Holds, 0.07 / 0.00093), (reuse.Verdict, reuse.Ours));
        Assert.Equal(0.050 / 0.00093, reuse.Published, 1e-9);

        // A quotient's relative errors add in squares: 1/7 and 1/93.
        Assert.Equal(reuse.Ours * Math.Sqrt((1 / 49.0) + (1 / 93.0 / 93)), reuse.StandardError, 1e-9);
        Assert.Equal(ContrastVerdict.NotMeasured, Contrast("continual/flp-2", "continual/gradient-3").Verdict);
        Assert.Equal(1, result.Contrasts.Count(c => c.Verdict != ContrastVerdict.NotMeasured));
    }

    [Theory]
    [InlineData(1.0, 1.0, 2.0, 2.0, ContrastVerdict.Holds)]
    [InlineData(2.0, 2.0, 1.0, 1.0, ContrastVerdict.Fails)]
    [InlineData(1.0, 1.4, 1.1, 1.5, ContrastVerdict.Unclear)]

    // One cell is sure, the other of two networks, so that t is 12.71: a relative error of 0.05 counts from a ratio of e^0.635 = 1.888 on,
    // either way.
    [InlineData(1.0, 1.0, 1.9 * 0.95, 1.9 * 1.05, ContrastVerdict.Holds)]
    [InlineData(1.0, 1.0, 1.87 * 0.95, 1.87 * 1.05, ContrastVerdict.Unclear)]
    [InlineData(1.9 * 0.95, 1.9 * 1.05, 1.0, 1.0, ContrastVerdict.Fails)]
    [InlineData(1.87 * 0.95, 1.87 * 1.05, 1.0, 1.0, ContrastVerdict.Unclear)]
    [InlineData(0.0, 0.0, 1.0, 1.1, ContrastVerdict.Holds)]
    [InlineData(1.0, 1.1, 0.0, 0.0, ContrastVerdict.Fails)]
    [InlineData(0.0, 0.0, 0.0, 0.0, ContrastVerdict.Unclear)]
    [InlineData(1.0, double.NaN, 2.0, 2.0, ContrastVerdict.NotMeasured)]
    public void Result_Contrast_CountsWhatIsOutsideItsConfidenceInterval(
        double low1, double low2, double high1, double high2, ContrastVerdict expected)
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, ["continual/flp-2", "continual/gradient-3"], 2);
        // In tenths, so that all have learnt: a verdict is about the ratio.
        Finish(plan, "continual/flp-2", low1 / 10, low2 / 10);
        Finish(plan, "continual/gradient-3", high1 / 10, high2 / 10);

        ReproductionResult result = ReproductionResult.Of(plan, Folder);

        Assert.Equal(expected, Assert.Single(result.Asked).Verdict);
    }

    [Fact]
    public void Result_ContrastOfOneNetwork_IsNotJudged()
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, ["continual/flp-2", "continual/gradient-3"], 1);
        Finish(plan, "continual/flp-2", 1);
        Finish(plan, "continual/gradient-3", 1.05);

        ContrastResult contrast = Assert.Single(ReproductionResult.Of(plan, Folder).Asked);

        Assert.Equal((ContrastVerdict.OneNetwork, 1.05, double.NaN), (contrast.Verdict, contrast.Ours, contrast.StandardError));
        Assert.Null(contrast.Paired);
    }

    /// <summary>Sines have variance 4.3, and a quarter of a lifetime's is 1.05 or so: what stands above it judges nothing, however far
    /// below it another cell is.</summary>
    [Theory]
    [InlineData(0.9, CellVerdict.Agrees, ContrastVerdict.Holds)]
    [InlineData(1.2, CellVerdict.NotTrained, ContrastVerdict.NotTrained)]
    [InlineData(2.8, CellVerdict.NotTrained, ContrastVerdict.NotTrained)]
    public void Result_CellNearTheVarianceOfItsTargets_IsNotTrained(double high, CellVerdict cell, ContrastVerdict contrast)
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, ["continual/flp-2", "continual/gradient-3"], 2);
        Finish(plan, "continual/flp-2", 0.001, 0.0011);
        Finish(plan, "continual/gradient-3", high, high);

        ReproductionResult result = ReproductionResult.Of(plan, Folder);

        CellResult found = result.Cells.Single(c => c.Cell == "continual/gradient-3");
        Assert.InRange(found.NotTrainedFrom!.Value, 0.9, 1.1);
        Assert.Equal(cell == CellVerdict.NotTrained, found.Verdict == CellVerdict.NotTrained);
        Assert.Equal(contrast, Assert.Single(result.Asked).Verdict);
    }

    [Fact]
    public void ConstantError_OfSines_IsTheVarianceOfALifetimesTargets()
    {
        double found = LearningBound.ConstantError(new FourTargets(), 1, Split.MetaTest, classes: false);

        // Targets 0, 0, 0, 4: mean 1, mean square 4.
        Assert.Equal(3, found, 1e-12);
    }

    [Fact]
    public void ConstantError_OfClasses_IsGuessing()
    {
        ITaskFamily family = RecipeReader.Load("omniglot-28/iid/flp-2", ["task.dataset=glyphs"]).Task.Create(DataContext.Default());

        Assert.Equal(0.8, LearningBound.ConstantError(family, 1, Split.MetaTest, classes: true), 1e-12);
    }

    /// <summary>Differences 0.2 and 0.4: mean 0.3, standard error 0.1, t(1) = 12.706.</summary>
    [Fact]
    public void Result_Contrast_IsPairedOverSeeds()
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, ["continual/flp-2", "continual/gradient-3"], 2);
        Finish(plan, "continual/flp-2", 0.1, 0.2);
        Finish(plan, "continual/gradient-3", 0.3, 0.6);

        ContrastResult contrast = Assert.Single(ReproductionResult.Of(plan, Folder).Asked);

        Assert.Equal((0.3, 2, true), (Math.Round(contrast.Paired!.Mean, 12), contrast.Paired.Pairs, contrast.Paired.OverNetworks));
        Assert.Equal(1.2706, contrast.Paired.HalfWidth, 1e-4);
        Assert.False(contrast.Paired.IsClear);
    }

    /// <summary>Differences 1, 2, 3, 4, 5: mean 3, s = 1.5811, s / √5 = 0.70711, t(4) = 2.77645.</summary>
    [Fact]
    public void PairedDifference_OfFive_IsStudents()
    {
        PairedDifference found = PairedDifference.Of([11, 12, 13, 14, 15], [10, 10, 10, 10, 10], overNetworks: false);

        Assert.Equal((3, 5), (found.Mean, found.Pairs));
        Assert.Equal(2.77645 * 0.70711, found.HalfWidth, 1e-4);
        Assert.True(found.IsClear);
        Assert.True(double.IsNaN(PairedDifference.Of([1], [0], overNetworks: true).HalfWidth));
    }

    /// <summary>One seed in both: the pairs are lifetimes, and what is not the same task is not paired.</summary>
    [Fact]
    public void LearnerDifference_OfOneNetworkEach_IsOverTheirLifetimes()
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Table1, ReproductionScale.Smoke, RecipeForm.Paper, ["iid/flp-2", "iid/feature-reuse", "continual/flp-2"], 1);
        string group = Path.Combine(folder.Path, "group");
        ReproductionTraining.Run(group, plan, new TrainingOptions { Threads = 1 });
        RunResult[] results =
            [.. plan.Runs.Select(r => Path.Combine(group, r.Name)).Select(f => RunDirectory.ReadResult(f, out _)! with { Folder = f })];

        LearnerDifference found = Assert.Single(LearnerDifference.Of(results));

        Assert.False(found.Difference.OverNetworks);
        Assert.Equal(results[0].Evaluation!.Lifetimes, found.Difference.Pairs);
        Assert.Equal(results[0].Evaluation!.QueryLoss - results[1].Evaluation!.QueryLoss, found.Difference.Mean, 1e-9);
        Assert.Equal(found.FirstLifetimes, found.SecondLifetimes);
    }

    [Theory]
    [InlineData(
        "sines/best/iid/flp-2", "fresh sines", "B starts along", "may leave [0, 1]", "2 lifetimes an outer step",
        "shorter lifetimes first")]
    [InlineData("sines/authors-code/iid/flp-2")]
    [InlineData("omniglot-28/iid/flp-2", "5 outputs")]
    public void PaperDifferences_OfARecipe_NameWhatIsOtherwise(string recipe, params string[] expected)
    {
        var found = PaperDifferences.Of(RecipeReader.Load(recipe));

        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    /// <summary>Continual streams have the sines of i.i.d. ones in another order, so that a network is measured on both.</summary>
    [Fact]
    public void Run_OfATableWithOrders_MeasuresNetworksOnTheOtherOrderOnce()
    {
        ReproductionPlan plan = ReproductionPlan.Of(PublishedTables.Table1, ReproductionScale.Smoke, RecipeForm.Paper, ["iid/flp-2"], 1);
        string group = Path.Combine(folder.Path, "group");
        var options = new TrainingOptions { Threads = 1 };
        CellResult Run() => ReproductionTraining.Run(group, plan, options).Cells.Single(c => c.Cell == "iid/flp-2");

        CellResult first = Run();
        string file = Directory.GetFiles(group, "other-order.json", SearchOption.AllDirectories).Single();
        string text = File.ReadAllText(file);
        double direct = RunTraining.Evaluate(first.Runs[0], null, options, taskSettings: ["task.ordering=continual"]).Evaluation!.QueryLoss;

        Assert.Contains("continual", text, StringComparison.Ordinal);
        Assert.Equal(direct, first.OtherOrder!.Value.Mean);
        Assert.NotEqual(first.Ours!.Value.Mean, direct);
        Assert.Equal(first.OtherOrder, Run().OtherOrder);
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("learner.rule=hebb", "expected a setting of the task")]
    [InlineData("task.sines=7", "which the network has")]
    public void Evaluate_OfOtherThanLifetimes_IsRefused(string setting, string expected)
    {
        ReproductionPlan plan = ReproductionPlan.Of(PublishedTables.Table1, ReproductionScale.Smoke, RecipeForm.Paper, ["iid/flp-2"], 1);
        string run = ReproductionTraining.Run(Path.Combine(folder.Path, "group"), plan, new TrainingOptions
        { Threads = 1 }).Cells.First(c => c.Runs.Length > 0).Runs[0];

        Assert.Contains(
            expected, Assert.Throws<EngramException>(
            () => RunTraining.Evaluate(run, 2, new TrainingOptions { Threads = 1 }, taskSettings: [setting])).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            2, RunTraining.Evaluate(run, 2, new TrainingOptions
            { Threads = 1 }, taskSettings: ["task.batches-per-sine=3"]).Evaluation!.Lifetimes);
    }

    [Fact]
    public void Report_OfRuns_WritesWholeFiles()
    {
        ReproductionPlan plan =
            ReproductionPlan.Of(PublishedTables.Table1, ReproductionScale.Laptop, RecipeForm.Paper, ["flp-2", "feature-reuse"], 1);
        Finish(plan, "iid/flp-2", 0.002);
        Finish(plan, "iid/feature-reuse", 2.5);
        Finish(plan, "continual/flp-2", double.NaN);

        ReproductionFiles files = ReproductionReport.Write(folder.Path, ReproductionResult.Of(plan, Folder), "engram reproduce table1");

        Assert.Equal(5, File.ReadAllLines(files.Csv).Length);
        Assert.Contains(
            "| FLP (2) is far below feature reuse, i.i.d. (at least 5.00 times) | 53.8 times | 1250 times |",
            File.ReadAllText(files.Markdown), StringComparison.Ordinal);
        Assert.Contains("networks diverged", File.ReadAllText(files.Markdown), StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(files.Json));
        Assert.Equal(
            2.5, json.RootElement.GetProperty("cells").EnumerateArray()
            .Single(c => c.GetProperty("cell").GetString() == "iid/feature-reuse").GetProperty("ours").GetDouble());
        string html = File.ReadAllText(files.Html);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains("engram reproduce table1", html, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, html, StringComparison.Ordinal);
        Assert.Equal(
            ["numbers.svg", "meta-training-iid.svg", "meta-training-continual.svg"], files.Figures.Select(f => Path.GetFileName(f.Svg)));
        Assert.All(files.Figures, f => Assert.StartsWith("<svg", File.ReadAllText(f.Svg), StringComparison.Ordinal));
        Assert.Contains("0.002", File.ReadAllText(files.Figures[0].Csv), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfOneCellAtThePapersSize_ComparesWithThePaperAndHasNoContrasts()
    {
        ReproductionPlan plan = ReproductionPlan.Of(PublishedTables.Table1, ReproductionScale.Paper, RecipeForm.Best, ["iid/flp-2"], 1);
        Finish(plan, "iid/flp-2", 0.0003);

        string text = File.ReadAllText(
            ReproductionReport.Write(folder.Path, ReproductionResult.Of(plan, Folder), "engram reproduce table1").Markdown);

        Assert.Contains("| not judged: one network |", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Contrasts", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Group_OfAReproduction_TakesMoreRunsAndRefusesOtherRecipes()
    {
        string group = Path.Combine(folder.Path, "group");
        GroupMember Member(string name, params string[] settings) =>
            new(name, "quick-start/flp", RecipeReader.Load("quick-start/flp", settings));
        using (RunGroup first = RunGroup.OpenOrCreate(group, "g", [Member("a")], 1))
        {
            Assert.Equal<string>(["a"], first.Members);
        }

        // What a recipe is called and expects does not change what it trains.
        using (RunGroup more =
            RunGroup.OpenOrCreate(group, "g", [Member("a", "name=other", "expected.value=1", "expected.source=here"), Member("b")], 1))
        {
            Assert.Equal<string>(["a", "b"], more.Members);
        }

        using (RunGroup again = RunGroup.OpenOrCreate(group, "g", [Member("b")], 1))
        {
            Assert.Equal<string>(["a", "b"], again.Members);
        }

        var error = Assert.Throws<EngramException>(() => RunGroup.OpenOrCreate(group, "g", [Member("a", "learner.rule=hebb")], 1));
        Assert.Contains("another recipe", error.Message, StringComparison.Ordinal);
    }

    private sealed class FourTargets : ITaskFamily
    {
        public EpisodeShape Shape { get; } = new(1, 1, 1, 1, 4);

        public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            episode.QueryTargets.Row(0)[0] = episode.QueryTargets.Row(1)[0] = episode.QueryTargets.Row(2)[0] = T.Zero;
            episode.QueryTargets.Row(3)[0] = T.CreateTruncating(4);
        }
    }

    private string Folder(GroupMember run) => Path.Combine(folder.Path, run.Name);

    // NaN is a network that diverged.
    private void Finish(ReproductionPlan plan, string cell, params double[] losses)
    {
        PlannedCell planned = plan.Cells.Single(c => c.Cell == cell);
        foreach ((GroupMember run, double loss) in planned.Runs.Zip(losses))
        {
            using RunDirectory made = RunDirectory.Create(Folder(run), run.Recipe, RunEnvironment.Here(run.RecipeName, run.Recipe.Seed, 1));
            made.WriteResult(new RunResult
            {
                State = double.IsNaN(loss) ? RunState.Diverged : RunState.Finished,
                Recipe = run.RecipeName,
                TrainingSeconds = 10,
                Evaluation = double.IsNaN(loss) ? null : new EvaluationSummary
                { Lifetimes = 50, Split = "meta-test", QueryLoss = loss, StandardError = loss / 10 },
            });
            using MetricsLog log = MetricsLog.Continue(made.Folder, 0);
            for (int i = 1; i <= 20; i++)
            {
                log.Add(new MetricsLine(i, 2 * i, 1.0 / i, 1.0 / i, 1, i));
            }
        }
    }
}
