namespace Engram.Learning.Outer.Crews;

/// <summary>The processes of one training, numbered from 0: what a <see cref="RankCrew"/> needs of MPI.</summary>
/// <remarks>Messages between two ranks arrive in the order in which they were sent. All ranks call <see cref="Broadcast"/> with buffers of
/// one length.</remarks>
public interface IRanks
{
    /// <summary>This process's number.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Count { get; }

    /// <summary>Gives rank 0's bytes to all.</summary>
    void Broadcast(Span<byte> bytes);

    /// <summary>Sends bytes to another rank.</summary>
    void Send(ReadOnlySpan<byte> bytes, int to);

    /// <summary>Waits for bytes of another rank.</summary>
    void Receive(Span<byte> bytes, int from);
}
