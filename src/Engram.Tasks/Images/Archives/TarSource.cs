namespace Engram.Tasks.Images.Archives;

/// <summary>
/// The bytes of a tar archive on their way to the framework's reader, which by itself takes as much memory as a header's extension
/// announces, up to
/// 2 GiB before anything of it is read, and takes the end of a file for the end of the archive.
/// </summary>
/// <remarks>
/// What is a header is told by its place, as the reader tells it, and not by its looks: the reader goes by the kind alone, asks for neither
/// the format's name nor a right checksum,
/// and an entry's data may look like a header.
/// </remarks>
/// <param name="inner">The bytes; closed with this stream.</param>
/// <param name="path">What errors call the archive.</param>
internal sealed class TarSource(Stream inner, string path) : ForwardStream
{
    /// <summary>Headers and everything else lie in blocks of so many bytes; the reader asks for a header as one.</summary>
    private const int BlockBytes = 512;

    /// <summary>Most bytes of a header's extension, such as a long name.</summary>
    private const int MostExtensionBytes = 1 << 20;

    private const int SizeOffset = 124, SizeBytes = 12, KindOffset = 156;

    /// <summary>Bytes to come that are no header's: an entry's data, or what an extension holds.</summary>
    private long data;

    /// <summary>Whether the file's end was come to.</summary>
    public bool SawEnd { get; private set; }

    /// <summary>Says that an entry's data come next, so that they are taken for no headers.</summary>
    /// <param name="bytes">How many bytes, without the fill behind them.</param>
    public void ExpectData(long bytes) => data = bytes;

    public override int Read(Span<byte> buffer)
    {
        int read = inner.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        SawEnd |= read < buffer.Length;
        if (data > 0)
        {
            data -= read;
        }
        else if (read == BlockBytes && buffer.Length == BlockBytes)
        {
            data = ExtensionBytes(buffer);
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

    /// <summary>How long the extension is (a long name or link, or further attributes) that this is the header of; 0 for the header of
    /// anything else.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">It is absurdly long.</exception>
    private long ExtensionBytes(ReadOnlySpan<byte> block)
    {
        if ("xgLK"u8.IndexOf(block[KindOffset]) < 0)
        {
            return 0;
        }

        // Octal digits up to a zero byte; with the first bit set a big-endian number, which nothing of a sane size needs.
        ReadOnlySpan<byte> size = block.Slice(SizeOffset, SizeBytes);
        long bytes = size[0] < 0x80 ? 0 : long.MaxValue;
        foreach (byte digit in size[0] < 0x80 ? size : [])
        {
            if (digit == 0)
            {
                break;
            }

            bytes = digit is >= (byte)'0' and <= (byte)'7' ? (bytes << 3) | (digit & 7u) : bytes;
        }

        return bytes <= MostExtensionBytes ? bytes
            : throw ArchiveFile.Damaged(path, $"a header with more than {MostExtensionBytes} bytes of names and attributes", "fewer");
    }
}
