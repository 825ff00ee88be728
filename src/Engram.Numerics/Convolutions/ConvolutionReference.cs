using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Convolutions;

/// <summary>Convolution and its two gradients as their definition says, in plain loops: what every faster form is tested against.</summary>
/// <remarks>Images are rows of [n, C H W], channel first; weights are [output channels, C k k].</remarks>
internal static class ConvolutionReference
{
    /// <summary>z = W ⋆ x + b, without activation.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="inputs">x, [n, C H W].</param>
    /// <param name="weights">W, [output channels, C k k].</param>
    /// <param name="biases">b, one for each output channel.</param>
    /// <param name="outputs">z, [n, output channels H' W'].</param>
    public static void Forward<T>(ConvolutionShape shape, Tensor<T> inputs, Tensor<T> weights, ReadOnlySpan<T> biases, Tensor<T> outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int n = 0; n < inputs.Rows; n++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                for (int position = 0; position < shape.Positions; position++)
                {
                    T sum = T.Zero;
                    foreach ((int tap, int pixel) in Taps(shape, position))
                    {
                        sum += weights[o, tap] * inputs[n, pixel];
                    }

                    outputs[n, (o * shape.Positions) + position] = sum + biases[o];
                }
            }
        }
    }

    /// <summary>∂L/∂x from ∂L/∂z.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="outputGradient">∂L/∂z, [n, output channels H' W'].</param>
    /// <param name="weights">W, [output channels, C k k].</param>
    /// <param name="inputGradient">∂L/∂x, [n, C H W]; overwritten.</param>
    public static void InputGradient<T>(ConvolutionShape shape, Tensor<T> outputGradient, Tensor<T> weights, Tensor<T> inputGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        inputGradient.Clear();
        for (int n = 0; n < outputGradient.Rows; n++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                for (int position = 0; position < shape.Positions; position++)
                {
                    foreach ((int tap, int pixel) in Taps(shape, position))
                    {
                        inputGradient[n, pixel] += weights[o, tap] * outputGradient[n, (o * shape.Positions) + position];
                    }
                }
            }
        }
    }

    /// <summary>∂L/∂W from ∂L/∂z, added to what is there.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="outputGradient">∂L/∂z, [n, output channels H' W'].</param>
    /// <param name="inputs">x, [n, C H W].</param>
    /// <param name="weightGradient">∂L/∂W, [output channels, C k k].</param>
    public static void WeightGradient<T>(ConvolutionShape shape, Tensor<T> outputGradient, Tensor<T> inputs, Tensor<T> weightGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int n = 0; n < inputs.Rows; n++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                for (int position = 0; position < shape.Positions; position++)
                {
                    foreach ((int tap, int pixel) in Taps(shape, position))
                    {
                        weightGradient[o, tap] += outputGradient[n, (o * shape.Positions) + position] * inputs[n, pixel];
                    }
                }
            }
        }
    }

    /// <summary>The taps of the kernel that fall into the image at a position, and the pixel under each.</summary>
    private static IEnumerable<(int Tap, int Pixel)> Taps(ConvolutionShape shape, int position)
    {
        (int top, int left) =
            ((position / shape.OutputWidth * shape.Stride) - shape.Padding, (position % shape.OutputWidth * shape.Stride) - shape.Padding);
        for (int c = 0; c < shape.Channels; c++)
        {
            for (int u = 0; u < shape.Kernel; u++)
            {
                for (int v = 0; v < shape.Kernel; v++)
                {
                    (int y, int x) = (top + u, left + v);
                    if (y >= 0 && y < shape.Height && x >= 0 && x < shape.Width)
                    {
                        yield return ((((c * shape.Kernel) + u) * shape.Kernel) + v, (((c * shape.Height) + y) * shape.Width) + x);
                    }
                }
            }
        }
    }
}
