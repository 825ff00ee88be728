using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Numerics.Convolutions;

/// <summary>The geometry of a two-dimensional convolution with a square kernel, stride and zero padding.</summary>
/// <remarks>
/// An image is [channels, height, width], flattened channel first. With output height H' = ⌊(H + 2 p − k) / s⌋ + 1 (and W' likewise),
/// z[o, y, x] = b[o] + Σ over c, u, v of W[o, c, u, v] · image[c, s y + u − p, s x + v − p], where what lies outside the image is 0.
/// The kernel slides without being mirrored, as in PyTorch's <c>conv2d</c>.
/// </remarks>
/// <param name="Channels">C, channels of the input.</param>
/// <param name="Height">H, rows of pixels of the input.</param>
/// <param name="Width">W, columns of pixels of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="Kernel">k, side of the kernel in pixels.</param>
/// <param name="Stride">s, pixels from one position to the next.</param>
/// <param name="Padding">p, rows and columns of zeros around the input.</param>
public readonly record struct ConvolutionShape(int Channels, int Height, int Width, int OutputChannels, int Kernel, int Stride, int Padding)
{
    private const int LargestPatch = 1 << 24;
    private const int LargestImage = 1 << 29;

    /// <summary>H'.</summary>
    public int OutputHeight => ((Height + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>W'.</summary>
    public int OutputWidth => ((Width + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>H' W', positions of the kernel.</summary>
    public int Positions => OutputHeight * OutputWidth;

    /// <summary>C k k, the numbers that one position sees.</summary>
    public int PatchSize => Channels * Kernel * Kernel;

    /// <summary>C H W.</summary>
    public int Inputs => Channels * Height * Width;

    /// <summary>Output channels × positions.</summary>
    public int Outputs => OutputChannels * Positions;

    /// <summary>Numbers of the largest buffer that an image needs, in any of the kernels: its padded pixels or its positions, with rows of
    /// channels that are at least a cache line.</summary>
    public long MostNumbers => Math.Max(
        (long)Math.Max(Channels, 16) * (Height + (2 * Padding)) * (Width + (2 * Padding)),
        (long)Math.Max(OutputChannels, 64) * OutputHeight * OutputWidth);

    /// <summary>Checks that every number is in its range and that the kernel fits into the padded image.</summary>
    /// <exception cref="EngramException">One is not; the message says which.</exception>
    public void Validate()
    {
        Expect("channels", Channels, 1, 65_536);
        Expect("height", Height, 1, 65_536);
        Expect("width", Width, 1, 65_536);
        Expect("output channels", OutputChannels, 1, 65_536);
        Expect("kernel", Kernel, 1, 255);
        Expect("stride", Stride, 1, 255);
        Expect("padding", Padding, 0, Kernel - 1);
        if (Height + (2 * Padding) < Kernel || Width + (2 * Padding) < Kernel)
        {
            throw new EngramException(
                $"Found a convolution of {Height}×{Width} pixels with kernel {Kernel} and padding {Padding}, expected an image at least " +
                $"as large as the kernel; use larger images, padding or fewer strides before it.");
        }

        long patch = (long)Channels * Kernel * Kernel;
        if (patch > LargestPatch)
        {
            throw new EngramException(
                string.Create(CultureInfo.InvariantCulture,
                $"Found a convolution with {patch:N0} synapses a unit ({Channels} channels × {Kernel} × {Kernel}), expected at most " +
                $"{LargestPatch:N0}; use fewer channels or a smaller kernel."));
        }

        if (MostNumbers > LargestImage)
        {
            throw new EngramException(
                string.Create(CultureInfo.InvariantCulture,
                $"Found a convolution that needs {MostNumbers:N0} numbers an image, expected at most {LargestImage:N0}; use smaller " +
                $"images, fewer channels or less padding."));
        }
    }

    private static void Expect(string what, int found, int least, int most)
    {
        if (found < least || found > most)
        {
            throw new EngramException($"Found a convolution with {what} {found}, expected {least} to {most}.");
        }
    }
}
