using System.Runtime.InteropServices;
using System.Text;

namespace Engram.Learning.Outer.Crews;

/// <summary>What rank 0 tells the others to do next.</summary>
internal enum RankCommand
{
    /// <summary>End the process.</summary>
    Quit,

    /// <summary>Make ready for a training, described in the bytes that follow.</summary>
    Begin,

    /// <summary>Live a share of an outer step's lifetimes; the meta-parameters follow.</summary>
    Estimate,

    /// <summary>The training is over.</summary>
    End,
}

/// <summary>Messages between ranks: numbers and text of known length, in the byte order of the machines, which must be of one
/// kind.</summary>
internal static class RankMessages
{
    /// <summary>Longest text that is read.</summary>
    public const int MostText = 1 << 24;

    /// <summary>Tells all ranks what comes; on rank 0.</summary>
    public static void Command(IRanks ranks, RankCommand command, ulong first = 0, long count = 0)
    {
        Span<long> header = [(long)command, (long)first, count];
        ranks.Broadcast(MemoryMarshal.AsBytes(header));
    }

    /// <summary>Waits for what comes; on the other ranks.</summary>
    public static (RankCommand Command, ulong First, long Count) NextCommand(IRanks ranks)
    {
        Span<long> header = stackalloc long[3];
        ranks.Broadcast(MemoryMarshal.AsBytes(header));
        return ((RankCommand)header[0], (ulong)header[1], header[2]);
    }

    /// <summary>Sends text to rank 0.</summary>
    public static void SendText(IRanks ranks, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<long> length = [bytes.Length];
        ranks.Send(MemoryMarshal.AsBytes(length), 0);
        if (bytes.Length > 0)
        {
            ranks.Send(bytes, 0);
        }
    }

    /// <summary>Receives text on rank 0.</summary>
    public static string ReceiveText(IRanks ranks, int from)
    {
        Span<long> length = stackalloc long[1];
        ranks.Receive(MemoryMarshal.AsBytes(length), from);
        byte[] bytes = new byte[Math.Clamp(length[0], 0, MostText)];
        if (bytes.Length > 0)
        {
            ranks.Receive(bytes, from);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Gives text of rank 0 to all; on the others the argument's length alone is told.</summary>
    public static string BroadcastText(IRanks ranks, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<long> length = [bytes.Length];
        ranks.Broadcast(MemoryMarshal.AsBytes(length));
        if (ranks.Rank > 0)
        {
            bytes = new byte[Math.Clamp(length[0], 0, MostText)];
        }

        ranks.Broadcast(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
