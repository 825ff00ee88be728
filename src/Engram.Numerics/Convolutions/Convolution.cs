using System.Numerics;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Convolutions;

/// <summary>Convolution of any number of images, one at a time as a matrix product of its patches: for looking at a network from outside a
/// lifetime.</summary>
/// <remarks>Lifetimes have kernels of their own. Plain form: <see cref="ConvolutionReference"/>.</remarks>
internal static class Convolution
{
    /// <summary>z = W ⋆ x + b.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="inputs">x, [n, C H W].</param>
    /// <param name="weights">W, [output channels, C k k].</param>
    /// <param name="biases">b, [1, output channels].</param>
    /// <param name="outputs">z, [n, output channels H' W'].</param>
    public static void Forward<T>(ConvolutionShape shape, Tensor<T> inputs, Tensor<T> weights, Tensor<T> biases, Tensor<T> outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var arena = new Arena();
        Tensor<T> patches = arena.Allocate<T>(shape.Positions, shape.PatchSize);
        Tensor<T> z = arena.Allocate<T>(shape.OutputChannels, shape.Positions);
        for (int n = 0; n < inputs.Rows; n++)
        {
            patches.Clear();
            Patches.Gather(shape, inputs.Slice(n, 1), patches);
            MatrixProduct.Multiply(weights, false, patches, true, z);
            Span<T> image = outputs.Row(n);
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                T bias = biases[0, o];
                Span<T> channel = z.Row(o);
                for (int p = 0; p < channel.Length; p++)
                {
                    image[(o * shape.Positions) + p] = channel[p] + bias;
                }
            }
        }
    }
}
