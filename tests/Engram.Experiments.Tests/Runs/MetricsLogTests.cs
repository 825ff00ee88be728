using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;

namespace Engram.Experiments.Tests.Runs;

/// <summary>Metrics that are missing or damaged: what can be read stays, and the rest is named.</summary>
public sealed class MetricsLogTests : IDisposable
{
    private const int OuterSteps = 20;

    private readonly TemporaryFolder folder = new();
    private readonly List<string> notes = [];

    private string Run => Path.Combine(folder.Path, "run");

    private string Metrics => Path.Combine(Run, MetricsLog.FileName);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{\"outerStep\":5,\"lif")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\u007f, garbage")]
    [InlineData("{}")]
    [InlineData("{\"outerStep\":-5}")]
    [InlineData("{\"outerStep\":2}")]
    [InlineData("{\"outerStep\":500}")]
    public void Read_LineDamagedInTheMiddle_CostsNoOther(string damage)
    {
        Directory.CreateDirectory(Run);
        using (MetricsLog log = MetricsLog.Continue(Run, 0))
        {
            for (int step = 1; step <= 10; step++)
            {
                log.Add(new MetricsLine(step, step, 1.0 / step, 1.0 / 3, step, step));
            }
        }

        string[] lines = File.ReadAllLines(Metrics);
        File.WriteAllLines(Metrics, lines.Select((l, i) => i == 4 ? damage : l));

        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10], MetricsLog.Read(Run).Select(l => l.OuterStep));
        using (MetricsLog log = MetricsLog.Continue(Run, 8))
        {
            log.Add(new MetricsLine(9, 9, 1, 1, 1, 1));
        }

        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9], MetricsLog.Read(Run).Select(l => l.OuterStep));
        Assert.Equal(8, File.ReadAllLines(Metrics).Length);
    }

    [Fact]
    public void Details_WholeOrTornAtTheEnd_HaveNoProblem()
    {
        using (RunDirectory run = Create())
        {
            RunTraining.Advance(run, 12, Options());
        }

        File.AppendAllText(Metrics, "{\"outerStep\":13,\"lif");
        Assert.Empty(Details().Problems);
        Finish();
        Assert.Empty(Details().Problems);
        Assert.Empty(notes);
    }

    [Theory]
    [InlineData("missing", "Found no '{0}', expected the metrics of 20 outer steps")]
    [InlineData("empty", "Found 0 lines of 20 (the first that is missing is that of outer step 1) in '{0}'")]
    [InlineData("binary", "0 lines of 20 (the first that is missing is that of outer step 1) in '{0}'")]
    [InlineData(
        "line",
        "Found 1 damaged line (the first is line 5) and 19 lines of 20 (the first that is missing is that of outer step 5) in '{0}'")]
    [InlineData("cut", "Found 7 lines of 20 (the first that is missing is that of outer step 8) in '{0}'")]
    public void Details_MissingOrDamaged_SaySo(string kind, string expected)
    {
        using (RunDirectory run = Create())
        {
            RunTraining.Run(run, Options());
        }

        string[] lines = File.ReadAllLines(Metrics);
        switch (kind)
        {
            case "missing": File.Delete(Metrics); break;
            case "empty": File.WriteAllText(Metrics, string.Empty); break;
            case "binary": File.WriteAllBytes(Metrics, [0xFF, 0x00, 0x0A, 0x80, 0x01, 0x0A, 0x7F]); break;
            case "line": File.WriteAllLines(Metrics, lines.Select((l, i) => i == 4 ? l[..20] : l)); break;
            default: File.WriteAllLines(Metrics, lines.Take(7)); break;
        }

        // The second says that the file is not as the run wrote it.
        string[] problems = [.. Details().Problems];
        Assert.Equal(2, problems.Length);
        Assert.Contains(Metrics, problems[1], StringComparison.Ordinal);
        string problem = problems[0];
        Assert.Contains(expected.Replace("{0}", Metrics, StringComparison.Ordinal), problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
        Assert.Equal(RunState.Finished, Details().Summary.State);
    }

    [Fact]
    public void Resume_LineDamagedInTheMiddle_KeepsTheOthersAndSaysSo()
    {
        using (RunDirectory run = Create())
        {
            RunTraining.Advance(run, 12, Options());
        }

        string[] lines = File.ReadAllLines(Metrics);
        File.WriteAllLines(Metrics, lines.Select((l, i) => i == 4 ? l[..20] : l));
        Finish();

        Assert.Contains("1 damaged line (the first is line 5) and 11 lines of 12", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(1, OuterSteps).Where(s => s != 5).Select(s => (long)s), MetricsLog.Read(Run).Select(l => l.OuterStep));
        Assert.Equal(lines.Where((_, i) => i != 4), File.ReadAllLines(Metrics).Take(11));
        Assert.Contains(
            "19 lines of 20 (the first that is missing is that of outer step 5)", Assert.Single(Details().Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_WithoutAnyCheckpoint_StartsFromTheBeginningAndSaysSo()
    {
        using (RunDirectory run = Create())
        {
            RunTraining.Advance(run, 12, Options());
        }

        ImmutableArray<MetricsLine> before = MetricsLog.Read(Run);
        foreach (string checkpoint in RunDirectory.CheckpointsOf(Run))
        {
            File.Delete(checkpoint);
        }

        Finish();

        Assert.Equal(
            $"Found no checkpoint in '{Run}', expected one of a run that had begun; it starts from the beginning.", Assert.Single(notes));
        Assert.Equal(Enumerable.Range(1, OuterSteps).Select(s => (long)s), MetricsLog.Read(Run).Select(l => l.OuterStep));
        Assert.Equal(
            before.Select(l => l with { ElapsedSeconds = 0 }),
            MetricsLog.Read(Run).Take(before.Length).Select(l => l with { ElapsedSeconds = 0 }));
        Assert.Empty(Details().Problems);
    }

    private TrainingOptions Options() => new() { Threads = 1, Note = notes.Add };

    private RunDetails Details() => RunDetails.Of(new RunStore(folder.Path), Run);

    private void Finish()
    {
        using RunDirectory run = RunDirectory.Open(Run);
        RunTraining.Run(run, Options());
    }

    private RunDirectory Create()
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
        return RunDirectory.Create(Run, recipe, RunEnvironment.Here("tiny", 1, 1));
    }
}
