using Engram.Cli.Commands;
using Engram.Cli.Terminal;
using Engram.Learning.Checks;
using Engram.Learning.Engines;

namespace Engram.Cli.Tests;

public sealed class GradientCheckTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Gradcheck_WithAnEngine_LeavesOutWhatItDoesNotRunAndSaysSo()
    {
        CommandOutcome all = command.Call("gradcheck", "hebb/direct/error/mse", "--engine", "fused-128", "--json");
        int number = all.Json.GetArrayLength();
        int named = GradientCheckSuite.All().Count(c => c.Name.Contains("hebb/direct/error/mse", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Success, all.ExitCode);
        Assert.InRange(number, 1, named - 1);
        Assert.Contains("the engine 'fused-128' does not run their learners", all.Messages, StringComparison.Ordinal);
        Assert.Equal(named, command.Call("gradcheck", "hebb/direct/error/mse", "--engine", "tape", "--json").Json.GetArrayLength());
        Assert.Equal(ExitCodes.WrongInput, command.Call("gradcheck", "two-linear-layers", "--engine", "fused-128").ExitCode);
    }

    [Fact]
    public void Check_RuleThatThrows_IsAFailedRowWithItsLine()
    {
        GradientCheck check = GradientCheckSuite.Matching("oja")[0];

        GradientCheckCommand.Row row = GradientCheckCommand.Check(check, _ => throw new InvalidOperationException("index 3 of my\nrule"));

        Assert.False(row.Passed);
        Assert.Equal("threw InvalidOperationException: index 3 of my rule", row.WorstElement);
        Assert.True(GradientCheckCommand.Check(check, layout => LifetimeEngines.Create<double>(layout)).Passed);
    }
}
