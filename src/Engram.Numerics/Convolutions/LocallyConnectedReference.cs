using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Convolutions;

/// <summary>A locally connected layer, a convolution whose positions each have weights of their own, and its gradients as their definition
/// says, in plain loops: what every faster form is tested against.</summary>
/// <remarks>
/// One example a column. With P = H' W' positions, unit o P + p of the output is channel o at position p, as in a convolution's; row p O +
/// o of W, with O output channels, has its weights
/// [C, k, k], and so has b, so that what a position needs lies together: z[o, p] = b[p, o] + Σ over c, u, v of W[p, o, c, u, v] · image[c,
/// s y + u − padding, s x + v − padding].
/// </remarks>
internal static class LocallyConnectedReference
{
    /// <summary>z = W_p · patch_p + b_p at every position p, without activation.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="inputs">x, [C H W, n].</param>
    /// <param name="weights">W, [P O, C k k].</param>
    /// <param name="biases">b, P O.</param>
    /// <param name="outputs">z, [O P, n].</param>
    public static void Forward<T>(ConvolutionShape shape, Tensor<T> inputs, Tensor<T> weights, ReadOnlySpan<T> biases, Tensor<T> outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < shape.Positions; p++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                outputs.Row((o * shape.Positions) + p).Fill(biases[(p * shape.OutputChannels) + o]);
            }
        }

        foreach ((int row, int tap, int pixel, int unit) in Synapses(shape))
        {
            for (int n = 0; n < inputs.Columns; n++)
            {
                outputs[unit, n] += weights[row, tap] * inputs[pixel, n];
            }
        }
    }

    /// <summary>∂L/∂x from ∂L/∂z, through any weights of W's shape.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="outputGradient">∂L/∂z, [O P, n].</param>
    /// <param name="weights">W, or what stands for it.</param>
    /// <param name="inputGradient">∂L/∂x, [C H W, n]; overwritten.</param>
    public static void InputGradient<T>(ConvolutionShape shape, Tensor<T> outputGradient, Tensor<T> weights, Tensor<T> inputGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        inputGradient.Fill(T.Zero);
        foreach ((int row, int tap, int pixel, int unit) in Synapses(shape))
        {
            for (int n = 0; n < outputGradient.Columns; n++)
            {
                inputGradient[pixel, n] += weights[row, tap] * outputGradient[unit, n];
            }
        }
    }

    /// <summary>∂L/∂W from ∂L/∂z.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="shape">The geometry.</param>
    /// <param name="outputGradient">∂L/∂z, [O P, n].</param>
    /// <param name="inputs">x, [C H W, n].</param>
    /// <param name="weightGradient">∂L/∂W; overwritten.</param>
    public static void WeightGradient<T>(ConvolutionShape shape, Tensor<T> outputGradient, Tensor<T> inputs, Tensor<T> weightGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        weightGradient.Fill(T.Zero);
        foreach ((int row, int tap, int pixel, int unit) in Synapses(shape))
        {
            for (int n = 0; n < inputs.Columns; n++)
            {
                weightGradient[row, tap] += outputGradient[unit, n] * inputs[pixel, n];
            }
        }
    }

    /// <summary>Every weight that a pixel lies under: its row and column in W, the pixel, the unit.</summary>
    private static IEnumerable<(int Row, int Tap, int Pixel, int Unit)> Synapses(ConvolutionShape shape)
    {
        for (int p = 0; p < shape.Positions; p++)
        {
            (int top, int left) =
                ((p / shape.OutputWidth * shape.Stride) - shape.Padding, (p % shape.OutputWidth * shape.Stride) - shape.Padding);
            for (int tap = 0; tap < shape.PatchSize; tap++)
            {
                (int c, int u, int v) = (tap / (shape.Kernel * shape.Kernel), tap / shape.Kernel % shape.Kernel, tap % shape.Kernel);
                (int y, int x) = (top + u, left + v);
                for (int o = 0; o < shape.OutputChannels && y >= 0 && y < shape.Height && x >= 0 && x < shape.Width; o++)
                {
                    yield return ((p * shape.OutputChannels) + o, tap, (((c * shape.Height) + y) * shape.Width) + x, (o * shape.Positions)
                        + p);
                }
            }
        }
    }
}
