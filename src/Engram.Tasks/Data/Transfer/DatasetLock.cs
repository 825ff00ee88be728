using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Data.Transfer;

/// <summary>One process at a time changes the files of a data set.</summary>
internal static class DatasetLock
{
    /// <summary>Takes the lock, a file beside the data set's folder; who disposes of what comes back lets go of it.</summary>
    /// <param name="name">Name of the data set.</param>
    /// <param name="data">The data folder, made if need be.</param>
    /// <exception cref="EngramException">Somebody else holds it.</exception>
    /// <exception cref="IOException">The data folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The data folder may not be written.</exception>
    public static FileStream Take(string name, DataFolder data)
    {
        Directory.CreateDirectory(data.Root);
        string file = data.FolderOf(name) + ".importing.lock";
        return FileLock.TryTake(file)
            ?? throw new EngramException(
                $"Found another import or download of the data set '{name}' under way ('{file}' is held), expected none; wait until it " +
                $"ends, and try again.");
    }
}
