namespace Engram.Tasks;

/// <summary>
/// The bytes of a tar archive on their way to the framework's reader, which by itself takes as much memory as a header's extension announces, up to
/// 2 GiB before anything of it is read, and takes the end of a file for the end of the archive.
/// </summary>
/// <param name="inner">The bytes; closed with this stream.</param>
/// <param name="path">What errors call the archive.</param>
internal sealed class TarSource(Stream inner, string path) : ForwardStream
{
    /// <summary>Headers and everything else lie in blocks of so many bytes; the reader asks for a header as one.</summary>
    private const int BlockBytes = 512;

    /// <summary>Most bytes of a header's extension, such as a long name.</summary>
    private const int MostExtensionBytes = 1 << 20;

    private const int SizeOffset = 124, SizeBytes = 12, KindOffset = 156, MagicOffset = 257;

    /// <summary>Whether the file's end was come to.</summary>
    public bool SawEnd { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int read = inner.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        SawEnd |= read < buffer.Length;
        if (read == BlockBytes && buffer.Length == BlockBytes)
        {
            CheckExtension(buffer);
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Refuses the header of an extension (a long name or link, or further attributes) that is absurdly long.</summary>
    private void CheckExtension(ReadOnlySpan<byte> block)
    {
        if (!block[MagicOffset..].StartsWith("ustar"u8) || "xgLK"u8.IndexOf(block[KindOffset]) < 0)
        {
            return;
        }

        // Octal digits; with the first bit set a big-endian number, which nothing of a sane size needs.
        ReadOnlySpan<byte> size = block.Slice(SizeOffset, SizeBytes);
        long bytes = size[0] < 0x80 ? 0 : long.MaxValue;
        foreach (byte digit in size[0] < 0x80 ? size : [])
        {
            bytes = digit is >= (byte)'0' and <= (byte)'7' ? (bytes << 3) | (digit & 7u) : bytes;
        }

        if (bytes > MostExtensionBytes)
        {
            throw ArchiveFile.Damaged(path, $"a header with more than {MostExtensionBytes} bytes of names and attributes", "fewer");
        }
    }
}
