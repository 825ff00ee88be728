namespace Engram.Experiments.Tests;

public sealed class AdvanceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Advance_InParts_EndsInTheBitsOfOneGo()
    {
        using RunDirectory whole = Create("whole"), parts = Create("parts");
        var options = new TrainingOptions { Threads = 1 };
        RunResult expected = Training.Run(whole, options);

        Training.Advance(parts, 7, options);
        Assert.Null(RunDirectory.ReadResult(parts.Folder));
        Assert.Equal(7, MetricsLog.Read(parts.Folder)[^1].OuterStep);
        Training.Advance(parts, 7, options);
        Training.Advance(parts, 15, options);
        RunResult found = Training.Run(parts, options);

        Assert.Equal(expected.Evaluation, found.Evaluation);
        Assert.Equal(MetricsLog.Read(whole.Folder).Select(m => m with { ElapsedSeconds = 0 }), MetricsLog.Read(parts.Folder).Select(m => m with { ElapsedSeconds = 0 }));
        Assert.Equal(
            EventFile.Read(EventLog.FileOf(whole.Folder)!).Events.Select(e => (e.Step, string.Join(' ', e.Values.Select(v => v.Tag)))),
            EventFile.Read(EventLog.FileOf(parts.Folder)!).Events.Select(e => (e.Step, string.Join(' ', e.Values.Select(v => v.Tag)))));
    }

    private RunDirectory Create(string name)
    {
        Recipe recipe = Recipes.Parse(
            """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 30, checkpoint-every: 10}
            evaluation: {lifetimes: 4}
            """,
            "tiny.yaml");
        return RunDirectory.Create(Path.Combine(folder.Path, name), recipe, RunEnvironment.Here("tiny", 1, 1));
    }
}
