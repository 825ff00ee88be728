using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

public sealed class RunsTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData("result.json")]
    [InlineData("metrics.jsonl")]
    [InlineData("recipe.yaml")]
    [InlineData("environment.json")]
    [InlineData("evaluation.csv")]
    public void FileChangedByHand_EveryReaderNamesIt(string name)
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        command.Call("train", command.Tiny(), "--run", "b", "--quiet", "--seed", "2");
        string[] few = ["a", "--lifetimes", "2"];
        string[][] readers = [["runs", "show", "a"], ["evaluate", .. few], ["report", .. few], ["export", "a"],
            ["runs", "compare", "a", "b"], ["runs", "export", "a"], ["train", "--resume", "--run", "a", "--quiet"]];
        Assert.All(readers, r => Assert.DoesNotContain("not as the run wrote it", Said(r), StringComparison.Ordinal));

        // White space: what is read stays the same, so nothing else can tell.
        File.AppendAllText(Path.Combine(command.Run("a"), name), "\n");
        Assert.All(readers, r => Assert.Contains($"{name}' changed: it is not as the run wrote it", Said(r), StringComparison.Ordinal));

        // A run of an earlier version has no checksums.
        File.Delete(Path.Combine(command.Run("a"), "manifest.sha256"));
        Assert.All(readers, r => Assert.DoesNotContain("not as the run wrote it", Said(r), StringComparison.Ordinal));

        string Said(string[] args)
        {
            CommandOutcome outcome = command.Call(args);
            Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
            return outcome.Results + outcome.Messages;
        }
    }

    [Fact]
    public void Tag_SeveralAtOnce_LoseNone()
    {
        Train("a");
        string[] tags = [.. Enumerable.Range(0, 16).Select(i => $"t{i:00}")];

        Parallel.ForEach(tags, new ParallelOptions { MaxDegreeOfParallelism = 8 }, t => RunLabels.Tag(command.Run("a"), [t], []));

        Assert.Equal(tags, RunLabels.Read(command.Run("a")).Tags);
    }

    [Fact]
    public void List_Runs_HaveStateProgressAndResult()
    {
        Train("a");
        Train("b", "--outer-steps", "20");
        Interrupt("b");

        CommandOutcome alone = command.Call("runs"), listed = command.Call("runs", "list");
        Assert.Equal(alone.Results, listed.Results);
        string[] lines = alone.Results.Split('\n');
        Assert.Contains(
            lines, l =>
            l.TrimStart().StartsWith("a ", StringComparison.Ordinal) && l.Contains("finished", StringComparison.Ordinal)
            && l.Contains("100 %", StringComparison.Ordinal));
        JsonElement b = command.Call("runs", "--json").Json.EnumerateArray().Single(r => r.GetProperty("name").GetString() == "b");
        Assert.Equal(("interrupted", 0.5), (b.GetProperty("state").GetString(), b.GetProperty("progress").GetDouble()));
    }

    [Fact]
    public void Runs_JsonBeforeTheCommand_CountsAsAfterIt()
    {
        Train("a");
        Train("b", "--seed", "3");

        Assert.Equal(command.Call("runs", "list", "--json").Results, command.Call("runs", "--json", "list").Results);
        Assert.Equal(command.Call("runs", "show", "a", "--json").Results, command.Call("runs", "--json", "show", "a").Results);
        Assert.Equal(
            command.Call("runs", "compare", "a", "b", "--json").Results, command.Call("runs", "--json", "compare", "a", "b").Results);
        Assert.Equal(command.Call("runs", "export", "--format", "json").Results, command.Call("runs", "--json", "export").Results);
        Assert.Equal(command.Call("runs", "export").Results, command.Call("runs", "--json", "export", "--format", "csv").Results);
    }

    /// <summary>A job array of seeds, of which each is a run: what 'train --seeds' prints of a group, and who is not trained.</summary>
    [Fact]
    public void Compare_RunsOfOneRecipe_HaveTheirMeanOverNetworks()
    {
        Train("lines-1", "--seed", "1");
        Train("lines-2", "--seed", "2");

        CommandOutcome outcome = command.Call("runs", "compare", "lines-1", "lines-2");

        string group = command.Call("train", command.Tiny(), "--seeds", "2", "--run", "group", "--quiet").Results;
        const string Heading = "Recipe   Networks";
        string Table(string text) => text[text.IndexOf(Heading, StringComparison.Ordinal)..].Split("over networks.")[0];
        Assert.Equal(Table(group), Table(outcome.Results));
        Assert.Contains("tiny: 2 of 2 networks are not trained: ", outcome.Results, StringComparison.Ordinal);
    }

    /// <summary>What a program reads is what people read: the pairs of learners, with their intervals and verdicts.</summary>
    [Fact]
    public void Compare_TwoLearnersOfTwoNetworks_HasTheirDifferenceAsJson()
    {
        foreach (string rule in (string[])["oja", "hebb"])
        {
            Train($"{rule}-1", "--set", $"learner.rule={rule}", "--seed", "1");
            Train($"{rule}-2", "--set", $"learner.rule={rule}", "--seed", "2");
        }

        string[] runs = ["oja-1", "oja-2", "hebb-1", "hebb-2"];
        JsonElement json = command.Call(["runs", "compare", .. runs, "--json"]).Json;

        JsonElement pair = Assert.Single(json.GetProperty("learners").EnumerateArray());
        double Loss(string run) => json.GetProperty("runs").EnumerateArray().Single(r => r.GetProperty("name").GetString() == run)
            .GetProperty("result").GetProperty("evaluation").GetProperty("queryLoss").GetDouble();
        double mean = (Loss("oja-1") - Loss("hebb-1") + Loss("oja-2") - Loss("hebb-2")) / 2;
        Assert.Equal(mean, pair.GetProperty("mean").GetDouble(), 1e-9);
        Assert.Equal(2 * mean, pair.GetProperty("low").GetDouble() + pair.GetProperty("high").GetDouble(), 1e-9);
        Assert.Equal((2, "networks"), (pair.GetProperty("pairs").GetInt32(), pair.GetProperty("over").GetString()));
        Assert.Contains(
            pair.GetProperty("verdict").GetString()!, command.Call(["runs", "compare", .. runs]).Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_Run_SaysAllAndWhatIsDamaged()
    {
        Train("a");
        string checkpoint = RunDirectory.CheckpointsOf(command.Run("a"))[0];
        byte[] bytes = File.ReadAllBytes(checkpoint);
        bytes[^1] ^= 1;
        File.WriteAllBytes(checkpoint, bytes);

        string text = command.Call("runs", "show", "a").Results;
        Assert.Contains("finished, 40 of 40 outer steps", text, StringComparison.Ordinal);
        Assert.Contains("checkpoint-0000000040.safetensors, ", text, StringComparison.Ordinal);
        Assert.Single(
            text.Split('\n'), l => l.StartsWith("checkpoint", StringComparison.Ordinal) && l.EndsWith("damaged", StringComparison.Ordinal));
        Assert.Single(
            text.Split('\n'), l => l.StartsWith("problem", StringComparison.Ordinal) && l.Contains(checkpoint, StringComparison.Ordinal));

        JsonElement json = Assert.Single(command.Call("runs", "show", "a", "--json").Json.EnumerateArray());
        Assert.Equal("flp", json.GetProperty("recipe").GetProperty("learner.name").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("checkpoints")[1].GetProperty("problem").ValueKind);
    }

    [Fact]
    public void Compare_Runs_ShowsOnlyWhatDiffers()
    {
        Train("a");
        Train("b", "--set", "learner.rule=hebb", "--seed", "3");

        JsonElement json = command.Call("runs", "compare", "a", "b", "--json").Json;
        var differences = json.GetProperty("differences").EnumerateArray()
            .ToDictionary(
            d => d.GetProperty("key").GetString()!, d =>
            d.GetProperty("values").EnumerateArray().Select(v => v.GetString()!).ToArray(), StringComparer.Ordinal);
        Assert.Equal(["learner.rule", "meta-training.seed"], differences.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["oja", "hebb"], differences["learner.rule"]);
        Assert.Contains("learner.rule", command.Call("runs", "compare", "a", "b").Results, StringComparison.Ordinal);

        CommandOutcome alone = command.Call("runs", "compare", "a");
        Assert.Equal(ExitCodes.WrongInput, alone.ExitCode);
        Assert.Contains("expected two or more", alone.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Runs_ReadBackAsTheirResults()
    {
        Train("a", "--set", "name=one, \"two\"");
        Train("b");
        double loss = RunDirectory.ReadResult(command.Run("a"))!.Evaluation!.QueryLoss;

        string[] lines = command.Call("runs", "export").Results.Split('\n');
        Assert.Equal((4, ""), (lines.Length, lines[3]));
        Assert.Contains(",\"one, \"\"two\"\"\",", lines[1], StringComparison.Ordinal);
        Assert.Contains(loss.ToString("R", System.Globalization.CultureInfo.InvariantCulture), lines[1], StringComparison.Ordinal);

        string file = Path.Combine(command.Runs, "out.json");
        CommandOutcome written = command.Call("runs", "export", "a", "--out", file);
        Assert.Empty(written.Results);
        JsonElement row = Assert.Single(JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray());
        Assert.Equal(
            (loss, "finished", 1),
            (row.GetProperty("queryLoss").GetDouble(), row.GetProperty("state").GetString(), row.GetProperty("seed").GetInt32()));

        string[] metrics = command.Call("runs", "export", "a", "--metrics").Results.Split('\n');
        Assert.Equal("run,outerStep,lifetimes,queryLoss,runningQueryLoss,gradientNorm,elapsedSeconds", metrics[0]);
        Assert.Equal(42, metrics.Length);
    }

    [Fact]
    public void Export_SettingsThatDiffer_AreColumnsOfRunsAndMetrics()
    {
        Train("a");
        Train("b", "--set", "learner.rule=hebb", "--seed", "3");

        string[][] runs = Cells(command.Call("runs", "export").Results),
            metrics = Cells(command.Call("runs", "export", "--metrics").Results);
        Assert.Equal(["learner.rule", "meta-training.seed"], runs[0][^2..]);
        Assert.Equal(["oja,1", "hebb,3"], runs.Skip(1).Select(r => string.Join(',', r[^2..])));
        Assert.Equal(["learner.rule", "meta-training.seed"], metrics[0][^2..]);
        Assert.Equal(["hebb,3", "oja,1"], metrics.Skip(1).Select(r => string.Join(',', r[^2..])).Distinct().Order(StringComparer.Ordinal));
        JsonElement json = command.Call("runs", "export", "--format", "json").Json;
        Assert.Equal(("hebb", 3), (json[1].GetProperty("learner.rule").GetString(), json[1].GetProperty("meta-training.seed").GetInt32()));

        static string[][] Cells(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(','))];
    }

    [Fact]
    public void Export_Dictionary_HasEveryColumnOfEveryTable()
    {
        Train("a", "--set", "learner.rule=hebb");
        Train("b");
        command.Call("runs", "tag", "a", "--add", "pilot");
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "RUNS.md"));
        foreach (string[] more in (string[][])[[], ["--metrics"]])
        {
            string[] columns = command.Call(["runs", "export", .. more]).Results.Split('\n')[0].Split(',');
            JsonElement[] described =
                [.. command.Call(["runs", "export", .. more, "--describe", "--format", "json"]).Json.EnumerateArray()];
            Assert.Equal(columns, described.Select(d => d.GetProperty("column").GetString()));
            Assert.All(described, d => Assert.NotEqual("setting of the recipe", d.GetProperty("meaning").GetString()));
        }

        Assert.All(ExportColumn.All,
            c => Assert.Contains($"| `{c.Name}` | {(c.Unit.Length > 0 ? c.Unit : "–")} | {c.Meaning} |", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Export_Parquet_NeedsAFile()
    {
        Train("a");
        string file = Path.Combine(command.Runs, "runs.parquet"), lives = Path.Combine(command.Runs, "lives.parquet");

        Assert.Contains("1 rows in ", command.Call("runs", "export", "--out", file).Messages, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, command.Call("evaluate", "a", "--lifetimes", "2", "--each", lives).ExitCode);
        Assert.All((string[])[file, lives], f => Assert.Equal("PAR1PAR1"u8, [.. File.ReadAllBytes(f)[..4], .. File.ReadAllBytes(f)[^4..]]));
        CommandOutcome alone = command.Call("runs", "export", "--format", "parquet");
        Assert.Equal(ExitCodes.WrongInput, alone.ExitCode);
        Assert.Contains("Name a file ending in .parquet.", alone.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void TagsAndNotes_AreShownFoundAndTakenOff()
    {
        Train("a");
        Train("b");

        Assert.Equal(
            "a: low-beta pilot\n",
            command.Call("runs", "tag", "a", "--add", "pilot", "--add", "low-beta").Results.ReplaceLineEndings("\n"));
        Assert.Equal(
            "a: beta = 0.1, see p. 3\n", command.Call("runs", "note", "a", " beta = 0.1, see p. 3 ").Results.ReplaceLineEndings("\n"));
        string list = command.Call("runs").Results;
        Assert.All((string[])["Tags", "Note", "low-beta pilot", "beta = 0.1, see p. 3"],
            t => Assert.Contains(t, list, StringComparison.Ordinal));
        Assert.Contains("low-beta pilot", command.Call("runs", "show", "a").Results, StringComparison.Ordinal);
        Assert.Equal(
            ["a"], command.Call("runs", "--tag", "pilot", "--json").Json.EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        Assert.Empty(command.Call("runs", "list", "--tag", "pilot", "--tag", "other", "--json").Json.EnumerateArray());
        Assert.Contains("There are no runs with the tags other", command.Call("runs", "--tag", "other").Messages, StringComparison.Ordinal);
        Assert.Equal(2, command.Call("runs", "export", "--tag", "pilot").Results.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        // Nothing that was trained depends on them.
        Assert.DoesNotContain("not as the run wrote it", command.Call("runs", "show", "a").Results, StringComparison.Ordinal);
        command.Call("runs", "tag", "a", "--remove", "pilot", "--remove", "low-beta", "--remove", "absent");
        command.Call("runs", "note", "a", "");
        Assert.False(File.Exists(Path.Combine(command.Run("a"), "labels.json")));
        Assert.DoesNotContain("Tags", command.Call("runs").Results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Found 'two words' as a tag, expected", "tag", "a", "--add", "two words")]
    [InlineData("Found '-x' as a tag, expected", "tag", "a", "--add=-x")]
    [InlineData("Found no run 'c'", "note", "c", "text")]
    [InlineData("Found 'a b' as a tag, expected", "list", "--tag", "a b")]
    public void Labels_Wrong_AreRefusedInOneLine(string message, params string[] args)
    {
        Train("a");
        CommandOutcome outcome = command.Call(["runs", .. args]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(message, outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void RunOfAProgramOfOnesOwn_IsListedComparedAndExported()
    {
        Train("a");
        Train("b");
        string recipe = Path.Combine(command.Run("b"), "recipe.yaml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("rule: oja", "rule: decaying-hebb", StringComparison.Ordinal));

        CommandOutcome list = command.Call("runs");
        Assert.Equal(ExitCodes.Success, list.ExitCode);
        Assert.Equal(
            2, list.Results.Split('\n')
            .Count(l => l.Contains("finished", StringComparison.Ordinal) && l.Contains("100 %", StringComparison.Ordinal)));
        Assert.Contains("b was made by a program with parts that this one does not know: ", list.Messages, StringComparison.Ordinal);
        JsonElement foreign = command.Call("runs", "--json").Json[1];
        Assert.Equal(JsonValueKind.Null, foreign.GetProperty("problem").ValueKind);
        Assert.Contains("decaying-hebb", foreign.GetProperty("foreign").GetString(), StringComparison.Ordinal);
        Assert.Contains("decaying-hebb", command.Call("runs", "compare", "a", "b").Results, StringComparison.Ordinal);
        Assert.EndsWith(",decaying-hebb\n", command.Call("runs", "export").Results, StringComparison.Ordinal);
        string refused = command.Call("evaluate", "b").Messages;
        Assert.Contains("found 'decaying-hebb', expected one of", refused, StringComparison.Ordinal);
        Assert.EndsWith("; if it is a rule of your own, run the program that registers it.\n", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs show c_1")]
    [InlineData("runs compare a c_1")]
    [InlineData("runs export c_1")]
    [InlineData("evaluate c_1")]
    [InlineData("report a c_1")]
    [InlineData("export c_1")]
    [InlineData("train --resume --run c_1")]
    public void Commands_OnAComparison_SayThatItIsOne(string line)
    {
        Compare("c_1");

        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal((ExitCodes.WrongInput, ""), (outcome.ExitCode, outcome.Results));
        Assert.Equal(
            "engram: Found the comparison 'c_1', expected a run or a group of runs; 'engram compare --resume --run c_1' resumes it, " +
            "or prints its result.\n", outcome.Messages);
    }

    [Fact]
    public void Train_IntoAComparison_IsRefused()
    {
        Compare("c_1");

        CommandOutcome outcome = command.Call("train", command.Tiny(), "--run", "c_1", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(
            $"engram: Found a comparison in '{command.Run("c_1")}' already, expected nothing there; choose another name with --run.\n",
            outcome.Messages);
        Assert.False(RunDirectory.IsRun(command.Run("c_1")));
    }

    [Fact]
    public void List_Comparisons_AreToldBesideTheRuns()
    {
        Compare("c_1");
        Compare("c_2");
        Train("a");

        CommandOutcome listed = command.Call("runs"), json = command.Call("runs", "--json");

        Assert.StartsWith("There are also comparisons: c_1, c_2; ", listed.Messages, StringComparison.Ordinal);
        Assert.Equal((1, ""), (json.Json.GetArrayLength(), json.Messages));
    }

    // The files that show what it is.
    private void Compare(string name)
    {
        command.Write($"runs/{name}/comparison.yaml", "methods: {backprop: }\n");
        command.Write($"runs/{name}/comparison.json", "{}\n");
    }

    private void Train(string run, params string[] more) =>
        Assert.Equal(ExitCodes.Success, command.Call(["train", command.Tiny(), "--run", run, "--quiet", .. more]).ExitCode);

    // As if it had been killed half-way: no result, and twice as many outer steps to do.
    private void Interrupt(string run)
    {
        File.Delete(Path.Combine(command.Run(run), "result.json"));
        string recipe = Path.Combine(command.Run(run), "recipe.yaml");
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("outer-steps: 20", "outer-steps: 40", StringComparison.Ordinal));
    }
}
