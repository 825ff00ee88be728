using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>Commands of many files, killed at random moments: what is there can be gone on with, or begun again, and comes to the
/// same.</summary>
public sealed partial class KillTests : IDisposable
{
    private const int Kills = 3;

    private const string Comparison = """
        problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
        network: {hidden-widths: [10, 8]}
        training: {epochs: 40, batch-size: 16, rates: [1e-3], seeds: 2, patience: none, measured-steps: 2}
        methods: {backprop: , feedback-alignment: }
        """;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData("train")]
    [InlineData("sweep")]
    [InlineData("compare")]
    [InlineData("reproduce")]
    public async Task Groups_KillsAtRandomMoments_EndInTheSameResults(string kind)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        string[] fresh = kind switch
        {
            "train" => ["train", command.Long(300), "--seeds", "2"],
            "sweep" =>
                ["sweep", command.Write(
                "sweep.yaml",
                $"recipe: {command.Long(300)}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: {{lifetimes: 4}}\n")],
            "compare" => ["compare", command.Write("comparison.yaml", Comparison)],
            _ => ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--only", "continual/feature-reuse", "--yes"],
        };
        CommandOutcome whole = command.Call([.. fresh, "--run", "whole", "--quiet"]);
        Assert.True(whole.ExitCode == ExitCodes.Success, whole.Messages);

        // What is no group yet is begun again by the same words: no moment may leave what is neither.
        string[] begin = [.. fresh, "--run", "killed", "--quiet"], again = kind == "reproduce" ? begin
            : [kind, "--resume", "--run", "killed", "--quiet"];
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = command.Start(IsBegun(kind) ? again : begin);

            // The first while it begins, whenever that is on this machine; the others once there is something to lose.
            int longest = 0;
            while (kill > 0 && !IsBegun(kind) && longest++ < 300)
            {
                await Task.Delay(20);
            }

            await Task.Delay(random.Next(kill == 0 ? 200 : 0, kill == 0 ? 900 : 500));
            process.Kill();
            await process.WaitForExitAsync();
        }

        CommandOutcome last = command.Call(IsBegun(kind) ? again : begin);
        Assert.True(last.ExitCode == ExitCodes.Success, $"seed {Seed}: {last.Messages}");
        Assert.Empty(Directory.EnumerateFiles(command.Run("killed"), "*.partial", SearchOption.AllDirectories));
        if (kind == "compare")
        {
            // All that was measured, times apart.
            string[] tables = [.. Directory.EnumerateFiles(command.Run("whole"), "*.csv").Select(f => Path.GetFileName(f))];
            Assert.NotEmpty(tables);
            Assert.All(tables,
                t =>
                Assert.Equal(
                File.ReadAllText(Path.Combine(command.Run("whole"), t)), File.ReadAllText(Path.Combine(command.Run("killed"), t))));
            return;
        }

        string[] runs = [.. RunGroup.RunsOf(command.Run("whole")).Select(f => Path.GetFileName(f)!)];
        Assert.Equal(2, runs.Length);

        // A sweep gives runs up before their end.
        string[] ended = [.. runs.Where(r => RunDirectory.ReadResult(Path.Combine(command.Run("whole"), r)) is not null)];
        Assert.NotEmpty(ended);
        Assert.All(ended, r => RunAssert.Same(Path.Combine(command.Run("whole"), r), Path.Combine(command.Run("killed"), r)));
        Assert.All(runs.Except(ended, StringComparer.Ordinal),
            r => Assert.Null(RunDirectory.ReadResult(Path.Combine(command.Run("killed"), r))));
        Assert.All(runs,
            r =>
            Assert.DoesNotContain(
            "not as the run wrote it", command.Call("runs", "show", $"killed/{r}").Results, StringComparison.Ordinal));
    }

    /// <summary>Where the plan of a sweep is there, and its group is not yet.</summary>
    [Theory]
    [InlineData("sweep.json")]
    [InlineData("sweep.json", "trial-001-seed-1")]
    [InlineData("sweep.json", "trial-001-seed-1", "trial-002-seed-1")]
    public void Sweep_KilledBeforeItsGroupIsThere_IsBegunAgain(params string[] left)
    {
        string file = command.Write(
            "sweep.yaml",
            $"recipe: {command.Long(20)}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: {{lifetimes: 4}}\n");
        Assert.Equal(ExitCodes.Success, command.Call("sweep", file, "--run", "s", "--quiet").ExitCode);
        string csv = File.ReadAllText(Path.Combine(command.Run("s"), "sweep-results.csv"));
        foreach (string entry in Directory.EnumerateFileSystemEntries(command.Run("s"))
            .Where(e => !left.Contains(Path.GetFileName(e)) && Path.GetFileName(e) is not ("lock" or "manifest.sha256")))
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }

        CommandOutcome again = command.Call("sweep", file, "--run", "s", "--quiet");
        Assert.True(again.ExitCode == ExitCodes.Success, again.Messages);
        Assert.Equal(csv, File.ReadAllText(Path.Combine(command.Run("s"), "sweep-results.csv")));

        // With its group it is never begun anew, but gone on with.
        Assert.Contains(
            "engram sweep --resume --run s", command.Call("sweep", file, "--run", "s", "--quiet").Messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_KillsAtRandomMoments_LeaveNothingOrTheWholeSet()
    {
        const int Seed = 12;
        var random = new Random(Seed);
        string images = Path.Combine(command.Runs, "..", "images"), data = Path.Combine(command.Runs, "..", "data");
        byte[] png =
            Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==");
        for (int i = 0; i < 600; i++)
        {
            string path = Path.Combine(images, $"class-{i % 6}", string.Create(CultureInfo.InvariantCulture, $"{i}.png"));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, png);
        }

        string[] import = ["data", "import", "image-folder", images];
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Start(import);
            await Task.Delay(random.Next(150, 700));
            process.Kill();
            await process.WaitForExitAsync();
            int there = Directory.Exists(Path.Combine(data, "image-folder"))
                ? Directory.EnumerateFiles(Path.Combine(data, "image-folder"), "*.png", SearchOption.AllDirectories).Count() : 0;
            Assert.True(there % 100 == 0, $"seed {Seed}: {there} images of 600 are there: a class is there by half");
        }

        using Process last = Start(import);
        CommandOutcome outcome = CommandLine.Finish(last);
        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        Assert.Contains("600", outcome.Results, StringComparison.Ordinal);
        Assert.Equal(600, Directory.EnumerateFiles(Path.Combine(data, "image-folder"), "*.png", SearchOption.AllDirectories).Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(data, "*.importing"));

        Process Start(string[] args) => command.Start("env", [$"ENGRAM_DATA={data}", "dotnet", CommandLine.ProgramPath, .. args]);
    }

    [Fact]
    public async Task Report_KillsAtRandomMoments_LeaveTheOldPageOrTheNew()
    {
        const int Seed = 13;
        var random = new Random(Seed);
        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "a", "--quiet").ExitCode);
        string page = Path.Combine(command.Run("a"), "report.html");
        Assert.Equal(ExitCodes.Success, command.Call("report", "a", "--lifetimes", "4").ExitCode);
        string whole = Steady(File.ReadAllText(page));
        for (int kill = 0; kill < Kills; kill++)
        {
            foreach (string figure in Directory.EnumerateFiles(Path.Combine(command.Run("a"), "figures"), "*.json"))
            {
                File.Delete(figure);
            }

            using Process process = command.Start("report", "a", "--lifetimes", "4");
            await Task.Delay(random.Next(200, 1200));
            process.Kill();
            await process.WaitForExitAsync();
            Assert.EndsWith("</html>\n", File.ReadAllText(page), StringComparison.Ordinal);
        }

        Assert.Equal(ExitCodes.Success, command.Call("report", "a", "--lifetimes", "4").ExitCode);
        Assert.Equal(whole, Steady(File.ReadAllText(page)));
        Assert.Empty(Directory.EnumerateFiles(command.Run("a"), "*.partial", SearchOption.AllDirectories));
    }

    // Times of day and of training differ.
    private static string Steady(string page) => Numbers().Replace(page, "#");

    [GeneratedRegex(
        @"\d+(\.\d+)? (ms|s|min|h)\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Numbers();

    private bool IsBegun(string kind)
    {
        string folder = command.Run("killed");
        return kind == "compare" ? File.Exists(Path.Combine(folder, "comparison.json")) : RunGroup.IsGroup(folder);
    }
}
