using System.Text.Json;
using System.Xml.Linq;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

public sealed class AnalyzeTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Analyze_Run_WritesEveryFigureBesideIt()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");

        CommandOutcome outcome = command.Call("analyze", "a", "--lifetimes", "2");

        Assert.Equal((ExitCodes.Success, ""), (outcome.ExitCode, outcome.Messages));
        foreach (string name in RunFigures.Named("all"))
        {
            string stem = Path.Combine(command.Run("a"), "figures", name);
            Assert.Equal("svg", XDocument.Load(stem + ".svg").Root!.Name.LocalName);
            Assert.StartsWith("panel,series,x,y,low,high\n", File.ReadAllText(stem + ".csv"), StringComparison.Ordinal);
            JsonElement json = JsonDocument.Parse(File.ReadAllText(stem + ".json")).RootElement;
            Assert.Equal($"engram analyze a --figure {name} --lifetimes 2", json.GetProperty("command").GetString());
            Assert.DoesNotContain(command.Runs, json.ToString(), StringComparison.Ordinal);
        }

        Assert.Contains("undefined", outcome.Results, StringComparison.Ordinal);
        Assert.Contains("Layer 0, frozen", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_SeveralRuns_SharesOnePictureAndJoinsSeeds()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        command.Call("train", command.Tiny(), "--run", "b", "--quiet", "--seed", "2");
        command.Call("train", command.Tiny(), "--run", "c", "--quiet", "--set", "learner.rule=hebb");
        string target = Path.Combine(command.Runs, "..", "out");

        CommandOutcome outcome =
            command.Call("analyze", "a", "b", "c", "a", "--figure", "trajectory", "--lifetimes", "2", "--out", target, "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal("trajectory", outcome.Json[0].GetProperty("name").GetString());
        JsonElement json = JsonDocument.Parse(File.ReadAllText(Path.Combine(target, "trajectory.json"))).RootElement;
        Assert.Equal(["a", "b", "c"], json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("run").GetString()));
        string[] learners = [.. json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("learner").GetString()!)];
        Assert.Equal(learners[0], learners[1]);
        Assert.NotEqual(learners[0], learners[2]);
        Assert.Equal(2, json.GetProperty("figure").GetProperty("panels")[0].GetProperty("series").GetArrayLength());
    }

    [Fact]
    public void Analyze_OneNetworkTwice_IsRefused()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        string file = Path.Combine(command.Runs, "a.safetensors");
        command.Call("export", "a", "--out", file);

        CommandOutcome outcome = command.Call("analyze", "a", file, "--figure", "trajectory", "--lifetimes", "2");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found the same network twice", outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_AnyThreads_WritesTheSameNumbers()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        command.Call("analyze", "a", "--lifetimes", "3", "--threads", "1", "--out", Path.Combine(command.Runs, "one"));
        command.Call("analyze", "a", "--lifetimes", "3", "--threads", "4", "--out", Path.Combine(command.Runs, "four"));

        foreach (string name in RunFigures.Named("all"))
        {
            Assert.Equal(
                File.ReadAllText(Path.Combine(command.Runs, "one", name + ".svg")),
                File.ReadAllText(Path.Combine(command.Runs, "four", name + ".svg")));
        }
    }

    [Fact]
    public void Analyze_ImagesAndConvolutions_DrawsEveryFigureAndLivesOfMoreClasses()
    {
        string recipe = command.Write("images.yaml", """
            task: {family: few-shot, dataset: glyphs, image-size: 8, ways: 3, shots: 2, query-per-class: 2, ordering: continual, outputs: 6}
            network: {strides: [2], channels: 3, hidden-widths: [6], plastic-layers: 3}
            learner: {name: gradient}
            initialization: {hidden-plasticity: 1e-3, readout-plasticity: 1e-2}
            meta-training: {outer-steps: 2}
            evaluation: {lifetimes: 2}
            """);
        command.Call("train", recipe, "--run", "a", "--quiet");

        CommandOutcome all = command.Call("analyze", "a", "--lifetimes", "2");
        CommandOutcome longer = command.Call("analyze", "a", "--lifetimes", "2", "--figure", "longer-lives");

        Assert.Equal((ExitCodes.Success, ""), (all.ExitCode, all.Messages));
        Assert.Contains("Query error (%)", all.Results, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Success, ""), (longer.ExitCode, longer.Messages));
        JsonElement figure = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(command.Run("a"), "figures", "longer-lives.json"))).RootElement.GetProperty("figure");
        JsonElement[] panels = [.. figure.GetProperty("panels").EnumerateArray()];
        Assert.Equal(["Length of life", "Number of tasks"], panels.Select(p => p.GetProperty("x").GetProperty("label").GetString()));

        // 3 classes are 6 at most, which is 2 times as many; a glyph has 20 images, 2 of them asked about.
        Assert.Equal([1 / 3.0, 2 / 3.0, 1, 2], X(panels[1]));
        Assert.Equal([0.5, 1, 2, 5], X(panels[0]));
        Assert.Contains(
            "Left out, 10 times as long: Found a class with 20 images", figure.GetProperty("description").GetString(),
            StringComparison.Ordinal);

        static double[] X(JsonElement panel) =>
            [.. panel.GetProperty("series")[0].GetProperty("x").EnumerateArray().Select(v => v.GetDouble())];
    }

    [Fact]
    public void Analyze_RunWithoutCheckpoint_SaysSoInOneLine()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet");
        foreach (string checkpoint in RunDirectory.CheckpointsOf(command.Run("a")))
        {
            File.Delete(checkpoint);
        }

        CommandOutcome outcome = command.Call("analyze", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found no checkpoint", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.False(Directory.Exists(Path.Combine(command.Run("a"), "figures")));
    }

    [Fact]
    public void Analyze_SizeThatThereIsNot_ListsThoseThatThereAre() =>
        Assert.Contains(
            "Found 'huge' for --size, expected one of column, page, slide", command.Call("analyze", "a", "--size", "huge").Messages,
            StringComparison.Ordinal);

    [Fact]
    public void Analyze_RunThatDiverges_NamesIt()
    {
        command.Call(
            "train", command.Tiny(), "--run", "a", "--quiet", "--set", "initialization.hidden-plasticity=10", "--set",
            "task.batches-per-sine=40");

        CommandOutcome outcome = command.Call("analyze", "a");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found a lifetime of the run 'a' that diverges (the ", outcome.Messages, StringComparison.Ordinal);
    }
}
