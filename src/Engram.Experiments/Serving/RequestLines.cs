namespace Engram.Experiments.Serving;

/// <summary>Takes a stream apart into lines, holding no more of one than a request may have.</summary>
/// <param name="input">The stream.</param>
internal sealed class RequestLines(Stream input) : IDisposable
{
    private readonly byte[] buffer = new byte[1 << 16];
    private readonly MemoryStream line = new();
    private int begin;
    private int end;

    /// <summary>The next line without its end, of a longer one than a request may have just more than that; null at the end of the input,
    /// where a line without an end is none.</summary>
    /// <param name="stop">Ends waiting.</param>
    public byte[]? Next(CancellationToken stop)
    {
        line.SetLength(0);
        while (true)
        {
            if (begin == end)
            {
                (begin, end) = (0, Read(stop));
                if (end == 0)
                {
                    return null;
                }
            }

            ReadOnlySpan<byte> rest = buffer.AsSpan(begin, end - begin);
            int newline = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = newline < 0 ? rest : rest[..newline];
            line.Write(part[..(int)Math.Min(part.Length, ServeProtocol.MostLineBytes + 1 - line.Length)]);
            begin += part.Length + (newline < 0 ? 0 : 1);
            if (newline >= 0)
            {
                byte[] found = line.ToArray();
                return found is [.., (byte)'\r'] ? found[..^1] : found;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => line.Dispose();

    private int Read(CancellationToken stop)
    {
        try
        {
            return input.ReadAsync(buffer, stop).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
