using System.Diagnostics;
using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>The program of docs/EXTENDING.md: a user's own rule, with the whole command around it.</summary>
public sealed class OwnRuleTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void OwnRule_GradientCheck_Passes()
    {
        CommandOutcome outcome = Run("gradcheck", "decaying-hebb", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement[] checks = [.. outcome.Json.EnumerateArray()];
        Assert.True(checks.Length > 100, $"only {checks.Length} checks");
        Assert.All(checks, c => Assert.Contains("decaying-hebb/", c.GetProperty("name").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void OwnRule_Recipe_TrainsWithIt()
    {
        CommandOutcome outcome = Run("train", Path.Combine(Repository.Root, "examples", "OwnRule", "recipe.yaml"), "--quiet", "--json", "--outer-steps", "3", "--run", "own", "--set", "evaluation.lifetimes=2");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(3, outcome.Json.GetProperty("runs")[0].GetProperty("result").GetProperty("outerSteps").GetInt32());
        Assert.Contains("rule: decaying-hebb", File.ReadAllText(Path.Combine(command.Run("own"), "recipe.yaml")), StringComparison.Ordinal);

        // Without the rule, its run is refused with the rules that there are.
        CommandOutcome elsewhere = command.Call("evaluate", "own");
        Assert.Equal(ExitCodes.WrongInput, elsewhere.ExitCode);
        Assert.Contains("found 'decaying-hebb', expected one of bcm, hebb, oja", elsewhere.Messages, StringComparison.Ordinal);
    }

    private CommandOutcome Run(params string[] args)
    {
        // The tests' project has the example built before it, in the same configuration.
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        string program = Path.Combine(Repository.Root, "examples", "OwnRule", "bin", output.Parent!.Name, output.Name, "OwnRule.dll");
        using Process process = command.Start("dotnet", [program, .. args]);
        return CommandLine.Finish(process);
    }
}
