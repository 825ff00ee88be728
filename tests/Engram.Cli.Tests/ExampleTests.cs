using System.Diagnostics;
using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>The programs of docs/EXTENDING.md: a user's own parts, with the whole command around them, and the library without
/// it.</summary>
public sealed class ExampleTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void OwnRule_GradientCheck_Passes()
    {
        CommandOutcome outcome = Run("OwnRule", "gradcheck", "decaying-hebb", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement[] checks = [.. outcome.Json.EnumerateArray()];
        Assert.True(checks.Length > 100, $"only {checks.Length} checks");
        Assert.All(checks, c => Assert.Contains("decaying-hebb/", c.GetProperty("name").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void OwnRule_Recipe_TrainsWithIt()
    {
        CommandOutcome outcome = Run(
            "OwnRule", "train", Recipe("OwnRule", "recipe.yaml"), "--quiet", "--json", "--outer-steps", "3", "--run", "own", "--set",
            "evaluation.lifetimes=2");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(3, outcome.Json.GetProperty("runs")[0].GetProperty("result").GetProperty("outerSteps").GetInt32());
        Assert.Contains("rule: decaying-hebb", File.ReadAllText(Path.Combine(command.Run("own"), "recipe.yaml")), StringComparison.Ordinal);

        // Without the rule, its run is refused with the rules that there are.
        CommandOutcome elsewhere = command.Call("evaluate", "own");
        Assert.Equal(ExitCodes.WrongInput, elsewhere.ExitCode);
        Assert.Contains("found 'decaying-hebb', expected one of bcm, hebb, mlp, oja", elsewhere.Messages, StringComparison.Ordinal);

        // It is listed all the same.
        Assert.Contains("finished   100 %             3", command.Call("runs").Results, StringComparison.Ordinal);
    }

    // A rule and a pathway of one's own together, and the pathway with every option, along which Oja's rule goes.
    [Theory]
    [InlineData("oja/relay", 50)]
    [InlineData("threshold/relay", 6)]
    [InlineData("gated-trace/relay", 6)]
    [InlineData("birth/log-normal", 4)]
    [InlineData("learner/elman", 2)]
    public void OwnParts_GradientCheck_Passes(string name, int atLeast)
    {
        CommandOutcome outcome = Run(
            "OwnParts",
            ["gradcheck", name, "--json", .. name.EndsWith("elman", StringComparison.Ordinal) ? (string[])["--engine", "checked"] : []]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement[] checks = [.. outcome.Json.EnumerateArray()];
        Assert.True(checks.Length >= atLeast, $"only {checks.Length} checks");
        Assert.All(checks, c => Assert.Contains(name + "/", c.GetProperty("name").GetString() + "/", StringComparison.Ordinal));
    }

    [Fact]
    public void OwnParts_Learner_LearnsWhatComesLate()
    {
        double untrained = QueryLoss(Train("elman.yaml", "born", "--outer-steps", "1"));
        double trained = QueryLoss(Train("elman.yaml", "grown", "--outer-steps", "120"));

        Assert.InRange(untrained, 0.2, 20);
        Assert.InRange(trained, 0, 0.3 * untrained);
    }

    [Fact]
    public void OwnParts_RuleWithATrace_TrainsAndIsDrawn()
    {
        Assert.InRange(QueryLoss(Train("gated-trace.yaml", "traced", "--outer-steps", "5")), 0, 100);
        string recipe = File.ReadAllText(Path.Combine(command.Run("traced"), "recipe.yaml"));
        Assert.All((string[])["name: gated-trace", "memory: 0.6", "name: relay", "name: log-normal", "name: lion"],
            s => Assert.Contains(s, recipe, StringComparison.Ordinal));
        Assert.Contains("layer1.spread", Parameters("traced"));
        Assert.Contains("layer1.gain", Parameters("traced"));

        CommandOutcome drawn = Run("OwnParts", "analyze", "traced", "--figure", "learnt-share", "--lifetimes", "2");
        Assert.Equal(ExitCodes.Success, drawn.ExitCode);
        Assert.True(File.Exists(Path.Combine(command.Run("traced"), "figures", "learnt-share.svg")));
    }

    [Fact]
    public void OwnParts_EstimatorThatRemembers_ResumesToTheSameBits()
    {
        Train("evolution.yaml", "whole", "--outer-steps", "6");
        Train("evolution.yaml", "parts", "--outer-steps", "3");
        Assert.Equal(ExitCodes.Success, Run("OwnParts", "train", "--resume", "--run", "parts", "--quiet", "--outer-steps", "6").ExitCode);

        Assert.Contains("estimator.usual_difference", Parameters("parts"));
        Assert.Equal(Numbers("whole"), Numbers("parts"));
    }

    [Fact]
    public void OwnParts_ProblemAndMethod_AreCompared()
    {
        CommandOutcome outcome = Run("OwnParts", "compare", Recipe("OwnParts", "comparison.yaml"), "--json", "--quiet", "--run", "bits");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("noisy", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void LibraryAlone_Program_LivesTrainsAndTells()
    {
        CommandOutcome outcome = Run("LibraryAlone");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        string[] lines = outcome.Results.ReplaceLineEndings("\n").Split('\n');
        Assert.StartsWith("query loss at birth ", lines[0], StringComparison.Ordinal);
        Assert.Equal(6, lines.Count(l => l.StartsWith("query loss after ", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.StartsWith("|gradient| of layer1.feedback0.weight: ", StringComparison.Ordinal));
        Assert.Equal(7, lines.Count(l => l.StartsWith("after step ", StringComparison.Ordinal)));
        Assert.Equal(
            6, lines.Count(
            l => l.StartsWith("in step ", StringComparison.Ordinal) && l.Contains("|layer1.after_feedback|", StringComparison.Ordinal)));
        Assert.Equal(4, lines.Count(l => l.StartsWith("lifetimes from ", StringComparison.Ordinal)));
        string[] words = lines.Single(l => l.StartsWith("mean query loss of 50 other lives ", StringComparison.Ordinal)).Split(' ');
        Assert.InRange(Number(words[^2]), 0, 0.5 * Number(words[7]));

        static double Number(string word) => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Recipe(string example, string file) => Path.Combine(Repository.Root, "examples", example, file);

    private static double QueryLoss(CommandOutcome outcome) =>
        outcome.Json.GetProperty("runs")[0].GetProperty("result").GetProperty("evaluation").GetProperty("queryLoss").GetDouble();

    private CommandOutcome Train(string recipe, string run, params string[] more)
    {
        CommandOutcome outcome = Run(
            "OwnParts",
            ["train", Recipe("OwnParts", recipe), "--quiet", "--json", "--run", run, "--set", "evaluation.lifetimes=8", .. more]);
        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        return outcome;
    }

    private IEnumerable<string> Parameters(string run) => Checkpoint(run).Tensors.Keys;

    private float[] Numbers(string run) =>
        [.. Checkpoint(run).Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).SelectMany(t => t.Value.ToArray<float>())];

    private Numerics.Files.SafetensorsFile Checkpoint(string run) =>
        Numerics.Files.SafetensorsFile.Read(
            Directory.EnumerateFiles(command.Run(run), "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last());

    private CommandOutcome Run(string example, params string[] args)
    {
        // The tests' project has the example built before it, in the same configuration.
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        string program = Path.Combine(Repository.Root, "examples", example, "bin", output.Parent!.Name, output.Name, example + ".dll");
        using Process process = command.Start("dotnet", [program, .. args]);
        return CommandLine.Finish(process);
    }
}
