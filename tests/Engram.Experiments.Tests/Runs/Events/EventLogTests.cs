using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Files;

namespace Engram.Experiments.Tests.Runs;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Training_TinyRun_LeavesScalarsHistogramsAndItsResult()
    {
        string run = Train("a", 20);

        EventFileContent content = EventFile.Read(EventLog.FileOf(run)!);

        Assert.Null(content.Problem);
        Assert.Equal("brain.Event:2", content.Events[0].FileVersion);
        ImmutableArray<MetricsLine> metrics = MetricsLog.Read(run);
        Assert.Equal(metrics.Select(m => (float)m.QueryLoss), Scalars(content, "meta-training/query-loss"));
        Assert.Equal(metrics.Select(m => (float)m.GradientNorm), Scalars(content, "meta-training/gradient-norm"));
        Assert.Equal((float)RunDirectory.ReadResult(run)!.Evaluation!.QueryLoss, Assert.Single(Scalars(content, "meta-test/query-loss")));

        EventRecord[] histograms = [.. content.Events.Where(e => e.Values.Any(v => v.Histogram is not null))];
        Assert.Equal([0, 10, 20], histograms.Select(e => e.Step));
        SafetensorsFile checkpoint = SafetensorsFile.Read(RunDirectory.CheckpointsOf(run)[0]);
        EventHistogram alpha = histograms[^1].Values.Single(v => v.Tag == "layer2/alpha").Histogram!;
        float[] values = checkpoint["layer2.alpha"].ToArray<float>();
        Assert.Equal(((double)values.Min(), (double)values.Max(), values.Length), (alpha.Minimum, alpha.Maximum, alpha.Number));
        Assert.Equal(values.Length, alpha.Counts.Sum());
        Assert.Equal(checkpoint["layer2.beta"].ToArray<float>()[0], histograms[^1].Values.Single(v => v.Tag == "layer2/beta").Scalar);
    }

    [Theory]
    [InlineData("torn")]
    [InlineData("beyond")]
    [InlineData("flipped")]
    [InlineData("gone")]
    [InlineData("rubbish")]
    public void Continue_AfterAnEndInTheMiddle_HoldsWhatAWholeRunHolds(string kind)
    {
        string whole = Train("a", 20);
        string resumed = Train("b", 10);
        string path = EventLog.FileOf(resumed)!;
        byte[] bytes = File.ReadAllBytes(path);
        switch (kind)
        {
            case "torn": File.WriteAllBytes(path, bytes[..^7]); break;
            case "beyond":
                File.WriteAllBytes(
                path, [.. bytes,
                .. EventFile.Frame(new EventRecord(1, 11) { Values = [new EventValue("meta-training/query-loss", 3)] })]); break;
            case "flipped": File.WriteAllBytes(path, [.. bytes[..^9], (byte)(bytes[^9] ^ 1), .. bytes[^8..]]); break;
            case "gone": File.Delete(path); break;
            default: File.WriteAllText(path, "this is no event file"); break;
        }

        // Result and end of the shorter run come off, as if it had been killed on its way to 20.
        using (RunDirectory run = RunDirectory.Open(resumed, ["meta-training.outer-steps=20"]))
        {
            RunTraining.Run(run, Options);
        }

        EventFileContent a = EventFile.Read(EventLog.FileOf(whole)!), b = EventFile.Read(EventLog.FileOf(resumed)!);
        Assert.Null(b.Problem);
        Assert.Equal("brain.Event:2", b.Events[0].FileVersion);
        bool lost = kind is "gone" or "rubbish";
        Assert.Equal(
            Scalars(a, "meta-training/query-loss").Skip(lost ? 10 : 0),
            Scalars(b, "meta-training/query-loss"));
        Assert.Single(b.Events, e => e.Step == 20 && e.Values.Any(v => v.Histogram is not null));
    }

    [Fact]
    public void Add_WhatStandsAtTheLastStepAlready_IsNotWrittenTwice()
    {
        using var parameters =
            new MetaParameters<float>(ParameterLayout.For(NetworkSpec.Feedforward([2, 3, 1], 1), new LocalLearnerSpec()));
        for (int i = 0; i < 2; i++)
        {
            using EventLog log = EventLog.Continue(folder.Path, DateTimeOffset.UnixEpoch, 0);
            log.Add(0, parameters);
        }

        Assert.Equal(2, EventFile.Read(EventLog.FileOf(folder.Path)!).Events.Length);
    }

    private static TrainingOptions Options => new() { Threads = 1 };

    private static IEnumerable<float> Scalars(EventFileContent content, string tag) =>
        content.Events.SelectMany(e => e.Values).Where(v => v.Tag == tag).Select(v => v.Scalar!.Value);

    private string Train(string name, int outerSteps)
    {
        Recipe recipe = RecipeReader.Parse(
            $$"""
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4, ordering: iid}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            initialization: {hidden-plasticity: 1e-3}
            meta-training: {outer-steps: {{outerSteps}}, rates: {feedforward: 1e-3, hidden-plasticity: 1e-4}, checkpoint-every: 10}
            evaluation: {lifetimes: 4}
            """,
            "tiny.yaml");
        string run = Path.Combine(folder.Path, name);
        using RunDirectory created = RunDirectory.Create(run, recipe, RunEnvironment.Here("tiny", 1, 1));
        RunTraining.Run(created, Options);
        return run;
    }
}
