using Engram.Numerics.Text;

namespace Engram.Tasks.Images.Archives;

/// <summary>A file that is compressed with gzip, such as MNIST's idx.gz.</summary>
internal static class GzipFile
{
    /// <summary>Reads it whole, decompressed; checksum, length and end are verified.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Most bytes that it may hold after decompression; no more are ever decompressed. From 1 to
    /// <see cref="Array.MaxLength"/>.</param>
    /// <exception cref="EngramException">It is not there, damaged, cut short, not gzip, or holds more.</exception>
    public static byte[] ReadAll(string path, long mostBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mostBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mostBytes, Array.MaxLength);
        return ArchiveFile.Guard(path, () =>
        {
            using var stream = new WholeGzipStream(ArchiveFile.OpenRead(path), path);
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                if (bytes.Length + read > mostBytes)
                {
                    throw new EngramException(
                        $"Found more than {mostBytes} bytes in '{path}' after decompression, expected at most that; it is not the file " +
                        $"that it should be, get it again.");
                }

                bytes.Write(buffer, 0, read);
            }

            return bytes.ToArray();
        });
    }
}
