using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Convolutions;

/// <summary>Images as the patches that a kernel sees, and back: convolution as a matrix product, for tapes.</summary>
/// <remarks>
/// All four are linear, and each is the transpose of another: <see cref="Gather"/> of <see cref="Scatter"/>, <see cref="ToChannelsFirst"/>
/// of
/// <see cref="ToChannelsLast"/>. Images are rows, channel first; patches are [n H' W', C k k], image by image, position by position.
/// </remarks>
internal static unsafe class Patches
{
    /// <summary>patches[n H' W', C k k] of images [n, C H W]; zeros where the kernel leaves the image.</summary>
    public static void Gather<T>(ConvolutionShape shape, Tensor<T> images, Tensor<T> patches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Visit(shape, images, patches, gather: true);

    /// <summary>images [n, C H W] += what each patch holds of them; images must be zero at first.</summary>
    public static void Scatter<T>(ConvolutionShape shape, Tensor<T> patches, Tensor<T> images)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Visit(shape, images, patches, gather: false);

    /// <summary>[n P, C] → [n, C P].</summary>
    public static void ToChannelsFirst<T>(Tensor<T> source, Tensor<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int positions = source.Rows / Math.Max(1, destination.Rows);
        for (int n = 0; n < destination.Rows; n++)
        {
            T* image = destination.RowPointer(n);
            for (int p = 0; p < positions; p++)
            {
                T* row = source.RowPointer((n * positions) + p);
                for (int c = 0; c < source.Columns; c++)
                {
                    image[((nint)c * positions) + p] = row[c];
                }
            }
        }
    }

    /// <summary>[n, C P] → [n P, C].</summary>
    public static void ToChannelsLast<T>(Tensor<T> source, Tensor<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int positions = destination.Rows / Math.Max(1, source.Rows);
        for (int n = 0; n < source.Rows; n++)
        {
            T* image = source.RowPointer(n);
            for (int p = 0; p < positions; p++)
            {
                T* row = destination.RowPointer((n * positions) + p);
                for (int c = 0; c < destination.Columns; c++)
                {
                    row[c] = image[((nint)c * positions) + p];
                }
            }
        }
    }

    private static void Visit<T>(ConvolutionShape shape, Tensor<T> images, Tensor<T> patches, bool gather)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int kernel, int height, int width) = (shape.Kernel, shape.Height, shape.Width);
        for (int row = 0; row < patches.Rows; row++)
        {
            (int n, int position) = (row / shape.Positions, row % shape.Positions);
            (int top, int left) = ((position / shape.OutputWidth * shape.Stride) - shape.Padding,
                (position % shape.OutputWidth * shape.Stride) - shape.Padding);
            (int firstU, int endU) = (Math.Max(0, -top), Math.Min(kernel, height - top));
            (int firstV, int endV) = (Math.Max(0, -left), Math.Min(kernel, width - left));
            T* image = images.RowPointer(n);
            T* patch = patches.RowPointer(row);
            for (int c = 0; c < shape.Channels; c++)
            {
                for (int u = firstU; u < endU; u++)
                {
                    T* pixels = image + (((((nint)c * height) + top + u) * width) + left);
                    T* taps = patch + (((c * kernel) + u) * kernel);
                    for (int v = firstV; v < endV; v++)
                    {
                        if (gather)
                        {
                            taps[v] = pixels[v];
                        }
                        else
                        {
                            pixels[v] += taps[v];
                        }
                    }
                }
            }
        }
    }
}
