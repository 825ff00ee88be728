using System.Diagnostics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests;

/// <summary>Two hundred damaged files of each kind: a clear error or a sound result, in no time, and nothing written by halves.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Mutations = 200;
    private static readonly string[] Odd = ["-1", "1e999", "NaN", "999999999999999999999", "none", "[1, 2", "true", "x"];
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Recipes_Mutated_LoadOrAreRefusedByName()
    {
        string[] texts = [.. BuiltInRecipes.Names.Select(n => RecipeReader.Load(n).ToYaml())];
        string path = Path.Combine(folder.Path, "mutated.yaml");
        int refused = 0;
        for (int seed = 0; seed < Mutations; seed++)
        {
            var random = new Random(seed);
            string text = Mutate(texts[random.Next(texts.Length)], random);
            File.WriteAllText(path, text);
            var clock = Stopwatch.StartNew();
            try
            {
                Recipe recipe = RecipeReader.Load(path);
                Assert.Equal(recipe.ToYaml(), RecipeReader.Parse(recipe.ToYaml(), path).ToYaml());
            }
            catch (EngramException e)
            {
                refused++;
                Assert.True(e.Message.Contains("mutated.yaml", StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal), $"seed {seed}: {e.Message}");
            }

            Assert.True(clock.Elapsed < Longest, $"seed {seed} took {clock.Elapsed}");
        }

        Assert.InRange(refused, Mutations / 4, Mutations - 5);
    }

    [Fact]
    public void Checkpoints_Mutated_AreRefusedByNameAndTheOneBeforeIsUsed()
    {
        string run = Train();
        string[] checkpoints = [.. RunDirectory.CheckpointsOf(run)];
        byte[] good = File.ReadAllBytes(checkpoints[0]);
        for (int seed = 0; seed < Mutations; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = Mutate(good, random);
            File.WriteAllBytes(checkpoints[0], bytes);
            var notes = new List<string>();
            var clock = Stopwatch.StartNew();
            TrainerState state = RunDirectory.ReadCheckpoint(run, TrainerState.Read, notes.Add)!;

            bool same = bytes.AsSpan().SequenceEqual(good);
            Assert.Equal(same ? 20 : 10, state.OuterStepsDone);
            Assert.True(same || Assert.Single(notes).Contains(Path.GetFileName(checkpoints[0]), StringComparison.Ordinal), $"seed {seed}");
            Assert.True(clock.Elapsed < Longest, $"seed {seed} took {clock.Elapsed}");
        }

        // The run goes on from the one before and ends as it did.
        File.WriteAllBytes(checkpoints[0], Mutate(good, new Random(Mutations + 1)));
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
    public void Events_Mutated_AreCutOffWhereTheyAreDamaged()
    {
        string run = Train();
        string path = EventLog.FileOf(run)!;
        byte[] good = File.ReadAllBytes(path);
        EventFileContent whole = EventFile.Read(path);
        for (int seed = 0; seed < Mutations; seed++)
        {
            File.WriteAllBytes(path, Mutate(good, new Random(seed)));
            var clock = Stopwatch.StartNew();
            int kept = EventFile.Read(path).Events.Length;
            Assert.InRange(kept, 0, whole.Events.Length);
            using (EventLog log = EventLog.Continue(run, DateTimeOffset.UnixEpoch, 20))
            {
                log.Add(new MetricsLine(21, 21, 1, 1, 1, 1));
            }

            EventFileContent now = EventFile.Read(path);
            Assert.True(now.Problem is null, $"seed {seed}: {now.Problem}");
            Assert.Equal(Math.Max(1, kept) + 1, now.Events.Length);
            Assert.True(clock.Elapsed < Longest, $"seed {seed} took {clock.Elapsed}");
        }
    }

    private static string Mutate(string text, Random random)
    {
        const string Strange = "{}[]:,#&*!|>'\"%@`\t-?~\u0000\u00e9=\n ";
        var lines = text.Split('\n').ToList();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(lines.Count);
            string line = lines[at];
            switch (random.Next(7))
            {
                case 0: lines.RemoveAt(at); break;
                case 1: lines.Insert(at, lines[random.Next(lines.Count)]); break;
                case 2: lines[at] = line.Insert(random.Next(line.Length + 1), Strange[random.Next(Strange.Length)].ToString()); break;
                case 3 when line.Length > 0: lines[at] = line.Remove(random.Next(line.Length), 1); break;
                case 4: lines[at] = " " + line; break;
                case 5: lines[at] = $"{line.Split(':')[0]}: {Odd[random.Next(Odd.Length)]}"; break;
                default: lines = [.. lines.Take(at + 1)]; break;
            }

            if (lines.Count == 0)
            {
                lines.Add(string.Empty);
            }
        }

        return string.Join('\n', lines);
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] bytes = [.. good];
        switch (random.Next(5))
        {
            case 0: bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8)); return bytes;
            case 1: return bytes[..random.Next(bytes.Length)];
            case 2: random.NextBytes(bytes.AsSpan(random.Next(bytes.Length))); return bytes;
            case 3: bytes[random.Next(Math.Min(64, bytes.Length))] = (byte)random.Next(256); return bytes;
            default:
                int at = random.Next(bytes.Length);
                return [.. bytes[..at], .. new byte[random.Next(1, 40)], .. bytes[at..]];
        }
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
        string run = Path.Combine(folder.Path, "run");
        using RunDirectory created = RunDirectory.Create(run, recipe, RunEnvironment.Here("tiny", 1, 1));
        RunTraining.Run(created, new TrainingOptions { Threads = 1 });
        return run;
    }
}
