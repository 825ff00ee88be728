using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>Commands of many files, killed at random moments, out of room, without permission, without descriptors: what is there can be
/// gone on with, or begun again, and comes to the same.</summary>
public sealed partial class KillTests : IDisposable
{
    private const int Kills = 4;

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
            "train" => ["train", Long(300), "--seeds", "2"],
            "sweep" =>
                ["sweep", command.Write(
                "sweep.yaml",
                $"recipe: {Long(300)}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: {{lifetimes: 4}}\n")],
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
            await Task.Delay(random.Next(200, 900));
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
            "sweep.yaml", $"recipe: {Long(20)}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: {{lifetimes: 4}}\n");
        Assert.Equal(ExitCodes.Success, command.Call("sweep", file, "--run", "s", "--quiet").ExitCode);
        string csv = File.ReadAllText(Path.Combine(command.Run("s"), "sweep-results.csv"));
        foreach (string entry in Directory.EnumerateFileSystemEntries(command.Run("s"))
            .Where(e => !left.Contains(Path.GetFileName(e)) && Path.GetFileName(e) != "lock"))
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

    [TmpfsFact]
    public void Train_FullFileSystem_EndsWithTwoAndGoesOnWhereThereIsRoom()
    {
        string recipe = Long(600);
        using var roomy = new CommandLine();
        Assert.Equal(ExitCodes.Success, roomy.Call("train", recipe, "--run", "whole", "--quiet").ExitCode);
        using var small = new SmallFileSystem(command.Runs, "80k");
        string run = command.Run("a");
        CommandOutcome full = command.Call("train", recipe, "--run", "a", "--quiet");

        Assert.Equal(ExitCodes.WrongInput, full.ExitCode);
        Assert.Contains("No space left on device", full.Messages, StringComparison.Ordinal);
        Assert.Equal(1, full.Messages.Count(c => c == '\n'));
        Assert.Empty(Directory.EnumerateFiles(run, "*.partial"));
        Assert.NotEqual(ExitCodes.InternalError, command.Call("runs", "show", "a").ExitCode);

        small.Resize("2m");
        CommandOutcome resumed = command.Call(
            RunDirectory.IsRun(run) ? ["train", "--resume", "--run", "a", "--quiet"] : ["train", recipe, "--run", "a", "--quiet"]);
        Assert.True(resumed.ExitCode == ExitCodes.Success, resumed.Messages);
        RunAssert.Same(roomy.Run("whole"), run);
    }

    [TmpfsTheory]
    [InlineData("report", "a", "--lifetimes", "2", "--out")]
    [InlineData("export", "a", "--out")]
    [InlineData("runs", "export", "--metrics", "--out")]
    [InlineData("analyze", "a", "--lifetimes", "2", "--out")]
    public void Outputs_OnAFullFileSystem_EndWithTwoAndOneLine(params string[] args)
    {
        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "a", "--quiet").ExitCode);
        using var small = new SmallFileSystem(Path.Combine(command.Runs, "..", "small"), "16k");
        File.WriteAllBytes(Path.Combine(small.Path, "much"), new byte[8 << 10]);
        string target = Path.Combine(small.Path, "out");
        try
        {
            File.WriteAllBytes(Path.Combine(small.Path, "more"), new byte[64 << 10]);
        }
        catch (IOException)
        {
            // Now it is full.
        }

        CommandOutcome outcome = command.Call([.. args, target]);
        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("No space left on device", outcome.Messages, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(small.Path, "*.partial", SearchOption.AllDirectories));
        Assert.False(File.Exists(target));
    }

    /// <summary>As another user, who may read and no more: root's files are anybody's to root.</summary>
    [OtherUserTheory]
    [InlineData("train", "tiny.yaml", "--quiet")]
    [InlineData("train", "--resume", "--run", "a", "--quiet")]
    [InlineData("sweep", "sweep.yaml", "--run", "s", "--quiet")]
    [InlineData("export", "a")]
    [InlineData("report", "a", "--lifetimes", "2")]
    public void Commands_OfAUserWhoMayNotWrite_EndWithTwoAndOneLine(params string[] args)
    {
        string tiny = command.Tiny();
        command.Write("sweep.yaml", $"recipe: {tiny}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\n");
        Assert.Equal(ExitCodes.Success, command.Call("train", tiny, "--run", "a", "--quiet").ExitCode);
        string root = Path.GetDirectoryName(command.Runs)!;
        OpenToOthers(root);
        string[] named = [.. args.Select(a => a.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(root, a) : a)];

        using Process process = command.Start(
            "setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=/nonexistent", "DOTNET_CLI_HOME=/tmp",
            "dotnet", CommandLine.ProgramPath, .. named]);
        CommandOutcome outcome = CommandLine.Finish(process);
        Assert.True(outcome.ExitCode == ExitCodes.WrongInput, $"{outcome.ExitCode}: {outcome.Messages}");
        Assert.StartsWith("engram: ", outcome.Messages, StringComparison.Ordinal);
        Assert.Contains("denied", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [UnixTheory]
    [InlineData(40)]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(72)]
    [InlineData(127)]
    public void Program_FewDescriptors_SaysSoInOneLine(int limit)
    {
        using Process process = command.Start(
            "bash", ["-c", $"ulimit -n {limit}; exec dotnet \"$@\"", "bash", CommandLine.ProgramPath, "train", command.Tiny(), "--quiet"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(
            $"engram: Found a limit of {limit} open files, expected 128 or more; raise it with 'ulimit -n 1024', or as your system's " +
            $"manual says.\n", outcome.Messages);
        Assert.False(Directory.Exists(command.Runs));
    }

    [UnixFact]
    public void Program_AsManyDescriptorsAsItAsksFor_Works()
    {
        using Process process = command.Start(
            "bash", ["-c", "ulimit -n 128; exec dotnet \"$@\"", "bash", CommandLine.ProgramPath, "train", command.Tiny(), "--seeds", "3",
            "--run", "a", "--quiet"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
    }

    /// <summary>Whenever a signal comes, the program ends, leaves what can be gone on with or nothing, and no message of the
    /// runtime.</summary>
    [UnixTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Train_SignalsFromTheFirstMoment_EndTheProgramInOrder(string signal)
    {
        const int Seed = 14;
        var random = new Random(Seed);
        for (int round = 0; round < 6; round++)
        {
            string run = string.Create(CultureInfo.InvariantCulture, $"{signal}-{round}");
            using Process process = command.Start(
                "env", ["--default-signal=INT", "dotnet", CommandLine.ProgramPath, "train", Long(1_000_000), "--run", run, "--quiet"]);
            await Task.Delay(random.Next(20, 700));
            using (Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            CommandOutcome outcome = CommandLine.Finish(process);

            // Before the program is loaded the system ends it, without a word.
            Assert.True(
                outcome.ExitCode is ExitCodes.Interrupted or 130 or 143,
                $"seed {Seed}, round {round}: {outcome.ExitCode}: {outcome.Messages}");
            Assert.All(outcome.Messages.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                line => Assert.StartsWith("Stopp", line, StringComparison.Ordinal));
            bool isRun = RunDirectory.IsRun(command.Run(run)), hasCheckpoint = isRun
                && RunDirectory.CheckpointsOf(command.Run(run)).Length > 0;
            Assert.True(!outcome.Messages.Contains("with a checkpoint", StringComparison.Ordinal) || hasCheckpoint, outcome.Messages);
            Assert.True(!outcome.Messages.Contains("nothing was written", StringComparison.Ordinal) || !isRun, outcome.Messages);
        }
    }

    [UnixTheory]
    [InlineData("runs", "export", "--out")]
    [InlineData("export", "a", "--out")]
    [InlineData("export", "a", "--life", "0", "--out")]
    [InlineData("report", "a", "--lifetimes", "2", "--out")]
    public void Out_ThatIsAFolder_IsRefusedInOneLine(params string[] args)
    {
        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "a", "--quiet").ExitCode);
        foreach (string folder in (string[])["/", "/proc", command.Runs, command.Runs + "/"])
        {
            CommandOutcome outcome = command.Call([.. args, folder]);
            Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
            Assert.Equal($"engram: Found the folder '{folder}', expected a file to write; name a file in it.\n", outcome.Messages);
        }

        CommandOutcome nowhere = command.Call([.. args, "/dev/null/x.csv"]);
        Assert.Equal(ExitCodes.WrongInput, nowhere.ExitCode);
        Assert.DoesNotContain(".partial", nowhere.Messages, StringComparison.Ordinal);
        Assert.Equal(1, nowhere.Messages.Count(c => c == '\n'));
    }

    // Times of day and of training differ.
    private static string Steady(string page) => Numbers().Replace(page, "#");

    [GeneratedRegex(
        @"\d+(\.\d+)? (ms|s|min|h)\b|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Numbers();

    private static void OpenToOthers(string root)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root))
        {
            if (!OperatingSystem.IsWindows())
            {
                UnixFileMode enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
                UnixFileMode mode = File.GetUnixFileMode(entry) | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
                File.SetUnixFileMode(entry, Directory.Exists(entry) ? mode | enter : mode);
            }
        }
    }

    private bool IsBegun(string kind)
    {
        string folder = command.Run("killed");
        return kind == "compare" ? File.Exists(Path.Combine(folder, "comparison.json")) : RunGroup.IsGroup(folder);
    }

    private string Long(int outerSteps) => command.Write("long.yaml", CommandLine.TinyRecipe
        .Replace("outer-steps: 40", string.Create(CultureInfo.InvariantCulture, $"outer-steps: {outerSteps}"), StringComparison.Ordinal)
            .Replace("checkpoint-every: 10", "checkpoint-every: 50", StringComparison.Ordinal));
}

/// <summary>A file system of its own, in memory and small.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    public SmallFileSystem(string path, string size)
    {
        Path = Directory.CreateDirectory(System.IO.Path.GetFullPath(path)).FullName;
        Assert.True(Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Path), "the file system could not be mounted");
    }

    public string Path { get; }

    /// <summary>Whether this process may mount one.</summary>
    public static bool IsPossible { get; } = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Try();

    public void Resize(string size) =>
        Assert.True(Run("mount", "-o", $"remount,size={size}", Path), "the file system could not be made larger");

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Try()
    {
        string folder = Directory.CreateTempSubdirectory("engram-mount").FullName;
        try
        {
            return Run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder) && Run("umount", folder);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool Run(string program, params string[] args)
    {
        try
        {
            var start = new ProcessStartInfo(program, args)
            { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A fact that mounts a file system.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute() => Skip = SmallFileSystem.IsPossible ? null! : "needs to mount a file system: Linux, and root";
}

/// <summary>A theory that mounts a file system.</summary>
internal sealed class TmpfsTheoryAttribute : TheoryAttribute
{
    public TmpfsTheoryAttribute() => Skip = SmallFileSystem.IsPossible ? null! : "needs to mount a file system: Linux, and root";
}

/// <summary>A theory that runs the program as somebody else.</summary>
internal sealed class OtherUserTheoryAttribute : TheoryAttribute
{
    private static readonly Lazy<bool> MayRead = new(() =>
    {
        using Process test =
            Process.Start("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "test", "-r", CommandLine.ProgramPath]);
        test.WaitForExit();
        return test.ExitCode == 0;
    });

    public OtherUserTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv"))
        {
            Skip = "needs to become another user: Linux, root, and the program 'setpriv'";
        }
        else if (!MayRead.Value)
        {
            Skip = "needs a checkout that other users may read";
        }
    }
}

/// <summary>A theory that needs signals and limits of Unix.</summary>
internal sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "needs a Unix";
        }
    }
}
