using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Engram.Studio.Http;

/// <summary>Where numbers stand in a <see cref="BinaryReply"/>.</summary>
/// <param name="Name">What they are.</param>
/// <param name="Type"><c>f32</c>, <c>i32</c>, <c>i8</c> or <c>u8</c>.</param>
/// <param name="Offset">Where they begin, in bytes after the header.</param>
/// <param name="Count">How many there are.</param>
internal sealed record BinarySection(string Name, string Type, int Offset, int Count);

/// <summary>Arrays of numbers behind a header of JSON: four bytes of its length (little end first), the header, filled up with spaces to a
/// multiple of eight, then the arrays at multiples of eight.</summary>
internal sealed class BinaryReply
{
    private const int Alignment = 8;

    private readonly List<BinarySection> sections = [];
    private readonly ArrayBufferWriter<byte> numbers = new();

    /// <summary>What was added.</summary>
    public IReadOnlyList<BinarySection> Sections => sections;

    /// <summary>Adds an array.</summary>
    public void Add(string name, ReadOnlySpan<float> values) => Add(name, "f32", MemoryMarshal.AsBytes(values), values.Length);

    /// <inheritdoc cref="Add(string, ReadOnlySpan{float})"/>
    public void Add(string name, ReadOnlySpan<int> values) => Add(name, "i32", MemoryMarshal.AsBytes(values), values.Length);

    /// <inheritdoc cref="Add(string, ReadOnlySpan{float})"/>
    public void Add(string name, ReadOnlySpan<sbyte> values) => Add(name, "i8", MemoryMarshal.AsBytes(values), values.Length);

    /// <inheritdoc cref="Add(string, ReadOnlySpan{float})"/>
    public void Add(string name, ReadOnlySpan<byte> values) => Add(name, "u8", values, values.Length);

    /// <summary>All of it.</summary>
    /// <param name="header">What the arrays are, their sections among it.</param>
    /// <param name="type">How the header is written.</param>
    public byte[] Finish<T>(T header, JsonTypeInfo<T> type)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, type);
        int start = Aligned(sizeof(int) + json.Length);
        byte[] all = new byte[start + numbers.WrittenCount];
        BinaryPrimitives.WriteInt32LittleEndian(all, start - sizeof(int));
        all.AsSpan(sizeof(int), start - sizeof(int)).Fill((byte)' ');
        json.CopyTo(all, sizeof(int));
        numbers.WrittenSpan.CopyTo(all.AsSpan(start));
        return all;
    }

    private void Add(string name, string type, ReadOnlySpan<byte> bytes, int count)
    {
        Span<byte> gap = stackalloc byte[Alignment];
        gap.Clear();
        numbers.Write(gap[..(Aligned(numbers.WrittenCount) - numbers.WrittenCount)]);
        sections.Add(new BinarySection(name, type, numbers.WrittenCount, count));
        numbers.Write(bytes);
    }

    private static int Aligned(int length) => (length + Alignment - 1) / Alignment * Alignment;
}
