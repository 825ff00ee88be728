using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Figures.Summaries;
using Engram.Figures.Text;
using Engram.Learning.Outer;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

public sealed class TrainTests : IDisposable
{
    // Finite for some outer steps, while α grows.
    private static readonly string Explodes = CommandLine.TinyRecipe.Replace(
        "rates: {feedforward: 1e-3}", "rates: {feedforward: 1e-3, hidden-plasticity: 100, readout-plasticity: 100}",
        StringComparison.Ordinal);

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Train_ARunThatDiverges_CountsStepsAsItsFilesDoAndBlamesTheRateThatIsTooHigh()
    {
        CommandOutcome outcome = command.Call(
            "train", "quick-start/gradient", "--outer-steps", "60", "--set", "network.width=16", "--set", "meta-training.optimizer=sgd",
                "--set", "meta-training.rates.feedforward=1e6",
            "--set", "meta-training.schedule.kind=constant", "--set", "meta-training.clip-norm=none", "--run", "d", "--threads", "1",
                "--quiet");
        long finite = MetricsLog.Read(command.Run("d")).Max(m => m.OuterStep);

        Assert.Equal(ExitCodes.NonFinite, outcome.ExitCode);
        Assert.Contains($"outer step {finite + 1}, ", outcome.Messages, StringComparison.Ordinal);
        Assert.Matches("inner step [1-9]|after the last inner step", outcome.Messages);
        Assert.Matches(@"W \(with b\) has grown [0-9.e]+ times as large since the start: lower its meta-rate", outcome.Messages);
        Assert.DoesNotContain("meta-rate of α", outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Recipe_LeavesAWholeRunAndPrintsItsResult()
    {
        CommandOutcome outcome = command.Call("train", command.Tiny(), "--run", "a", "--json", "--quiet");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement result = outcome.Json.GetProperty("runs")[0].GetProperty("result");
        Assert.Equal("finished", result.GetProperty("state").GetString());
        Assert.Equal(40, result.GetProperty("lifetimes").GetInt64());
        Assert.Equal(4, result.GetProperty("evaluation").GetProperty("lifetimes").GetInt32());
        Assert.Equal(40, MetricsLog.Read(command.Run("a")).Length);
        Assert.Equal(2, RunDirectory.CheckpointsOf(command.Run("a")).Length);
        Assert.All((string[])["recipe.yaml", "environment.json", "result.json", "learning-curves.svg", "learning-curves.csv"],
            f => Assert.True(File.Exists(Path.Combine(command.Run("a"), f)), f));
        Assert.Contains("finished", command.Call("runs").Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_SameRecipe_GivesTheSameBitsOnAnyThreads()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--threads", "1", "--quiet", "--set", "meta-training.lifetimes-per-outer-step=3");
        command.Call("train", recipe, "--run", "b", "--threads", "4", "--quiet", "--set", "meta-training.lifetimes-per-outer-step=3");

        AssertSameRun("a", "b");
    }

    [Fact]
    public void Train_OtherSeed_GivesAnotherResult()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--quiet");
        command.Call("train", recipe, "--run", "b", "--quiet", "--seed", "2");

        Assert.NotEqual(LossOf("a"), LossOf("b"));
    }

    [Fact]
    public void Train_MadeLonger_EqualsOneThatWasLongFromTheStart()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--quiet", "--outer-steps", "25");
        CommandOutcome longer = command.Call("train", "--resume", "--run", "a", "--quiet", "--outer-steps", "40");
        command.Call("train", recipe, "--run", "b", "--quiet");

        Assert.Equal(ExitCodes.Success, longer.ExitCode);
        AssertSameRun("a", "b");
    }

    [Fact]
    public void Train_MadeLongerUnderACosine_IsRefused()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--quiet", "--set", "meta-training.schedule.kind=cosine");
        CommandOutcome longer = command.Call("train", "--resume", "--run", "a", "--quiet", "--outer-steps", "50");

        Assert.Equal(ExitCodes.WrongInput, longer.ExitCode);
        Assert.Contains("schedule", longer.Messages, StringComparison.Ordinal);
        Assert.Equal(40, RunDirectory.ReadRecipe(command.Run("a")).MetaTraining.OuterSteps);
    }

    [Fact]
    public void Train_MadeShorter_IsRefusedAndLeavesTheRunAsItWas()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        CommandOutcome shorter = command.Call("train", "--resume", "--run", "a", "--quiet", "--outer-steps", "20");

