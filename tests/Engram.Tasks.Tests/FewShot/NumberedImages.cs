using Engram.Tasks.Data;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Tests.FewShot;

/// <summary>Images in memory whose bytes say which class and image they are: the first sample is the class, the second the image in
/// it.</summary>
internal static class NumberedImages
{
    /// <summary>Side of the images.</summary>
    public const int Side = 2;

    /// <summary>The settings that fit the images.</summary>
    public static FewShotSpec Spec { get; } = new() { ImageSize = Side, Ways = 4, Shots = 3, QueryPerClass = 2, Outputs = 9 };

    /// <summary>Parts train, val and test with so many classes of so many images.</summary>
    public static ImageSet Set(int images = 6, int train = 12, int val = 5, int test = 7)
    {
        var builder = new ImageSetBuilder("numbered", new ImageFormat(Side, ImageColour.Grey));
        int first = 0;
        foreach ((string part, int classes) in new[] { ("train", train), ("val", val), ("test", test) })
        {
            var pixels = new byte[classes * images * 4];
            for (int i = 0; i < classes * images; i++)
            {
                (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2]) = ((byte)(first + (i / images)), (byte)(i % images), 255);
            }

            builder.Add(part, Enumerable.Range(first, classes).Select(c => ($"class{c:D3}", images)), pixels);
            first += classes;
        }

        return builder.Build();
    }

    /// <summary>A family over them.</summary>
    public static FewShotEpisodes Family(FewShotSpec spec, ImageSet? set = null, Func<Split, ClassPool>? poolOf = null)
    {
        ImageSet images = set ?? Set();
        return new FewShotEpisodes(spec, images, poolOf ?? (split => new Glyphs().PoolOf(images, split, ClassSplit.Honest)));
    }
}
