using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Reading;

/// <summary>An image that was read and brought into its final form.</summary>
/// <param name="Place">The folder or archive that it is in.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Digest">What its file's bytes are told by; 0 for an image that has no file of its own.</param>
/// <param name="Pixels">Its bytes, [channel][row][column].</param>
internal readonly record struct ReadImage(string Place, string Name, UInt128 Digest, byte[] Pixels)
{
    /// <summary>What errors call it.</summary>
    public string FullName => $"{Place}: {Name}";
}

/// <summary>Reads many images: one thread at a time takes files from an archive, all decode and resize.</summary>
/// <remarks>Memory is bounded by the result and one file for each thread; a set that would not fit is refused as soon as that is
/// seen.</remarks>
internal sealed class ImageReader(DatasetRequest request, DataContext context)
{
    private const int ImagesBetweenReports = 200;
    private const long BytesBetweenMemoryChecks = 64L << 20;

    private readonly Lock gate = new();
    private long done;
    private long bytes;

    private string Activity => $"reading {request.Name}";

    /// <summary>Whether a name is that of an image that is read, and not of one that a system left behind.</summary>
    public static bool IsImage(string name) => ImageDecoder.IsReadable(name) && !IsHidden(name);

    /// <summary>
    /// The images of folders or archives that are wanted, in the order of the archives and of their entries. Of entries of one name in one
    /// archive, the last is the image. What is passed over is counted and noted.
    /// </summary>
    /// <param name="places">The folders or archives.</param>
    /// <param name="wanted">Which entries.</param>
    /// <param name="expected">How many there will be; null where nobody knows.</param>
    /// <param name="beside">Files beside the places, which are passed over.</param>
    /// <exception cref="EngramException">An archive or image is damaged, or they do not fit into memory.</exception>
    public ReadImage[] Read(IEnumerable<string> places, Func<string, bool> wanted, int? expected = null, IEnumerable<string>? beside = null)
    {
        var passedOver = new PassedOver();
        foreach (string file in beside ?? [])
        {
            passedOver.Add(file);
        }

        var replaced = new List<string>();
        ReadImage[] read = Convert(
            Files(places, wanted, passedOver, replaced),
            f => ImageDecoder.Decode(f.Bytes, f.FullName),
            f => (f.Place, f.Name, Digest(f.Bytes)),
            expected);
        Dictionary<(string, string), int> last = [];
        foreach ((int i, ReadImage image) in read.Index())
        {
            last[(image.Place, image.Name)] = i;
        }

        ReadImage[] images = [.. read.Where((image, i) => last[(image.Place, image.Name)] == i)];
        replaced.AddRange(read.Where((image, i) => last[(image.Place, image.Name)] != i).Select(i => i.FullName));
        if (replaced.Count > 0)
        {
            context.Note?.Invoke(
                $"Found entries that a later one of the same name replaces, {replaced.Count} in all, "
                + $"such as '{AtomicFile.Shown(replaced[0])}'; the last one counts.");
        }

        if (passedOver.Line([.. images.Select(i => i.Name)]) is { } line)
        {
            context.Note?.Invoke(line);
        }

        return images;
    }

