using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>The door to every file that is opened: one with content of its own, and of what is read not more than fits the kind.</summary>
/// <remarks>
/// A pipe would be waited for, a device read, without end; a file may be larger than the memory. None of them is opened, or read to its
/// end. A test holds that nothing else opens files
/// but what stands beside this class.
/// </remarks>
internal static class RegularFile
{
    /// <summary>Opens a file to read from its start; others may go on writing, and replace it.</summary>
    /// <exception cref="EngramException">It is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static FileStream Open(string path, FileShare share = FileShare.ReadWrite | FileShare.Delete)
    {
        FileKinds.ExpectRegular(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferSize: 1 << 16);
    }

    /// <summary>Opens a file to write.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it is made, made anew or gone on with.</param>
    /// <param name="share">What others may do meanwhile.</param>
    /// <param name="bufferSize">Bytes that wait until they are given to the system; 0 for none.</param>
    /// <exception cref="EngramException">A pipe, a socket or a device is there.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or is a folder.</exception>
    public static FileStream OpenToWrite(string path, FileMode mode, FileShare share = FileShare.None, int bufferSize = 1 << 16)
    {
        FileKinds.ExpectRegular(path);
        return new FileStream(path, mode, FileAccess.Write, share, bufferSize);
    }

    /// <summary>All bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Most bytes that such a file has.</param>
    /// <exception cref="EngramException">It has more, or is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[] ReadBytes(string path, int most)
    {
        using FileStream stream = Open(path);

        // What has no length, as files of the system do, or grows meanwhile, counts by what comes.
        byte[] bytes = new byte[(int)Math.Min(Math.Max(stream.Length + 1, 1 << 12), (long)most + 1)];
        int count = 0;
        while (stream.Read(bytes, count, bytes.Length - count) is > 0 and var read)
        {
            count += read;
            if (count > most)
            {
                throw new EngramException(
                    $"Found more than {most} bytes in '{path}', expected less of a file of this kind; check that it is the right file.");
            }

            if (count == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(2L * count, (long)most + 1));
            }
        }

        Array.Resize(ref bytes, count);
        return bytes;
    }

    /// <summary>A file's text, in UTF-8.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static string ReadText(string path, int most)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, most)));
        return reader.ReadToEnd();
    }

    /// <summary>A file's lines, in UTF-8.</summary>
    /// <inheritdoc cref="ReadBytes"/>
    public static IReadOnlyList<string> ReadLines(string path, int most)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, most)));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }
}
