using System.Runtime.InteropServices;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;
using Engram.Numerics.Kernels;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests;

/// <summary>Runs that an earlier version left half done, with what it made of them in the end.</summary>
public sealed class FormerRunTests : IDisposable
{
    private static readonly string Kept = Path.Combine(Repository.Root, "tests", "Engram.Experiments.Tests", "Data", "FormerRuns");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("flp")]
    [InlineData("gradient")]
    [InlineData("frozen")]
    [InlineData("few-shot")]
    public void Run_FormerVersionsRun_EndsAsThatVersionEndedIt(string name)
    {
        string expected = Path.Combine(Kept, name, "expected");
        using RunDirectory run = RunDirectory.Open(Copy(name));

        // Former versions' runs are kept without their event files, which is said.
        Action<string> note = n => Assert.Contains("no event file", n, StringComparison.Ordinal);
        RunResult result = RunTraining.Run(run, new TrainingOptions { Threads = 2, Note = note });

        // Vectors of another width add in another order, and batches of one have had other kernels since.
        bool same = name != "few-shot" && RunDirectory.ReadEnvironment(run.Folder).VectorBits == (int)VectorWidths.Current;
        SafetensorsFile found = SafetensorsFile.Read(RunDirectory.CheckpointsOf(run.Folder)[0]),
            end = SafetensorsFile.Read(Path.Combine(expected, "end.safetensors"));
        Assert.Equal(end.MetadataOf("outer_steps_done"), found.MetadataOf("outer_steps_done"));
        Assert.Equal(end.Tensors.Select(t => t.Key), found.Tensors.Select(t => t.Key));
        Assert.All(end.Tensors, t => Expect(t.Value.ToArray<float>(), found[t.Key].ToArray<float>(), same));

        MetricsLine[] metrics = [.. MetricsLog.Read(expected)], now = [.. MetricsLog.Read(run.Folder)];
        Assert.Equal(metrics.Select(m => m.OuterStep), now.Select(m => m.OuterStep));
        Expect([.. metrics.Select(m => (float)m.RunningQueryLoss)], [.. now.Select(m => (float)m.RunningQueryLoss)], same);
        Expect([(float)RunDirectory.ReadResult(expected)!.Evaluation!.QueryLoss], [(float)result.Evaluation!.QueryLoss], same);
    }

    [Theory]
    [InlineData("flp", "rule: oja", "rule: hebb", "other learner settings", "(rule = oja) than the recipe's (rule = hebb)")]
    [InlineData(
        "flp", "warmup-steps: 50", "warmup-steps: 51", "other meta-training settings",
        "(schedule.warmup-steps = 50) than the recipe's (schedule.warmup-steps = 51)")]
    [InlineData(
        "flp", "optimizer: adam", "optimizer: {name: adam, epsilon: 1e-7}", "other meta-training settings",
        "than the recipe's (optimizer.epsilon = 1E-07)")]
    [InlineData(
        "flp", "batch-size: 4", "batch-size: 5", "Found the task with batch-size = 5",
        "expected batch-size = 4, which its checkpoints were trained on")]
    [InlineData(
        "gradient", "order: second", "order: first", "other learner settings", "(order = Second) than the recipe's (order = first)")]
    [InlineData(
        "frozen", "\"layer0.*\"", "\"layer1.*\"", "other frozen settings", "(biases, layer0.*) than the recipe's (biases, layer1.*)")]
    [InlineData(
        "few-shot", "lengths: [0.5]", "lengths: [2]", "Found the task with curriculum = 2 times as long",
        "expected curriculum = 0.5 times as long until outer step 1, which")]
    [InlineData(
        "few-shot", "kernel: 3", "kernel: 5", "other network settings",
        "(layers.0.shape.kernel = 3) than the recipe's (layers.0.shape.kernel = 5)")]
    [InlineData(
        "frozen", "optimizer: sgd", "optimizer: momentum", "other meta-training settings",
        "(optimizer = sgd) than the recipe's (optimizer = momentum)")]
    public void Run_FormerVersionsRunWithAnotherSetting_NamesIt(string name, string before, string after, string what, string expected)
    {
        string path = Copy(name), recipe = Path.Combine(path, "recipe.yaml"), text = File.ReadAllText(recipe);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(recipe, text.Replace(before, after, StringComparison.Ordinal));
        using RunDirectory run = RunDirectory.Open(path);
        string message = Assert.Throws<EngramException>(() => RunTraining.Run(run, new TrainingOptions { Threads = 1 })).Message;

        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private static void Expect(float[] expected, float[] found, bool same)
    {
        if (same)
        {
            Assert.Equal(MemoryMarshal.Cast<float, int>(expected), MemoryMarshal.Cast<float, int>(found));
            return;
        }

        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, 1e-4f * (1 + Math.Abs(p.First))));
    }

    private string Copy(string name)
    {
        string to = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(Path.Combine(Kept, name)))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        return to;
    }
}
