using System.Runtime.InteropServices;

namespace Engram.Cli.Terminal;

/// <summary>
/// Turns the first Ctrl-C, termination signal or loss of the terminal into a request to stop; a second Ctrl-C or termination signal ends the program at once.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    /// <summary>What is said where nothing is kept of what is under way.</summary>
    public const string Stopping = "Stopping; once more ends at once.";

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Listens until disposed of.</summary>
    /// <param name="output">Where it says so.</param>
    /// <param name="message">What it says.</param>
    public StopSignal(Output output, string message = "Stopping after this outer step, with a checkpoint; once more ends at once.")
    {
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, context =>
        {
            bool again = source.IsCancellationRequested;

            // A terminal that is lost may be told of twice, by the system and by the shell; that is nobody's impatience.
            if (again && context.Signal != PosixSignal.SIGHUP)
            {
                return;
            }

            context.Cancel = true;
            if (!again)
            {
                // In this order: whatever becomes of the note, the stop must not wait for it.
                source.Cancel();
                output.Note(message);
            }
        }))];
    }

    /// <summary>Set by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Does work that a signal ends before anything is written, and says so where one does.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="work">The work.</param>
    /// <exception cref="OperationCanceledException">It was stopped; the message is for the user.</exception>
    public static T BeforeWriting<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException e)
        {
            throw new OperationCanceledException("Stopped; nothing was written.", e);
        }
    }

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
