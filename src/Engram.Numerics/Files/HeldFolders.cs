using System.Collections.Concurrent;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>
/// The folders that this process holds by a lock in them. Before a whole file takes its name in one of them, or below one, the lock that is
/// held must be the one that is there:
/// somebody may have deleted the folder and another process made it anew, whose files these would be.
/// </summary>
internal static class HeldFolders
{
    private static readonly ConcurrentDictionary<string, FileStream> Held = new(StringComparer.Ordinal);

    /// <summary>Makes a folder known as held.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="held">The lock in it.</param>
    public static void Add(string folder, FileStream held) => Held[Key(folder)] = held;

    /// <summary>Makes a folder known as let go of; one that another lock of this process holds stays.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="held">The lock that was in it.</param>
    public static void Remove(string folder, FileStream held) => Held.TryRemove(new KeyValuePair<string, FileStream>(Key(folder), held));

    /// <summary>Checks that the folders above a file are still those that this process holds.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">One is not.</exception>
    public static void ExpectAbove(string path)
    {
        if (Held.IsEmpty)
        {
            return;
        }

        for (string? folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Held.TryGetValue(folder, out FileStream? held))
            {
                Expect(folder, held);
            }
        }
    }

    /// <summary>Checks that a lock that is held is still the one in its folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="held">The lock.</param>
    /// <exception cref="EngramException">It is not.</exception>
    public static void Expect(string folder, FileStream held)
    {
        // One that is let go of meanwhile guards nothing.
        if (!held.SafeFileHandle.IsClosed && !FileIdentity.IsAt(held.SafeFileHandle, held.Name))
        {
            throw new EngramException(
                $"Found the folder '{folder}' deleted, moved or replaced since this process took it, expected it left alone; nothing " +
                    $"more is written. Train under another name with --run.");
        }
    }

    private static string Key(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
}
