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
        Assert.Equal(checkpoint.Tensors.Keys.Where(n => !n.StartsWith("optimizer.", StringComparison.Ordinal)).Order(StringComparer.Ordinal), own.Order(StringComparer.Ordinal));
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
            IEnumerable<string> kinds = weights.Tensors.Keys.Select(n => n.Split('.')).Select(p => p.Length > 2 ? "layerI.feedbackK.weight" : p[0].StartsWith("layer", StringComparison.Ordinal) ? $"layerI.{p[1]}" : string.Join('.', p)).Distinct();
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
        string Evaluation(string of) => command.Call("evaluate", of, "--lifetimes", "6", "--json").Json.GetProperty("runs")[0].GetProperty("result").GetProperty("evaluation").ToString();
        string ofRun = Evaluation("a");
        Directory.Delete(command.Run("a"), recursive: true);

        Assert.Equal(ofRun, Evaluation(file));
        Assert.Contains("6 meta-test lifetimes", command.Call("evaluate", file, "--lifetimes", "6").Results, StringComparison.Ordinal);
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
        string[] files = [.. ((string[])["[6, 5]", "[6, 4]"]).Select((widths, i) =>
        {
            command.Call("train", command.Tiny(), "--run", $"of-{i}", "--quiet", "--set", $"network.hidden-widths={widths}");
            string file = Path.Combine(Directory.CreateDirectory(Path.Combine(command.Runs, $"export-{i}")).FullName, "weights.safetensors");
            command.Call("export", $"of-{i}", "--out", file);
            return file;
        })];
        string folder = Path.Combine(command.Runs, "figures");

        CommandOutcome outcome = command.Call(["analyze", .. files, "--figure", "forgetting", "--lifetimes", "3", "--out", folder]);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        string json = File.ReadAllText(Path.Combine(folder, "forgetting.json"));
        Assert.All(files, f => Assert.Contains($"tiny ({f})", json, StringComparison.Ordinal));
        Assert.Contains($"engram analyze {files[0]} {files[1]} --figure", json, StringComparison.Ordinal);
    }

    /// <summary>Two tasks of two batches, shuffled, stand one after the other in a third of all lifetimes: whether the first does must not matter.</summary>
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
            CommandOutcome outcome = command.Call("train", command.Tiny(), "--run", run, "--quiet", "--outer-steps", "3", "--set", $"initialization.from-run={source}");
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

        using Process python = command.Start(NumpyFactAttribute.Python, [script, Export("learner.rule=oja")]);
        CommandOutcome outcome = CommandLine.Finish(python);

        Assert.True(outcome.ExitCode == 0, outcome.Messages);
        Assert.InRange(double.Parse(outcome.Results, CultureInfo.InvariantCulture), 0, 1e-5);
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

        using Process? process = Process.Start(new ProcessStartInfo(Python, ["-c", "import numpy"]) { UseShellExecute = false, RedirectStandardError = true });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
