using System.Collections.Immutable;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Text;

namespace Engram.Learning.Networks;

/// <summary>A network for images: convolutions, then fully connected layers; ReLU everywhere but at the last. Defaults are the paper's for
/// 84×84 images.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 5 and appendix B: six 3×3 convolutions of strides 2, 1, 2, 1, 2, 2 without
/// padding, then two linear layers.</remarks>
public sealed record ConvolutionalNetwork
{
    /// <summary>Output channels of every convolution.</summary>
    public int Channels { get; init; } = 128;

    /// <summary>Stride of each convolution, first first; there are as many convolutions as strides.</summary>
    public ImmutableArray<int> Strides { get; init; } = [2, 1, 2, 1, 2, 2];

    /// <summary>Side of the kernels in pixels.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>Rows and columns of zeros around every convolution's input.</summary>
    public int Padding { get; init; }

    /// <summary>Widths of the fully connected layers before the output.</summary>
    public ImmutableArray<int> HiddenWidths { get; init; } = [128];

    /// <summary>The network for images of that size.</summary>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <param name="outputs">Units of the last layer.</param>
    /// <param name="plasticLayers">How many of the last layers are plastic.</param>
    /// <exception cref="EngramException">The images are too small for so many convolutions, or a number is out of range.</exception>
    public NetworkSpec For(int channels, int height, int width, int outputs, int plasticLayers)
    {
        var layers = new List<LayerSpec>();
        foreach (int stride in Strides)
        {
            var layer =
                new ConvolutionSpec(new ConvolutionShape(channels, height, width, Channels, Kernel, stride, Padding), Activation.Relu);
            layer.Validate(layers.Count);
            layers.Add(layer);
            (channels, height, width) = (Channels, layer.Shape.OutputHeight, layer.Shape.OutputWidth);
        }

        int units = channels * height * width;
        foreach (int hidden in HiddenWidths)
        {
            layers.Add(new LinearSpec(units, hidden, Activation.Relu));
            units = hidden;
        }

        layers.Add(new LinearSpec(units, outputs, Activation.Identity));
        return new NetworkSpec(layers, plasticLayers);
    }

    /// <inheritdoc/>
    public bool Equals(ConvolutionalNetwork? other) =>
        other is not null && (Channels, Kernel, Padding) == (other.Channels, other.Kernel, other.Padding)
        && Strides.SequenceEqual(other.Strides) && HiddenWidths.SequenceEqual(other.HiddenWidths);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Channels, Kernel, Padding, Strides.Length, HiddenWidths.Length);
}
