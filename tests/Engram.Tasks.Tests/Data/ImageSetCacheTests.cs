using Engram.Tasks.Data;
using Engram.Tasks.Data.Sets;

namespace Engram.Tasks.Tests.Data;

public sealed class ImageSetCacheTests : IDisposable
{
    private readonly SmallImages images = new();
    private readonly string source;

    public ImageSetCacheTests() => source = images.Write("set.zip", Archives.Zip(SmallImages.Classes()));

    [Fact]
    public void Load_ASecondTime_ReadsTheCacheAlone()
    {
        ImageSet first = images.Load(new ImageFolder(), source);
        Assert.StartsWith("Structure of", Assert.Single(images.Notes), StringComparison.Ordinal);
        images.Notes.Clear();
        Spoil(source);
        ImageSet second = images.Load(new ImageFolder(), source);

        Assert.Equal(first.Parts.Select(p => (p.Name, p.Count)), second.Parts.Select(p => (p.Name, p.Count)));
        Assert.Equal(first.Parts[0].Classes.AsEnumerable(), second.Parts[0].Classes);
        Assert.True(first.Parts[0].Pixels.Span.SequenceEqual(second.Parts[0].Pixels.Span));
        Assert.Single(images.Cached);
        Assert.Empty(images.Notes);
    }

    [Fact]
    public void Load_AfterTheFilesChanged_ReadsThemAgain()
    {
        images.Load(new ImageFolder(), source);
        File.WriteAllBytes(source, Archives.Zip(SmallImages.Classes(images: 5)));

        Assert.Equal(10, images.Load(new ImageFolder(), source).Count);
        Assert.Single(images.Cached);
    }

    [Fact]
    public void Load_ADamagedCache_IsMadeAnewWithANote()
    {
        images.Load(new ImageFolder(), source);
        string cache = images.Cached[0];
        byte[] good = File.ReadAllBytes(cache);
        foreach (byte[] bad in (byte[][])[good[..^1], good[..20], [], [.. good[..^1], (byte)(good[^1] ^ 1)]])
        {
            images.Notes.Clear();
            File.WriteAllBytes(cache, bad);

            Assert.Equal(6, images.Load(new ImageFolder(), source).Count);
            Assert.Contains("could not be used", images.Notes[0], StringComparison.Ordinal);
            Assert.StartsWith("Structure of", images.Notes[1], StringComparison.Ordinal);
            Assert.Equal(good, File.ReadAllBytes(cache));
        }
    }

    [Fact]
    public void Load_WhereNothingCanBeWritten_ReadsAllTheSame()
    {
        images.Write("data/cache", [1]);

        Assert.Equal(6, images.Load(new ImageFolder(), source).Count);
        Assert.Contains("could not be cached", images.Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WhereTheFolderCannotBeWritten_CachesElsewhere()
    {
        images.Write("data/cache", [1]);
        DataContext context = images.Context with { Folder = images.Context.Folder with { OtherCache = images.At("other") } };
        var request = new DatasetRequest("small", new ImageFormat(2, ImageColour.Grey), source);

        new ImageFolder().Load(request, context);
        Assert.Contains("since", images.Notes[^1], StringComparison.Ordinal);
        Spoil(source);
        Assert.Equal(6, new ImageFolder().Load(request, context).Count);
    }

    [Fact]
    public void Load_BesideLeftoversOfKilledProcesses_RemovesTheOldOnes()
    {
        images.Load(new ImageFolder(), source);
        string old = images.Cached[0] + ".1-1.partial";
        string young = images.Cached[0] + ".1-2.partial";
        File.WriteAllBytes(old, [1]);
        File.WriteAllBytes(young, [1]);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        File.WriteAllBytes(source, Archives.Zip(SmallImages.Classes(images: 5)));
        images.Load(new ImageFolder(), source);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public void Load_Progress_EndsWithAllThatWasExpected()
    {
        var seen = new List<DataProgress>();
        new ImageFolder()
            .Load(new DatasetRequest("small", new ImageFormat(2, ImageColour.Grey), source), images.Context with { Progress = seen.Add });

        Assert.Equal(new DataProgress("reading small", 6, 6, "images"), seen[^1]);
    }

    [Fact]
    public void Load_ToldToStop_LeavesNoCache()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(
            () =>
            new ImageFolder()
            .Load(new DatasetRequest("small", new ImageFormat(2, ImageColour.Grey), source), images.Context with { Stop = stop.Token }));
        Assert.Empty(images.Cached);
    }

    [Fact]
    public void Load_TwoFormats_HaveACacheEach()
    {
        images.Load(new ImageFolder(), source);
        new ImageFolder().Load(new DatasetRequest("small", new ImageFormat(4, ImageColour.Rgb), source), images.Context);

        Assert.Equal(2, images.Cached.Length);
    }

    [Fact]
    public void Datasets_Load_IsSharedByAllWhoAsk()
    {
        var request = new DatasetRequest("image-folder", new ImageFormat(2, ImageColour.Grey), source);
        var sets = new ImageSet[8];
        Parallel.For(0, sets.Length, i => sets[i] = Datasets.Load(request, images.Context));

        Assert.All(sets, s => Assert.Same(sets[0], s));
    }

    public void Dispose() => images.Dispose();

    // Other content of the same length and time, which only somebody who reads it would see.
    private static void Spoil(string path)
    {
        DateTime time = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
        File.SetLastWriteTimeUtc(path, time);
    }
}