    /// <summary>
    /// Images of which each name is one: the same file in several places counts once, and files of the same bytes by several names are
    /// counted and noted.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="identity">What tells an image from another.</param>
    /// <exception cref="EngramException">Two different images have one name.</exception>
    public ReadImage[] Distinct(ReadImage[] images, Func<ReadImage, string> identity)
    {
        var first = new Dictionary<string, ReadImage>(StringComparer.Ordinal);
        var kept = new List<ReadImage>();
        foreach (ReadImage image in images)
        {
            if (first.TryAdd(identity(image), image))
            {
                kept.Add(image);
            }
            else if (first[identity(image)] is var other && other.Digest != image.Digest)
            {
                throw new EngramException(
                    $"Found two different images of one name, '{AtomicFile.Shown(other.FullName)}' "
                    + $"and '{AtomicFile.Shown(image.FullName)}', expected one; take one away, or put them into folders of their own.");
            }
        }

        if (kept.Count < images.Length)
        {
            ReadImage again = images.First(i => first[identity(i)].Pixels != i.Pixels);
            context.Note?.Invoke(
                $"Found images a second time, {images.Length - kept.Count} in all, such as '{AtomicFile.Shown(again.FullName)}', "
                + $"which is '{AtomicFile.Shown(first[identity(again)].FullName)}'; each counts once.");
        }

        var same = kept.GroupBy(i => i.Digest).Where(g => g.Count() > 1).ToArray();
        if (same.Length > 0)
        {
            string[] pair = [.. same[0].Take(2).Select(i => AtomicFile.Shown(i.Name))];
            context.Note?.Invoke(
                $"Found images whose bytes are those of another by another name, {same.Sum(g => g.Count() - 1)} in all, "
                + $"such as '{pair[1]}' and '{pair[0]}'; each counts, so that what is learnt may be asked about.");
        }

        return [.. kept];
    }

    /// <summary>Brings images that are already decoded into their final form.</summary>
    public ReadImage[] Convert(IEnumerable<Image> images, int expected) =>
        Convert(images, image => image, _ => (string.Empty, string.Empty, UInt128.Zero), expected);

    private static UInt128 Digest(byte[] bytes) => BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(bytes));

    private ReadImage[] Convert<T>(
        IEnumerable<T> items, Func<T, Image> decode, Func<T, (string Place, string Name, UInt128 Digest)> about, int? expected)
    {
        var results = new ConcurrentBag<(long Index, ReadImage Image)>();
        try
        {
            Parallel.ForEach(
                Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { CancellationToken = context.Stop, MaxDegreeOfParallelism = Environment.ProcessorCount },
                (item, _, index) =>
                {
                    (string place, string name, UInt128 digest) = about(item);
                    results.Add((index, new ReadImage(place, name, digest, ToFormat(decode(item)))));
                    Report(expected);
                });
        }
        catch (AggregateException failures)
        {
            Exception first = failures.Flatten().InnerExceptions.FirstOrDefault(e => e is EngramException)
                ?? failures.Flatten().InnerExceptions[0];
            ExceptionDispatchInfo.Capture(first).Throw();
        }

        context.Progress?.Invoke(new DataProgress(Activity, done, done, "images"));
        return [.. results.OrderBy(r => r.Index).Select(r => r.Image)];
    }

    private IEnumerable<(string Place, string Name, string FullName, byte[] Bytes)> Files(
        IEnumerable<string> places, Func<string, bool> wanted, PassedOver passedOver, List<string> replaced)
    {
        foreach (string place in places)
        {
            using FileTree tree = FileTree.Open(place);
            IEnumerable<FileTreeEntry> entries = tree.Entries;
            if (tree.LeftOut.Count > 0)
            {
                context.Note?.Invoke(
                    $"Found links in '{place}' that lead nowhere, {tree.LeftOut.Count} in all, such as " +
                    $"'{AtomicFile.Shown(tree.LeftOut[0])}'; what they stood for is left out.");
            }

            foreach (FileTreeEntry entry in entries)
            {
                if (wanted(entry.Name))
                {
                    yield return (place, entry.Name, entry.FullName, entry.Read());
                }
                else if (!IsHidden(entry.Name))
                {
                    passedOver.Add(entry.Name);
                }
            }

            replaced.AddRange(tree.Replaced.Where(wanted).Select(n => $"{place}: {n}"));
        }
    }

    /// <summary>Whether a file is what systems leave in folders and archives.</summary>
    public static bool IsHidden(string name) =>
        name.Split('/').Any(segment => segment.StartsWith('.') || segment is "__MACOSX" or "Thumbs.db" or "desktop.ini");

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
            MemoryLimit.Expect(
                2.0 * held, $"the images of '{request.Name}' at {request.Format}", "lower task.image-size, or use fewer images.");
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
