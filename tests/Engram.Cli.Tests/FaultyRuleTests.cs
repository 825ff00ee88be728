using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>What a rule of one's own can declare wrongly is one line that says who declared it.</summary>
public sealed class FaultyRuleTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData(
        "{name: test-faulty, fault: two-of-one-name}",
        "Found two parameters named 'layer1.gain', of the plasticity rule 'test-faulty' and of the plasticity rule 'test-faulty', " +
        "expected names that differ; rename one of them.")]
    [InlineData(
        "{name: test-faulty, fault: start-that-does-not-fit}",
        "Found a start of 2 values, expected 1, for the parameter 'layer1.gain', which the plasticity rule 'test-faulty' declares.")]
    [InlineData(
        "{name: test-faulty, fault: start-that-is-no-number}",
        "Found a start of NaN, expected a number that is finite in single precision, for the parameter 'layer1.gain', which the " +
        "plasticity rule 'test-faulty' declares.")]
    [InlineData(
        "{name: test-faulty, fault: state-that-grows}",
        "Found 1×5 as a new value of the state 'layer1.trace', which the plasticity rule 'test-faulty' declares, expected 1×1; a state " +
        "keeps its shape for life.")]
    [InlineData(
        "test-counting",
        "Found 'count' in the plasticity rule 'test-counting', which can change while a life goes on, expected settings alone ('init' " +
        "properties); declare what is remembered as a StatePart in Parts, read it by State(\"…\") and return it by With(\"…\", value).")]
    [InlineData(
        "{name: test-faulty, window: 0}",
        "learner.rule.window: found '0', expected a number from 1 to 100 (inner steps) (a setting of the plasticity rule 'test-faulty').")]
    public void Train_FaultyRule_SaysWhoDeclaredWhat(string rule, string message)
    {
        CommandOutcome outcome = Train(rule);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        string line = Assert.Single(
            outcome.Messages.Split('\n', StringSplitOptions.RemoveEmptyEntries), l =>
            !l.Contains("the engine 'fused' does not run this learner", StringComparison.Ordinal));
        Assert.EndsWith(message, line, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_RuleWithoutFault_IsTrained()
    {
        CommandOutcome outcome = Train("test-faulty");

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
    }

    private CommandOutcome Train(string rule)
    {
        string recipe =
            command.Write("faulty.yaml", $"extends: {command.Tiny()}\nlearner: {{rule: {rule}}}\nmeta-training: {{outer-steps: 2}}\n");
        using var process = command.Start(
            "env", [$"DOTNET_STARTUP_HOOKS={typeof(FaultyRuleTests).Assembly.Location}", "dotnet", CommandLine.ProgramPath, "train",
            recipe, "--quiet", "--run", "a"]);
        return CommandLine.Finish(process);
    }
}
