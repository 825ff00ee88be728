using System.Diagnostics;
using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Comparisons;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

public sealed class CompareTests : IDisposable
{
    private const string Tiny = """
        problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
        network: {hidden-widths: [10, 8]}
        training: {epochs: 6, batch-size: 16, rates: [1e-3, 1e-2], seeds: 2, patience: 3, measured-steps: 2}
        published: {source: "made up for a test", tolerance: 200}
        methods:
          backprop: {published: 10}
          fa: {method: feedback-alignment, rates: [1e-2]}
          weight-mirrors:
        """;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Compare_SeveralMethods_ReportsTheBestRateOfEach()
    {
        CommandOutcome outcome = command.Call("compare", command.Write("tiny.yaml", Tiny), "--run", "c", "--quiet", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Empty(outcome.Messages);
        JsonElement[] methods = [.. outcome.Json.GetProperty("methods").EnumerateArray()];
        Assert.Equal(["backprop", "fa", "weight-mirrors"], methods.Select(m => m.GetProperty("method").GetString()));
        foreach (JsonElement method in methods)
        {
            // By hand: the best rate of the first seed, its test error where validation was best, and the mean over seeds.
            JsonElement[] rates = [.. method.GetProperty("rates").EnumerateArray()];
            double[] first = [.. rates.Select(r => Best(method, r, 1).Validation)];
            JsonElement best = rates[Array.IndexOf(first, first.Min())];
            Assert.Equal(best.GetProperty("rate").GetDouble(), method.GetProperty("rate").GetDouble());
            Assert.Equal(
                [.. rates.Select(
                r =>
                ReferenceEquals(r.GetRawText(), best.GetRawText())
                || r.GetProperty("rate").GetDouble().Equals(best.GetProperty("rate").GetDouble()) ? 2 : 1)],
                rates.Select(r => r.GetProperty("runs").GetArrayLength()));
            Assert.Equal((Best(method, best, 1).Test + Best(method, best, 2).Test) / 2, method.GetProperty("test").GetDouble(), 1e-12);
        }

        Assert.True(methods[0].GetProperty("agrees").GetBoolean());
        Assert.Equal(methods[0].GetProperty("test").GetDouble() - 10, methods[0].GetProperty("difference").GetDouble(), 1e-12);
        Assert.Equal(JsonValueKind.Null, methods[1].GetProperty("agrees").ValueKind);
        string[] files = ["comparison-results.csv", "comparison-results.json", "comparison-epochs.csv", "learning-curves.svg",
            "learning-curves.csv", "gradient-angles.svg", "gradient-norms.csv", "feedback-angles.svg", "feedback-norms.csv"];
        Assert.All(files, f => Assert.True(File.Exists(Path.Combine(command.Run("c"), f)), f));
        Assert.Equal(6, File.ReadAllLines(Path.Combine(command.Run("c"), "comparison-results.csv")).Length);

        // Nothing changes when it is gone on with, and a table is printed.
        CommandOutcome again = command.Call("compare", "--resume", "--run", "c");
        Assert.Contains("made up for a test", again.Results, StringComparison.Ordinal);
        CommandOutcome last = command.Call("compare", "--resume", "--run", "c", "--quiet", "--json");
        Assert.Equal(outcome.Results, last.Results);
        Assert.Empty(last.Messages);

        // What somebody changed since is named.
        string run = Directory.EnumerateDirectories(command.Run("c")).Order(StringComparer.Ordinal).First();
        string[] changed = [Path.Combine(run, "epochs.jsonl"), Path.Combine(run, "result.json"),
            Path.Combine(command.Run("c"), "comparison.yaml"), Path.Combine(command.Run("c"), "comparison.json")];
        Array.ForEach(changed, f => File.AppendAllText(f, "\n"));
        last = command.Call("compare", "--resume", "--run", "c", "--quiet", "--json");
        Assert.All(
            changed, f => Assert.Contains($"Found '{f}' changed: it is not as the run wrote it", last.Messages, StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_OnAnyThreadsAndInterrupted_IsTheSame()
    {
        string recipe = command.Write("tiny.yaml", Tiny);
        string whole = command.Call("compare", recipe, "--run", "one", "--quiet", "--json", "--threads", "1").Results;
        command.Call("compare", recipe, "--run", "four", "--quiet", "--threads", "4");

        // What has ended keeps its weights, and no checkpoint.
        Assert.Empty(Directory.EnumerateFiles(command.Run("four"), "checkpoint-*", SearchOption.AllDirectories));
        SafetensorsFile weights =
            SafetensorsFile.Read(Path.Combine(command.Run("four"), "fa-rate-0.01-seed-1", "weights.safetensors"), verifyChecksum: true);
        Assert.Equal(
            ["layer0.bias", "layer0.weight", "layer1.bias", "layer1.weight", "layer2.bias", "layer2.weight", "method.layer1.feedback",
            "method.layer2.feedback"], weights.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([10, 64], weights.Tensors["layer0.weight"].Shape.AsEnumerable());
        byte[] before = File.ReadAllBytes(weights.Path);

        // As if it had been killed: a run lacks its end, one all but its epochs, one has a torn line and a damaged result.
        string[] runs = [.. Directory.EnumerateDirectories(command.Run("four")).Order(StringComparer.Ordinal)];
        File.Delete(Path.Combine(runs[0], "result.json"));
        File.Delete(Path.Combine(runs[1], "weights.safetensors"));
        File.Delete(Path.Combine(runs[1], "result.json"));
        File.AppendAllText(Path.Combine(runs[2], "epochs.jsonl"), "{\"epoch\":");
        File.WriteAllText(Path.Combine(runs[2], "result.json"), "{\"run\":{}");
        CommandOutcome resumed = command.Call("compare", "--resume", "--run", "four", "--quiet", "--json");

        Assert.Equal(whole, resumed.Results);
        Assert.Contains("It is rebuilt", resumed.Messages, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(weights.Path));
        foreach (string file in Directory.EnumerateFiles(command.Run("one"), "*.csv"))
        {
            Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(command.Run("four"), Path.GetFileName(file))));
        }
    }

    [UnixFact]
    public async Task Compare_StoppedInsideAnEpoch_GoesOnInTheSameBits()
    {
        // So many epochs that the last method still trains when the signal arrives, on a busy machine too.
        string recipe = command.Write(
            "long.yaml",
            Tiny.Replace("epochs: 6", "epochs: 800", StringComparison.Ordinal)
            .Replace("patience: 3", "patience: none", StringComparison.Ordinal));
        using Process process = command.Start("compare", recipe, "--run", "stopped", "--quiet");
        var clock = Stopwatch.StartNew();
        while (!process.HasExited && !Directory.Exists(Path.Combine(command.Run("stopped"), "weight-mirrors-rate-0.001-seed-1")))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "the process began no run");
            await Task.Delay(2);
        }

        CommandLine.Signal(process, "TERM");
        CommandOutcome outcome = CommandLine.Finish(process);
        Assert.Equal(ExitCodes.Interrupted, outcome.ExitCode);
        Assert.Contains("engram compare --resume --run stopped", outcome.Messages, StringComparison.Ordinal);
        string resumed = command.Call("compare", "--resume", "--run", "stopped", "--quiet", "--json").Results;
        Assert.Equal(command.Call("compare", recipe, "--run", "whole", "--quiet", "--json").Results, resumed);
        Assert.Equal(
            File.ReadAllText(Path.Combine(command.Run("whole"), "gradient-angles.csv")),
            File.ReadAllText(Path.Combine(command.Run("stopped"), "gradient-angles.csv")));
    }

    [Fact]
    public void Compare_Claims_AreInTableJsonAndCsv()
    {
        string recipe = command.Write("claims.yaml", Tiny
            .Replace("tolerance: 200", "tolerance: 200, order: 4.9", StringComparison.Ordinal)
            .Replace("rates: [1e-2]}", "rates: [1e-2], published: 5, against: backprop, within: 2000}", StringComparison.Ordinal));
        CommandOutcome table = command.Call("compare", recipe, "--run", "claims", "--quiet");
        JsonElement[] claims =
            [.. command.Call("compare", "--resume", "--run", "claims", "--quiet", "--json").Json.GetProperty("claims").EnumerateArray()];

        Assert.Contains("fa within 2000 of backprop", table.Results, StringComparison.Ordinal);
        Assert.Contains("of 1 pairs of methods", table.Results, StringComparison.Ordinal);
        Assert.Equal(
            [("within", "fa", "backprop"), ("order", "fa", "backprop")],
            claims.Select(
            c => (c.GetProperty("claim").GetString(), c.GetProperty("method").GetString(), c.GetProperty("against").GetString())));
        Assert.Equal(["holds", claims[1].GetProperty("verdict").GetString()], claims.Select(c => c.GetProperty("verdict").GetString()));
        string[] lines = File.ReadAllLines(Path.Combine(command.Run("claims"), "comparison-claims.csv"));
        Assert.Equal(3, lines.Length);
        Assert.Equal(
            claims[0].GetProperty("difference").GetDouble(),
            double.Parse(lines[1].Split(',')[5], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
    }

    [Fact]
    public void Compare_ARateThatDiverges_IsNotTheBest()
    {
        string recipe = command.Write(
            "wild.yaml",
            Tiny.Replace("[1e-3, 1e-2]", "[1e-3, 1e6]", StringComparison.Ordinal)
            .Replace("batch-size: 16", "batch-size: 16, optimizer: sgd", StringComparison.Ordinal)
            .Replace("hidden-widths: [10, 8]", "hidden-widths: [10, 8], activation: identity", StringComparison.Ordinal));
        CommandOutcome outcome = command.Call("compare", recipe, "--only", "backprop", "--run", "w", "--quiet", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("non-finite", outcome.Messages, StringComparison.Ordinal);
        JsonElement method = Assert.Single(outcome.Json.GetProperty("methods").EnumerateArray());
        Assert.Equal(1e-3, method.GetProperty("rate").GetDouble());
        Assert.Equal(1, method.GetProperty("rates")[1].GetProperty("diverged").GetInt32());

        // Where no rate is left, that is what the exit code says.
        Assert.Equal(
            ExitCodes.NonFinite,
            command.Call(
            "compare", recipe, "--only", "backprop", "--set", "training.rates=[1e6]", "--run", "none-left", "--quiet").ExitCode);
    }

    [Fact]
    public void Compare_Quick_LearnsAndIsListed()
    {
        string[] methods = ["backprop", "feedback-alignment", "direct-feedback-alignment", "weight-mirrors"];
        CommandOutcome outcome =
            command.Call(["compare", "quick", .. methods.SelectMany(m => (string[])["--only", m]), "--quiet", "--json"]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        double[] errors = [.. outcome.Json.GetProperty("methods").EnumerateArray().Select(m => m.GetProperty("test").GetDouble())];
        Assert.Equal(methods.Length, errors.Length);
        Assert.InRange(errors[0], 0, 15);
        Assert.All(errors, e => Assert.InRange(e, 0, 1.5 * errors[0]));
        Assert.Contains("quick", command.Call("list", "comparisons").Results, StringComparison.Ordinal);
        Assert.Contains("method: feedback-alignment", command.Call("recipe", "show", "quick").Results, StringComparison.Ordinal);
        Assert.Contains("quick: good (", command.Call("recipe", "check", "quick").Results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("comparison.json comparison.yaml", "Found a comparison in", "resume it with 'engram compare --resume --run c'")]
    [InlineData("environment.json", "Found a run in", "choose another name with --run.")]
    [InlineData("group.json", "Found a group of runs in", "choose another name with --run.")]
    public void Compare_NameThatIsTaken_SaysByWhat(string files, params string[] expected)
    {
        Directory.CreateDirectory(command.Run("c"));
        foreach (string file in files.Split(' '))
        {
            File.WriteAllText(Path.Combine(command.Run("c"), file), "{}");
        }

        CommandOutcome outcome = command.Call("compare", command.Write("tiny.yaml", Tiny), "--run", "c", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.All(expected, e => Assert.Contains(e, outcome.Messages, StringComparison.Ordinal));
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("compare", "Found no comparison, expected")]
    [InlineData("compare --resume", "Found --resume without --run")]
    [InlineData("compare --resume --run nope", "Found no comparison 'nope'")]
    [InlineData("compare quck", "did you mean 'quick'?")]
    [InlineData("compare quick --only backprp", "did you mean 'backprop'?")]
    [InlineData("compare quick --set trainig.epochs=3", "did you mean 'training.epochs'?")]
    [InlineData("compare quick --set problem.dataset=omniglot", "images_background.zip")]
    [InlineData("compare quick --set network.hidden-widths=[100000,100000]", "--set: network.hidden-widths: found a need of")]
    [InlineData("compare /no/such.yaml", "/no/such.yaml")]
    public void Compare_WrongInput_IsOneLineAndLeavesNoFolder(string line, string expected)
    {
        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.False(Directory.Exists(command.Runs) && Directory.EnumerateDirectories(command.Runs).Any());
    }

    private (double Validation, double Test) Best(JsonElement method, JsonElement rate, int seed)
    {
        string name = new ComparisonRun(method.GetProperty("method").GetString()!, rate.GetProperty("rate").GetDouble(), (ulong)seed).Name;
        return File.ReadLines(Path.Combine(command.Run("c"), name, "epochs.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)
            .Select(
                e =>
                (e.GetProperty("validationErrorPercent").GetDouble(), e.TryGetProperty("testErrorPercent", out JsonElement test)
                ? test.GetDouble() : double.NaN))
            .MinBy(e => e.Item1);
    }
}
