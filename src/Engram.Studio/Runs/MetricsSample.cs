using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Engram.Studio.Runs;

/// <summary>A few lines of a run's metrics, evenly spread over the file, and its last one: what a list of many runs has time for.</summary>
/// <remarks>Of a file of any length some kilobytes are read. The lines' running means are what is shown of them, so that those between are in them.</remarks>
/// <param name="Lines">The lines, in order.</param>
internal sealed record MetricsSample(ImmutableArray<MetricsLine> Lines)
{
    /// <summary>How many lines are taken.</summary>
    public const int Places = 40;

    // Longer than any line of ours, so that a piece has a whole one in it.
    private const int Piece = 640;

    /// <summary>Nothing.</summary>
    public static MetricsSample None { get; } = new([]);

    /// <summary>The last line; null where there is none.</summary>
    public MetricsLine? Last => Lines.IsEmpty ? null : Lines[^1];

    /// <summary>Reads a run's metrics.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MetricsSample Read(string path)
    {
        if (!File.Exists(path))
        {
            return None;
        }

        FileKinds.ExpectRegular(path);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        var lines = ImmutableArray.CreateBuilder<MetricsLine>();
        Span<byte> buffer = stackalloc byte[Piece];
        long step = Math.Max(1, (length - Piece) / Places);
        for (long at = 0; at < length - Piece; at += step)
        {
            int read = RandomAccess.Read(file, buffer, at);
            Add(WholeLineIn(buffer[..read], atStart: at == 0));
        }

        // The last line, which may be torn: then the one before it.
        Span<byte> end = stackalloc byte[2 * Piece];
        long from = Math.Max(0, length - end.Length);
        end = end[..RandomAccess.Read(file, end, from)];
        int begin = from == 0 ? 0 : end.IndexOf((byte)'\n') + 1;
        foreach (Range line in end[begin..].Split((byte)'\n'))
        {
            Add(end[begin..][line]);
        }

        return new MetricsSample(lines.ToImmutable());

        void Add(ReadOnlySpan<byte> text)
        {
            if (text.Length > 0 && MetricsColumns.Parse(text) is { } line && (lines.Count == 0 || line.OuterStep > lines[^1].OuterStep))
            {
                lines.Add(line);
            }
        }
    }

    private static ReadOnlySpan<byte> WholeLineIn(ReadOnlySpan<byte> piece, bool atStart)
    {
        int begin = atStart ? 0 : piece.IndexOf((byte)'\n') + 1;
        int length = piece[begin..].IndexOf((byte)'\n');
        return length < 0 ? [] : piece.Slice(begin, length);
    }
}
