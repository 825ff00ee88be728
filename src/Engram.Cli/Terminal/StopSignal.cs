using System.Runtime.InteropServices;

namespace Engram.Cli.Terminal;

/// <summary>Turns the first Ctrl-C or termination signal into a request to stop; a second one ends the program at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Listens until disposed of.</summary>
    /// <param name="output">Where it says so.</param>
    /// <param name="message">What it says.</param>
    public StopSignal(Output output, string message = "Stopping after this outer step, with a checkpoint; once more ends at once.")
    {
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, context =>
        {
            if (source.IsCancellationRequested)
            {
                return;
            }

            context.Cancel = true;
            output.Note(message);
            source.Cancel();
        }))];
    }

    /// <summary>Set by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }
}
