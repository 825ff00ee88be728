using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>An image that was read and brought into its final form.</summary>
/// <param name="Name">Its name in the folder or archive.</param>
/// <param name="Pixels">Its bytes, [channel][row][column].</param>
internal readonly record struct ReadImage(string Name, byte[] Pixels);

/// <summary>Reads many images: one thread at a time takes files from an archive, all decode and resize.</summary>
/// <remarks>Memory is bounded by the result and one file for each thread; a set that would not fit is refused as soon as that is seen.</remarks>
internal sealed class ImageReader(DatasetRequest request, DataContext context)
{
    private const int ImagesBetweenReports = 200;
    private const long BytesBetweenMemoryChecks = 64L << 20;

    private readonly Lock gate = new();
    private long done;
    private long bytes;

    private string Activity => $"reading {request.Name}";

    /// <summary>Names of images have one of these endings.</summary>
    public static bool IsImage(string name) => ImageDecoder.IsReadable(name) && !IsHidden(name);

    /// <summary>The images of folders or archives that are wanted, in the order of the archives and of their entries.</summary>
    /// <param name="places">The folders or archives.</param>
    /// <param name="wanted">Which entries; called for each in order.</param>
    /// <param name="expected">How many there will be; null where nobody knows.</param>
    /// <exception cref="EngramException">An archive or image is damaged, or they do not fit into memory.</exception>
    public ReadImage[] Read(IEnumerable<string> places, Func<string, bool> wanted, int? expected = null) =>
        Convert(Files(places, wanted), f => ImageDecoder.Decode(f.Bytes, f.FullName), f => f.Name, expected);

    /// <summary>Brings images that are already decoded into their final form.</summary>
    public ReadImage[] Convert(IEnumerable<Image> images, int expected) => Convert(images, image => image, _ => string.Empty, expected);

    private ReadImage[] Convert<T>(IEnumerable<T> items, Func<T, Image> decode, Func<T, string> name, int? expected)
    {
        var results = new ConcurrentBag<(long Index, ReadImage Image)>();
        try
        {
            Parallel.ForEach(
                Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = context.Stop, MaxDegreeOfParallelism = Environment.ProcessorCount },
                (item, _, index) =>
                {
                    results.Add((index, new ReadImage(name(item), ToFormat(decode(item)))));
                    Report(expected);
                });
        }
        catch (AggregateException failures)
        {
            Exception first = failures.Flatten().InnerExceptions.FirstOrDefault(e => e is EngramException) ?? failures.Flatten().InnerExceptions[0];
            ExceptionDispatchInfo.Capture(first).Throw();
        }

        context.Progress?.Invoke(new DataProgress(Activity, done, done, "images"));
        return [.. results.OrderBy(r => r.Index).Select(r => r.Image)];
    }

    private IEnumerable<(string Name, string FullName, byte[] Bytes)> Files(IEnumerable<string> places, Func<string, bool> wanted)
    {
        foreach (string place in places)
        {
            using FileTree tree = FileTree.Open(place);
            IEnumerable<FileTreeEntry> entries = tree.Entries;
            if (tree.LeftOut.Count > 0)
            {
                context.Note?.Invoke($"Found links in '{place}' that lead nowhere, {tree.LeftOut.Count} in all, such as '{AtomicFile.Shown(tree.LeftOut[0])}'; what they stood for is left out.");
            }

            foreach (FileTreeEntry entry in entries)
            {
                if (wanted(entry.Name))
                {
                    yield return (entry.Name, entry.FullName, entry.Read());
                }
            }
        }
    }

    // What systems leave in folders and archives.
    private static bool IsHidden(string name) => name.Split('/').Any(segment => segment.StartsWith('.') || segment == "__MACOSX");

    private byte[] ToFormat(Image image)
    {
        ImageFormat format = request.Format;
        Image coloured = format.Colour == ImageColour.Grey ? image.ToGrey() : image.Channels == 1 ? image : image.ToRgb();
        Image resized = BilinearResize.Resize(coloured, format.Side, format.Side);
        return (resized.Channels == format.Channels ? resized : resized.ToRgb()).Samples;
    }

    private void Report(int? expected)
    {
        long now = Interlocked.Increment(ref done);
        long held = Interlocked.Add(ref bytes, request.Format.Samples);
        if (held / BytesBetweenMemoryChecks != (held - request.Format.Samples) / BytesBetweenMemoryChecks)
        {
            // The images, and once more where they are put together.
            MemoryLimit.Expect(2.0 * held, $"the images of '{request.Name}' at {request.Format}", "lower task.image-size, or use fewer images.");
        }

        if (context.Progress is { } progress && now % ImagesBetweenReports == 0)
        {
            lock (gate)
            {
                progress(new DataProgress(Activity, now, expected, "images"));
            }
        }
    }
}
