using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Engram.Numerics.Files;

/// <summary>Whether a file that is held open is still the one that its path leads to: by device and inode on Linux, by the time of its
/// making elsewhere.</summary>
internal static partial class FileIdentity
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint Inode = 0x100;
    private const int NoEntry = 2, NoDirectory = 20, Stale = 116;

    /// <summary>Whether a held file is the one at a path; false where nothing is there any more.</summary>
    /// <param name="held">The file.</param>
    /// <param name="path">The path.</param>
    public static bool IsAt(SafeFileHandle held, string path)
    {
        if (OperatingSystem.IsLinux() && Of(held, string.Empty) is { } own)
        {
            return Of(null, path) == own;
        }

        return File.Exists(path) && File.GetCreationTimeUtc(held) == File.GetCreationTimeUtc(path);
    }

    // Null where the system does not say; what is not there is told by zeros, which no file has.
    private static (uint Major, uint Minor, ulong Inode)? Of(SafeFileHandle? held, string path)
    {
        bool taken = false;
        try
        {
            held?.DangerousAddRef(ref taken);
            int from = held is null ? CurrentDirectory : (int)held.DangerousGetHandle();
            if (Statx(from, path, held is null ? 0 : EmptyPath, Inode, out FileStatus status) == 0)
            {
                return (status.Major, status.Minor, status.Inode);
            }

            return Marshal.GetLastPInvokeError() is NoEntry or NoDirectory or Stale ? (0, 0, 0) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
        finally
        {
            if (taken)
            {
                held!.DangerousRelease();
            }
        }
    }

    // Its layout is the same on every processor, unlike that of 'stat'.
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out FileStatus status);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint Major;

        [FieldOffset(140)]
        public uint Minor;
    }
}
