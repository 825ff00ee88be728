using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests;

public sealed class AdvanceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(", curriculum: {lengths: [2, 0.5], until: [5, 11]}")]
    public void Advance_InParts_EndsInTheBitsOfOneGo(string more)
    {
        using RunDirectory whole = Create("whole", more), parts = Create("parts", more);
        var options = new TrainingOptions { Threads = 1 };
        RunResult expected = RunTraining.Run(whole, options);

        RunTraining.Advance(parts, 7, options);
        Assert.Null(RunDirectory.ReadResult(parts.Folder));
        Assert.Equal(7, MetricsLog.Read(parts.Folder)[^1].OuterStep);
        RunTraining.Advance(parts, 7, options);
        RunTraining.Advance(parts, 15, options);
        RunResult found = RunTraining.Run(parts, options);

        Assert.Equal(expected.Evaluation, found.Evaluation);
        Assert.Equal(
            MetricsLog.Read(whole.Folder).Select(m => m with { ElapsedSeconds = 0 }),
            MetricsLog.Read(parts.Folder).Select(m => m with { ElapsedSeconds = 0 }));
        Assert.Equal(
            EventFile.Read(EventLog.FileOf(whole.Folder)!).Events.Select(e => (e.Step, string.Join(' ', e.Values.Select(v => v.Tag)))),
            EventFile.Read(EventLog.FileOf(parts.Folder)!).Events.Select(e => (e.Step, string.Join(' ', e.Values.Select(v => v.Tag)))));
    }

    [Fact]
    public void Advance_CurriculumThatChanged_IsRefused()
    {
        var options = new TrainingOptions { Threads = 1 };
        using (RunDirectory run = Create("run", ", curriculum: {lengths: [2], until: [5]}"))
        {
            RunTraining.Advance(run, 3, options);
        }

        string recipe = Path.Combine(folder.Path, "run", "recipe.yaml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("lengths: [2]", "lengths: [0.5]", StringComparison.Ordinal));
        using RunDirectory changed = RunDirectory.Open(Path.Combine(folder.Path, "run"));
        string message = Assert.Throws<EngramException>(() => RunTraining.Advance(changed, 5, options)).Message;
        Assert.Contains("0.5 times as long until outer step 5", message, StringComparison.Ordinal);
        Assert.Contains("2 times as long until outer step 5, which its checkpoints were trained on", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_Curriculum_CountsEachStageByItsLength()
    {
        var curriculum = new Curriculum([new CurriculumStage(10, 0.5), new CurriculumStage(20, 2)]);
        Assert.Equal(5 + 20 + 80, curriculum.Work(0, 100));
        Assert.Equal(1 + 4, curriculum.Work(8, 12));
        Assert.Equal(30, curriculum.Work(70, 100));
        Assert.Equal(7, Curriculum.None.Work(3, 10));
    }

    private RunDirectory Create(string name, string more = "")
    {
        Recipe recipe = RecipeReader.Parse(
            $$"""
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 30, checkpoint-every: 10{{more}}}
            evaluation: {lifetimes: 4}
            """,
            "tiny.yaml");
        return RunDirectory.Create(Path.Combine(folder.Path, name), recipe, RunEnvironment.Here("tiny", 1, 1));
    }
}
