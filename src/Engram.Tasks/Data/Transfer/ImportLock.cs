using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Holds the import of a data set for one process. The system lets go of it when the process ends, however it ends.</summary>
internal static class ImportLock
{
    /// <summary>Takes it; who disposes of what comes back lets go of it.</summary>
    /// <param name="name">Name of the data set.</param>
    /// <param name="path">The file that is held. It stays: deleting it would let two processes hold two files of one name.</param>
    /// <exception cref="EngramException">Another import has it.</exception>
    public static FileStream Take(string name, string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeld(path))
        {
            throw new EngramException($"Found another import of the data set '{name}' under way ('{path}' is held), expected none; wait until it ends, and try again.", e);
        }
    }

    private static bool IsHeld(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
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
}
