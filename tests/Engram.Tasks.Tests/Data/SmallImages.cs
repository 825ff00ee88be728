using Engram.Experiments.Tests;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Tests.Data;

/// <summary>Small images of classes in files, and a data folder to read them into.</summary>
internal sealed class SmallImages : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Lines that the user would see.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Where the data folder is.</summary>
    public string Root => Path.Combine(folder.Path, "data");

    /// <summary>The context of that folder.</summary>
    public DataContext Context => new(new DataFolder(Root) { OtherCache = null }) { Note = Notes.Add };

    /// <summary>Files in the cache, unfinished ones included.</summary>
    public string[] Cached => Directory.Exists(Path.Combine(Root, "cache")) ? Directory.GetFiles(Path.Combine(Root, "cache")) : [];

    /// <summary>A grey PNG of 2×2 whose samples are all this.</summary>
    public static byte[] Png(int value) => PngWriter.Encode(2, 2, 8, 0, interlaced: false, [value, value, value, value]);

    /// <summary>Two classes of so many images, the first of value 10, 11, …, the second of 20, 21, ….</summary>
    public static (string Name, byte[] Bytes)[] Classes(string prefix = "", int images = 3) =>
        [.. Enumerable.Range(0, images)
            .SelectMany(i => new[] { ($"{prefix}cat/{i}.png", Png(10 + i)), ($"{prefix}dog/{i}.png", Png(20 + i)) })];

    /// <summary>A path below the temporary folder.</summary>
    public string At(string name) => Path.Combine(folder.Path, name);

    /// <summary>Writes a file.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes files below a folder.</summary>
    public string WriteFolder(string name, IEnumerable<(string Name, byte[] Bytes)> files)
    {
        foreach ((string file, byte[] bytes) in files)
        {
            Write(Path.Combine(name, file), bytes);
        }

        return At(name);
    }

    /// <summary>Reads a set of images at 2×2 grey.</summary>
    public ImageSet Load(FileDataset set, string path) =>
        set.Load(new DatasetRequest("small", new ImageFormat(2, ImageColour.Grey), path), Context);

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();
}
