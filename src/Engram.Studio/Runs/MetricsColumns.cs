using System.Buffers;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Engram.Studio.Runs;

/// <summary>A run's metrics, column by column, kept in memory and read on as the file grows.</summary>
/// <remarks>What is kept does not grow beyond some hundred thousand lines: then every second one is let go of, and of those that come too.
/// For use by one thread at a time.</remarks>
/// <param name="path">The file, which need not be there yet.</param>
internal sealed class MetricsColumns(string path)
{
    private const int MostLines = 1 << 17;
    private const int Block = 1 << 16;
    private const int MostLineBytes = 1 << 14;
    private const int MarkBytes = 48;

    private readonly List<float> loss = [], running = [], norm = [], error = [], runningError = [];
    private readonly List<long> steps = [];
    private byte[] mark = [];
    private long offset;
    private long seen;
    private long stride = 1;

    /// <summary>Counts up with every line that was let go of or read anew, so that who follows knows when to start over.</summary>
    public int Generation { get; private set; }

    /// <summary>How many lines are kept.</summary>
    public int Count => steps.Count;

    /// <summary>The newest line; null where there is none.</summary>
    public MetricsLine? Last { get; private set; }

    /// <summary>Outer steps of the lines.</summary>
    public IReadOnlyList<long> Steps => steps;

    /// <summary>The values of a quantity, and their running means where there are some.</summary>
    /// <param name="quantity"><c>loss</c>, <c>error</c> or <c>gradient</c>.</param>
    public (IReadOnlyList<float> Values, IReadOnlyList<float>? Running) Of(string quantity) => quantity switch
    {
        "loss" => (loss, running),
        "error" => (error, runningError),
        _ => (norm, null),
    };

    /// <summary>Whether the run has errors in percent.</summary>
    public bool HasErrors => Last?.QueryErrorPercent is not null;

    /// <summary>A line; null where it is torn or damaged.</summary>
    public static MetricsLine? Parse(ReadOnlySpan<byte> line) => RunsJson.Metrics.ParseOrNull(line);

    /// <summary>Reads what has come since the last time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Refresh()
    {
        if (!File.Exists(path))
        {
            Clear();
            return;
        }

        using FileStream stream = RegularFile.Open(path);
        SafeFileHandle file = stream.SafeFileHandle;
        long length = RandomAccess.GetLength(file);
        if (length < offset || !IsAtMark(file))
        {
            // A run that was gone back with and trained on has another file.
            Clear();
        }

        if (length > offset)
        {
            ReadOn(file, length);
        }
    }

    private void ReadOn(SafeFileHandle file, long length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Block + MostLineBytes);
        try
        {
            int kept = 0;
            for (long at = offset; at < length;)
            {
                int read = RandomAccess.Read(file, buffer.AsSpan(kept, Block), at);
                if (read == 0)
                {
                    break;
                }

                at += read;
                Span<byte> text = buffer.AsSpan(0, kept + read);
                int begin = 0;
                for (int end; (end = text[begin..].IndexOf((byte)'\n')) >= 0; begin += end + 1)
                {
                    if (end > 0 && Parse(text.Slice(begin, end)) is { } line)
                    {
                        Add(line);
                    }
                }

                if (begin > 0)
                {
                    mark = text[Math.Max(0, begin - MarkBytes)..begin].ToArray();
                }

                // What is longer than any line of ours is passed over.
                kept = text.Length - begin > MostLineBytes ? 0 : text.Length - begin;
                offset = at - kept;
                text[^kept..].CopyTo(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool IsAtMark(SafeFileHandle file)
    {
        Span<byte> found = stackalloc byte[MarkBytes];
        int read = RandomAccess.Read(file, found[..mark.Length], offset - mark.Length);
        return found[..read].SequenceEqual(mark);
    }

    private void Add(MetricsLine line)
    {
        if (Last is not null && line.OuterStep <= Last.OuterStep)
        {
            return;
        }

        Last = line;
        if (seen++ % stride != 0)
        {
            return;
        }

        steps.Add(line.OuterStep);
        loss.Add((float)line.QueryLoss);
        running.Add((float)line.RunningQueryLoss);
        norm.Add((float)line.GradientNorm);
        error.Add((float)(line.QueryErrorPercent ?? double.NaN));
        runningError.Add((float)(line.RunningQueryErrorPercent ?? double.NaN));
        if (steps.Count == MostLines)
        {
            Halve(steps);
            foreach (List<float> column in (List<float>[])[loss, running, norm, error, runningError])
            {
                Halve(column);
            }

            stride *= 2;
            Generation++;
        }
    }

    private static void Halve<T>(List<T> column)
    {
        int half = column.Count / 2;
        for (int i = 0; i < half; i++)
        {
            column[i] = column[2 * i];
        }

        column.RemoveRange(half, column.Count - half);
    }

    private void Clear()
    {
        if (offset > 0)
        {
            Generation++;
        }

        steps.Clear();
        foreach (List<float> column in (List<float>[])[loss, running, norm, error, runningError])
        {
            column.Clear();
        }

        (mark, offset, seen, stride, Last) = ([], 0, 0, 1, null);
    }
}
