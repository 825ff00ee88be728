using Engram.Cli.Commands;
using Engram.Learning;

namespace Engram.Cli.Tests;

public class GradientCheckTests
{
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
