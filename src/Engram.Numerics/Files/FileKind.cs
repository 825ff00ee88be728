using System.Runtime.InteropServices;
using System.Text;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>What a path leads to, links followed.</summary>
internal enum FileKind
{
    /// <summary>Nothing, or nothing that may be looked at.</summary>
    Nothing,

    /// <summary>A file with content of its own.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, with a name or without: one process reads what another writes.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A device, such as a terminal or a disk.</summary>
    Device,
}

/// <summary>Tells files with content of their own from pipes, sockets and devices, whose reader may wait without end, and which must not be
/// replaced.</summary>
/// <remarks>
/// To the framework all of them are files, so Linux is asked itself: by <c>statx</c>, whose record is the same on all processors, where the
/// C library has it (glibc from 2.28, musl from 1.2.5).
/// Elsewhere whatever is no folder counts as a file. Nothing is opened for it: opening a pipe waits for its other end, and opening a device
/// can do things.
/// Source: the manual page statx(2).
/// </remarks>
internal static unsafe class FileKinds
{
    /// <summary>AT_FDCWD, STATX_TYPE, and the size of <c>struct statx</c> with the place of <c>stx_mode</c> in it.</summary>
    private const int WorkingFolder = -100, KindAsked = 1, AnswerBytes = 256, ModeOffset = 28;

    /// <summary>S_IFMT, S_IFIFO, S_IFCHR, S_IFDIR, S_IFBLK, S_IFSOCK.</summary>
    private const int KindMask = 0xF000, PipeMode = 0x1000, CharacterDeviceMode = 0x2000, FolderMode = 0x4000, BlockDeviceMode = 0x6000,
        SocketMode = 0xC000;

    /// <summary>The function, which the program has loaded with the C library; 0 where there is none.</summary>
    private static readonly nint StatX =
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "statx", out nint found) ? found : 0;

    /// <summary>What a path leads to.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">It is relative, and the working folder is gone.</exception>
    public static FileKind Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (ModeOf(Path.GetFullPath(path)) is { } mode)
        {
            return (mode & KindMask) switch
            {
                PipeMode => FileKind.Pipe,
                CharacterDeviceMode or BlockDeviceMode => FileKind.Device,
                FolderMode => FileKind.Folder,
                SocketMode => FileKind.Socket,
                _ => FileKind.Regular,
            };
        }

        // To the framework a link is a file even where it leads nowhere.
        return Directory.Exists(path) ? FileKind.Folder : new FileInfo(path) is { Exists: true, LinkTarget: null } ? FileKind.Regular
            : FileKind.Nothing;
    }

    /// <summary>Checks that a file that is about to be read has content of its own. What is not there passes, and so does a folder: whoever
    /// opens them tells.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">It is a pipe, a socket or a device.</exception>
    public static void ExpectRegular(string path)
    {
        FileKind kind = Of(path);
        if (IsSpecial(kind))
        {
            throw new EngramException(
                $"Found {Name(kind)} at '{path}', expected a regular file; write what it holds to a file, and name that.");
        }
    }

    /// <summary>Whether it is neither nothing, nor a file with content of its own, nor a folder.</summary>
    internal static bool IsSpecial(FileKind kind) => kind is FileKind.Pipe or FileKind.Socket or FileKind.Device;

    /// <summary>The mode of what a path leads to; null where there is nothing, or the system does not say.</summary>
    private static int? ModeOf(string path)
    {
        if (StatX == 0)
        {
            return null;
        }

        var ask = (delegate* unmanaged[Cdecl]<int, byte*, int, uint, byte*, int>)StatX;
        byte* answer = stackalloc byte[AnswerBytes];
        int outcome;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            outcome = ask(WorkingFolder, name, 0, KindAsked, answer);
        }

        int mode = *(ushort*)(answer + ModeOffset);
        return outcome == 0 ? mode : null;
    }

    /// <summary>What errors call a kind that is special.</summary>
    private static string Name(FileKind kind) => kind switch
    {
        FileKind.Pipe => "a pipe",
        FileKind.Socket => "a socket",
        _ => "a device",
    };
}
