using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reports;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Experiments.Training;
using Engram.Tasks.Data;

namespace Engram.Experiments.Tests;

/// <summary>
/// That all that the library writes is the same in every country, and read back there: in one whose every mark is a letter of its own that
/// nothing else has. A program of one's own that uses the library alone, without the command, lives in such a country.
/// </summary>
public sealed class CountryTests : IDisposable
{
    // Marks of numbers, times and dates.
    private const string Marks = "ǅǈǋǲΏΰᾼῼ";

    private readonly TemporaryFolder folder = new();
    private readonly CultureInfo before = CultureInfo.CurrentCulture;

    public void Dispose()
    {
        CultureInfo.CurrentCulture = before;
        folder.Dispose();
    }

    [Fact]
    public void Library_InACountryOfItsOwnMarks_WritesAndReadsAsEverywhere()
    {
        string here = Work("here"), there;
        CultureInfo.CurrentCulture = Country();
        Assert.Equal($"{Marks[0]}1", (-1).ToString(CultureInfo.CurrentCulture));
        Assert.Equal($"1{Marks[1]}5", 1.5.ToString(CultureInfo.CurrentCulture));
        there = Work("there");
        CultureInfo.CurrentCulture = before;

        string[] texts = [.. Directory.EnumerateFiles(there, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is not (".safetensors" or ".engram" or ".parquet"))];
        Assert.True(texts.Length > 25, string.Join(' ', texts));
        Assert.All(texts, f => Assert.True(!File.ReadAllText(f).Any(Marks.Contains), f));

        // What has no times in it is the same to the last bit.
        string[] steady = [.. texts.Select(f => Path.GetRelativePath(there, f)).Where(f =>
            Path.GetExtension(f) is ".svg" or ".yaml" || Path.GetFileName(f) is "evaluation.csv" or "learning-curves.csv"
                or "comparison-results.csv" or "sweep-results.csv" or "validation.json")];
        Assert.True(steady.Length > 10, string.Join(' ', steady));
        Assert.All(steady, f => Assert.Equal(File.ReadAllText(Path.Combine(here, f)), File.ReadAllText(Path.Combine(there, f))));
        Assert.Equal(Checkpoint(here), Checkpoint(there));
    }

    private static byte[] Checkpoint(string root) =>
        File.ReadAllBytes(Path.Combine(root, "a.safetensors"));

    private static CultureInfo Country()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NegativeSign = Marks[..1],
            NumberDecimalSeparator = Marks[1..2],
            PercentDecimalSeparator = Marks[1..2],
            NumberGroupSeparator = Marks[2..3],
            PercentGroupSeparator = Marks[2..3],
            PositiveSign = Marks[3..4],
            NaNSymbol = Marks[4..5],
            PositiveInfinitySymbol = Marks[5..6],
            NegativeInfinitySymbol = Marks[5..6],
        };
        culture.DateTimeFormat.DateSeparator = Marks[6..7];
        culture.DateTimeFormat.TimeSeparator = Marks[7..8];
        return culture;
    }

    // A run with all that is made of it, a sweep and a comparison; each is gone on with once it is there.
    private string Work(string name)
    {
        string root = Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName, path = Path.Combine(root, "a");
        var options = new TrainingOptions { Threads = 1 };
        Recipe recipe = RecipeReader.Parse(
            """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            initialization: {hidden-plasticity: -1.5e-3}
            meta-training: {outer-steps: 200, rates: {feedforward: 1e-4}, checkpoint-every: 100, metrics-every: 20}
            evaluation: {lifetimes: 3}
            """,
            "tiny.yaml");
        using (RunDirectory run = RunDirectory.Create(path, recipe, RunEnvironment.Here("tiny", 1, 1)))
        {
            RunTraining.Run(run, options);
        }

        using (RunDirectory run = RunDirectory.Open(path))
        {
            Assert.Equal(RunDirectory.ReadResult(path)!.Evaluation, RunTraining.Run(run, options).Evaluation);
        }

        var store = new RunStore(root);
        GroupTraining.Draw(root, [path]);
        RunExport.Write(Path.Combine(root, "runs.csv"), RunExport.Runs(store, [path]));
        RunExport.Write(Path.Combine(root, "metrics.json"), RunExport.Metrics(store, [path]));
        RunExport.Write(Path.Combine(root, "metrics.csv"), RunExport.Metrics(store, [path]));
        WeightExport.Write(path, Path.Combine(root, "a.safetensors"), DataContext.Default());
        using (TrainedRun read = TrainedRun.Open(Path.Combine(root, "a.safetensors")))
        {
            Assert.Equal(recipe.ToYaml(), read.Recipe.ToYaml());
            var few = new AnalysisOptions { Lifetimes = 2, Work = options };
            foreach (DrawnFigure figure in RunAnalyzer.Draw([read], ["interference"], few))
            {
                RunAnalyzer.Write(root, figure);
            }
        }

        var forgetting = new ReportOptions { Figures = ["forgetting"], Lifetimes = 2, Work = options };
        RunReport.Make(store, ["a"], Path.Combine(root, "figures"), forgetting).Page.Write(Path.Combine(root, "report.html"));

        (SweepPlan plan, ImmutableArray<GroupMember> members) = SweepPlan.Draw(SweepReader.Parse(
            $"recipe: {Path.Combine(path, "recipe.yaml")}\nvary: {{meta-training.rates.feedforward: {{from: 1e-5, to: 1e-3, scale: " +
            $"logarithmic, points: 2}}}}\nsettings: {{meta-training.outer-steps: 20}}\nvalidation: {{lifetimes: 2}}\n", "s.yaml"));
        for (int round = 0; round < 2; round++)
        {
            string at = Path.Combine(root, "s");
            using RunGroup group = round == 0 ? plan.Make(at, "s", members, 1) : RunGroup.Open(at, n => Assert.Fail(n));
            SweepReport.Write(at, plan.Spec, SweepTraining.Run(group, SweepPlan.Read(at), options));
        }

        Comparison comparison = ComparisonReader.Parse("""
            problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
            network: {hidden-widths: [4]}
            training: {epochs: 2, batch-size: 16, rates: [1e-3], seeds: 1, patience: none, measured-steps: 1}
            methods: {backprop: , feedback-alignment: }
            """, "c.yaml");
        for (int round = 0; round < 2; round++)
        {
            string at = Path.Combine(root, "c");
            using ComparisonFolder made = round == 0 ? ComparisonFolder.Create(at, comparison, RunEnvironment.Here("c", 1, 1))
                : ComparisonFolder.Open(at, n => Assert.Fail(n));
            ComparisonReport.Write(made, ComparisonTraining.Run(made, new ComparisonOptions { Run = options }));
        }

        return root;
    }
}
