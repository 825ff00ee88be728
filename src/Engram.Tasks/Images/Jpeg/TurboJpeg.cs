using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>What the header of a JPEG says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="SamplesPerPixel">1 (grey), 3 (colour) or 4 (inks).</param>
internal readonly record struct JpegHeader(int Width, int Height, int SamplesPerPixel);

/// <summary>The TurboJPEG library of the system, version 2.1 or later, bound at its first use; nothing of it is needed until then.</summary>
/// <remarks>Decompressors are handles that one thread uses at a time; used ones are kept for the next image.</remarks>
internal sealed unsafe class TurboJpeg
{
    private const int GreySpace = 2, CmykSpace = 3, YcckSpace = 4;
    private const int RgbPixels = 0, GreyPixels = 6, CmykPixels = 11;
    private const int StopOnWarning = 8192, LimitScans = 32768;

    /// <summary>What the library's file is called: Debian's name, then those of other systems.</summary>
    private static readonly string[] FileNames =
        ["libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.0.dylib", "libturbojpeg.dylib", "turbojpeg.dll", "libturbojpeg.dll"];

    private static readonly Lazy<TurboJpeg?> Library = new(() => Load(FileNames));

    private readonly ConcurrentBag<nint> unused = [];
    private readonly delegate* unmanaged[Cdecl]<nint> initialise;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> readHeader;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> decompress;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*> error;
    private readonly delegate* unmanaged[Cdecl]<nint, int> destroy;

    private TurboJpeg(nint library)
    {
        initialise = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
        readHeader = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)NativeLibrary.GetExport(library, "tjDecompressHeader3");
        decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)NativeLibrary.GetExport(library, "tjDecompress2");
        error = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "tjGetErrorStr2");
        destroy = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
    }

    /// <summary>Whether the library is installed.</summary>
    public static bool IsInstalled => Library.Value is not null;

    /// <summary>The library.</summary>
    /// <param name="name">The image that needs it, for the error.</param>
    /// <exception cref="EngramException">It is not installed.</exception>
    public static TurboJpeg Loaded(string name) => Library.Value ?? throw Missing(name);

    /// <summary>The error where the library is not installed: what to install.</summary>
    public static EngramException Missing(string name) => new(
        $"Found no TurboJPEG library (version 2.1 or later; looked for {string.Join(", ", FileNames)}), expected it for JPEG images such as '{AtomicFile.Shown(name)}'; install it (Debian and Ubuntu: apt-get install libturbojpeg0).");

    /// <summary>Loads the first library of these names that is there and has what is needed; null where there is none.</summary>
    public static TurboJpeg? Load(IEnumerable<string> fileNames)
    {
        foreach (string fileName in fileNames)
        {
            if (NativeLibrary.TryLoad(fileName, out nint library))
            {
                try
                {
                    return new TurboJpeg(library);
                }
                catch (EntryPointNotFoundException)
                {
                    NativeLibrary.Free(library);
                }
            }
        }

        return null;
    }

    /// <summary>A decompressor for one thread.</summary>
    public nint Rent()
    {
        if (unused.TryTake(out nint handle))
        {
            return handle;
        }

        handle = initialise();
        return handle != 0 ? handle : throw new EngramException("Found no memory for a JPEG decompressor; free some and try again.");
    }

    /// <summary>Gives a decompressor back.</summary>
    /// <param name="handle">The decompressor.</param>
    /// <param name="reusable">Whether it is in good order; one that met an error is destroyed.</param>
    public void Return(nint handle, bool reusable)
    {
        if (reusable)
        {
            unused.Add(handle);
        }
        else
        {
            destroy(handle);
        }
    }

    /// <summary>Reads the header of a file.</summary>
    /// <returns>Whether that went well; otherwise <see cref="ErrorOf"/> says why not.</returns>
    public bool TryReadHeader(nint handle, ReadOnlySpan<byte> file, out JpegHeader header)
    {
        int width, height, subsampling, space, outcome;
        fixed (byte* bytes = file)
        {
            outcome = readHeader(handle, bytes, new CULong((nuint)file.Length), &width, &height, &subsampling, &space);
        }

        header = new JpegHeader(width, height, space switch { GreySpace => 1, CmykSpace or YcckSpace => 4, _ => 3 });
        return outcome == 0;
    }

    /// <summary>Decompresses a file.</summary>
    /// <param name="handle">The decompressor.</param>
    /// <param name="file">The file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="pixels">[H, W, samples].</param>
    /// <returns>Whether that went well, without so much as a warning.</returns>
    public bool TryDecompress(nint handle, ReadOnlySpan<byte> file, in JpegHeader header, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, header.Width * header.Height * header.SamplesPerPixel, nameof(pixels));
        int format = header.SamplesPerPixel switch { 1 => GreyPixels, 4 => CmykPixels, _ => RgbPixels };
        fixed (byte* bytes = file, to = pixels)
        {
            return decompress(
                handle, bytes, new CULong((nuint)file.Length), to, header.Width, header.Width * header.SamplesPerPixel, header.Height, format, StopOnWarning | LimitScans) == 0;
        }
    }

    /// <summary>What the library says about the last failure.</summary>
    public string ErrorOf(nint handle) => (Marshal.PtrToStringUTF8((nint)error(handle)) ?? "unknown error").ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
