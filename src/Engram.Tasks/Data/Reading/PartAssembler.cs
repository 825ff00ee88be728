using Engram.Numerics.Text;

namespace Engram.Tasks.Data.Reading;

/// <summary>Puts images together into a set: parts in the order in which they are named, classes in ordinal order of their names, images in
/// a given order.</summary>
internal sealed class PartAssembler(DatasetRequest request)
{
    private readonly OrderedDictionary<string, SortedDictionary<string,
        List<(string Order, byte[] Pixels)>>> parts = new(StringComparer.Ordinal);

    /// <summary>Names a part, so that it has its place among the parts.</summary>
    public void AddPart(string part) => parts.TryAdd(part, new(StringComparer.Ordinal));

    /// <summary>Names a class, which may have no images, so that it has its place all the same.</summary>
    public void AddClass(string part, string name) => Images(part, name);

    /// <summary>Adds an image.</summary>
    /// <param name="part">Its part.</param>
    /// <param name="name">Its class.</param>
    /// <param name="order">Images of a class stand in ordinal order of this.</param>
    /// <param name="pixels">Its bytes.</param>
    public void Add(string part, string name, string order, byte[] pixels) => Images(part, name).Add((order, pixels));

    /// <summary>The set; takes over the images, of which each part is copied as a whole.</summary>
    /// <exception cref="EngramException">A part has more bytes than fit together.</exception>
    public ImageSet Build()
    {
        var builder = new ImageSetBuilder(request.Name, request.Format);
        foreach ((string part, var classes) in parts)
        {
            long bytes = classes.Values.Sum(c => (long)c.Count) * request.Format.Samples;
            if (bytes > Array.MaxLength)
            {
                throw new EngramException(
                    $"Found {bytes} bytes of images in part '{part}' of '{request.Name}' at {request.Format}, expected at most " +
                    $"{Array.MaxLength}; use smaller or fewer images.");
            }

            byte[] pixels = GC.AllocateUninitializedArray<byte>((int)bytes);
            var counts = new List<(string, int)>();
            int at = 0;
            foreach ((string name, var images) in classes)
            {
                foreach ((_, byte[] one) in images.OrderBy(i => i.Order, StringComparer.Ordinal))
                {
                    one.CopyTo(pixels.AsSpan(at));
                    at += one.Length;
                }

                counts.Add((name, images.Count));
                images.Clear();
            }

            builder.Add(part, counts, pixels);
        }

        return builder.Build();
    }

    private List<(string Order, byte[] Pixels)> Images(string part, string name)
    {
        AddPart(part);
        var classes = parts[part];
        if (!classes.TryGetValue(name, out var images))
        {
            classes.Add(name, images = []);
        }

        return images;
    }
}
