using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>Collects tensors and strings and writes them as one safetensors file, which the public Python package reads.</summary>
/// <remarks>
/// The same content gives the same bytes: tensors stand in order of element size, largest first, then of name, so that every one is
/// aligned;
/// metadata stand in the order they were added; the header is padded with spaces to a multiple of 8 bytes. Values are copied when they are
/// added, but those of <see cref="AddShared"/>.
/// </remarks>
public sealed class SafetensorsWriter
{
    private readonly OrderedDictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (TensorType Dtype, int[] Shape, ReadOnlyMemory<byte> Bytes)> tensors = new(StringComparer.Ordinal);

    /// <summary>Adds a string to the metadata.</summary>
    /// <exception cref="EngramException">The key is there already, or is kept for the checksum.</exception>
    public void AddMetadata(string key, string value)
    {
        if (string.Equals(key, SafetensorsFile.ChecksumKey, StringComparison.Ordinal) || !metadata.TryAdd(key, value))
        {
            throw new EngramException(
                $"Found a second metadata '{key}' for a tensor file, expected names that differ; rename one of the two.");
        }
    }

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape; empty for a single number.</param>
    /// <param name="values">Its elements, row-major.</param>
    /// <exception cref="EngramException">The name is taken, or the shape does not fit the number of values.</exception>
    public void Add<T>(string name, ReadOnlySpan<int> shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Check(name, shape, values.Length);
        tensors.Add(name, (TensorTypes.Of<T>(), shape.ToArray(), MemoryMarshal.AsBytes(values).ToArray()));
    }

    /// <summary>Adds a tensor whose bytes are not copied: whoever adds them leaves them as they are until the file is written.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dtype">Type of its elements.</param>
    /// <param name="shape">Its shape; empty for a single number.</param>
    /// <param name="bytes">Its elements, row-major, little-endian.</param>
    /// <exception cref="EngramException">The name is taken, or the shape does not fit the number of bytes.</exception>
    public void AddShared(string name, TensorType dtype, ReadOnlySpan<int> shape, ReadOnlyMemory<byte> bytes)
    {
        Check(name, shape, bytes.Length / dtype.SizeInBytes());
        tensors.Add(name, (dtype, shape.ToArray(), bytes));
    }

    /// <summary>Adds a matrix, without the padding of its rows.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape in the file, of as many elements.</param>
    /// <param name="tensor">The matrix.</param>
    /// <exception cref="EngramException">The name is taken, or the shape does not fit the number of elements.</exception>
    public void Add<T>(string name, ReadOnlySpan<int> shape, Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(name, shape, tensor.Count);
        var bytes = new byte[checked(tensor.Count * Marshal.SizeOf<T>())];
        Span<T> values = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        for (int r = 0; r < tensor.Rows; r++)
        {
            tensor.Row(r).CopyTo(values[(r * tensor.Columns)..]);
        }

        tensors.Add(name, (TensorTypes.Of<T>(), shape.ToArray(), bytes));
    }

    /// <summary>Adds a matrix of shape [rows, columns].</summary>
    /// <exception cref="EngramException">The name is taken.</exception>
    public void Add<T>(string name, Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Add(name, [tensor.Rows, tensor.Columns], tensor);

    /// <summary>Writes the file, as <see cref="AtomicFile.Write"/> does: whole, or not at all.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="checksum">
    /// Whether the metadata get <see cref="SafetensorsFile.ChecksumKey"/>: SHA-256 in hexadecimal of the whole file, that value's own
    /// characters
    /// counted as '0', which <see cref="SafetensorsFile.Read"/> verifies when asked.
    /// </param>
    /// <exception cref="EngramException">The file could not be written; the old one is intact.</exception>
    public void Write(string path, bool checksum = false)
    {
        var ordered = tensors.OrderByDescending(t => t.Value.Dtype.SizeInBytes()).ThenBy(t => t.Key, StringComparer.Ordinal).ToList();
        byte[] head = Head(ordered, checksum);
        if (checksum)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(head);
            ordered.ForEach(t => hash.AppendData(t.Value.Bytes.Span));
            int position = Checksum.PositionOf(head, new string('0', Checksum.Characters));
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()), head.AsSpan(position));
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(head);
            ordered.ForEach(t => stream.Write(t.Value.Bytes.Span));
        });
    }

    private byte[] Head(List<KeyValuePair<string, (TensorType Dtype, int[] Shape, ReadOnlyMemory<byte> Bytes)>> ordered, bool checksum)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.GetSpan(8)[..8].Clear();
        buffer.Advance(8);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0 || checksum)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataName);
                if (checksum)
                {
                    // First, so that its digits are the first 64 of their kind in the header.
                    json.WriteString(SafetensorsFile.ChecksumKey, new string('0', Checksum.Characters));
                }

                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach ((string name, (TensorType dtype, int[] shape, ReadOnlyMemory<byte> bytes)) in ordered)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype.ToString());
                json.WriteStartArray("shape");
                foreach (int size in shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.WrittenCount % 8 != 0)
        {
            buffer.Write(" "u8);
        }

        byte[] head = buffer.WrittenSpan.ToArray();
        if (head.Length - 8 > SafetensorsFile.MaximumHeaderBytes)
        {
            throw new EngramException(
                string.Create(
                CultureInfo.InvariantCulture,
                $"Found a header of {head.Length - 8} bytes, expected at most {SafetensorsFile.MaximumHeaderBytes}; write fewer tensors " +
                $"or shorter metadata."));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)head.Length - 8);
        return head;
    }

    private void Check(string name, ReadOnlySpan<int> shape, long count)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new EngramException("Found a big-endian machine, expected a little-endian one; write tensor files on another machine.");
        }

        long product = 1;
        foreach (int size in shape)
        {
            product = size < 0 ? throw new EngramException($"Found size {size} in the shape of tensor '{name}', expected 0 or more.")
                : checked(product * size);
        }

        if (product != count)
        {
            throw new EngramException(
                $"Found {count} values for tensor '{name}', expected {product} for the shape [{string.Join(", ", shape.ToArray())}].");
        }

        if (string.Equals(name, SafetensorsHeader.MetadataName, StringComparison.Ordinal) || tensors.ContainsKey(name))
        {
            throw new EngramException($"Found a second tensor '{name}' for a file, expected names that differ; rename one of the two.");
        }
    }
}
