#if !NO_STUDIO
using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;
using Engram.Studio;

namespace Engram.Cli.Commands;

/// <summary><c>engram studio</c>: pages that show runs as they train, compare them, and play lives.</summary>
internal static class StudioCommand
{
    private const int MostPort = 65535;

    public static Command Create(Output output, RunStore store)
    {
        var port = new Option<int?>("--port")
        {
            Description =
            $"Port on this machine's loopback address; 0 for any that is free. {StudioOptions.UsualPort}, or the next that is free, " +
            $"where it is left out."
        };
        var runs = new Option<string?>("--runs")
        { HelpName = "folder", Description = "Folder of the runs. Default: $ENGRAM_RUNS or ./runs." };
        var noOpen = new Option<bool>("--no-open") { Description = "Open no browser; the address is printed either way." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var command = new Command(
            "studio",
            "Opens pages that show runs live, compare them, and play a network's life step by step. They are for this machine alone, " +
            "and change nothing.")
        {
            port, runs, noOpen, threads,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--port", parsed.GetValue(port), 0);
            Arguments.ExpectAtMost("--port", parsed.GetValue(port), MostPort);
            var options = new StudioOptions
            {
                Store = parsed.GetValue(runs) is { } folder ? StoreIn(folder) : store,
                Data = DataView.Context(output, quiet: true),
                Port = parsed.GetValue(port),
                Threads = Arguments.Threads(parsed.GetValue(threads)),
            };
            return Serve(output, options, open: !parsed.GetValue(noOpen));
        });
        return command;
    }

    private static RunStore StoreIn(string folder) => Directory.Exists(folder)
        ? new RunStore(folder)
        : throw new EngramException(
            $"Found no folder '{folder}', expected one that runs lie in; leave --runs out for $ENGRAM_RUNS or ./runs.");

    private static int Serve(Output output, StudioOptions options, bool open)
    {
        using var stop = new StopSignal(output, "Closing the studio.");
        StudioServer studio = StudioServer.StartAsync(options).GetAwaiter().GetResult();
        try
        {
            output.Results.WriteLine(studio.Address.ToString());
            output.Results.Flush();
            output.Note($"The studio shows the runs in '{options.Store.Root}', to this machine alone. Ctrl-C closes it.");
            if (open)
            {
                OpenBrowser(studio.Address);
            }

            stop.Token.WaitHandle.WaitOne();
        }
        finally
        {
            studio.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        return ExitCodes.Success;
    }

    // Only where somebody sits in front of a desktop; whoever does not has the address.
    private static void OpenBrowser(Uri address)
    {
        string? opener = OperatingSystem.IsMacOS() ? "open"
            : OperatingSystem.IsWindows() ? address.ToString()
            : (Environment.GetEnvironmentVariable("DISPLAY") ?? Environment.GetEnvironmentVariable("WAYLAND_DISPLAY")) is { Length: > 0 }
                ? "xdg-open" : null;
        if (opener is null || Console.IsOutputRedirected)
        {
            return;
        }

        try
        {
            var start = new ProcessStartInfo(opener) { UseShellExecute = OperatingSystem.IsWindows() };
            if (!OperatingSystem.IsWindows())
            {
                start.ArgumentList.Add(address.ToString());
                (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
            }

            Process.Start(start)?.Dispose();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or FileNotFoundException)
        {
            // There is no browser, or nothing that opens one; the address stands in the terminal.
        }
    }
}
#endif
