using System.Buffers;
using System.Text;

namespace Engram.Numerics.Files;

/// <summary>Writes structures in Thrift's compact protocol, which Parquet's headers are in.</summary>
/// <remarks>Source: the Thrift compact protocol. Fields must rise in number, and differ from the one before by less than 16.</remarks>
internal sealed class ThriftWriter
{
    private const byte Whole32 = 5, Whole64 = 6, Binary = 8, List = 9, Structure = 12;

    private readonly ArrayBufferWriter<byte> buffer = new();
    private int last;

    /// <summary>A field of 32 bits.</summary>
    public ThriftWriter Field32(int field, int value) => Header(field, Whole32).Variable(ZigZag(value));

    /// <summary>A field of 64 bits.</summary>
    public ThriftWriter Field64(int field, long value) => Header(field, Whole64).Variable(ZigZag(value));

    /// <summary>A field of text.</summary>
    public ThriftWriter Field(int field, string text)
    {
        Header(field, Binary);
        WriteText(text);
        return this;
    }

    /// <summary>A field that is a structure.</summary>
    public ThriftWriter Field(int field, ThriftWriter structure)
    {
        Header(field, Structure);
        buffer.Write(structure.Bytes());
        return this;
    }

    /// <summary>A field that is a list of structures.</summary>
    public ThriftWriter Fields(int field, IReadOnlyCollection<ThriftWriter> structures)
    {
        Header(field, List).Size(structures.Count, Structure);
        foreach (ThriftWriter structure in structures)
        {
            buffer.Write(structure.Bytes());
        }

        return this;
    }

    /// <summary>A field that is a list of texts.</summary>
    public ThriftWriter Fields(int field, IReadOnlyCollection<string> texts)
    {
        Header(field, List).Size(texts.Count, Binary);
        foreach (string text in texts)
        {
            WriteText(text);
        }

        return this;
    }

    /// <summary>A field that is a list of numbers of 32 bits.</summary>
    public ThriftWriter Fields32(int field, IReadOnlyCollection<int> values)
    {
        Header(field, List).Size(values.Count, Whole32);
        foreach (int value in values)
        {
            Variable(ZigZag(value));
        }

        return this;
    }

    /// <summary>The whole structure.</summary>
    public byte[] Bytes() => [.. buffer.WrittenSpan, 0];

    /// <summary>Writes a number in as many bytes as it needs, seven bits in each.</summary>
    public static void WriteVariable(IBufferWriter<byte> to, ulong value)
    {
        Span<byte> bytes = to.GetSpan(10);
        int count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[count++] = (byte)(value | 0x80);
        }

        bytes[count++] = (byte)value;
        to.Advance(count);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private ThriftWriter Header(int field, byte type)
    {
        buffer.Write([(byte)(((field - last) << 4) | type)]);
        last = field;
        return this;
    }

    private void Size(int count, byte type)
    {
        if (count < 15)
        {
            buffer.Write([(byte)((count << 4) | type)]);
            return;
        }

        buffer.Write([(byte)(0xF0 | type)]);
        WriteVariable(buffer, (ulong)count);
    }

    private ThriftWriter Variable(ulong value)
    {
        WriteVariable(buffer, value);
        return this;
    }

    private void WriteText(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteVariable(buffer, (ulong)bytes.Length);
        buffer.Write(bytes);
    }
}
