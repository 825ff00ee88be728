using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Engram.Cli.Terminal;

/// <summary>Whether the system lets this process open as many files as it needs.</summary>
/// <remarks>
/// Below some 110, parts of the program itself cannot be loaded, at whatever moment they are needed first, and not even a message can be
/// shown. So this comes first, and uses nothing but the core library.
/// </remarks>
internal static unsafe partial class DescriptorLimit
{
    /// <summary>Fewest files that may be open at once.</summary>
    public const int Least = 128;

    // RLIMIT_NOFILE on Linux and elsewhere.
    private static int OpenFiles => OperatingSystem.IsLinux() ? 7 : 8;

    /// <summary>Says on standard error that the limit is too low, where it is.</summary>
    /// <returns>Whether it is.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool IsTooLow()
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        nuint* limit = stackalloc nuint[2];
        if (GetLimit(OpenFiles, limit) != 0 || limit[0] >= Least)
        {
            return false;
        }

        byte[] line = Encoding.UTF8.GetBytes(
            "engram: Found a limit of " + ((uint)limit[0]).ToString(System.Globalization.CultureInfo.InvariantCulture)
            + " open files, expected 128 or more; raise it with 'ulimit -n 1024', or as your system's manual says.\n");
        fixed (byte* text = line)
        {
            _ = Write(2, text, (nuint)line.Length);
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, nuint* limit);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, byte* bytes, nuint count);
}
