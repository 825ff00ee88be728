using System.Buffers.Binary;
using System.Security.Cryptography;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>A safetensors file: named tensors and a dictionary of strings. Holds no code, and reading one runs none.</summary>
/// <remarks>
/// Layout: 8 bytes, the header's length N, little-endian; N bytes of JSON, <c>{"name": {"dtype", "shape", "data_offsets": [begin, end]},
/// …}</c>
/// with strings under <c>__metadata__</c>; then the data. The reader is strict: the tensors must cover the data without holes or overlaps,
/// and
/// whatever a damaged or hostile file holds, the outcome is an <see cref="EngramException"/> and memory stays within a small multiple of
/// the file's length.
/// Source: the safetensors format description. Deviation: the element types are those of <see cref="TensorType"/> only.
/// </remarks>
public sealed class SafetensorsFile
{
    /// <summary>Metadata key of the file's checksum: see <see cref="SafetensorsWriter.Write"/>.</summary>
    public const string ChecksumKey = "checksum";

    /// <summary>Longest header that is read.</summary>
    internal const long MaximumHeaderBytes = 100_000_000;

    private SafetensorsFile(string path, OrderedDictionary<string, string> metadata, OrderedDictionary<string, TensorEntry> tensors)
    {
        Path = path;
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>The strings of <c>__metadata__</c>, in the file's order.</summary>
    public OrderedDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public OrderedDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public TensorEntry this[string name] => Tensors.TryGetValue(name, out TensorEntry? entry)
        ? entry
        : throw new EngramException($"Found no tensor '{name}' in '{Path}'; {NearestName.Hint(name, Tensors.Keys)}");

    /// <summary>The metadata string of that key.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public string MetadataOf(string key) => Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new EngramException($"Found no metadata '{key}' in '{Path}'; {NearestName.Hint(key, Metadata.Keys)}");

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="verifyChecksum">Whether a missing or wrong checksum is an error; for files of <see cref="SafetensorsWriter.Write"/>
    /// with a checksum.</param>
    /// <exception cref="EngramException">The file is not there, cannot be read, is a pipe, socket or device, or is not a sound safetensors
    /// file.</exception>
    public static SafetensorsFile Read(string path, bool verifyChecksum = false)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path, FileShare.Read | FileShare.Delete);
            return ReadFrom(path, stream, stream.Length, verifyChecksum);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException
            or OutOfMemoryException)
        {
            throw failure is FileNotFoundException or DirectoryNotFoundException
                ? new EngramException($"Found no file '{path}', expected a safetensors file; check the path.", failure)
                : new EngramException($"Could not read '{path}': {AtomicFile.OneLine(failure.Message)}", failure);
        }
    }

    private static SafetensorsFile ReadFrom(string path, Stream stream, long length, bool verifyChecksum)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8)
        {
            throw new EngramException(
                $"Found {length} bytes in '{path}', expected at least 8 (the length of a safetensors header); copy the file again.");
        }

        stream.ReadExactly(prefix);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes is < 2 or > MaximumHeaderBytes)
        {
            throw new EngramException(
                $"Found a header of {headerBytes} bytes announced in '{path}', expected 2 to {MaximumHeaderBytes}; this is not a " +
                $"safetensors file.");
        }

        long dataBytes = length - 8 - (long)headerBytes;
        if (dataBytes < 0)
        {
            throw new EngramException(
                $"Found {length} bytes in '{path}', expected {headerBytes} of header alone; the file is cut short, copy it again.");
        }

        byte[] json = new byte[headerBytes];
        stream.ReadExactly(json);
        SafetensorsHeader header = SafetensorsHeader.Parse(path, json, dataBytes);

        using IncrementalHash? hash = verifyChecksum ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        if (hash is not null)
        {
            hash.AppendData(prefix);
            hash.AppendData(Checksum.WithoutValue(path, json, header.Metadata));
        }

        var tensors = new OrderedDictionary<string, TensorEntry>(header.Tensors.Count, StringComparer.Ordinal);
        foreach (SafetensorsHeader.Item item in header.Tensors)
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)(item.End - item.Begin));
            stream.ReadExactly(bytes);
            hash?.AppendData(bytes);
            tensors.Add(item.Name, new TensorEntry(path, item.Name, item.Dtype, item.Shape, bytes));
        }

        if (hash is not null && Convert.ToHexStringLower(hash.GetHashAndReset()) is var found
            && !string.Equals(found, header.Metadata[ChecksumKey], StringComparison.Ordinal))
        {
            throw new EngramException(
                $"Found checksum {found} of '{path}', expected {header.Metadata[ChecksumKey]}; the file is damaged, use another copy.");
        }

        return new SafetensorsFile(path, header.Metadata, tensors);
    }
}
