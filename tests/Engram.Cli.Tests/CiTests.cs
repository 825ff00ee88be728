using System.Diagnostics;

namespace Engram.Cli.Tests;

/// <summary>The script of continuous integration, with a program in the place of <c>dotnet</c>: what fails there, fails the run, and the
/// last line counts it.</summary>
public sealed class CiTests : IDisposable
{
    private const string Good = "Passed!  - Failed:     0, Passed:     3, Skipped:     0, Total:     3, Duration: 1 s - X.dll (net10.0)";
    private const string Bad = "Failed!  - Failed:     2, Passed:     1, Skipped:     0, Total:     3, Duration: 1 s - X.dll (net10.0)";

    private const string BadTest = "  Failed Engram.A.Tests.Subject_Case_Is [1 ms]\n  Error Message:\n   It is not.";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Each step and the tests of two projects, each of which passes three.
    [UnixFact]
    public void Run_StepsThatSucceed_PassAndAreCounted()
    {
        (int code, string said) = Run("restore build tests format", "exit 0", $"echo '{Good}'");

        Assert.EndsWith("\n10 passed, 0 failed\n", said, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [UnixTheory]
    [InlineData("restore", "case $1 in restore) exit 1;; esac", Good, "== restore: FAILED", "9 passed, 1 failed")]
    [InlineData("build", "case $1 in build) exit 1;; esac", Good, "== build: FAILED", "9 passed, 1 failed")]
    [InlineData("format", "case $1 in format) exit 2;; esac", Good, "== format: FAILED", "9 passed, 1 failed")]
    [InlineData("a test", "exit 0", Bad + "'; exit 1; echo '", "== tests: FAILED", "5 passed, 5 failed")]
    [InlineData("all tests of a project, which says nothing", "exit 0", "", "== tests: FAILED", "3 passed, 1 failed")]
    [InlineData("a test project, after its tests", "exit 0", Good + "'; exit 1; echo '", "== tests: FAILED", "9 passed, 1 failed")]
    public void Run_WhatFails_FailsTheRunAndIsCounted(string what, string always, string tests, string line, string last)
    {
        (int code, string said) = Run("restore build tests format", always, $"echo '{tests}'");

        Assert.True(code == 1, $"{what} failed, and the run did not:\n{said}");
        Assert.Contains(line, said, StringComparison.Ordinal);
        Assert.EndsWith($"\n{last}\n", said, StringComparison.Ordinal);
    }

    // Of a long log, the end is read first.
    [UnixFact]
    public void Run_TestThatFails_IsToldAgainAtTheEnd()
    {
        (_, string said) = Run("tests format", "exit 0", $"echo '{BadTest}\n{Bad}'; exit 1");

        string end = said[said.LastIndexOf("== format: good", StringComparison.Ordinal)..];
        Assert.Contains("== tests: FAILED", end, StringComparison.Ordinal);
        Assert.Contains(BadTest, end, StringComparison.Ordinal);
        Assert.EndsWith("\n3 passed, 5 failed\n", end, StringComparison.Ordinal);
    }

    // The command succeeds, and what it should have made is not there.
    [UnixTheory]
    [InlineData("quick-start")]
    [InlineData("reproduce")]
    [InlineData("tool")]
    public void Run_ProgramThatMakesNothing_Fails(string step)
    {
        (int code, string said) = Run(step, "exit 0", "");

        Assert.True(code == 1, said);
        Assert.Contains($"== {step}: FAILED", said, StringComparison.Ordinal);
        Assert.EndsWith("\n0 passed, 1 failed\n", said, StringComparison.Ordinal);
    }

    [UnixFact]
    public void Run_ParityCaseThatDoesNotAgree_Fails()
    {
        folder.File("shared/parity/case.safetensors", "");
        (int code, string said) = Run("verify", "case \"$*\" in *verify*) exit 4;; esac", "");

        Assert.True(code == 1, said);
        Assert.Contains("== verify: FAILED", said, StringComparison.Ordinal);
    }

    // A link that leads nowhere is a fault; a tool that cannot be had is none, and is told.
    [UnixTheory]
    [InlineData("exit 0", "echo made", 0, "made")]
    [InlineData("exit 0", "echo 'FAULT: a link'; exit 1", 1, "== site: FAILED")]
    [InlineData("case \"$*\" in 'tool restore') echo no source; exit 1;; esac", "exit 1", 0, "SKIPPED: docfx")]
    public void Run_Site_FailsForFaultsAloneAndSaysWhereItIsSkipped(string always, string build, int expected, string line)
    {
        string site = folder.File("repository/site/build.sh", $"#!/bin/bash\n{build}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(site, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        (int code, string said) = Run("site", always, "");

        Assert.True(code == expected, said);
        Assert.Contains(line, said, StringComparison.Ordinal);
        Assert.EndsWith($"\n{1 - expected} passed, {expected} failed\n", said, StringComparison.Ordinal);
    }

    [UnixTheory]
    [InlineData("0.8804", true, "coverage: Engram.A 88.0 % of lines, floor 88")]
    [InlineData("0.8796", false, "coverage: Engram.A is below its floor in tests/coverage-floors.txt; test what is new.")]
    [InlineData("", false, "coverage: Engram.A was not measured, floor 88")]
    public void Run_CoverageBelowItsFloor_Fails(string rate, bool passes, string line)
    {
        // The project without a floor is not asked for a report.
        string report = rate.Length == 0 ? "" : $"[ -n \"$results\" ] && mkdir -p \"$results/id\" && " +
            $"echo '<coverage line-rate=\"{rate}\" branch-rate=\"0\">' >\"$results/id/coverage.cobertura.xml\"; ";
        const string find = "while [ $# -gt 0 ] && [ \"$1\" != --results-directory ]; do shift; done; results=$2; ";
        (int code, string said) = Run("tests coverage", "exit 0", $"{find}{report}echo '{Good}'");

        Assert.True(code == (passes ? 0 : 1), said);
        Assert.Contains(line + "\n", said, StringComparison.Ordinal);
    }

    // Two projects of tests, the README's commands, and a program that stands in for dotnet.
    private (int ExitCode, string Said) Run(string steps, string always, string tests)
    {
        string[] files = ["repository/tests/Engram.A.Tests/A.csproj", "repository/tests/Engram.B.Tests/B.csproj"];
        Array.ForEach(files, f => folder.File(f, ""));
        folder.File("repository/README.md", "```bash\ndotnet run -- train\n```\n\n```bash\ndotnet test -c Release\n```\n");
        folder.File("repository/tests/coverage-floors.txt", "# Of tests.\nEngram.A 88\n");
        string run = folder.File("repository/.ci/run", File.ReadAllText(Path.Combine(Repository.Root, ".ci", "run")));
        string dotnet = folder.File("programs/dotnet", $"#!/bin/bash\nif [ \"$1\" = test ]; then\n{tests}\nexit 0\nfi\n{always}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("bash", [run, .. steps.Split(' ')])
        { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = Path.GetDirectoryName(dotnet) + Path.PathSeparator + start.Environment["PATH"];
        start.Environment["TMPDIR"] = folder.Path;
        using Process process = Process.Start(start)!;
        Task<string> messages = process.StandardError.ReadToEndAsync();
        using var limit = new Timer(_ => process.Kill(entireProcessTree: true), null, 60_000, Timeout.Infinite);
        string said = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), "The script did not end within a minute.");
        return (process.ExitCode, messages.Result + said);
    }
}
