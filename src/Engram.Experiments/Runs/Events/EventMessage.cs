using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Engram.Experiments.Runs.Events;

/// <summary>Events as protocol buffers, both ways.</summary>
/// <remarks>
/// Event: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5. Summary: value = 1, repeated. Value: tag = 1
/// (string),
/// simple_value = 2 (float), histo = 5. HistogramProto: min = 1, max = 2, num = 3, sum = 4, sum_squares = 5, bucket_limit = 6 and bucket =
/// 7 (packed doubles).
/// Source: event.proto and summary.proto of TensorFlow. Other fields are passed over.
/// </remarks>
internal static class EventMessage
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>Encodes an event.</summary>
    public static byte[] Encode(EventRecord record)
    {
        var message = new ArrayBufferWriter<byte>(256);
        WriteDouble(message, 1, record.WallTime);
        WriteKey(message, 2, Varint);
        WriteVarint(message, unchecked((ulong)record.Step));
        if (record.FileVersion is { } version)
        {
            WriteBytes(message, 3, Encoding.UTF8.GetBytes(version));
        }

        if (!record.Values.IsEmpty)
        {
            var summary = new ArrayBufferWriter<byte>(256);
            foreach (EventValue value in record.Values)
            {
                WriteBytes(summary, 1, Encode(value));
            }

            WriteBytes(message, 5, summary.WrittenSpan);
        }

        return message.WrittenSpan.ToArray();
    }

    /// <summary>Decodes an event; null where the bytes are none.</summary>
    public static EventRecord? Decode(ReadOnlySpan<byte> message)
    {
        var record = new EventRecord(0, 0);
        while (!message.IsEmpty)
        {
            if (!TryReadField(ref message, out int field, out int kind, out ulong number, out ReadOnlySpan<byte> bytes))
            {
                return null;
            }

            switch (field, kind)
            {
                case (1, Fixed64): record = record with { WallTime = BitConverter.UInt64BitsToDouble(number) }; break;
                case (2, Varint): record = record with { Step = unchecked((long)number) }; break;
                case (3, Bytes): record = record with { FileVersion = Encoding.UTF8.GetString(bytes) }; break;
                case (5, Bytes) when DecodeSummary(bytes) is { } values: record = record with { Values = values }; break;
                case (5, Bytes): return null;
            }
        }

        return record;
    }

    private static byte[] Encode(EventValue value)
    {
        var message = new ArrayBufferWriter<byte>(64);
        WriteBytes(message, 1, Encoding.UTF8.GetBytes(value.Tag));
        if (value.Scalar is { } scalar)
        {
            WriteKey(message, 2, Fixed32);
            BinaryPrimitives.WriteSingleLittleEndian(message.GetSpan(sizeof(float)), scalar);
            message.Advance(sizeof(float));
        }

        if (value.Histogram is { } histogram)
        {
            var inner = new ArrayBufferWriter<byte>(600);
            WriteDouble(inner, 1, histogram.Minimum);
            WriteDouble(inner, 2, histogram.Maximum);
            WriteDouble(inner, 3, histogram.Number);
            WriteDouble(inner, 4, histogram.Sum);
            WriteDouble(inner, 5, histogram.SumOfSquares);
            WriteBytes(inner, 6, Pack(histogram.Limits));
            WriteBytes(inner, 7, Pack(histogram.Counts));
            WriteBytes(message, 5, inner.WrittenSpan);
        }

        return message.WrittenSpan.ToArray();
    }

    private static ImmutableArray<EventValue>? DecodeSummary(ReadOnlySpan<byte> message)
    {
        var values = ImmutableArray.CreateBuilder<EventValue>();
        while (!message.IsEmpty)
        {
            if (!TryReadField(ref message, out int field, out int kind, out _, out ReadOnlySpan<byte> bytes))
            {
                return null;
            }

            if ((field, kind) == (1, Bytes))
            {
                if (DecodeValue(bytes) is not { } value)
                {
                    return null;
                }

                values.Add(value);
            }
        }

        return values.ToImmutable();
    }

    private static EventValue? DecodeValue(ReadOnlySpan<byte> message)
    {
        var value = new EventValue(string.Empty, null);
        while (!message.IsEmpty)
        {
            if (!TryReadField(ref message, out int field, out int kind, out ulong number, out ReadOnlySpan<byte> bytes))
            {
                return null;
            }

            switch (field, kind)
            {
                case (1, Bytes): value = value with { Tag = Encoding.UTF8.GetString(bytes) }; break;
                case (2, Fixed32): value = value with { Scalar = BitConverter.UInt32BitsToSingle((uint)number) }; break;
                case (5, Bytes) when DecodeHistogram(bytes) is { } histogram: value = value with { Histogram = histogram }; break;
                case (5, Bytes): return null;
            }
        }

        return value;
    }

    private static EventHistogram? DecodeHistogram(ReadOnlySpan<byte> message)
    {
        Span<double> numbers = stackalloc double[6];
        ImmutableArray<double> limits = [], counts = [];
        while (!message.IsEmpty)
        {
            if (!TryReadField(ref message, out int field, out int kind, out ulong number, out ReadOnlySpan<byte> bytes))
            {
                return null;
            }

            switch (field, kind)
            {
                case ( >= 1 and <= 5, Fixed64): numbers[field] = BitConverter.UInt64BitsToDouble(number); break;
                case (6, Bytes): limits = Unpack(bytes); break;
                case (7, Bytes): counts = Unpack(bytes); break;
            }
        }

        return new EventHistogram(numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], limits, counts);
    }

    private static byte[] Pack(ImmutableArray<double> values)
    {
        var bytes = new byte[values.Length * sizeof(double)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i]);
        }

        return bytes;
    }

    private static ImmutableArray<double> Unpack(ReadOnlySpan<byte> bytes)
    {
        var values = ImmutableArray.CreateBuilder<double>(bytes.Length / sizeof(double));
        for (; bytes.Length >= sizeof(double); bytes = bytes[sizeof(double)..])
        {
            values.Add(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
        }

        return values.ToImmutable();
    }

    private static void WriteDouble(ArrayBufferWriter<byte> message, int field, double value)
    {
        WriteKey(message, field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(message.GetSpan(sizeof(double)), value);
        message.Advance(sizeof(double));
    }

    private static void WriteBytes(ArrayBufferWriter<byte> message, int field, ReadOnlySpan<byte> bytes)
    {
        WriteKey(message, field, Bytes);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteKey(ArrayBufferWriter<byte> message, int field, int kind) =>
        WriteVarint(message, ((ulong)field << 3) | (uint)kind);

    private static void WriteVarint(ArrayBufferWriter<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            message.Write([(byte)(value | 0x80)]);
        }

        message.Write([(byte)value]);
    }

    private static bool TryReadField(
        ref ReadOnlySpan<byte> message, out int field, out int kind, out ulong number, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        (field, kind, number) = (0, 0, 0);
        if (!TryReadVarint(ref message, out ulong key) || key >> 3 is 0 or > int.MaxValue)
        {
            return false;
        }

        (field, kind) = ((int)(key >> 3), (int)(key & 7));
        switch (kind)
        {
            case Varint:
                return TryReadVarint(ref message, out number);
            case Fixed64 when message.Length >= sizeof(ulong):
                number = BinaryPrimitives.ReadUInt64LittleEndian(message);
                message = message[sizeof(ulong)..];
                return true;
            case Fixed32 when message.Length >= sizeof(uint):
                number = BinaryPrimitives.ReadUInt32LittleEndian(message);
                message = message[sizeof(uint)..];
                return true;
            case Bytes when TryReadVarint(ref message, out ulong length) && length <= (ulong)message.Length:
                bytes = message[..(int)length];
                message = message[(int)length..];
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> message, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(10, message.Length); i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
