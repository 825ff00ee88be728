using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Parity;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reports;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Sweeps;
using Engram.Experiments.Tests.Parity;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Xunit.Abstractions;

namespace Engram.Experiments.Tests;

/// <summary>Every kind of file that a run, a group, a sweep or a comparison consists of, damaged at random, and what users hand
/// over.</summary>
[Collection(FuzzCollection.Name)]
public sealed class FileFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const string Sweep = """
        recipe: quick-start/flp
        search: random
        trials: 7
        networks: 2
        settings: {meta-training.outer-steps: 900}
        vary:
          learner.rule: [oja, hebb]
          meta-training.rates.feedforward: {from: 1e-4, to: 1e-2, scale: logarithmic}
          learner.feedback-layers: {from: 1, to: 3}
        stopping: {rule: halving, first: 100, factor: 3}
        validation: {lifetimes: 20}
        """;

    private readonly Fuzzing fuzzing = new(output);
    private readonly TemporaryFolder folder = new();

    private string Root => folder.Path;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Recipes_Damaged_AreReadOrRefused()
    {
        string path = Path.Combine(Root, "r.yaml");
        fuzzing.Run("recipes", 0.06, [.. BuiltInRecipes.Names.Take(12).Select(n => Bytes(RecipeReader.Load(n).ToYaml()))], input =>
        {
            File.WriteAllBytes(path, input);
            Recipe recipe;
            try
            {
                recipe = RecipeReader.Load(path);
            }
            catch (EngramException e)
            {
                Assert.Contains("r.yaml", e.Message, StringComparison.Ordinal);
                throw;
            }

            Assert.Equal(recipe.ToYaml(), RecipeReader.Parse(recipe.ToYaml(), path).ToYaml());
        }, isText: true);
    }

    [Fact]
    public void Comparisons_Damaged_AreReadOrRefused()
    {
        string path = Path.Combine(Root, "c.yaml");
        fuzzing.Run("comparisons", 0.05, [.. ComparisonReader.Names.Select(n => Bytes(ComparisonReader.Load(n).ToYaml()))], input =>
        {
            File.WriteAllBytes(path, input);
            ComparisonReader.IsComparison(path);
            Assert.NotEmpty(ComparisonReader.Load(path).ToYaml());
        }, isText: true);
    }

    [Fact]
    public void Sweeps_Damaged_AreReadOrRefused()
    {
        string path = Path.Combine(Root, "s.yaml");
        fuzzing.Run("sweeps", 0.05, [Bytes(Sweep)], input =>
        {
            File.WriteAllBytes(path, input);
            Use(SweepReader.Read(path), 1_000_000);
        }, isText: true);
    }

    [Fact]
    public void EnvironmentsAndResults_Damaged_AreReadOrRefused()
    {
        string run = Train();
        var store = new RunStore(Root);
        foreach (string name in (string[])["environment.json", "result.json", "metrics.jsonl"])
        {
            string path = Path.Combine(run, name);
            byte[] good = File.ReadAllBytes(path);
            fuzzing.Run(name, 0.06, [good], input =>
            {
                File.WriteAllBytes(path, input);
                RunSummary only = Assert.Single(store.List());
                Assert.DoesNotContain('\n', only.Problem ?? string.Empty);
                RunDirectory.StateOf(run);
                MetricsLog.ProblemOf(run, 20, 10);
                RunDirectory.ReadEnvironment(run);
                RunDirectory.ReadResult(run);
                Assert.Equal(
                    name == "metrics.jsonl" ? 0 : 1, name == "metrics.jsonl"
                    && JsonLines<MetricsLine>.ReadContent(path, RunsJson.Metrics).Damaged.IsEmpty ? 0 : name == "metrics.jsonl"
                    ? throw Refused : 1);
            }, isText: true);
            File.WriteAllBytes(path, good);
        }
    }

    [Fact]
    public void GroupsAndSweepPlans_Damaged_AreReadOrRefused()
    {
        (SweepPlan plan, var members) = SweepPlan.Draw(SweepReader.Parse(Sweep, "s.yaml"));
        string group = Path.Combine(Root, "sweep");
        plan.Make(group, "s", members, 1).Dispose();
        ValidationLog.Add(group, new Validation(100, 1.5, 0.1, 20));
        ValidationLog.Add(group, new Validation(300, 1.25, 0.1, 20) { QueryErrorPercent = 5, ErrorStandardErrorPercent = 1 });
        string path = Path.Combine(group, "group.json");
        byte[] good = File.ReadAllBytes(path);
        fuzzing.Run("group.json", 0.05, [good], input =>
        {
            File.WriteAllBytes(path, input);
            Assert.NotEmpty(RunGroup.RunsOf(group));
            Assert.All(RunGroup.RunsOf(group), r => Assert.StartsWith(group, Path.GetFullPath(r), StringComparison.Ordinal));
            RunGroup.StateOf(group);
            bool anew = false;
            RunGroup.Open(group, _ => anew = true).Dispose();
            _ = anew ? throw Refused : 0;
        }, isText: true);
        File.WriteAllBytes(path, good);

        path = Path.Combine(group, FolderKind.SweepPlan);
        fuzzing.Run("sweep.json", 0.08, [File.ReadAllBytes(path)], input =>
        {
            File.WriteAllBytes(path, input);
            SweepPlan read = SweepPlan.Read(group);
            Use(read.Spec, read.OuterSteps);
            Assert.All(read.Trials,
                t => Assert.All(t.Runs, r => Assert.Equal(group, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(group, r))))));
        }, isText: true);

        path = Path.Combine(group, "validation.json");
        fuzzing.Run("validation.json", 0.03, [File.ReadAllBytes(path)], input =>
        {
            File.WriteAllBytes(path, input);
            Assert.All(SweepsJson.Validations.Read(path), v => Assert.True(v.OuterStep >= 0));
            ValidationLog.Read(group);
        }, isText: true);
    }

    [Fact]
    public void FilesOfComparisons_Damaged_AreReadOrRefused()
    {
        string path = Path.Combine(Root, "comparison");
        using (ComparisonFolder made = ComparisonFolder.Create(path, ComparisonReader.Load("quick"), RunEnvironment.Here("quick", 1, 1)))
        {
            var run = new ComparisonRun("bp", 0.1, 1);
            var line = new EpochLine(
                1, 2.3, 2.2, [new LayerMeasures(0, 1, 2, double.NaN, double.NaN)], [new OwnMeasure("norm", 0, 1.5)], 1)
            { TestLoss = 1, ValidationErrorPercent = 50, TestErrorPercent = 51 };
            var result = new ComparisonRunResult(run, RunState.Finished, 3, line, 10);
            Directory.CreateDirectory(made.FolderOf(run));
            made.WriteResult(result);
            using (var epochs = JsonLines<EpochLine>.Continue(made.EpochsPath(run), ComparisonsJson.Epoch, []))
            {
                epochs.Add(line);
                epochs.Add(line with { Epoch = 2 });
            }

            string file = Path.Combine(made.FolderOf(run), "result.json");
            fuzzing.Run("comparison result.json", 0.04, [File.ReadAllBytes(file)], input =>
            {
                File.WriteAllBytes(file, input);
                ComparisonRunResult? found = made.ResultOf(run, out string? problem);
                Assert.True(found is null ? problem is not null : found.Best is null || found.Validation >= 0);
                _ = problem is null ? 0 : throw Refused;
            }, isText: true);
            fuzzing.Run("epochs.jsonl", 0.04, [File.ReadAllBytes(made.EpochsPath(run))], input =>
            {
                File.WriteAllBytes(made.EpochsPath(run), input);
                _ = made.EpochsOf(run).Length < 2 ? throw Refused : 0;
            }, isText: true);
            var progress = new ComparisonRunTraining.Progress(
                1.5, 3, 8, line, line, new MeasureSums([1, 2], [3, 4], [new OwnSum("norm", 0, 1, 2)]), 12.5);
            fuzzing.Run(
                "progress of comparisons", 0.04, [Bytes(ComparisonsJson.Checkpoint.Write(progress))], input =>
                ComparisonsJson.Checkpoint.Parse(input, "p"), isText: true);
        }

        string environment = Path.Combine(path, FolderKind.ComparisonEnvironment);
        fuzzing.Run("comparison.json", 0.03, [File.ReadAllBytes(environment)], input =>
        {
            File.WriteAllBytes(environment, input);
            ComparisonFolder.Open(path).Dispose();
        }, isText: true);
    }

    [Fact]
    public void FiguresOfReports_Damaged_AreReadOrRefused()
    {
        var figure = new FigureFile("0.1.0", 5, [new FigureRun("a", "f")], [new("l", "q", "w", 1, double.NaN)], new FigureText("d"));
        fuzzing.Run(
            "figures", 0.03, [Bytes(ReportsJson.Figure.Write(figure))], input => ReportsJson.Figure.Parse(input, "f"), isText: true);
    }

    [Fact]
    public void Events_Damaged_AreReadOrRefused()
    {
        string run = Train(), path = EventLog.FileOf(run)!;
        int whole = EventFile.Read(path).Events.Length;
        fuzzing.Run("events", 0.06, [File.ReadAllBytes(path)], input =>
        {
            File.WriteAllBytes(path, input);
            EventFileContent found = EventFile.Read(path);
            EventLog.ProblemOf(run, 20, 1);
            if (found.Problem is null)
            {
                return;
            }

            // What is behind the damage is cut off, and the run goes on from there.
            Assert.InRange(found.Events.Length, 0, whole);
            using (EventLog log = EventLog.Continue(run, DateTimeOffset.UnixEpoch, 20))
            {
                log.Add(new MetricsLine(21, 21, 1, 1, 1, 1));
            }

            EventFileContent now = EventFile.Read(path);
            Assert.Null(now.Problem);
            Assert.Equal(Math.Max(1, found.Events.Length) + 1, now.Events.Length);
            throw Refused;
        });
    }

    [Fact]
    public void CheckpointsAndExports_Damaged_AreReadOrRefused()
    {
        string run = Train(), checkpoint = RunDirectory.CheckpointsOf(run)[0], path = Path.Combine(Root, "f.safetensors");
        fuzzing.Run("checkpoints", 0.06, [File.ReadAllBytes(checkpoint)], input =>
        {
            File.WriteAllBytes(path, input);
            TrainerState.Read(path);
            RunningMean.Load(path);
        }, repair: WithRightChecksum);

        WeightExport.Write(run, path, DataContext.Default());
        byte[] export = File.ReadAllBytes(path);
        fuzzing.Run("exports", 0.06, [export], input =>
        {
            File.WriteAllBytes(path, input);
            using TrainedRun read = TrainedRun.Open(path);
            Assert.NotEmpty(read.Name);
        }, repair: WithRightChecksum);
    }

    [Fact]
    public void NewestCheckpoint_Damaged_IsPassedOverByNameForTheOneBefore()
    {
        string run = Train(), newest = RunDirectory.CheckpointsOf(run)[0];
        byte[] good = File.ReadAllBytes(newest);
        fuzzing.Run("newest checkpoint", 0.03, [good], input =>
        {
            File.WriteAllBytes(newest, input);
            var notes = new List<string>();
            TrainerState state = RunDirectory.ReadCheckpoint(run, TrainerState.Read, notes.Add)!;
            bool same = input.AsSpan().SequenceEqual(good);
            Assert.Equal(same ? 20 : 10, state.OuterStepsDone);
            Assert.True(same || Assert.Single(notes).Contains(Path.GetFileName(newest), StringComparison.Ordinal));
            _ = same ? 0 : throw Refused;
        });

        // The run goes on from the one before and ends as it did.
        File.WriteAllBytes(newest, good[..^1]);
        RunResult before = RunDirectory.ReadResult(run)!;
        File.Delete(Path.Combine(run, "result.json"));
        using (RunDirectory again = RunDirectory.Open(run))
        {
            Assert.Equal(before.Evaluation, RunTraining.Run(again, new TrainingOptions { Threads = 1 }).Evaluation);
        }

        Assert.Equal(20, RunDirectory.ReadCheckpoint(run, TrainerState.Read, note => Assert.Fail(note))!.OuterStepsDone);
        Assert.Empty(Directory.EnumerateFiles(run, "*" + AtomicFile.PartialSuffix));
    }

    [Fact]
    public void ParityCases_Damaged_AreReadOrRefused()
    {
        string path = new ParityCaseBuilder(NetworkSpec.Feedforward([3, 4, 3, 2], 2), new LocalLearnerSpec()).Write(Root);
        fuzzing.Run("parity", 0.06, [File.ReadAllBytes(path)], input =>
        {
            File.WriteAllBytes(path, input);
            Assert.NotEmpty(ParityVerifier.Verify(ParityCase.Load(path)));
        }, repair: WithRightChecksum);
    }

    private static EngramException Refused => new("Refused with a note.");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static void Use(SweepSpec spec, long outerSteps)
    {
        Assert.NotEmpty(spec.Rungs(outerSteps));
        Assert.InRange(spec.Survivors([1, 2, double.PositiveInfinity]), 1, 3);
        Assert.All(spec.Vary.Where(a => a.Values.IsEmpty), a => Assert.NotEmpty(a.At(0.5)));
    }

    // Edits of the header change its length, which says where the data begin; the checksum is of both.
    private static byte[] WithRightChecksum(byte[] file)
    {
        byte[] right = [.. file];
        if (right.AsSpan(0, Math.Min(right.Length, 100_000)).LastIndexOf("}}"u8) is > 8 and var last)
        {
            int stop = last + 2;
            while (stop < right.Length && right[stop] == (byte)' ')
            {
                stop++;
            }

            BinaryPrimitives.WriteInt64LittleEndian(right, stop - 8);
        }

        int value = right.AsSpan().IndexOf("\"checksum\":\""u8) + 12;
        if (value >= 12 && value + 64 <= right.Length)
        {
            right.AsSpan(value, 64).Fill((byte)'0');
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(right)), right.AsSpan(value));
        }

        return right;
    }

    private string Train()
    {
        Recipe recipe = RecipeReader.Parse(
            """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 20, checkpoint-every: 10}
            evaluation: {lifetimes: 4}
            """,
            "tiny.yaml");
        string run = Path.Combine(Root, "run");
        using RunDirectory created = RunDirectory.Create(run, recipe, RunEnvironment.Here("tiny", 1, 1));
        RunTraining.Run(created, new TrainingOptions { Threads = 1 });
        return run;
    }
}
