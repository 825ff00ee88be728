namespace Engram.Tasks.Images;

/// <summary>Resizes one image, bilinearly and with antialiasing: see <see cref="BilinearResizer"/>.</summary>
public static class BilinearResize
{
    [ThreadStatic]
    private static BilinearResizer? last;

    /// <summary>Resizes an image; one that has the size already is returned as it is. Images of one size after each other share their
    /// weights.</summary>
    /// <param name="image">The image.</param>
    /// <param name="height">Rows that it shall have, at least 1.</param>
    /// <param name="width">Columns that it shall have, at least 1.</param>
    public static Image Resize(Image image, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Height == height && image.Width == width)
        {
            return image;
        }

        if (last is not { } resizer
            || (resizer.FromHeight, resizer.FromWidth, resizer.ToHeight, resizer.ToWidth) != (image.Height, image.Width, height, width))
        {
            last = resizer = new BilinearResizer(image.Height, image.Width, height, width);
        }

        byte[] samples = new byte[checked(image.Channels * height * width)];
        resizer.Resize(image.Samples, samples);
        return new Image(image.Channels, height, width, samples);
    }
}
