using System.Diagnostics;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

/// <summary>Exported weights, and the program of docs/INTERCHANGE.md that reads them.</summary>
public sealed class InterchangeTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Export_Run_HasTheCheckpointsNumbersUnderTheirNames()
    {
        string file = Export("learner.granularity=neuron");

        SafetensorsFile weights = SafetensorsFile.Read(file, verifyChecksum: true);
        SafetensorsFile checkpoint = SafetensorsFile.Read(RunDirectory.CheckpointsOf(command.Run("a"))[0]);
        string[] own = [.. weights.Tensors.Keys.Where(n => !n.StartsWith("example.", StringComparison.Ordinal))];
        Assert.Equal(
            checkpoint.Tensors.Keys.Where(n => !n.StartsWith("optimizer.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            own.Order(StringComparer.Ordinal));
        Assert.All(own, n => Assert.True(weights[n].Bytes.Span.SequenceEqual(checkpoint[n].Bytes.Span), n));
        Assert.Equal((8, 3), (weights["example.input"].Shape[0], weights["example.input"].Shape[1]));
        Assert.Equal("engram-weights-1", weights.MetadataOf("format"));
        Assert.Equal(RunDirectory.ReadRecipe(command.Run("a")).ToYaml(), weights.MetadataOf("recipe"));
    }

    [Fact]
    public void Export_EveryName_IsInTheDocument()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "INTERCHANGE.md"));
        foreach (string learner in (string[])["flp", "gradient"])
        {
            SafetensorsFile weights = SafetensorsFile.Read(Export($"learner.name={learner}", run: learner));
            IEnumerable<string> kinds = weights.Tensors.Keys.Select(n => n.Split('.'))
                .Select(p => p.Length > 2 ? "layerI.feedbackK.weight" : p[0].StartsWith("layer", StringComparison.Ordinal)
                ? $"layerI.{p[1]}" : string.Join('.', p)).Distinct();
            Assert.All(kinds, k => Assert.Contains($"`{k}`", text, StringComparison.Ordinal));
            Assert.All(weights.Metadata.Keys, k => Assert.Contains($"`{k}`", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Export_Group_IsRefusedWithAnExample()
    {
        command.Call("train", command.Tiny(), "--seeds", "2", "--run", "g", "--quiet");
        CommandOutcome outcome = command.Call("export", "g");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("such as 'g/seed-1'", outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ExportedFile_GivesTheRunsNumbersWithoutTheRun()
    {
        string file = Export("learner.rule=oja");
        string Evaluation(string of) =>
            command.Call("evaluate", of, "--lifetimes", "6", "--json").Json.GetProperty("runs")[0].GetProperty("result")
            .GetProperty("evaluation").ToString();
        string ofRun = Evaluation("a");
        Directory.Delete(command.Run("a"), recursive: true);

        Assert.Equal(ofRun, Evaluation(file));
        Assert.Contains("6 meta-test lifetimes", command.Call("evaluate", file, "--lifetimes", "6").Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Half_RoundsEachNumberOnceAndIsReadLikeAnyOther()
    {
        SafetensorsFile exact = SafetensorsFile.Read(Export("learner.rule=oja"));
        string file = Path.Combine(command.Runs, "half.safetensors");
        CommandOutcome outcome = command.Call("export", "a", "--half", "--out", file);
        CommandOutcome life = command.Call("export", "a", "--half", "--life", "0");

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        SafetensorsFile half = SafetensorsFile.Read(file, verifyChecksum: true);
        foreach ((string name, TensorEntry tensor) in exact.Tensors)
        {
            bool rounds = !name.StartsWith("example.", StringComparison.Ordinal);
            Assert.Equal(rounds ? TensorType.F16 : TensorType.F32, half[name].Dtype);
            if (name != "example.output")
            {
                Assert.Equal(tensor.ToArray<float>().Select(v => rounds ? (float)(Half)v : v), half[name].ToArray<float>());
            }
        }

        Assert.NotEqual(exact["example.output"].ToArray<float>(), half["example.output"].ToArray<float>());
        Assert.Equal(ExitCodes.Success, command.Call("evaluate", file, "--lifetimes", "2").ExitCode);
        Assert.Equal(ExitCodes.WrongInput, life.ExitCode);
        Assert.Contains("Found --half with --life", life.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void ExportLife_OfAnExportedFile_IsTheRunsLife()
    {
        string file = Export("learner.rule=oja"), ofRun = Path.Combine(command.Runs, "run.safetensors");
        Assert.Equal(ExitCodes.Success, command.Call("export", "a", "--life", "1", "--out", ofRun).ExitCode);

        CommandOutcome ofFile = command.Call("export", file, "--life", "1"), again = command.Call("export", file);

        Assert.True(ofFile.ExitCode == ExitCodes.Success, ofFile.Messages);
        SafetensorsFile expected = SafetensorsFile.Read(ofRun);
        SafetensorsFile found = SafetensorsFile.Read(Path.Combine(Path.GetDirectoryName(file)!, "life-1.safetensors"));
        Assert.All(expected.Tensors, t => Assert.True(found[t.Key].Bytes.Span.SequenceEqual(t.Value.Bytes.Span), t.Key));
        Assert.Equal(ExitCodes.WrongInput, again.ExitCode);
        Assert.Contains("expected a run: such a file has the meta-parameters already", again.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_ExportedFile_DrawsWhatTheRunShows()
    {
        string file = Export("learner.rule=oja");
        string Drawn(string of)
        {
            string folder = Path.Combine(command.Runs, "figures-" + Path.GetFileName(of));
            CommandOutcome outcome = command.Call("analyze", of, "--figure", "forgetting", "--lifetimes", "3", "--out", folder);
            Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
            return File.ReadAllText(Assert.Single(Directory.EnumerateFiles(folder, "*.csv")));
        }

        Assert.Equal(Drawn("a"), Drawn(file));
    }

    [Fact]
    public void Analyze_FilesOfOneNameAndRecipeName_StayApart()
    {
        string[] different = ["[6, 5]", "[6, 4]"];
        string[] files = [.. different.Select((widths, i) =>
        {
            command.Call("train", command.Tiny(), "--run", $"of-{i}", "--quiet", "--set", $"network.hidden-widths={widths}");
            string file =
                Path.Combine(Directory.CreateDirectory(Path.Combine(command.Runs, $"export-{i}")).FullName, "weights.safetensors");
            command.Call("export", $"of-{i}", "--out", file);
            return file;
        })];
        string folder = Path.Combine(command.Runs, "figures");

        CommandOutcome outcome = command.Call(["analyze", .. files, "--figure", "forgetting", "--lifetimes", "3", "--out", folder]);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        string json = File.ReadAllText(Path.Combine(folder, "forgetting.json"));
        Assert.All(different, w => Assert.Contains($"tiny (hidden-widths {w})", json, StringComparison.Ordinal));
        Assert.Contains($"engram analyze {files[0]} {files[1]} --figure", json, StringComparison.Ordinal);
    }

    /// <summary>Two tasks of two batches, shuffled, stand one after the other in a third of all lifetimes: whether the first does must not
    /// matter.</summary>
    [Fact]
    public void Analyze_ShortShuffledLives_DrawsInterference()
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            string run = $"seed-{seed}";
            command.Call("train", command.Tiny(), "--run", run, "--quiet", "--outer-steps", "2", "--seed", $"{seed}");
            CommandOutcome outcome = command.Call("analyze", run, "--figure", "interference", "--lifetimes", "6");
            Assert.True(outcome.ExitCode is ExitCodes.Success, outcome.Messages);
        }
    }

    [Fact]
    public void Train_FromAnExportedFile_IsAsFromTheRun()
    {
        string file = Export("learner.rule=oja");
        string Trained(string source)
        {
            string run = "from-" + Path.GetFileName(source);
            CommandOutcome outcome = command.Call(
                "train", command.Tiny(), "--run", run, "--quiet", "--outer-steps", "3", "--set", $"initialization.from-run={source}");
            Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
            return RunDirectory.ReadResult(command.Run(run))!.Evaluation!.ToString();
        }

        command.Call("train", command.Tiny(), "--run", "fresh", "--quiet", "--outer-steps", "3");
        string fromRun = Trained("a");
        Assert.Equal(fromRun, Trained(file));
        Assert.NotEqual(fromRun, RunDirectory.ReadResult(command.Run("fresh"))!.Evaluation!.ToString());
    }

    [Fact]
    public void Evaluate_WrongFile_IsOneLine()
    {
        string file = Export("learner.rule=oja");
        string checkpoint = RunDirectory.CheckpointsOf(command.Run("a"))[0];
        string damaged = Path.Combine(command.Runs, "damaged.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        string cut = Path.Combine(command.Runs, "cut.safetensors");
        File.WriteAllBytes(cut, bytes[..^9]);

        Refused(checkpoint, "Found no format in", "expected engram-weights-1: a file that 'engram export' wrote");
        Refused(damaged, damaged, "checksum");
        Refused(cut, cut, "expected");
        Refused(Path.Combine(command.Runs, "absent.safetensors"), "Found no run", "absent.safetensors");

        void Refused(string path, params string[] expected)
        {
            CommandOutcome outcome = command.Call("evaluate", path);
            Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
            Assert.All(expected, e => Assert.Contains(e, outcome.Messages, StringComparison.Ordinal));
            Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        }
    }

    [NumpyFact]
    public void Document_Program_RepeatsTheForwardPass()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "INTERCHANGE.md")).ReplaceLineEndings("\n");
        int begin = text.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        string script = command.Write("read.py", text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)]);

        string whole = Export("learner.rule=oja"), half = Path.Combine(command.Runs, "half.safetensors");
        Assert.Equal(ExitCodes.Success, command.Call("export", "a", "--half", "--out", half).ExitCode);
        foreach (string file in (string[])[whole, half])
        {
            using Process python = command.Start(NumpyFactAttribute.Python, [script, file]);
            CommandOutcome outcome = CommandLine.Finish(python);

            Assert.True(outcome.ExitCode == 0, outcome.Messages);
            Assert.InRange(double.Parse(outcome.Results, CultureInfo.InvariantCulture), 0, 1e-5);
        }
    }

    [NumpyFact]
    public void Document_ProgramForALife_SaysHowFarWeightsCame()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "INTERCHANGE.md")).ReplaceLineEndings("\n");
        int begin = text.LastIndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        string script = command.Write("life.py", text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)]);
        string file = Life("learner.rule=oja");

        CommandOutcome outcome = CommandLine.Finish(command.Start(NumpyFactAttribute.Python, [script, file]));

        Assert.True(outcome.ExitCode == 0, outcome.Messages);
        string[] lines = outcome.Results.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["state.layer1.weight", "state.layer2.weight", "loss"], lines.Select(l => l.Split(' ')[0]));
        Assert.StartsWith("state.layer1.weight 0:0 2:", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Life_EveryNameIsInTheDocument()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "INTERCHANGE.md"));
        SafetensorsFile life = SafetensorsFile.Read(Life("learner.rule=oja"), verifyChecksum: true);

        Assert.Equal([0, 2, 4], life["moments"].ToArray<int>());
        Assert.All(life.Tensors.Keys,
            k =>
            Assert.Contains(
            k.Split('.')[0] switch
            {
                "state" => "`state.NAME`",
                "step" => "`step.NAME`",
                "meta" => "`meta.NAME`",
                _ => $"`{k.Replace("layer0", "layerI", StringComparison.Ordinal)}`"
            }, text, StringComparison.Ordinal));
        Assert.All(life.Metadata.Keys, k => Assert.Contains($"`{k}`", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Found --every without --life, expected both", "--every", "2")]
    [InlineData("Found -1 for --life, expected 0 or more.", "--life=-1")]
    [InlineData("Found 0 for --every, expected 1 or more.", "--life", "0", "--every", "0")]
    [InlineData("Found --parts without --life, expected both", "--parts", "states")]
    [InlineData(
        "Found 'state' as a part of a life, expected some of examples, states, activities, answers, features; did you mean 'states'?",
        "--life", "0", "--parts", "answers,state")]
    [InlineData("Found 0 for --memory, expected 1 or more.", "--life", "0", "--memory", "0")]
    [InlineData(
        "Found 'meta-tset' for --split, expected one of meta-train, meta-validation, meta-test; did you mean 'meta-test'?", "--life", "0",
        "--split", "meta-tset")]
    public void Export_WrongOption_IsOneLine(string message, params string[] options)
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--outer-steps", "1");

        CommandOutcome outcome = command.Call(["export", "a", .. options]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(message, outcome.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateAndAnalyze_Each_WriteSingleLifetimes()
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--outer-steps", "1");
        string csv = Path.Combine(command.Runs, "lives.csv");

        Assert.Equal(ExitCodes.Success, command.Call("evaluate", "a", "--lifetimes", "3", "--each", csv).ExitCode);
        Assert.Equal(4, File.ReadAllLines(csv).Length);
        Assert.Equal(ExitCodes.Success, command.Call("analyze", "a", "--figure", "trajectory", "--lifetimes", "2", "--each").ExitCode);
        Assert.Contains("life 1", File.ReadAllText(Path.Combine(command.Run("a"), "figures", "trajectory.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void List_WhatDeclares_SaysWhat()
    {
        var bcm = command.Call("list", "rules", "--json").Json.EnumerateArray().Single(e => e.GetProperty("name").GetString() == "bcm");
        Assert.Equal(
            "window 20", bcm.GetProperty("settings")[0].GetProperty("name").GetString() + " "
            + bcm.GetProperty("settings")[0].GetProperty("default").GetString());
        Assert.Equal(
            "kappa rule neuron 1",
            string.Join(
            ' ', ((string[])["name", "role", "per", "start"]).Select(p => bcm.GetProperty("parameters")[0].GetProperty(p).GetString())));
        Assert.Equal(
            "theta neuron 1",
            string.Join(' ', ((string[])["name", "per", "birth"]).Select(p => bcm.GetProperty("states")[0].GetProperty(p).GetString())));
        Assert.Contains("weight_sigma per synapse", command.Call("list", "births").Results, StringComparison.Ordinal);
        Assert.Contains("feedback0.weight per layer [5, 2]", command.Call("list", "feedback").Results, StringComparison.Ordinal);
    }

    private string Life(string setting)
    {
        command.Call("train", command.Tiny(), "--run", "a", "--quiet", "--outer-steps", "2", "--set", setting);
        string file = Path.Combine(command.Runs, "life.safetensors");
        CommandOutcome outcome = command.Call("export", "a", "--life", "1", "--every", "2", "--out", file);
        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        return file;
    }

    private string Export(string setting, string run = "a")
    {
        command.Call("train", command.Tiny(), "--run", run, "--quiet", "--set", setting);
        string file = Path.Combine(command.Runs, run + ".safetensors");
        CommandOutcome outcome = command.Call("export", run, "--out", file);
        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        return file;
    }
}

/// <summary>A fact that needs the machine's Python with numpy, and is skipped where it is absent.</summary>
internal sealed class NumpyFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    public NumpyFactAttribute()
    {
        if (!HasNumpy())
        {
            Skip = $"no {Python} with numpy";
        }
    }

    private static bool HasNumpy()
    {
        if (!File.Exists(Python))
        {
            return false;
        }

        using Process? process =
            Process.Start(new ProcessStartInfo(Python, ["-c", "import numpy"]) { UseShellExecute = false, RedirectStandardError = true });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
