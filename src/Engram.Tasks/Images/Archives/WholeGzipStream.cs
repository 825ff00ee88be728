using System.IO.Compression;

namespace Engram.Tasks.Images.Archives;

/// <summary>Reads gzip data, and tells data that were cut short, which the framework's stream ends as if they were whole.</summary>
/// <remarks>
/// One more gzip member, which holds <see cref="Mark"/>, is put behind the file. Where the file is whole, its members end, their checksums
/// are right, and
/// decompression goes on into the mark; where it is cut short, anywhere, the mark cannot come out as the last bytes. So the last bytes that
/// come are held back and compared: all that came since the mark was begun to be read, which of a file that was cut short may be rubbish.
/// That is at most what the
/// framework's buffer of 8 KiB can become, 8 MiB.
/// </remarks>
internal sealed class WholeGzipStream : ForwardStream
{
    private static readonly byte[] Mark = "end of file mark"u8.ToArray();
    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly JoinedStream compressed;
    private readonly GZipStream inflated;
    private readonly string path;
    private byte[] buffer = new byte[1 << 16];
    private int begin;
    private int end;
    private bool finished;

    /// <summary>Starts to read a file.</summary>
    /// <param name="file">The file, which is closed with this stream.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file is empty.</exception>
    public WholeGzipStream(FileStream file, string path)
    {
        if (file.Length == 0)
        {
            file.Dispose();
            throw ArchiveFile.Damaged(path, "an empty file", "gzip data");
        }

        this.path = path;
        compressed = new JoinedStream(file, new MemoryStream(MarkMember, writable: false));
        inflated = new GZipStream(compressed, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    /// <exception cref="Engram.Numerics.Text.EngramException">The file was cut short, or has something behind its end.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (end - begin <= Mark.Length && !finished)
        {
            Fill();
        }

        int count = Math.Min(buffer.Length, end - begin - (finished ? 0 : Mark.Length));
        this.buffer.AsSpan(begin, count).CopyTo(buffer);
        begin += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inflated.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        buffer.AsSpan(begin, end - begin).CopyTo(buffer);
        (begin, end) = (0, end - begin);
        int read;
        do
        {
            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            read = inflated.Read(buffer, end, buffer.Length - end);
            end += read;
        }
        while (read > 0 && compressed.FirstEnded);

        if (read == 0)
        {
            if (!buffer.AsSpan(0, end).EndsWith(Mark))
            {
                throw ArchiveFile.Damaged(path, "gzip data that were cut short or have something behind them", "a whole file");
            }

            end -= Mark.Length;
            finished = true;
        }
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>One stream after the other.</summary>
    private sealed class JoinedStream(Stream first, Stream second) : ForwardStream
    {
        /// <summary>Whether the first stream was read to its end.</summary>
        public bool FirstEnded { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int read = FirstEnded ? 0 : first.Read(buffer);
            FirstEnded |= read == 0;
            return read > 0 ? read : second.Read(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                first.Dispose();
                second.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
