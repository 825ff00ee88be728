using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Sweep_Halving_GivesUpTheWorseAndFindsTheBest()
    {
        CommandOutcome outcome = command.Call("sweep", Sweep(), "--run", "s", "--quiet", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement[] trials = [.. outcome.Json.GetProperty("trials").EnumerateArray()];
        Assert.Equal([40, 40, 10, 10, 10, 10], trials.Select(t => t.GetProperty("outerSteps").GetInt32()));
        Assert.Equal(
            trials[0].GetProperty("settings").EnumerateObject().Select(p => $"{p.Name}={p.Value.GetString()}"),
            outcome.Json.GetProperty("best").EnumerateArray().Select(s => s.GetString()));

        // By hand: the best at the first rung went on, and at each rung validation is that of the run as it stood there.
        double[] first = [.. trials.Select(t => Validations(t.GetProperty("trial").GetString()!, 10).Average())];
        Assert.Equal(first.Order().Take(2).Order(), first.Take(2).Order());
        Assert.Equal(
            Validations(trials[0].GetProperty("trial").GetString()!, 40).Average(), trials[0].GetProperty("validationLoss").GetDouble(),
            1e-12);
        Assert.True(trials[0].GetProperty("validationLoss").GetDouble() <= trials[1].GetProperty("validationLoss").GetDouble());
        Assert.Equal(JsonValueKind.Null, trials[2].GetProperty("testLoss").ValueKind);
        Assert.All((string[])["sweep-results.csv", "sweep-results.json", "sweep-figure.svg"],
            f => Assert.True(File.Exists(Path.Combine(command.Run("s"), f)), f));
        Assert.Equal(7, File.ReadAllLines(Path.Combine(command.Run("s"), "sweep-results.csv")).Length);
        Assert.Equal(12, command.Call("runs", "--json").Json.GetArrayLength());

        // A row for each network, whose validations are those that the trial's is the mean of.
        string[][] runs = [.. File.ReadAllLines(Path.Combine(command.Run("s"), "sweep-runs.csv")).Select(l => l.Split(','))];
        Assert.Equal(
            ["trial", "run", "seed", "outerSteps", "finished", "validationLoss", "validationStandardError", "testLoss",
            "testStandardError"], runs[0].Take(9));
        Assert.Equal(13, runs.Length);
        string best = trials[0].GetProperty("trial").GetString()!;
        string[][] own = [.. runs.Where(r => r[0] == best)];
        Assert.Equal(["1", "2"], own.Select(r => r[2]));
        Assert.Equal(
            trials[0].GetProperty("validationLoss").GetDouble(),
            own.Average(r => double.Parse(r[5], System.Globalization.CultureInfo.InvariantCulture)), 1e-12);
        Assert.Equal(
            trials[0].GetProperty("testLoss").GetDouble(),
            own.Average(r => double.Parse(r[7], System.Globalization.CultureInfo.InvariantCulture)), 1e-12);
        string[] settings = [.. trials[0].GetProperty("settings").EnumerateObject().Select(p => p.Value.GetString()!)];
        Assert.All(own, r => Assert.Equal(settings, r.Skip(9)));
    }

    [Fact]
    public void Sweep_FilesChangedByHand_AreNamedWhenItIsGoneOnWith()
    {
        Assert.Equal(ExitCodes.Success, command.Call("sweep", Sweep(), "--run", "s", "--quiet").ExitCode);
        string[] again = ["sweep", "--resume", "--run", "s", "--quiet"];
        Assert.DoesNotContain("changed", command.Call(again).Messages, StringComparison.Ordinal);
        string run = Directory.EnumerateDirectories(command.Run("s")).First(f => File.Exists(Path.Combine(f, "result.json")));
        string[] changed = [.. ((string[])["validation.json", "result.json", "evaluation.csv"]).Select(f => Path.Combine(run, f)),
            Path.Combine(command.Run("s"), "sweep.json"), Path.Combine(command.Run("s"), "group.json")];
        Array.ForEach(changed, f => File.AppendAllText(f, "\n"));

        CommandOutcome outcome = command.Call(again);
        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.All(
            changed,
            f => Assert.Contains($"Found '{f}' changed: it is not as the run wrote it", outcome.Messages, StringComparison.Ordinal));
    }

    [Fact]
    public void Sweep_OnAnyThreadsAndInterrupted_IsTheSame()
    {
        CommandOutcome one = command.Call("sweep", Sweep(), "--run", "one", "--quiet", "--json", "--threads", "1");
        command.Call("sweep", Sweep(), "--run", "four", "--quiet", "--threads", "4");

        // As if it had been killed: one run lacks its end, one its last validation.
        string folder = command.Run("four");
        string[] finished = [.. Directory.EnumerateFiles(folder, "result.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        File.Delete(finished[0]);
        File.Delete(Path.Combine(Path.GetDirectoryName(finished[1])!, "validation.json"));
        CommandOutcome resumed = command.Call("sweep", "--resume", "--run", "four", "--quiet", "--json");

        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        Assert.Equal(one.Results, resumed.Results);
    }

    [Fact]
    public void Sweep_WhoseRunsWereGoneOnWithApart_ComparesAtItsRungsAllTheSame()
    {
        CommandOutcome alone = command.Call("sweep", Sweep(), "--run", "alone", "--quiet", "--json");
        command.Call("sweep", Sweep(), "--run", "apart", "--quiet");
        foreach (string file in Directory.EnumerateFiles(command.Run("apart"), "validation.json", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        // Every run to its end, those that were given up too.
        Assert.Equal(ExitCodes.Success, command.Call("train", "--resume", "--run", "apart", "--quiet").ExitCode);
        CommandOutcome resumed = command.Call("sweep", "--resume", "--run", "apart", "--quiet", "--json");

        Assert.Contains("trained again up to outer step", resumed.Messages, StringComparison.Ordinal);
        Assert.Equal(alone.Results, resumed.Results);
    }

    [Fact]
    public void Sweep_SettingThatDiverges_IsLastAndSaidSo()
    {
        string file = command.Write(
            "s.yaml",
            $"recipe: {command.Tiny()}\nvary: {{meta-training.rates.readout-plasticity: [1e-8, 1e6]}}\nvalidation: {{lifetimes: 4}}\n");
        CommandOutcome outcome = command.Call("sweep", file, "--run", "s", "--quiet");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("diverged (1)", outcome.Results, StringComparison.Ordinal);
        Assert.Contains("Best: --set meta-training.rates.readout-plasticity=1e-8", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_ValueThatIsWrong_NamesTheSweepsFileAndLineAndLeavesNothing()
    {
        string file = command.Write("b.yaml", $"recipe: {command.Tiny()}\nnetworks: 1\nvary:\n  learner.rule: [oja, ojja]\n");
        CommandOutcome outcome = command.Call("sweep", file);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.StartsWith($"engram: {file}:4: learner.rule: found 'ojja', expected one of", outcome.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Runs) && Directory.EnumerateFileSystemEntries(command.Runs).Any());
    }

    [Fact]
    public void Sweep_ResumeOfARun_SaysThatItIsNoSweep()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        CommandOutcome outcome = command.Call("sweep", "--resume", "--run", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.StartsWith("engram: Found the run 'a', which is not a sweep", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("'engram train --resume --run a'", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("sweep", "Found no sweep's file")]
    [InlineData("sweep --resume", "Found --resume without --run")]
    [InlineData("sweep --resume --run nope", "Found no run 'nope'")]
    [InlineData("sweep /no/such.yaml", "/no/such.yaml")]
    [InlineData("sweep /no/such.yaml", "expected a sweep: 'recipe:' with the name of one")]
    public void Sweep_WrongInput_IsOneLine(string line, string expected)
    {
        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    private double[] Validations(string trial, long step) =>
    [
        .. ((int[])[1, 2])
            .Select(seed => JsonDocument.Parse(File.ReadAllText(Path.Combine(command.Run("s"), $"{trial}-seed-{seed}", "validation.json")))
            .RootElement.EnumerateArray().Single(v => v.GetProperty("outerStep").GetInt64() == step).GetProperty("queryLoss").GetDouble()),
    ];

    private string Sweep() => command.Write("search.yaml", $$"""
        recipe: {{command.Tiny()}}
        search: random
        trials: 6
        networks: 2
        vary:
          meta-training.rates.feedforward: {from: 1e-5, to: 1e-1, scale: logarithmic}
          learner.rule: [oja, hebb]
        stopping: {rule: halving, first: 10, factor: 4}
        validation: {lifetimes: 6}
        """);
}
