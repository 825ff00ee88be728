using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Tasks.Data;

namespace Engram.Experiments.Tests.Training;

/// <summary>What a run that goes on says of its files.</summary>
public sealed class ResumedFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Run => Path.Combine(folder.Path, "run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Events_DamagedBeforeTheCheckpoint_AreNamedAndWhatIsBehindIsWritten()
    {
        string events = Interrupted();
        byte[] bytes = File.ReadAllBytes(events);
        EventFileContent whole = EventFile.Read(events);
        int damaged = whole.Events.ToList().FindIndex(e => e.Step == 5);
        bytes[(int)whole.Ends[damaged] - 6] ^= 1;
        File.WriteAllBytes(events, bytes);

        string note = Assert.Single(GoOn());
        Assert.StartsWith("Found data whose checksum is wrong at byte ", note, StringComparison.Ordinal);
        Assert.Contains(
            $"in '{events}', expected whole events up to outer step 10; TensorBoard's curves after outer step 4 are lost up to there, " +
            $"and nothing else is.", note, StringComparison.Ordinal);
        EventFileContent now = EventFile.Read(events);
        Assert.Null(now.Problem);
        Assert.Contains(now.Events, e => e.Step == 20);
        Assert.DoesNotContain(now.Events, e => e.Step is > 4 and < 11);
    }

    [Fact]
    public void Events_CutShortOrGone_AreNamed()
    {
        string events = Interrupted();
        EventFileContent whole = EventFile.Read(events);
        byte[] bytes = File.ReadAllBytes(events);
        File.WriteAllBytes(events, bytes[..(int)whole.Ends[whole.Events.ToList().FindIndex(e => e.Step == 3)]]);
        Assert.Contains("Found no events after outer step 3 in", Assert.Single(Shown()), StringComparison.Ordinal);
        File.WriteAllBytes(events, bytes[..(int)(whole.Ends[whole.Events.ToList().FindIndex(e => e.Step == 3)] + 5)]);
        Assert.Contains("a record torn in its head", Assert.Single(Shown()), StringComparison.Ordinal);
        File.WriteAllBytes(events, []);
        Assert.Contains("Found no events of Engram's in", Assert.Single(Shown()), StringComparison.Ordinal);
        File.Delete(events);
        Assert.Contains("Found no event file in", Assert.Single(Shown()), StringComparison.Ordinal);
        Assert.Contains("TensorBoard's curves of them are lost, and nothing else is.", Assert.Single(GoOn()), StringComparison.Ordinal);
    }

    [Fact]
    public void Events_TornBehindTheCheckpoint_AreNothingToSay()
    {
        string events = Interrupted();
        File.AppendAllText(events, "torn");

        Assert.Empty(GoOn());
        Assert.Null(EventFile.Read(events).Problem);
    }

    [Fact]
    public void Run_StoppedWhileItReadsItsData_HasNoCheckpoint()
    {
        byte[] png =
            Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==");
        foreach (string name in (string[])["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png", "b/2.png"])
        {
            string path = Path.Combine(folder.Path, "images", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, png);
        }

        Recipe recipe = RecipeReader.Parse(
            $$"""
            task: {family: few-shot, dataset: image-folder, dataset-path: {{Path.Combine(folder.Path, "images")}}, image-size: 8,
               ways: 2, shots: 2, query-per-class: 1, outputs: none}
            network: {strides: none, hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 3}
            """,
            "images.yaml");
        using RunDirectory run = RunDirectory.Create(Run, recipe, RunEnvironment.Here("images", 1, 1));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        DataContext data = DataContext.Default()
            with
        {
            Folder = new Engram.Tasks.Data.Folders.DataFolder(Path.Combine(folder.Path, "data"))
            { OtherCache = null },
            Stop = stop.Token
        };

        RunStoppedException stopped = Assert.Throws<RunStoppedException>(
            () => RunTraining.Run(run, new TrainingOptions { Threads = 1, Data = data, Stop = stop.Token }));
        Assert.Equal(Run, stopped.Folder);
        Assert.False(stopped.HasCheckpoint);
        Assert.True(new RunStoppedException(Path.GetDirectoryName(Interrupted("other"))!).HasCheckpoint);
    }

    // A run of 20 outer steps that was stopped after 10.
    private string Interrupted(string name = "run")
    {
        Recipe recipe = RecipeReader.Parse(
            """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 20, checkpoint-every: 10, metrics-every: 1}
            evaluation: {lifetimes: 4}
            """,
            "tiny.yaml");
        string path = Path.Combine(folder.Path, name);
        using RunDirectory created = RunDirectory.Create(path, recipe, RunEnvironment.Here("tiny", 1, 1));
        RunTraining.Advance(created, 10, new TrainingOptions { Threads = 1 });
        return EventLog.FileOf(path)!;
    }

    private List<string> GoOn()
    {
        var notes = new List<string>();
        using RunDirectory run = RunDirectory.Open(Run);
        Assert.Equal(RunState.Finished, RunTraining.Run(run, new TrainingOptions { Threads = 1, Note = notes.Add }).State);
        return notes;
    }

    private IEnumerable<string> Shown() => RunDetails.Of(new RunStore(folder.Path), Run).Problems;
}
