using System.Globalization;
using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>Holds a folder for one process. The system lets go of it when the process ends, however it ends.</summary>
internal sealed class RunLock : IDisposable
{
    private const string LockName = "lock";
    private const string OwnerName = "lock.owner";

    // Only where the system has no locks, as on some network mounts: there the one who makes it has the folder.
    private const string TakenName = "lock.taken";

    private const int MostOwnerBytes = 1000;
    private const int MostMillisecondsOfWaiting = 60_000;
    private const int MillisecondsBetweenTries = 100;

    private readonly string folder;
    private readonly FileStream stream;
    private readonly bool hasTaken;

    private RunLock(string folder, FileStream stream, bool hasTaken)
    {
        (this.folder, this.stream, this.hasTaken) = (folder, stream, hasTaken);
        HeldFolders.Add(folder, stream);
    }

    /// <summary>Takes the folder.</summary>
    /// <exception cref="RunInUseException">Another process has it; the message names its number.</exception>
    /// <exception cref="EngramException">It cannot be written to.</exception>
    public static RunLock Take(string folder)
    {
        RunLock held = TryTake(folder, attempts: 3) ?? throw InUse(folder, Owner(folder), string.Empty);
        try
        {
            // What is no file is written into, and a pipe waits for a reader.
            FileKinds.ExpectRegular(Path.Combine(folder, OwnerName));
            AtomicFile.WriteText(Path.Combine(folder, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes the folder once another process, which has it for a moment, lets go of it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="RunInUseException">Another process has had it for a minute.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static RunLock TakeWaiting(string folder, CancellationToken stop) => Waiting(() => Take(folder), stop);

    /// <summary>Takes something that other processes have for a moment at a time.</summary>
    /// <typeparam name="T">What is taken.</typeparam>
    /// <param name="take">Takes it; tried again while another process has it.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <inheritdoc cref="TakeWaiting" path="/exception"/>
    public static T Waiting<T>(Func<T> take, CancellationToken stop)
    {
        for (long begin = Environment.TickCount64; ;)
        {
            try
            {
                return take();
            }
            catch (RunInUseException) when (Environment.TickCount64 - begin < MostMillisecondsOfWaiting)
            {
                stop.WaitHandle.WaitOne(MillisecondsBetweenTries);
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Checks that the folder is still the one that was taken. Before everything that is written into it or deleted in
    /// it.</summary>
    /// <exception cref="EngramException">Somebody has deleted, moved or made it anew.</exception>
    public void ExpectHeld() => HeldFolders.Expect(folder, stream);

    /// <summary>Whether some process holds the folder.</summary>
    public static bool IsHeld(string folder) => FileLock.IsHeld(Path.Combine(folder, LockName)) || HolderWithoutLocks(folder) is not null;

    /// <summary>Puts the lock into a folder that is being made, held by nobody.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Prepare(string folder) => RegularFile.OpenToWrite(Path.Combine(folder, LockName), FileMode.Create).Dispose();

    /// <summary>Whether some process holds the folder, or once held it.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, LockName));

    /// <summary>Whether a file of that name belongs to the lock.</summary>
    public static bool IsOwn(string name) => name is LockName or OwnerName or TakenName;

    /// <inheritdoc/>
    public void Dispose()
    {
        HeldFolders.Remove(folder, stream);
        if (hasTaken && FileIdentity.IsAt(stream.SafeFileHandle, stream.Name))
        {
            File.Delete(Path.Combine(folder, TakenName));
        }

        stream.Dispose();
    }

    private static RunLock? TryTake(string folder, int attempts)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                string path = Path.Combine(folder, LockName);
                if (FileLock.TryTake(path) is { } stream)
                {
                    // Between its opening and its locking somebody may have deleted it.
                    if (FileIdentity.IsAt(stream.SafeFileHandle, path))
                    {
                        return Held(folder, stream);
                    }

                    stream.Dispose();
                }
            }
            catch (UnauthorizedAccessException e)
            {
                throw new EngramException($"Could not write in '{folder}': {e.Message} Choose another folder with ENGRAM_RUNS.", e);
            }
            catch (IOException e)
            {
                throw new EngramException(
                    $"Could not write in '{folder}': {e.Message} Make room or choose another folder with ENGRAM_RUNS.", e);
            }

            // Somebody who only looks holds it for a moment.
            if (attempt == attempts)
            {
                return null;
            }

            Thread.Sleep(50);
        }
    }

    private static RunLock Held(string folder, FileStream stream)
    {
        try
        {
            // Where one's own lock keeps nobody out, there are none.
            bool hasNoLocks = !FileLock.IsHeld(stream.Name);
            if (hasNoLocks)
            {
                TakeWithoutLocks(folder);
            }

            return new RunLock(folder, stream, hasNoLocks);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static void TakeWithoutLocks(string folder)
    {
        string path = Path.Combine(folder, TakenName);
        if (HolderWithoutLocks(folder) is { } holder)
        {
            throw InUse(folder, $" ({holder})", $" Its file system has no locks: if that process is gone, delete '{path}'.");
        }

        try
        {
            // What is left is that of a process of this machine that is gone.
            File.Delete(path);
            using FileStream made = RegularFile.OpenToWrite(path, FileMode.CreateNew);
            made.Write(Encoding.UTF8.GetBytes(
                $"{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)} {Environment.MachineName}\n"));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw InUse(folder, string.Empty, string.Empty);
        }
    }

    // Who made the file, in words; null where there is none, or where it is one of this machine whose process is gone.
    private static string? HolderWithoutLocks(string folder)
    {
        try
        {
            string path = Path.Combine(folder, TakenName);
            if (!File.Exists(path))
            {
                return null;
            }

            string[] words = RegularFile.ReadText(path, MostOwnerBytes).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var number, var machine]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                return "one that is just beginning";
            }

            return machine == Environment.MachineName && !Processes.IsAlive(id) ? null : $"process {number} on {machine}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        catch (EngramException)
        {
            // Something that nobody wrote there as a lock; making one's own tells what.
            return null;
        }
    }

    private static RunInUseException InUse(string folder, string who, string more) =>
        new(
            $"Found the run '{folder}' in use by another process{who}, expected nobody; wait until it ends, or train into another run " +
            $"with --run.{more}");

    private static string Owner(string folder)
    {
        try
        {
            return $" (process {RegularFile.ReadText(Path.Combine(folder, OwnerName), MostOwnerBytes).Trim()})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngramException)
        {
            return string.Empty;
        }
    }
}
