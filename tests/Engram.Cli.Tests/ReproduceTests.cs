using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

public sealed class ReproduceTests : IDisposable
{
    private static readonly string[] Smoke =
        ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--only", "continual/feature-reuse", "--quiet"];

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
        Assert.All((string[])["report.html", "report.md", "report.csv", "report.json"],
            f => Assert.True(File.Exists(Path.Combine(group, f)), f));
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
    public void Reproduce_Sequence_MeasuresTheControlsAndNamesWhatWasPublished()
    {
        string[] line = ["reproduce", "sequence", "--scale", "smoke", "--only", "pretrained", "--quiet"];
        CommandOutcome first = command.Call(line);

        Assert.True(first.ExitCode == ExitCodes.Success, first.Messages);
        Assert.Contains("Control: class means, random features", first.Results, StringComparison.Ordinal);
        Assert.Contains("64 to 66", first.Results, StringComparison.Ordinal);
        Assert.Contains("classes.svg", first.Results, StringComparison.Ordinal);

        CommandOutcome again = command.Call([.. line, "--json"]);
        Assert.Contains("All 1 runs have ended", again.Messages, StringComparison.Ordinal);
        Assert.Equal(["class-means-pretrained", "class-means-random"],
            again.Json.GetProperty("methods").EnumerateArray().Select(m => m.GetProperty("method").GetString()));
    }

    [Fact]
    public void Reproduce_RunsThatDiverged_AreResultsAndEndWithThree()
    {
        string[] line = ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--quiet", "--run", "my runs"];
        command.Call(line);
        string run = Path.Combine(command.Run("my runs"), "iid-flp-2-seed-1");
        string result = Path.Combine(run, "result.json");
        File.WriteAllText(
            result, File.ReadAllText(result).Replace("\"state\": \"finished\"", "\"state\": \"diverged\"", StringComparison.Ordinal));

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
        Assert.Contains("MiB of disk", outcome.Results, StringComparison.Ordinal);
        Assert.DoesNotContain("MiB", outcome.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Runs));
    }

    [Fact]
    public void Reproduce_PlanOfRunsThatHaveEnded_SaysWhatIsTrue()
    {
        string[] line = ["reproduce", "table1", "--only", "iid/flp-2", "--quiet", "--run", "mine"];
        Assert.Equal(ExitCodes.Success, command.Call([.. line, "--scale", "smoke"]).ExitCode);
        string report = Path.Combine(command.Run("mine"), "report.html");
        DateTime written = File.GetLastWriteTimeUtc(report);

        CommandOutcome same = command.Call([.. line, "--scale", "smoke", "--plan"]);
        CommandOutcome other = command.Call([.. line, "--scale", "laptop", "--plan"]);

        Assert.Equal(ExitCodes.Success, same.ExitCode);
        Assert.Contains("All 1 runs have ended; there is nothing to train.", same.Results, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(report));
        AssertRefused(other, $"Found the group '{command.Run("mine")}' of table1-smoke, expected one of table1-laptop");

        // A recipe that is another now.
        string recipe = Path.Combine(command.Run("mine"), "iid-flp-2-seed-1", "recipe.yaml");
        File.WriteAllText(recipe, RecipeReader.Load("quick-start/flp").ToYaml());
        AssertRefused(command.Call([.. line, "--scale", "smoke", "--plan"]), "with another recipe than");
        AssertRefused(command.Call([.. line, "--scale", "smoke"]), "with another recipe than");
    }

    [Fact]
    public void Reproduce_FolderOfSomethingElse_IsRefusedAndStaysAsItWas()
    {
        string[] line = ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--quiet", "--run"];
        string recipe = command.Tiny();
        command.Call("train", recipe, "--quiet", "--run", "one", "--outer-steps", "2");
        command.Call("train", recipe, "--quiet", "--run", "two", "--outer-steps", "2", "--seeds", "2");
        command.Write("runs/three/comparison.yaml", "methods: {backprop: }\n");
        command.Write("runs/three/comparison.json", "{}\n");

        AssertRefused(command.Call([.. line, "one"]), "Found a run in");
        AssertRefused(command.Call([.. line, "two"]), $"Found the group '{command.Run("two")}' of {recipe}, expected one of table1-smoke");
        AssertRefused(command.Call([.. line, "three"]), "Found a comparison in");

        // A damaged file says no more what the group is; its runs do.
        File.WriteAllText(Path.Combine(command.Run("two"), "group.json"), "?");
        AssertRefused(command.Call([.. line, "two"]), "Found the run 'seed-1' in the group");
        Assert.All((string[])["one", "two", "three"],
            r => Assert.False(Directory.Exists(Path.Combine(command.Run(r), "iid-flp-2-seed-1")), r));
    }

    [Fact]
    public void Reproduce_DamagedGroup_GoesOnWithItsRuns()
    {
        string[] line = ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--quiet", "--run", "mine"];
        command.Call(line);
        File.WriteAllText(Path.Combine(command.Run("mine"), "group.json"), "?");

        // The first makes the file anew, under the folder's name.
        Assert.Contains("rebuilt from the 1 runs", command.Call(line).Messages, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, command.Call(line).ExitCode);
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

    private static void AssertRefused(CommandOutcome outcome, string expected)
    {
        Assert.Equal((ExitCodes.WrongInput, ""), (outcome.ExitCode, outcome.Results));
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }
}
