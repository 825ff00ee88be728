using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>The command under the launchers of MPICH and Open MPI, where they are installed.</summary>
public sealed class MpiTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [MpiFact("mpich")]
    public void Train_OnRanksOfMpich_GivesTheBitsOfOneProcess() => ExpectSameBits("mpich", 3);

    [MpiFact("openmpi")]
    public void Train_OnRanksOfOpenMpi_GivesTheBitsOfOneProcess() => ExpectSameBits("openmpi", 3);

    [MpiFact("mpich")]
    public void Train_MoreRanksThanLifetimes_EndsWithOneLine()
    {
        using Process process = Launch("mpich", 4, "train", command.Tiny(), "--run", "few", "--quiet");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        string[] lines = [.. outcome.Messages.Split('\n').Where(l => l.StartsWith("engram:", StringComparison.Ordinal))];
        Assert.Contains("Found 4 ranks for 1 lifetimes an outer step", Assert.Single(lines), StringComparison.Ordinal);
    }

    [MpiFact("mpich")]
    public async Task Train_RankThatIsKilled_EndsAllAndResumesOnOtherRanks()
    {
        string recipe = Recipe(1000);
        command.Call("train", recipe, "--run", "whole", "--quiet");
        using Process process = Launch("mpich", 2, "train", recipe, "--run", "killed", "--threads", "1", "--quiet");
        var clock = Stopwatch.StartNew();
        while (RunDirectory.CheckpointsOf(command.Run("killed")).Length < 2 && !process.HasExited
            && clock.Elapsed < TimeSpan.FromMinutes(2))
        {
            await Task.Delay(20);
        }

        Process last = RanksOf(process).Last();
        last.Kill();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "the launcher did not end");
        Assert.NotEqual(0, process.ExitCode);

        using Process again = Launch("mpich", 4, "train", "--resume", "--run", "killed", "--threads", "1", "--quiet");
        CommandOutcome outcome = CommandLine.Finish(again);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        RunAssert.Same(command.Run("whole"), command.Run("killed"));
    }

    [Fact]
    public void Train_LauncherWithoutItsLibrary_SaysWhatIsMissing()
    {
        // No library of that name is where the loader looks.
        var start = new ProcessStartInfo("dotnet", [CommandLine.ProgramPath, "--version"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PMI_SIZE"] = "2";
        start.Environment["ENGRAM_MPI"] = "libengram-none.so.1";
        CommandOutcome outcome = CommandLine.Finish(Process.Start(start)!);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("Found no library libengram-none.so.1, expected that of MPICH", outcome.Messages, StringComparison.Ordinal);
    }

    private void ExpectSameBits(string library, int ranks)
    {
        string recipe = Recipe(12);
        command.Call("train", recipe, "--run", "one", "--quiet");
        using Process process = Launch(library, ranks, "train", recipe, "--run", "ranks", "--threads", "1", "--quiet");
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        Assert.Contains($"{ranks} ranks: ", outcome.Messages, StringComparison.Ordinal);
        RunAssert.Same(command.Run("one"), command.Run("ranks"));
    }

    private string Recipe(int outerSteps) => command.Write("ranks.yaml", CommandLine.TinyRecipe
        .Replace("outer-steps: 40", $"outer-steps: {outerSteps}\n  lifetimes-per-outer-step: 8", StringComparison.Ordinal)
        .Replace("checkpoint-every: 10", $"checkpoint-every: {Math.Max(4, outerSteps / 40)}", StringComparison.Ordinal));

    private Process Launch(string library, int ranks, params string[] args)
    {
        string[] options = library == "openmpi" ? ["--allow-run-as-root", "--oversubscribe"] : [];
        return command.Start($"mpiexec.{library}", [.. options, "-n", $"{ranks}", "dotnet", CommandLine.ProgramPath, .. args]);
    }

    // The launcher's processes: its children, or those of what it starts.
    private static List<Process> RanksOf(Process launcher)
    {
        var parents = new Dictionary<int, int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(d => Path.GetFileName(d).All(char.IsAsciiDigit)))
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(folder, "stat"));
                parents[int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture)] =
                    int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        bool IsBelow(int id) => parents.TryGetValue(id, out int parent) && (parent == launcher.Id || IsBelow(parent));
        return [.. parents.Keys.Where(IsBelow).Select(Process.GetProcessById).Where(p => p.ProcessName == "dotnet").OrderBy(p => p.Id)];
    }
}

/// <summary>A fact about a launcher of MPI; skipped where it is not installed.</summary>
internal sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute(string library)
    {
        Library = library;
        string program = $"mpiexec.{library}";
        bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, program)));
        if (!found)
        {
            Skip = $"no {program} on the path; Debian's {(library == "mpich" ? "mpich" : "openmpi-bin")} has it";
        }
    }

    /// <summary>The library.</summary>
    public string Library { get; }
}
