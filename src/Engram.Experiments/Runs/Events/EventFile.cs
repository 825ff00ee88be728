using System.Buffers.Binary;
using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs.Events;

/// <summary>What an event file holds up to its end, or up to the first record that is torn or damaged.</summary>
/// <param name="Events">The whole records, in order.</param>
/// <param name="Ends">Where each of them ends, in bytes from the file's start.</param>
/// <param name="Problem">What is wrong behind the last of them; null where the file ends there.</param>
public sealed record EventFileContent(ImmutableArray<EventRecord> Events, ImmutableArray<long> Ends, string? Problem);

/// <summary>TensorBoard event files: TFRecord framing around events.</summary>
/// <remarks>
/// A record is the length of its data (8 bytes, little-endian), the masked CRC-32C of those 8 bytes (4), the data, and the masked CRC-32C
/// of the data (4).
/// Source: the TFRecord format description; TensorBoard reads the same.
/// </remarks>
public static class EventFile
{
    private const int MostRecordBytes = 1 << 26;
    private const int HeadBytes = sizeof(ulong) + sizeof(uint);
    private const int FootBytes = sizeof(uint);
    private const string Torn = "a record torn in its ";

    /// <summary>A record with its framing, to be written in one piece.</summary>
    public static byte[] Frame(EventRecord record)
    {
        byte[] data = EventMessage.Encode(record);
        var framed = new byte[HeadBytes + data.Length + FootBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(framed, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(sizeof(ulong)), Crc32C.Masked(framed.AsSpan(0, sizeof(ulong))));
        data.CopyTo(framed, HeadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(HeadBytes + data.Length), Crc32C.Masked(data));
        return framed;
    }

    /// <summary>Whether what is wrong is what a killed process leaves: a record without its end, the last of the file.</summary>
    internal static bool IsTorn(string problem) => problem.StartsWith(Torn, StringComparison.Ordinal);

    /// <summary>Reads a file, every checksum verified, up to the first record that is torn or damaged.</summary>
    /// <exception cref="EngramException">The file cannot be opened.</exception>
    public static EventFileContent Read(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            return Read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {e.Message}", e);
        }
    }

    private static EventFileContent Read(FileStream stream)
    {
        var events = ImmutableArray.CreateBuilder<EventRecord>();
        var ends = ImmutableArray.CreateBuilder<long>();
        Span<byte> head = stackalloc byte[HeadBytes];
        Span<byte> foot = stackalloc byte[FootBytes];
        for (long position = 0; ;)
        {
            string where = $"at byte {position}";
            int read = stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false);
            if (read < HeadBytes)
            {
                return End(read == 0 ? null : $"{Torn}head {where}");
            }

            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[sizeof(ulong)..]) != Crc32C.Masked(head[..sizeof(ulong)]))
            {
                return End($"a length whose checksum is wrong {where}");
            }

            // A file that is being written may grow meanwhile; what is not there yet counts as torn.
            if (length > (ulong)Math.Max(0, stream.Length - stream.Position - FootBytes))
            {
                return End($"{Torn}data {where}");
            }

            if (length > MostRecordBytes)
            {
                return End($"a record of {length} bytes, more than any that is written, {where}");
            }

            var data = new byte[length];
            stream.ReadExactly(data);
            stream.ReadExactly(foot);
            if (BinaryPrimitives.ReadUInt32LittleEndian(foot) != Crc32C.Masked(data))
            {
                return End($"data whose checksum is wrong {where}");
            }

            if (EventMessage.Decode(data) is not { } record)
            {
                return End($"a record that is not an event {where}");
            }

            position = stream.Position;
            events.Add(record);
            ends.Add(position);
        }

        EventFileContent End(string? problem) => new(events.ToImmutable(), ends.ToImmutable(), problem);
    }
}
