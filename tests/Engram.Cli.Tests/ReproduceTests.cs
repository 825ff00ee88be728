using Engram.Experiments;

namespace Engram.Cli.Tests;

public sealed class ReproduceTests : IDisposable
{
    private static readonly string[] Smoke = ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--only", "continual/feature-reuse", "--quiet"];

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Reproduce_Smoke_TrainsReportsAndTrainsNothingTwice()
    {
        CommandOutcome first = command.Call([.. Smoke, "--json"]);

        Assert.True(first.ExitCode == ExitCodes.Success, first.Messages);
        Assert.Equal(2, first.Json.GetProperty("cells").GetArrayLength());
        Assert.Equal("not-judged", first.Json.GetProperty("cells")[0].GetProperty("verdict").GetString());
        Assert.Contains("2 of 2 runs to do: 56 lifetimes, about ", first.Messages, StringComparison.Ordinal);
        string group = command.Run("table1-smoke");
        Assert.All((string[])["report.html", "report.md", "report.csv", "report.json"], f => Assert.True(File.Exists(Path.Combine(group, f)), f));
        DateTime trained = File.GetLastWriteTimeUtc(Path.Combine(group, "iid-flp-2-seed-1", "result.json"));

        // One network more of each; those that are there stay.
        File.Delete(Path.Combine(group, "continual-feature-reuse-seed-1", "result.json"));
        CommandOutcome more = command.Call([.. Smoke, "--seeds", "2", "--json"]);
        Assert.Contains("3 of 4 runs to do", more.Messages, StringComparison.Ordinal);
        Assert.Equal(2, more.Json.GetProperty("cells")[0].GetProperty("networks").GetInt32());
        Assert.Equal(trained, File.GetLastWriteTimeUtc(Path.Combine(group, "iid-flp-2-seed-1", "result.json")));

        CommandOutcome again = command.Call([.. Smoke, "--seeds", "2"]);
        Assert.Contains("All 4 runs have ended", again.Messages, StringComparison.Ordinal);
        Assert.Contains("report.html", again.Results, StringComparison.Ordinal);
        Assert.Equal(4, command.Call("runs", "--json").Json.GetArrayLength());
    }

    [Fact]
    public void Reproduce_RunsThatDiverged_AreResultsAndEndWithThree()
    {
        string[] line = ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--quiet", "--run", "my runs"];
        command.Call(line);
        string run = Path.Combine(command.Run("my runs"), "iid-flp-2-seed-1");
        string result = Path.Combine(run, "result.json");
        File.WriteAllText(result, File.ReadAllText(result).Replace("\"state\": \"finished\"", "\"state\": \"diverged\"", StringComparison.Ordinal));

        CommandOutcome again = command.Call(line);

        Assert.Equal(ExitCodes.NonFinite, again.ExitCode);
        Assert.Contains("All 1 runs have ended", again.Messages, StringComparison.Ordinal);
        Assert.Contains("diverged", again.Results, StringComparison.Ordinal);
        Assert.Equal(RunState.Diverged, RunDirectory.StateOf(run));
        Assert.Contains("--run 'my runs'", File.ReadAllText(Path.Combine(command.Run("my runs"), "report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Reproduce_Plan_DoesNothing()
    {
        CommandOutcome outcome = command.Call([.. Smoke, "--plan"]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("MiB of disk", outcome.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Runs));
    }

    [Fact]
    public void Reproduce_PlanAsJson_PrintsTheCost()
    {
        CommandOutcome outcome = command.Call([.. Smoke, "--plan", "--json"]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal((2, 56L), (outcome.Json.GetProperty("runs").GetInt32(), outcome.Json.GetProperty("lifetimes").GetInt64()));
        Assert.True(outcome.Json.GetProperty("seconds").GetDouble() > 0);
        Assert.True(outcome.Json.GetProperty("memoryBytes").GetInt64() >= 0);
        Assert.True(outcome.Json.GetProperty("diskBytes").GetInt64() > 0);
        Assert.False(Directory.Exists(command.Runs));
    }

    [Theory]
    [InlineData("reproduce", "Required argument")]
    [InlineData("reproduce table", "did you mean 'table1'?")]
    [InlineData("reproduce table1 --scale lapptop", "Found 'lapptop' for --scale; did you mean 'laptop'?")]
    [InlineData("reproduce table1 --recipes authors", "for --recipes")]
    [InlineData("reproduce table1 --recipes best", "Found --recipes best at the scale laptop, expected it with --scale paper")]
    [InlineData("reproduce table1 --only flp-22", "did you mean 'flp-2'?")]
    [InlineData("reproduce table1 --seeds 0", "expected 1 or more")]
    [InlineData("reproduce table1 --run a/b", "expected a plain name")]
    public void Reproduce_WrongInput_IsOneLine(string line, string expected)
    {
        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }
}
