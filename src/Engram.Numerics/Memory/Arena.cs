using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Text;

namespace Engram.Numerics.Memory;

/// <summary>
/// Native memory handed out front to back and given back all at once, or back to a mark: what lifetimes live in.
/// </summary>
/// <remarks>
/// Blocks stay with the arena when it is reset, so that a second lifetime of the same size touches no fresh page and
/// allocates nothing. Everything handed out is zeroed and starts on a 64-byte boundary. Large blocks ask for <see cref="HugePages"/>.
/// Not safe for use by several threads at once.
/// </remarks>
public sealed unsafe class Arena : IDisposable
{
    private const int Alignment = 64;
    private static long taken;

    private readonly List<(nint Address, long Bytes)> blocks = [];
    private readonly long blockBytes;
    private readonly bool measures;
    private int block;
    private long offset;
    private bool disposed;

    /// <summary>Makes an empty arena that grows by blocks of at least <paramref name="blockBytes"/>.</summary>
    public Arena(long blockBytes = 1 << 20)
        : this(blockBytes, measures: false)
    {
    }

    private Arena(long blockBytes, bool measures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockBytes, Alignment);
        (this.blockBytes, this.measures) = (blockBytes, measures);
    }

    /// <summary>Frees the memory of an arena that nobody disposed of.</summary>
    ~Arena() => Free();

    /// <summary>An arena that takes nothing and hands out addresses that must not be read or written: its <see cref="ReservedBytes"/> say
    /// what a real one would take.</summary>
    internal static Arena Measuring(long blockBytes = 1 << 20) => new(blockBytes, measures: true);

    /// <summary>Bytes taken from the system so far.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Bytes that all arenas of this process have taken from the system.</summary>
    internal static long TakenBytes => Interlocked.Read(ref taken);

    /// <summary>A place to go back to with <see cref="Release"/>.</summary>
    public Mark Position => new(block, offset);

    /// <summary>A zeroed matrix.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative size.</exception>
    /// <exception cref="EngramException">It does not fit into the memory that this process may use.</exception>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public Tensor<T> Allocate<T>(int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        int stride = Tensor<T>.StrideFor(columns);
        return new Tensor<T>((T*)AllocateBytes((long)rows * stride * sizeof(T)), rows, columns, stride);
    }

    /// <summary>Gives back all that was handed out since the mark was read.</summary>
    public void Release(Mark mark) => (block, offset) = (mark.Block, mark.Offset);

    /// <summary>Gives back everything; the memory stays with the arena.</summary>
    public void Reset() => (block, offset) = (0, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void* AllocateBytes(long bytes)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        bytes = Math.Max(Alignment, (bytes + Alignment - 1) / Alignment * Alignment);
        while (block < blocks.Count && offset + bytes > blocks[block].Bytes)
        {
            (block, offset) = (block + 1, 0);
        }

        if (block == blocks.Count)
        {
            long size = Math.Max(blockBytes, bytes);
            if (!measures)
            {
                MemoryLimit.Expect(
                    size, "tensors beside those there are", "lower widths, batches or the length of lifetimes, or run less side by side.");
            }

            blocks.Add((measures ? 0 : (nint)HugePages.Take(size, Alignment), size));
            ReservedBytes += size;
            Interlocked.Add(ref taken, measures ? 0 : size);
            offset = 0;
        }

        var address = (byte*)blocks[block].Address + offset;
        offset += bytes;
        if (!measures)
        {
            NativeMemory.Clear(address, (nuint)bytes);
        }

        return address;
    }

    private void Free()
    {
        disposed = true;
        foreach ((nint address, _) in blocks)
        {
            NativeMemory.AlignedFree((void*)address);
        }

        Interlocked.Add(ref taken, measures ? 0 : -ReservedBytes);
        blocks.Clear();
        ReservedBytes = 0;
    }

    /// <summary>How much of an arena was in use when <see cref="Position"/> was read.</summary>
    public readonly record struct Mark
    {
        internal Mark(int block, long offset) => (Block, Offset) = (block, offset);

        internal int Block { get; }

        internal long Offset { get; }
    }
}
