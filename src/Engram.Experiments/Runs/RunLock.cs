using System.Globalization;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>Holds a folder for one process. The system lets go of it when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    private const string LockName = "lock";
    private const string OwnerName = "lock.owner";

    private readonly FileStream stream;

    private RunLock(FileStream stream) => this.stream = stream;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="EngramException">Another process has it; the message names its number.</exception>
    public static RunLock Take(string folder)
    {
        RunLock held = TryTake(folder, attempts: 3) ?? throw new EngramException($"Found the run '{folder}' in use by another process{Owner(folder)}, expected nobody; wait until it ends, or train into another run with --run.");
        AtomicFile.WriteText(Path.Combine(folder, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return held;
    }

    /// <summary>Whether some process holds the folder.</summary>
    public static bool IsHeld(string folder) => FileLock.IsHeld(Path.Combine(folder, LockName));

    /// <summary>Whether some process holds the folder, or once held it.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, LockName));

    /// <summary>Whether a file of that name belongs to the lock.</summary>
    public static bool IsOwn(string name) => name is LockName or OwnerName;

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static RunLock? TryTake(string folder, int attempts)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (FileLock.TryTake(Path.Combine(folder, LockName)) is { } stream)
                {
                    return new RunLock(stream);
                }
            }
            catch (UnauthorizedAccessException e)
            {
                throw new EngramException($"Could not write in '{folder}': {e.Message} Choose another folder with ENGRAM_RUNS.", e);
            }
            catch (IOException e)
            {
                throw new EngramException($"Could not write in '{folder}': {e.Message} Make room or choose another folder with ENGRAM_RUNS.", e);
            }

            // Somebody who only looks holds it for a moment.
            if (attempt == attempts)
            {
                return null;
            }

            Thread.Sleep(50);
        }
    }

    private static string Owner(string folder)
    {
        try
        {
            return $" (process {RegularFile.ReadText(Path.Combine(folder, OwnerName), 100).Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngramException)
        {
            return string.Empty;
        }
    }
}