        Assert.Equal(ExitCodes.WrongInput, shorter.ExitCode);
        Assert.Contains("expected as many or more", shorter.Messages, StringComparison.Ordinal);
        Assert.Equal(40, RunDirectory.ReadRecipe(command.Run("a")).MetaTraining.OuterSteps);
        Assert.Equal(RunState.Finished, RunDirectory.StateOf(command.Run("a")));
    }

    [Fact]
    public void Train_RunThatIsThere_IsRefused()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--quiet");

        CommandOutcome again = command.Call("train", recipe, "--run", "a", "--quiet");
        Assert.Equal(ExitCodes.WrongInput, again.ExitCode);
        Assert.Contains("--resume", again.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_RunInUse_IsRefusedWithTheProcess()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        using RunDirectory held = RunDirectory.Open(command.Run("a"));

        CommandOutcome outcome = command.Call("train", "--resume", "--run", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains($"process {Environment.ProcessId}", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("running", command.Call("runs").Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NumberThatIsNotFinite_EndsWithThreeAndLeavesTheLastCheckpoint()
    {
        CommandOutcome outcome = command.Call(
            "train", command.Tiny(), "--run", "a", "--quiet", "--set", "meta-training.rates.hidden-plasticity=1e6", "--set",
                "meta-training.rates.readout-plasticity=1e6", "--set", "meta-training.checkpoint-every=1");

        Assert.Equal(ExitCodes.NonFinite, outcome.ExitCode);
        Assert.Contains("non-finite", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("outer step", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("seed 1", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains(
            $"The last checkpoint before it stays: {RunDirectory.CheckpointsOf(command.Run("a"))[0]}.", outcome.Messages,
            StringComparison.Ordinal);
        Assert.Equal(RunState.Diverged, RunDirectory.StateOf(command.Run("a")));
        TrainerState last = TrainerState.Read(RunDirectory.CheckpointsOf(command.Run("a"))[0]);
        Assert.Equal(MetricsLog.Read(command.Run("a")).LastOrDefault()?.OuterStep ?? 0, last.OuterStepsDone);
    }

    [Fact]
    public void Train_RunThatDiverges_SaysHowFarItHadCome()
    {
        CommandOutcome outcome = command.Call("train", command.Write("explodes.yaml", Explodes), "--run", "a", "--quiet");

        RunResult result = RunDirectory.ReadResult(command.Run("a"))!;
        MetricsLine last = MetricsLog.Read(command.Run("a"))[^1];
        Assert.Equal(ExitCodes.NonFinite, outcome.ExitCode);
        Assert.Equal(
            (RunState.Diverged, last.OuterStep, last.RunningQueryLoss, last.ElapsedSeconds),
            (result.State, result.OuterSteps, result.RunningQueryLoss, result.TrainingSeconds));
        Assert.True(result.TrainingSeconds > 0);
    }

    [Fact]
    public void Train_GroupWithARunThatDiverged_DoesNotTrainItAgain()
    {
        Assert.Equal(
            ExitCodes.NonFinite,
            command.Call("train", command.Write("explodes.yaml", Explodes), "--seeds", "2", "--run", "g", "--quiet").ExitCode);
        string result = Path.Combine(command.Run("g"), "seed-1", "result.json");
        DateTime written = File.GetLastWriteTimeUtc(result);

        CommandOutcome again = command.Call("train", "--resume", "--run", "g", "--quiet");

        Assert.Equal(ExitCodes.NonFinite, again.ExitCode);
        Assert.Contains("diverged already", again.Messages, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(result));
    }

    [Fact]
    public void Train_Group_ComparesItsRecipesAndSharesTheirSettings()
    {
        string[] settings = ["--set", "evaluation.lifetimes=4", "--set", "network.width=4", "--outer-steps", "2"];
        CommandOutcome outcome = command.Call(["train", "--quiet", "--json", .. settings]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(
            ["Feature reuse", "FLP", "Gradient"],
            outcome.Json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("result").GetProperty("name").GetString()));
        string group = command.Run("quick-start-001");
        Assert.All((string[])["learning-curves.svg", "learning-curves.csv"], f => Assert.True(File.Exists(Path.Combine(group, f)), f));
        Assert.Contains("quick-start-001/flp", command.Call("runs").Results, StringComparison.Ordinal);
        Assert.Contains("Gradient", command.Call("evaluate", "quick-start-001", "--lifetimes", "3").Results, StringComparison.Ordinal);

        // Finished: the next one is new. Interrupted: the next one goes on with it.
        command.Call(["train", "--quiet", .. settings]);
        File.Delete(Path.Combine(command.Run("quick-start-002"), "flp", "result.json"));
        CommandOutcome resumed = command.Call("train");
        Assert.Contains("Resuming 3 recipes of quick-start", resumed.Messages, StringComparison.Ordinal);
        Assert.Contains("quick-start-002", resumed.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Run("quick-start-003")));
    }

    [Fact]
    public void Evaluate_Run_GivesTheResultOfItsTraining()
    {
        JsonElement trained = command.Call("train", command.Tiny(), "--run", "a", "--json", "--quiet").Json;
        JsonElement evaluated = command.Call("evaluate", "a", "--json").Json;

        Assert.Equal(Loss(trained), Loss(evaluated));
        Assert.NotEqual(Loss(trained), Loss(command.Call("evaluate", "a", "--json", "--lifetimes", "9").Json));

        static double Loss(JsonElement e) =>
            e.GetProperty("runs")[0].GetProperty("result").GetProperty("evaluation").GetProperty("queryLoss").GetDouble();
    }

    [Fact]
    public void Evaluate_RunThatDiverged_PrintsTheLossOfItsLastCheckpoint()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        string loss = Numbers.Short(LossOf("a")), result = Path.Combine(command.Run("a"), "result.json");
        File.WriteAllText(
            result, File.ReadAllText(result).Replace("\"state\": \"finished\"", "\"state\": \"diverged\"", StringComparison.Ordinal));
        Assert.Equal(RunState.Diverged, RunDirectory.StateOf(command.Run("a")));

        CommandOutcome outcome = command.Call("evaluate", "a");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains($" {loss} ", outcome.Results, StringComparison.Ordinal);
        Assert.DoesNotContain("diverged", outcome.Results, StringComparison.Ordinal);
        Assert.DoesNotContain("tiny: ", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_RunWithARecipe_TakesItsOwnAlone()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "one", "--quiet", "--outer-steps", "2");
        command.Call("train", recipe, "--run", "two", "--quiet", "--outer-steps", "2", "--seeds", "2");
        foreach (string run in (string[])["one", "two"])
        {
            CommandOutcome other = command.Call("train", "quick-start/flp", "--resume", "--run", run, "--quiet");
            Assert.Equal(ExitCodes.WrongInput, other.ExitCode);
            Assert.Contains(
                $"Found the recipe 'quick-start/flp' with --resume --run {run}, expected none, or '{recipe}'", other.Messages,
                StringComparison.Ordinal);
            Assert.Equal(1, other.Messages.Count(c => c == '\n'));

            string elsewhere = Path.Combine(Path.GetDirectoryName(recipe)!, ".", Path.GetFileName(recipe));
            Assert.Equal(ExitCodes.Success, command.Call("train", recipe, "--resume", "--run", run, "--quiet").ExitCode);
            Assert.Equal(ExitCodes.Success, command.Call("train", elsewhere, "--resume", "--run", run, "--quiet").ExitCode);
        }
    }

    [Fact]
    public void Resume_NewestCheckpointDamaged_GoesOnFromTheOneBeforeAndEndsTheSame()
    {
        string recipe = command.Tiny();
        command.Call("train", recipe, "--run", "a", "--quiet");
        command.Call("train", recipe, "--run", "b", "--quiet", "--outer-steps", "30");
        Damage(RunDirectory.CheckpointsOf(command.Run("b"))[0]);

        CommandOutcome resumed = command.Call("train", "--resume", "--run", "b", "--outer-steps", "40");

        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        Assert.Contains("checkpoint-0000000030", resumed.Messages, StringComparison.Ordinal);
        Assert.Contains("Resuming from checkpoint-0000000020", resumed.Messages, StringComparison.Ordinal);
        AssertSameRun("a", "b");
    }

    [Fact]
    public void Resume_BothCheckpointsDamaged_IsRefused()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        File.Delete(Path.Combine(command.Run("a"), "result.json"));
        foreach (string checkpoint in RunDirectory.CheckpointsOf(command.Run("a")))
        {
            Damage(checkpoint);
        }

        CommandOutcome outcome = command.Call("train", "--resume", "--run", "a", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found no checkpoint", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("header")]
    [InlineData("dtype")]
    [InlineData("empty")]
    public void Evaluate_WrongCheckpoints_AreRefusedByName(string kind)
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        foreach (string path in RunDirectory.CheckpointsOf(command.Run("a")))
        {
            byte[] bytes = File.ReadAllBytes(path);
            switch (kind)
            {
                case "truncated": File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]); break;
                case "header": File.WriteAllBytes(path, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, .. bytes[8..]]); break;
                case "dtype":
                    File.WriteAllText(
                    path, File.ReadAllText(path, System.Text.Encoding.Latin1).Replace("\"F32\"", "\"I32\"", StringComparison.Ordinal),
                    System.Text.Encoding.Latin1); break;
                default: File.WriteAllBytes(path, []); break;
            }
        }

        CommandOutcome outcome = command.Call("evaluate", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("checkpoint-0000000040.safetensors", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Fact]
    public void Resume_WithAnotherTaskInItsRecipe_IsRefused()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--outer-steps", "20");
        string recipe = Path.Combine(command.Run("a"), "recipe.yaml");
        string text = File.ReadAllText(recipe);
        string changed = text.Contains("ordering: iid", StringComparison.Ordinal)
            ? text.Replace("ordering: iid", "ordering: continual", StringComparison.Ordinal)
            : text.Replace("ordering: continual", "ordering: iid", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(recipe, changed);
        CommandOutcome outcome = command.Call("train", "--resume", "--run", "a", "--quiet", "--outer-steps", "40");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("which its checkpoints were trained on", outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_RunOfANewerVersion_IsRefused()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        string path = Path.Combine(command.Run("a"), "environment.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"format\": 1", "\"format\": 9", StringComparison.Ordinal));

        CommandOutcome outcome = command.Call("train", "--resume", "--run", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("format 9", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("unreadable", command.Call("runs").Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Seeds_GivesMeanAndStandardErrorOverNetworks()
    {
        CommandOutcome outcome = command.Call("train", command.Tiny(), "--seeds", "3", "--seed", "5", "--run", "g", "--quiet", "--json");
        command.Call("train", command.Tiny(), "--seed", "6", "--run", "alone", "--quiet");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement summary = Assert.Single(outcome.Json.GetProperty("summary").EnumerateArray());
        Assert.Equal([5, 6, 7], summary.GetProperty("seeds").EnumerateArray().Select(s => s.GetInt32()));
        double[] losses = [LossOf("g/seed-5"), LossOf("g/seed-6"), LossOf("g/seed-7")];
        MeanAndError expected = Statistics.MeanAndError(losses);
        Assert.Equal(
            (expected.Mean, expected.StandardError),
            (summary.GetProperty("queryLoss").GetProperty("mean").GetDouble(),
            summary.GetProperty("queryLoss").GetProperty("standardError").GetDouble()));
        RunAssert.Same(command.Run("g/seed-6"), command.Run("alone"));
        Assert.Equal("tiny", RunDirectory.ReadRecipe(command.Run("g/seed-6")).Name);

        string table = command.Call("evaluate", "g").Results;
        Assert.Contains("tiny, seed-7", table, StringComparison.Ordinal);
        Assert.Contains("standard error is over networks", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_FolderOfRecipes_IsAGroup()
    {
        command.Write("mine/a.yaml", CommandLine.TinyRecipe);
        command.Write("mine/deep/b.yaml", CommandLine.TinyRecipe.Replace("outer-steps: 40", "outer-steps: 20", StringComparison.Ordinal));
        command.Write("mine/_base.yaml", "learner: {name: flp}");

        CommandOutcome outcome =
            command.Call("train", Path.GetDirectoryName(command.Write("mine/readme.txt", ""))!, "--run", "g", "--quiet");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(["g/a", "g/deep-b"], new RunStore(command.Runs).List().Select(r => r.Name));
    }

    [Fact]
    public void Train_DamagedResult_IsMadeAnewAndEqualsTheFirst()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        string result = Path.Combine(command.Run("a"), "result.json");
        double loss = LossOf("a");
        File.WriteAllText(result, "{ \"state\": ");

        Assert.Equal(ExitCodes.Success, command.Call("evaluate", "a").ExitCode);
        Assert.Contains("problem", command.Call("runs", "show", "a").Results, StringComparison.Ordinal);
        CommandOutcome again = command.Call("train", "--resume", "--run", "a", "--quiet");

        Assert.Equal(ExitCodes.Success, again.ExitCode);
        Assert.Contains("result.json", again.Messages, StringComparison.Ordinal);
        Assert.Contains("rebuilt from the last checkpoint", again.Messages, StringComparison.Ordinal);
        Assert.Equal(loss, LossOf("a"));
    }

    [Fact]
    public void Train_DamagedGroupOfTheQuickStart_DoesNotStandInItsWay()
    {
        Directory.CreateDirectory(command.Run("quick-start-001"));
        File.WriteAllText(Path.Combine(command.Run("quick-start-001"), "group.json"), "{");

        CommandOutcome outcome = command.Call("train", "--quiet", "--set", "network.width=4", "--outer-steps", "2");
        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        File.Delete(Path.Combine(command.Run("quick-start-002"), "flp", "result.json"));
        CommandOutcome alone = command.Call("train", "--quiet");
        Assert.Equal(ExitCodes.Success, alone.ExitCode);
        Assert.DoesNotContain("quick-start-001", alone.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_DamagedGroup_GoesOnWithItsRuns()
    {
        command.Call("train", command.Tiny(), "--seeds", "2", "--run", "g", "--quiet");
        File.WriteAllText(Path.Combine(command.Run("g"), "group.json"), "?");
        File.Delete(Path.Combine(command.Run("g"), "seed-2", "result.json"));

        Assert.Equal(ExitCodes.Success, command.Call("evaluate", "g").ExitCode);
        CommandOutcome resumed = command.Call("train", "--resume", "--run", "g", "--quiet");

        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        Assert.Contains("rebuilt from the 2 runs", resumed.Messages, StringComparison.Ordinal);
        Assert.Equal(RunState.Finished, RunGroup.StateOf(command.Run("g")));
    }

    [Fact]
    public void Resume_WithoutItsRecipe_SaysWhatIsMissing()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        File.Delete(Path.Combine(command.Run("a"), "recipe.yaml"));

        foreach (string[] args in (string[][])[["train", "--resume", "--run", "a"], ["evaluate", "a"], ["runs", "show", "a"]])
        {
            CommandOutcome outcome = command.Call(args);
            Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
            Assert.Contains($"Found no recipe.yaml in the run '{command.Run("a")}'", outcome.Messages, StringComparison.Ordinal);
        }
    }

    // Code is made as the program runs, so no learner runs slowly, and nobody is told so.
    [Fact]
    public void Train_LearnerWithoutKernelsByHand_RunsCompiled()
    {
        CommandOutcome outcome = command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--set", "learner.feedback-layers=2");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Empty(outcome.Messages);
    }

    private static void Damage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    private double LossOf(string run) => RunDirectory.ReadResult(command.Run(run))!.Evaluation!.QueryLoss;

    private void AssertSameRun(string first, string second) => RunAssert.Same(command.Run(first), command.Run(second));
}

/// <summary>Compares runs.</summary>
internal static class RunAssert
{
    /// <summary>Two runs have the same newest checkpoint's tensors, metrics (times apart) and result.</summary>
    public static void Same(string first, string second)
    {
        SafetensorsFile a = SafetensorsFile.Read(RunDirectory.CheckpointsOf(first)[0]);
        SafetensorsFile b = SafetensorsFile.Read(RunDirectory.CheckpointsOf(second)[0]);
        Assert.Equal(a.Tensors.Keys, b.Tensors.Keys);
        Assert.All(a.Tensors, t => Assert.True(t.Value.Bytes.Span.SequenceEqual(b[t.Key].Bytes.Span), t.Key));
        Assert.Equal(
            MetricsLog.Read(first).Select(l => l with { ElapsedSeconds = 0 }),
            MetricsLog.Read(second).Select(l => l with { ElapsedSeconds = 0 }));
        Assert.Equal(RunDirectory.ReadResult(first)!.Evaluation, RunDirectory.ReadResult(second)!.Evaluation);
        Assert.Equal(RunDirectory.ReadResult(first)!.RunningQueryLoss, RunDirectory.ReadResult(second)!.RunningQueryLoss);
    }

    /// <summary>Two runs left the same events, wall times apart.</summary>
    public static void SameEvents(string first, string second)
    {
        EventFileContent a = EventFile.Read(EventLog.FileOf(first)!), b = EventFile.Read(EventLog.FileOf(second)!);
        Assert.Null(a.Problem);
        Assert.Null(b.Problem);
        Assert.Equal(a.Events.Select(Bytes), b.Events.Select(Bytes));

        static string Bytes(EventRecord e) => Convert.ToHexString(EventFile.Frame(e with { WallTime = 0 }));
    }
}
