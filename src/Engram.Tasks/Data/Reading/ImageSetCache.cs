using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Data.Reading;

/// <summary>Keeps image sets in their final form, as safetensors of bytes, so that they are read in a moment the next time.</summary>
/// <remarks>
/// A file is for one data set and one format, and says which files it was made from (<see cref="DatasetSource.Stamp"/>); one made from
/// others is replaced. It is written whole or not at all,
/// has a checksum that is verified, and is made anew where it is damaged. Each part is a tensor [images, channels, side, side]; its classes
/// stand in the metadata.
/// </remarks>
internal static class ImageSetCache
{
    private const string StampKey = "made-from";
    private static readonly TimeSpan AgeOfLeftovers = TimeSpan.FromHours(1);

    /// <summary>The cached set, or one that is read and then cached.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="stamp">What the files and their reader are.</param>
    /// <param name="context">Where caches lie.</param>
    /// <param name="read">Reads the files.</param>
    public static ImageSet GetOrRead(DatasetRequest request, string stamp, DataContext context, Func<ImageSet> read)
    {
        string name =
            $"{request.Name}-{request.Format.Side}-{(request.Format.Colour == ImageColour.Rgb ? "rgb" : "grey")}" +
            $"{PlaceMark(request.Path)}.safetensors";
        string[] paths = [.. context.Folder.CacheFolders.Select(f => Path.Combine(f, name))];
        foreach (string path in paths.Where(File.Exists))
        {
            try
            {
                if (Load(path, request, stamp) is { } cached)
                {
                    return cached;
                }
            }
            catch (Exception e) when (e is EngramException or OverflowException)
            {
                context.Note?.Invoke($"The cache of '{request.Name}' could not be used, so that its images are read afresh: {e.Message}");
            }
        }

        ImageSet images = read();
        Save(images, paths, stamp, context);
        return images;
    }

    // A set outside the data folder has a cache of its own.
    private static string PlaceMark(string? path) => path is null ? string.Empty
        : "-" + Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(path))))[..12];

    private static ImageSet? Load(string path, DatasetRequest request, string stamp)
    {
        SafetensorsFile file = SafetensorsFile.Read(path, verifyChecksum: true);
        if (file.MetadataOf(StampKey) != stamp)
        {
            return null;
        }

        var builder = new ImageSetBuilder(request.Name, request.Format);
        foreach (CachedPart part in CacheJson.Parts.Parse(Encoding.UTF8.GetBytes(file.MetadataOf("parts")), path))
        {
            builder.Add(part.Name, part.Classes.Zip(part.Counts), file[part.Name].Bytes);
        }

        return builder.Build();
    }

    private static void Save(ImageSet images, string[] paths, string stamp, DataContext context)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata(StampKey, stamp);
        writer.AddMetadata(
            "parts", CacheJson.Parts.Write(
            [.. images.Parts.Select(
            p => new CachedPart(p.Name, [.. p.Classes.Select(c => c.Name)], [.. p.Classes.Select(c => c.Count)]))]));
        foreach (ImagePart part in images.Parts)
        {
            writer.AddShared(
                part.Name, TensorType.U8, [part.Count, images.Format.Channels, images.Format.Side, images.Format.Side], part.Pixels);
        }

        string? problem = null;
        foreach (string path in paths)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                RemoveLeftovers(path);
                writer.Write(path, checksum: true);
                if (problem is not null)
                {
                    context.Note?.Invoke($"Cached '{images.Name}' in '{path}', since '{paths[0]}' could not be written.");
                }

                return;
            }
            catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException)
            {
                problem = e.Message;
            }
        }

        context.Note?.Invoke($"'{images.Name}' could not be cached and will be read afresh the next time: {problem}");
    }

    // What killed processes left unfinished; what is young may be somebody's who is at it.
    private static void RemoveLeftovers(string path)
    {
        foreach (string leftover in Directory.EnumerateFiles(
            Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".*" + AtomicFile.PartialSuffix))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(leftover) > AgeOfLeftovers)
            {
                File.Delete(leftover);
            }
        }
    }
}
