namespace Engram.Numerics.Files;

/// <summary>A file that one process holds at a time. The system lets go of it when the process ends, however it ends.</summary>
/// <remarks>The file stays when it is let go of: deleting it would let two processes hold two files of one name.</remarks>
internal static class FileLock
{
    private const int MostTries = 20;

    /// <summary>Takes the file, which is made where there is none; who disposes of what comes back lets go of it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file, held; null where somebody else holds it, if only to look.</returns>
    /// <exception cref="Text.EngramException">A pipe, a socket or a device is there.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made or written.</exception>
    public static FileStream? TryTake(string path)
    {
        FileKinds.ExpectRegular(path);
        for (int tries = 1; ; tries++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
            {
                if (IsHeld(path))
                {
                    return null;
                }

                // Whoever held it may have let go of it between the two looks; what fails for another reason fails again.
                if (tries == MostTries)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Whether some process holds the file.</summary>
    /// <param name="path">The file.</param>
    public static bool IsHeld(string path)
    {
        // Opening a pipe would wait for its other end.
        if (!File.Exists(path) || FileKinds.IsSpecial(FileKinds.Of(path)))
        {
            return false;
        }

        try
        {
            // Shared, so that looking keeps nobody else from looking.
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
