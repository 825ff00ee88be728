using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engram.Experiments.Runs;
using Engram.Studio.Runs;

namespace Engram.Studio.Tests;

/// <summary>What counts the memory of the whole process, which other tests would add to.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}

/// <summary>Long files of metrics: a list reads a little of each, a curve reads on where it was.</summary>
[Collection(AloneCollection.Name)]
public sealed class MetricsFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20_000)]
    public void Sample_OfLines_HasTheLastAndSomeThatAreSpread(int count)
    {
        string path = folder.File("metrics.jsonl", Lines(1, count));

        ImmutableArray<MetricsPoint> lines = MetricsSample.Read(path).Lines;

        Assert.Equal(count, lines.IsEmpty ? 0 : lines[^1].OuterStep);
        Assert.True(lines.Zip(lines.Skip(1)).All(p => p.First.OuterStep < p.Second.OuterStep));
        Assert.Equal(Math.Min(count, 3), Math.Min(lines.Length, 3));
        if (count == 20_000)
        {
            Assert.InRange(lines.Length, MetricsSample.Places - 2, MetricsSample.Places + 10);
            Assert.True(lines.Zip(lines.Skip(1)).All(p => p.Second.OuterStep - p.First.OuterStep < 2 * count / MetricsSample.Places));
        }
    }

    [Fact]
    public void Sample_OfATornEnd_EndsWithTheLineBefore()
    {
        string path = folder.File("metrics.jsonl", Lines(1, 100) + Lines(101, 1)[..40]);

        Assert.Equal(100, MetricsSample.Read(path).Last!.OuterStep);
    }

    [Fact]
    public void Columns_OfAFileThatGrows_ReadOn()
    {
        string path = folder.File("metrics.jsonl", Lines(1, 50) + Lines(51, 1)[..30]);
        var columns = new MetricsColumns(path);

        columns.Refresh();
        Assert.Equal(50, columns.Count);
        File.AppendAllText(path, Lines(51, 1)[30..] + Lines(52, 9));
        columns.Refresh();

        Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), columns.Steps);
        Assert.Equal(0, columns.Generation);
        Assert.Equal([1f / 3, 1f / 4], columns.Of("loss").Values.Skip(2).Take(2));
    }

    [Fact]
    public void Columns_OfAFileThatWasWrittenAnew_BeginAgain()
    {
        string path = folder.File("metrics.jsonl", Lines(1, 50));
        var columns = new MetricsColumns(path);
        columns.Refresh();

        File.WriteAllText(path, Lines(1, 20, shift: 7) + Lines(21, 60, shift: 7));
        columns.Refresh();

        Assert.Equal(80, columns.Count);
        Assert.Equal(1, columns.Generation);
        Assert.Equal(1f / 8, columns.Of("loss").Values[0]);
    }

    [Fact]
    public void Columns_OfMoreLinesThanAreKept_ThinOutAndKeepTheEnds()
    {
        const int Count = 150_000;
        var columns = new MetricsColumns(folder.File("metrics.jsonl", Lines(1, Count)));

        columns.Refresh();

        Assert.InRange(columns.Count, 65_536, 131_072);
        Assert.Equal(1, columns.Steps[0]);
        Assert.Equal(Count, columns.Last!.OuterStep);
        Assert.Equal(3, columns.Steps[1]);
    }

    [Fact]
    public void Columns_WithDamagedLines_LeaveThemOut()
    {
        var columns = new MetricsColumns(
            folder.File("metrics.jsonl", Lines(1, 5) + "{\"outerStep\":\n" + new string('x', 100_000) + "\n" + Lines(3, 1) + Lines(6, 5)));

        columns.Refresh();

        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), columns.Steps);
    }

    [Fact]
    public void Index_OfManyLongRuns_ReadsALittleOfEach()
    {
        string metrics = Lines(1, 4000);
        string recipe = "name: Many\ntask:\n  family: sines\nlearner:\n  name: flp\nmeta-training:\n  outer-steps: 4000\n  seed: 3\n";
        for (int run = 0; run < 60; run++)
        {
            string name = "run-" + run.ToString("00", CultureInfo.InvariantCulture);
            folder.File($"{name}/recipe.yaml", recipe);
            folder.File($"{name}/environment.json", RunsJson.Environment.Write(RunEnvironment.Here("many", 3, 1)));
            folder.File($"{name}/metrics.jsonl", metrics);
        }

        var index = new RunIndex(new RunStore(folder.Path));
        index.CardOf("run-00");
        long before = GC.GetTotalAllocatedBytes();
        ImmutableArray<RunCard> cards = new RunIndex(new RunStore(folder.Path)).Cards();

        // 40 MB of metrics lie there; of them some kilobytes a run are read.
        Assert.True(GC.GetTotalAllocatedBytes() - before < 20 << 20, $"{GC.GetTotalAllocatedBytes() - before} bytes");
        Assert.Equal(60, cards.Length);
        Assert.All(cards,
            c =>
            Assert.Equal(
            ("interrupted", "Many", "sines", "flp", "3", 4000L, 4000L),
            (c.State, c.Recipe, c.Task, c.Learner, c.Seed, c.OuterStep, c.OuterSteps!.Value)));
        Assert.All(cards, c => Assert.True(c.Spark.Length > 30));
    }

    private static string Lines(int first, int count, int shift = 0)
    {
        var text = new StringBuilder();
        for (int step = first; step < first + count; step++)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{{\"outerStep\":{step},\"lifetimes\":{step},\"queryLoss\":{1.0 / (step + shift):R}," +
                    $"\"runningQueryLoss\":{1.0 / (step + shift):R},\"gradientNorm\":1,\"elapsedSeconds\":{step}}}\n");
        }

        return text.ToString();
    }
}
