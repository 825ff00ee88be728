using System.Diagnostics;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>A training that is killed again and again.</summary>
public sealed class FiftyKillsTests : IDisposable
{
    private const int Groups = 2, KillsOfAGroup = 25;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public async Task Train_FiftyKillsAtRandomMoments_EndInTheSameBits()
    {
        string recipe = command.Long(600);
        command.Call("train", recipe, "--run", "whole", "--quiet");

        // Most of it is the start of processes, which use one core each.
        await Task.WhenAll(Enumerable.Range(0, Groups).Select(g => Task.Run(() => KillAndCompare(recipe, 7 + g))));
    }

    private async Task KillAndCompare(string recipe, int seed)
    {
        var random = new Random(seed);
        int kills = 0, run = 0;
        while (kills < KillsOfAGroup)
        {
            // A run that has ended makes room for the next one.
            string name = string.Create(CultureInfo.InvariantCulture, $"killed-{seed}-{++run}");
            string[] Words() => RunDirectory.IsRun(command.Run(name)) ? ["train", "--resume", "--run", name, "--quiet", "--threads", "1"]
                : ["train", recipe, "--run", name, "--quiet", "--threads", "1"];
            long step = 0;
            while (kills < KillsOfAGroup && RunDirectory.StateOf(command.Run(name)) is not RunState.Finished)
            {
                using Process process = command.Start(Words());
                if (random.Next(5) == 0)
                {
                    // While it starts: before the run is made, half-way through, or while it reads its checkpoint.
                    await Task.Delay(random.Next(300));
                }
                else
                {
                    step += random.Next(1, 160);
                    await command.WaitForStep(name, step, process);
                }

                kills += process.HasExited ? 0 : 1;
                process.Kill();
                await process.WaitForExitAsync();
            }

            CommandOutcome last = command.Call(Words());
            Assert.True(last.ExitCode == ExitCodes.Success, $"seed {seed}, run {run}, after {kills} kills: {last.Messages}");
            RunAssert.Same(command.Run("whole"), command.Run(name));
            RunAssert.SameEvents(command.Run("whole"), command.Run(name));
            Assert.Empty(Directory.EnumerateFiles(command.Run(name), "*.partial"));
        }
    }
}
