using System.Text;
using System.Xml.Linq;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Figures.Text;

namespace Engram.Cli.Tests;

public sealed class ReportTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Report_Run_HasResultsCurvesFiguresRecipeAndCommands()
    {
        CommandOutcome trained = command.Call(
            "train", command.Tiny(), "--run", "a", "--quiet", "--json", "--set", "expected.value=1.5", "--set",
            "expected.metric=query-loss", "--set", "expected.source=a table");

        CommandOutcome outcome = command.Call("report", "a", "--lifetimes", "2");

        Assert.Equal((ExitCodes.Success, ""), (outcome.ExitCode, outcome.Messages));
        string path = Path.Combine(command.Run("a"), "report.html");
        Assert.StartsWith(
            $"{path}: 1 run; figures of lifetimes: {RunFigures.Named("all").Count} drawn, 0 as they were", outcome.Results,
            StringComparison.Ordinal);
        XElement body = Body(path);
        Assert.Equal(
            ["Results", "Learning curves", "Inside lifetimes", "What was run", "How to do it again"],
            body.Descendants("h2").Select(e => e.Value));
        Assert.Equal(1 + RunFigures.Named("all").Count, body.Descendants("figure").Count());
        double loss = trained.Json.GetProperty("runs")[0].GetProperty("result").GetProperty("evaluation").GetProperty("queryLoss")
            .GetDouble();
        string[] cells = [.. body.Descendants("td").Select(e => e.Value)];
        Assert.Contains(Numbers.Short(loss), cells);
        Assert.Contains("a table", cells);
        string[] codes = [.. body.Descendants("code").Select(e => e.Value)];
        Assert.Contains(codes, c => c.Contains("hidden-widths: [6, 5]", StringComparison.Ordinal));
        Assert.Contains(codes, c => c.Contains("engram analyze a --figure all --lifetimes 2\nengram report a", StringComparison.Ordinal));
    }

    [Fact]
    public void Report_Page_RefersToNothingOutside()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--set", "name=<script>alert(1)</script>");
        command.Call("report", "a", "--lifetimes", "2");

        string path = Path.Combine(command.Run("a"), "report.html");
        string text = File.ReadAllText(path);
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", text, StringComparison.Ordinal);
        Assert.All(text.Split("url(").Skip(1), a => Assert.StartsWith("#", a, StringComparison.Ordinal));
        XElement body = Body(path);
        Assert.All(body.Descendants().Attributes("href"),
            a => Assert.True(a.Value[0] == '#' || a.Value.StartsWith("data:", StringComparison.Ordinal), a.Value));
        Assert.DoesNotContain(command.Runs, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_AnalyzedRun_TakesItsFiguresUntilTheRunIsAnother()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        command.Call("analyze", "a", "--lifetimes", "3");
        int all = RunFigures.Named("all").Count;

        Assert.Equal((0, all), Figures("report", "a"));
        Assert.Equal((1, 0), Figures("report", "a", "--lifetimes", "2", "--figure", "trajectory"));
        File.WriteAllText(
            Path.Combine(command.Run("a"), "figures", "plasticity.svg"),
            "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
        File.WriteAllText(Path.Combine(command.Run("a"), "figures", "forgetting.json"), "{\"engram\": 3");
        Assert.Equal((2, all - 2), Figures("report", "a"));

        // The same name and length, other meta-parameters.
        string figures = Path.Combine(command.Run("a"), "figures");
        Directory.Move(figures, Path.Combine(command.Runs, "kept"));
        Directory.Delete(command.Run("a"), recursive: true);
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--set", "meta-training.rates.feedforward=2e-3");
        Directory.Move(Path.Combine(command.Runs, "kept"), figures);
        Assert.Equal((all, 0), Figures("report", "a"));
        Assert.Equal((0, all), Figures("report", "a"));
    }

    [Fact]
    public void Report_SeveralRuns_ComparesLearnersAndAveragesNetworks()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        command.Call("train", command.Tiny(), "--run", "b", "--quiet", "--seed", "2");
        command.Call("train", command.Tiny(), "--run", "c", "--quiet", "--set", "learner.rule=hebb");
        string path = Path.Combine(command.Runs, "..", "out", "page.html");

        Assert.Equal(
            ExitCodes.Success, command.Call("report", "a", "b", "c", "--lifetimes", "2", "--figure", "trajectory", "--out", path).ExitCode);

        XElement body = Body(path);
        XElement[] tables = [.. body.Descendants("table")];
        Assert.Equal(2, tables[0].Descendants("tbody").Elements("tr").Count());
        Assert.Single(tables[1].Descendants("tbody").Elements("tr"));
        Assert.Equal(3, tables[2].Descendants("tbody").Elements("tr").Count());
        Assert.Contains("2 networks", tables[0].Descendants("td").Select(e => e.Value));
        Assert.Equal(
            ["learner.rule"],
            tables.Single(t => t.Value.StartsWith("What the recipes differ in", StringComparison.Ordinal)).Descendants("tbody")
            .Elements("tr").Select(r => r.Elements().First().Value));
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "figures", "trajectory.svg")));
    }

    [Theory]
    [InlineData("quick-start/flp", "task.sines=2", "meta-training.outer-steps=3", "network.hidden-widths=[6, 5]", "evaluation.lifetimes=2")]
    [InlineData(null, "meta-training.outer-steps=3", "name=It's \"mine\": <a>")]
    public void Report_Commands_MakeTheSameRunAgain(string? recipe, params string[] settings)
    {
        command.Call(
            ["train", recipe ?? command.Tiny(), "--run", "a", "--seed", "7", "--quiet",
            .. settings.SelectMany(s => (string[])["--set", s])]);
        Assert.Equal(ExitCodes.Success, command.Call("report", "a", "--figure", "none").ExitCode);
        XElement body = Body(Path.Combine(command.Run("a"), "report.html"));
        string[] lines = body.Descendants("code").Last().Value.Split('\n'), words = Words(lines[0]);
        Assert.Equal(["engram", "train"], words[..2]);
        Assert.Equal("engram report a --figure none", lines[^1]);
        if (body.Descendants("a").SingleOrDefault(e => e.Value.StartsWith("Save ", StringComparison.Ordinal)) is { } link)
        {
            Assert.Null(recipe);
            words[2] = command.Write(
                words[2], Encoding.UTF8.GetString(Convert.FromBase64String(link.Attribute("href")!.Value.Split("base64,")[1])));
        }

        CommandOutcome again = command.Call([.. words[1..^1], "b", "--quiet"]);

        Assert.Equal((ExitCodes.Success, ""), (again.ExitCode, again.Messages));
        Assert.Equal(Recipe("a"), Recipe("b"));
        (string[] one, string[] two) =
            ([.. RunDirectory.CheckpointsOf(command.Run("a"))], [.. RunDirectory.CheckpointsOf(command.Run("b"))]);
        Assert.Equal(one.Select(Path.GetFileName), two.Select(Path.GetFileName));
        using TrainedRun first = TrainedRun.Open(command.Run("a")), second = TrainedRun.Open(command.Run("b"));
        Assert.Equal(first.Parameters["layer0.weight"].ToArray(), second.Parameters["layer0.weight"].ToArray());

        string Recipe(string run) => File.ReadAllText(Path.Combine(command.Run(run), "recipe.yaml"));
    }

    [Fact]
    public void Report_Group_NamesItsRunsSoThatTheyCanBeMadeAgain()
    {
        command.Call("train", command.Tiny(), "--seeds", "2", "--run", "g", "--quiet");

        Assert.Equal(ExitCodes.Success, command.Call("report", "g", "--lifetimes", "2", "--figure", "trajectory").ExitCode);

        string[] lines = Body(Path.Combine(command.Run("g"), "report.html")).Descendants("code").Last().Value.Split('\n');
        Assert.Equal("engram analyze g-seed-1 g-seed-2 --figure trajectory --lifetimes 2", lines[2]);
        Assert.Equal("engram report g-seed-1 g-seed-2 --figure trajectory", lines[3]);
        Assert.EndsWith(" --run g-seed-2", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Report_RunThatHasNotEnded_IsWrongInputUnlessAskedFor()
    {
        command.Call("train", command.Tiny(), "--run", "my run", "--quiet");
        File.Delete(Path.Combine(command.Run("my run"), "result.json"));

        CommandOutcome refused = command.Call("report", "my run");
        CommandOutcome asked = command.Call("report", "my run", "--unfinished", "--figure", "none");

        Assert.Equal(ExitCodes.WrongInput, refused.ExitCode);
        Assert.Equal(
            "engram: Found the run 'my run', which was interrupted, expected one that has ended; resume it with 'engram train " +
            "--resume --run 'my run'', or report it as it stands with --unfinished.\n", refused.Messages);
        Assert.Equal(ExitCodes.Success, asked.ExitCode);
        Assert.Contains(
            "my run has not ended: interrupted at outer step 40 of 40.", Body(Path.Combine(command.Run("my run"), "report.html")).Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Report_RunWithoutCheckpoint_SaysSoInOneLine()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        foreach (string checkpoint in RunDirectory.CheckpointsOf(command.Run("a")))
        {
            File.Delete(checkpoint);
        }

        CommandOutcome outcome = command.Call("report", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found no checkpoint", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.False(File.Exists(Path.Combine(command.Run("a"), "report.html")));
    }

    [Fact]
    public void Report_RunOfThatNearlyHasTheName_IsSuggested()
    {
        command.Call("train", command.Tiny(), "--run", "flp-seed-1", "--quiet");

        Assert.Contains("Found no run 'flp-sed-1'", command.Call("report", "flp-sed-1").Messages, StringComparison.Ordinal);
        Assert.Contains("did you mean 'flp-seed-1'?", command.Call("report", "flp-sed-1").Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_RunThatDiverged_IsToldOfWithoutFigures()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        Assert.Equal(
            ExitCodes.NonFinite,
            command.Call(
            "train", command.Tiny(), "--run", "b", "--quiet", "--set", "meta-training.rates.feedforward=1e6", "--set",
            "meta-training.rates.hidden-plasticity=1e6").ExitCode);

        CommandOutcome outcome = command.Call(
            "report", "a", "b", "--lifetimes", "2", "--figure", "trajectory", "--out", Path.Combine(command.Runs, "page.html"));

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        XElement body = Body(Path.Combine(command.Runs, "page.html"));
        Assert.Contains(
            "b diverged and is left out of the figures of lifetimes. Found a non-finite value", body.Value, StringComparison.Ordinal);
        Assert.Contains(body.Descendants("td"), e => e.Value == "diverged");
        Assert.Equal(2, body.Descendants("figure").Count());
    }

    [Fact]
    public void Report_LifetimesThatDiverge_SaysWhyThereAreNoFigures()
    {
        command.Call(
            "train", command.Tiny(), "--run", "a", "--quiet", "--set", "initialization.hidden-plasticity=10", "--set",
            "task.batches-per-sine=40");
        File.Delete(Path.Combine(command.Run("a"), "result.json"));

        CommandOutcome outcome = command.Call("report", "a", "--unfinished", "--lifetimes", "2");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("Found a lifetime of the run 'a' that diverges", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains(
            "There are no figures of lifetimes: Found a lifetime of the run 'a' that diverges",
            Body(Path.Combine(command.Run("a"), "report.html")).Value, StringComparison.Ordinal);
    }

    private (int Drawn, int Reused) Figures(params string[] args)
    {
        CommandOutcome outcome = command.Call([.. args, "--json"]);
        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        return (outcome.Json.GetProperty("figuresDrawn").GetInt32(), outcome.Json.GetProperty("figuresReused").GetInt32());
    }

    // All but the elements that HTML never closes reads as XML.
    private static XElement Body(string path)
    {
        string html = File.ReadAllText(path);
        return XElement.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)]);
    }

    // A command line as a POSIX shell takes it apart.
    private static string[] Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\'')
            {
                quoted = !quoted;
            }
            else if (!quoted && line[i] == '\\')
            {
                word.Append(line[++i]);
            }
            else if (!quoted && line[i] == ' ')
            {
                words.Add(word.ToString());
                word.Clear();
            }
            else
            {
                word.Append(line[i]);
            }
        }

        return [.. words, word.ToString()];
    }
}
