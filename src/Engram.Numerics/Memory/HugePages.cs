using System.Runtime.InteropServices;

namespace Engram.Numerics.Memory;

/// <summary>Memory in pages of 2 MiB where the system has them for the asking.</summary>
/// <remarks>
/// A lifetime passes over tens of megabytes of matrices whose rows lie a kilobyte apart. In pages of 4 KiB that is more pages than a
/// processor keeps the
/// addresses of, and in a virtual machine each that it looks up costs two walks. Linux's default gives huge pages only to memory that asks.
/// </remarks>
internal static unsafe partial class HugePages
{
    private const long PageBytes = 2 << 20;
    private const int AdviseHugePages = 14;

    /// <summary>Takes memory, to be given back by <see cref="NativeMemory.AlignedFree"/>; its pages are huge where they can be.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public static void* Take(long bytes, int alignment)
    {
        if (!OperatingSystem.IsLinux() || bytes < PageBytes)
        {
            return NativeMemory.AlignedAlloc((nuint)bytes, (nuint)alignment);
        }

        void* address = NativeMemory.AlignedAlloc((nuint)bytes, (nuint)PageBytes);

        // Only advice: where it is refused, pages are small and all else is the same. The last page, if it is not whole, stays as it is.
        _ = Advise(address, (nuint)(bytes / PageBytes * PageBytes), AdviseHugePages);
        return address;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
