using System.Buffers.Text;
using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Engram.Studio.Runs;

/// <summary>What a list shows of a line of metrics.</summary>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="Loss">The running loss; NaN where it is no number.</param>
/// <param name="ErrorPercent">The running error; NaN where there is none.</param>
internal readonly record struct MetricsPoint(long OuterStep, double Loss, double ErrorPercent);

/// <summary>A few lines of a run's metrics, evenly spread over the file, and its last one: what a list of many runs has time for.</summary>
/// <remarks>Of a file of any length some kilobytes are read. The lines' running means are what is shown of them, so that those between are
/// in them.</remarks>
/// <param name="Lines">What lists show of the lines, in order.</param>
/// <param name="Last">The last line; null where there is none.</param>
internal sealed record MetricsSample(ImmutableArray<MetricsPoint> Lines, MetricsLine? Last)
{
    /// <summary>How many lines are taken.</summary>
    public const int Places = 40;

    // Longer than any line of ours, so that a piece has a whole one in it.
    private const int Piece = 640;

    /// <summary>Nothing.</summary>
    public static MetricsSample None { get; } = new([], null);

    /// <summary>Reads a run's metrics.</summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MetricsSample Read(string path)
    {
        if (!File.Exists(path))
        {
            return None;
        }

        using FileStream stream = RegularFile.Open(path);
        SafeFileHandle file = stream.SafeFileHandle;
        long length = RandomAccess.GetLength(file);
        var lines = ImmutableArray.CreateBuilder<MetricsPoint>();
        MetricsLine? last = null;
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
        foreach (Range range in end[begin..].Split((byte)'\n'))
        {
            // These are read as strictly as everything else; thousands of others at a glance.
            if (MetricsColumns.Parse(end[begin..][range]) is { } line)
            {
                last = line;
                Add(end[begin..][range]);
            }
        }

        return new MetricsSample(lines.ToImmutable(), last);

        void Add(ReadOnlySpan<byte> text)
        {
            if (Glance(text) is { } point && (lines.Count == 0 || point.OuterStep > lines[^1].OuterStep))
            {
                lines.Add(point);
            }
        }
    }

    private static MetricsPoint? Glance(ReadOnlySpan<byte> line) =>
        line is [(byte)'{', .., (byte)'}'] && NumberAfter(line, "\"outerStep\":"u8) is > 0 and var step && step <= long.MaxValue / 2
            ? new MetricsPoint(
                (long)step, NumberAfter(line, "\"runningQueryLoss\":"u8), NumberAfter(line, "\"runningQueryErrorPercent\":"u8))
            : null;

    private static double NumberAfter(ReadOnlySpan<byte> line, ReadOnlySpan<byte> member)
    {
        int at = line.IndexOf(member);
        return at >= 0 && Utf8Parser.TryParse(line[(at + member.Length)..], out double value, out _) ? value : double.NaN;
    }

    private static ReadOnlySpan<byte> WholeLineIn(ReadOnlySpan<byte> piece, bool atStart)
    {
        int begin = atStart ? 0 : piece.IndexOf((byte)'\n') + 1;
        int length = piece[begin..].IndexOf((byte)'\n');
        return length < 0 ? [] : piece.Slice(begin, length);
    }
}
