using System.Globalization;
using Engram.Numerics;

namespace Engram.Experiments;

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
    public static bool IsHeld(string folder)
    {
        string path = Path.Combine(folder, LockName);
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            // Shared, so that looking at a run keeps nobody else from looking.
            using FileStream probe = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The file stays: deleting it would let two processes hold two files of one name.
        stream.Dispose();
    }

    private static RunLock? TryTake(string folder, int attempts)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new RunLock(new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (UnauthorizedAccessException e)
            {
                throw new EngramException($"Could not write in '{folder}': {e.Message} Choose another folder with ENGRAM_RUNS.", e);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && IsHeld(folder))
            {
                // Somebody who only looks holds it for a moment.
                if (attempt == attempts)
                {
                    return null;
                }

                Thread.Sleep(50);
            }
            catch (IOException e)
            {
                throw new EngramException($"Could not write in '{folder}': {e.Message} Make room or choose another folder with ENGRAM_RUNS.", e);
            }
        }
    }

    private static string Owner(string folder)
    {
        try
        {
            return $" (process {File.ReadAllText(Path.Combine(folder, OwnerName)).Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
