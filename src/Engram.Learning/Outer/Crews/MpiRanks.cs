using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Crews;

/// <summary>The processes that <c>mpiexec</c>, <c>mpirun</c> or <c>srun</c> has started, through MPICH or Open MPI.</summary>
/// <remarks>
/// The library is the launcher's: what it has put into the environment says which. Handles are numbers in MPICH and pointers in Open MPI;
/// both are passed as
/// words. Only bytes are sent, so that no other types are needed. A rank that dies ends the job: that is the launcher's doing.
/// </remarks>
public sealed unsafe class MpiRanks : IRanks, IDisposable
{
    /// <summary>The environment variable that names the library, where it has another name or place than the launcher's usual
    /// one.</summary>
    public const string LibraryVariable = "ENGRAM_MPI";

    private const int ThreadSerialized = 2;
    private const int MostBytes = 1 << 30;
    private const int Tag = 1;
    private const nint MpichWorld = 0x44000000, MpichByte = 0x4c00010d;
    private static readonly string[] MpichNames = ["libmpich.so.12", "libmpi.so.12"], OpenMpiNames = ["libmpi.so.40"];
    private readonly nint world, bytes, ignore;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> broadcast;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, int> send;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint, int> receive;
    private readonly delegate* unmanaged<nint, int, int> abort;
    private readonly delegate* unmanaged<int> finalize;

    private MpiRanks(nint library, bool openMpi)
    {
        (world, bytes, ignore) = openMpi
            ? (NativeLibrary.GetExport(library, "ompi_mpi_comm_world"), NativeLibrary.GetExport(library, "ompi_mpi_byte"), 0)
            : (MpichWorld, MpichByte, 1);
        broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)NativeLibrary.GetExport(library, "MPI_Bcast");
        send = (delegate* unmanaged<void*, int, nint, int, int, nint, int>)NativeLibrary.GetExport(library, "MPI_Send");
        receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint, int>)NativeLibrary.GetExport(library, "MPI_Recv");
        abort = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "MPI_Abort");
        finalize = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "MPI_Finalize");
        var begin = (delegate* unmanaged<nint, nint, int, int*, int>)NativeLibrary.GetExport(library, "MPI_Init_thread");
        var rankOf = (delegate* unmanaged<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_rank");
        var sizeOf = (delegate* unmanaged<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_size");
        int provided, rank, size;
        Expect(begin(0, 0, ThreadSerialized, &provided), "MPI_Init_thread");
        Expect(rankOf(world, &rank), "MPI_Comm_rank");
        Expect(sizeOf(world, &size), "MPI_Comm_size");
        (Rank, Count) = (rank, size);
    }

    /// <summary>How many ranks the launcher of this process has started; 1 where there is none.</summary>
    public static int Launched =>
        Read("OMPI_COMM_WORLD_SIZE") ?? Read("PMI_SIZE") ?? (Read("PMIX_RANK") is null ? 1 : Read("SLURM_NTASKS") ?? 1);

    /// <summary>How many of them are on this machine, as far as the launcher says.</summary>
    public static int LaunchedHere =>
        Read("OMPI_COMM_WORLD_LOCAL_SIZE") ?? Read("MPI_LOCALNRANKS") ?? Read("SLURM_NTASKS_PER_NODE") ?? Launched;

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>Joins the other ranks. Once a process.</summary>
    /// <exception cref="EngramException">The launcher's library is not there.</exception>
    public static MpiRanks Join()
    {
        bool openMpi = Read("OMPI_COMM_WORLD_SIZE") is not null || (Read("PMI_SIZE") is null && Read("PMIX_RANK") is not null);
        string[] names = Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } given ? [given] : openMpi ? OpenMpiNames
            : MpichNames;
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new MpiRanks(library, openMpi);
            }
        }

        throw new EngramException(
            $"Found no library {string.Join(" or ", names)}, expected that of {(openMpi ? "Open MPI" : "MPICH")}, whose launcher " +
            $"started this process; install it on every machine, or name the file by ${LibraryVariable}.");
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += MostBytes)
        {
            Span<byte> piece = bytes.Slice(at, Math.Min(MostBytes, bytes.Length - at));
            fixed (byte* p = piece)
            {
                Expect(broadcast(p, piece.Length, this.bytes, 0, world), "MPI_Bcast");
            }
        }
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> bytes, int to)
    {
        for (int at = 0; at < bytes.Length; at += MostBytes)
        {
            ReadOnlySpan<byte> piece = bytes.Slice(at, Math.Min(MostBytes, bytes.Length - at));
            fixed (byte* p = piece)
            {
                Expect(send(p, piece.Length, this.bytes, to, Tag, world), "MPI_Send");
            }
        }
    }

    /// <inheritdoc/>
    public void Receive(Span<byte> bytes, int from)
    {
        for (int at = 0; at < bytes.Length; at += MostBytes)
        {
            Span<byte> piece = bytes.Slice(at, Math.Min(MostBytes, bytes.Length - at));
            fixed (byte* p = piece)
            {
                Expect(receive(p, piece.Length, this.bytes, from, Tag, world, ignore), "MPI_Recv");
            }
        }
    }

    /// <summary>Ends all ranks at once, for what no rank can mend.</summary>
    public void Abort(int code) => _ = abort(world, code);

    /// <summary>Leaves; all ranks call it.</summary>
    public void Dispose() => _ = finalize();

    private static int? Read(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value : null;

    private static void Expect(int code, string call)
    {
        if (code != 0)
        {
            throw new EngramException(
                FormattableString.Invariant($"Found error {code} of {call}, expected success; see what the launcher says."));
        }
    }
}
