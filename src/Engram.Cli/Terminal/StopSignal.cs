using System.Runtime.InteropServices;
using Engram.Experiments.Training;

namespace Engram.Cli.Terminal;

/// <summary>
/// Turns the first Ctrl-C, termination signal or loss of the terminal into a request to stop; a second Ctrl-C or termination signal ends
/// the program at once.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    /// <summary>What is said where nothing is kept of what is under way.</summary>
    public const string Stopping = "Stopping; Ctrl-C again stops at once.";

    // It is said while data are read, too, when there is no checkpoint yet: what is kept is said at the end.
    private const string StoppingTraining = "Stopping where the run can resume; Ctrl-C again stops at once.";

    private static int listening;

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    /// <summary>Listens until disposed of.</summary>
    /// <param name="output">Where it says so.</param>
    /// <param name="message">What it says.</param>
    public StopSignal(Output output, string message = StoppingTraining)
    {
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(
            s => PosixSignalRegistration.Create(s, context =>
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
        Interlocked.Increment(ref listening);
    }

    /// <summary>
    /// Ends the program with its code and a word where a signal comes while nobody listens: before a command has begun, at the end of one,
    /// or in one that has nothing to keep.
    /// Who disposes of what comes back leaves signals to the system again.
    /// </summary>
    /// <param name="output">Where it says so.</param>
    public static IDisposable EndUnlessListening(Output output) =>
        new Registrations([.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(s => PosixSignalRegistration.Create(s, context =>
    {
        if (IsUnheard(context))
        {
            context.Cancel = true;
            output.Note("Stopped.");
            Environment.Exit(ExitCodes.Interrupted);
        }
    }))]);

    /// <summary>Whether nobody has heard a signal. Who has heard it may have stopped listening by now, and be about to say what came of
    /// it.</summary>
    internal static bool IsUnheard(PosixSignalContext context) => !context.Cancel && Volatile.Read(ref listening) == 0;

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

    /// <summary>What is said of a run, group or comparison that was stopped: whether it has a checkpoint, and how to go on.</summary>
    /// <param name="stopped">What was thrown.</param>
    /// <param name="goOn">The command that goes on with it.</param>
    /// <param name="then">What else there is to do, from a semicolon on.</param>
    public static OperationCanceledException Told(RunStoppedException stopped, string goOn, string then = "") =>
        new(
            $"Stopped {(stopped.HasCheckpoint ? "with a checkpoint" : "before the first checkpoint")} in '{stopped.Folder}'{then}. " +
            $"Resume with: {goOn}", stopped);

    /// <inheritdoc/>
    public void Dispose()
    {
        Interlocked.Decrement(ref listening);
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private sealed class Registrations(PosixSignalRegistration[] registrations) : IDisposable
    {
        public void Dispose() => Array.ForEach(registrations, r => r.Dispose());
    }
}
