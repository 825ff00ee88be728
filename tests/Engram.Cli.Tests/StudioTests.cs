using System.Diagnostics;
using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary><c>engram studio</c> as a process: it prints its address, shows what is there, and closes when it is told to.</summary>
public sealed class StudioTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public async Task Studio_Process_ServesRunsUntilItIsToldToStop()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(ExitCodes.Success, command.Call("train", command.Tiny(), "--run", "shown", "--quiet").ExitCode);
        using Process studio = command.Start("studio", "--no-open", "--port", "0");
        try
        {
            string address = (await studio.StandardOutput.ReadLineAsync())!;
            using var client = new HttpClient { BaseAddress = new Uri(address) };
            JsonElement runs = JsonDocument.Parse(await client.GetStringAsync("/api/runs")).RootElement.GetProperty("runs");

            Assert.Equal("shown", Assert.Single(runs.EnumerateArray()).GetProperty("name").GetString());
            Process.Start("kill", ["-TERM", studio.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
            CommandOutcome outcome = CommandLine.Finish(studio);
            Assert.Equal(ExitCodes.Success, outcome.ExitCode);
            Assert.Empty(outcome.Results);
            Assert.Contains("Closing the studio.", outcome.Messages, StringComparison.Ordinal);
        }
        finally
        {
            if (!studio.HasExited)
            {
                studio.Kill();
            }
        }
    }

    [Theory]
    [InlineData("--runs", "nowhere", "Found no folder 'nowhere', expected one that runs lie in")]
    [InlineData("--port", "65536", "Found 65536 for --port, expected 65535 or less.")]
    [InlineData("--port", "-1", "Found -1 for --port, expected 0 or more.")]
    [InlineData("--threads", "0", "Found 0 for --threads, expected 1 or more.")]
    public void Studio_WrongOption_IsOneLine(string option, string value, string expected)
    {
        CommandOutcome outcome = command.Call("studio", "--no-open", option, value);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Single(outcome.Messages.TrimEnd().Split('\n'));
    }
}
