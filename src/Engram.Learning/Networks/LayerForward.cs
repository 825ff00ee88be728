using Engram.Numerics.Autodiff;

namespace Engram.Learning.Networks;

/// <summary>What layers compute, on a tape.</summary>
public static class LayerForward
{
    /// <summary>x = σ(x Wᵀ + b) of one layer, or σ(W ⋆ x + b): [n, in] → [n, out].</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">[n, in].</param>
    /// <param name="weights">W, [out, in]; [output channels, C k k] of a convolution.</param>
    /// <param name="biases">b, [1, out]; one for each channel of a convolution.</param>
    public static Var Forward(this LayerSpec layer, Var input, Var weights, Var biases)
    {
        Var z = layer.Units(layer.Presynaptic(input).MatMul(weights.Transpose()) + biases, input.Rows);
        return layer.Activation switch
        {
            Activation.Relu => z.Relu(),
            Activation.Identity => z,
            Activation.Tanh => z.Tanh(),
            _ => throw new InvalidOperationException($"Found no way to compute the activation {layer.Activation}."),
        };
    }

    /// <summary>What the synapses of a layer see of its input [n, in]: the input itself, or the patch at every position of a convolution,
    /// [n P, C k k].</summary>
    internal static Var Presynaptic(this LayerSpec layer, Var input) =>
        layer is ConvolutionSpec convolution ? input.GatherPatches(convolution.Shape) : input;

    /// <summary>Activity of a layer's units [n, out] as the rows of its weights see it: itself, or the channels at every position of a
    /// convolution, [n P, output channels].</summary>
    internal static Var Postsynaptic(this LayerSpec layer, Var units) =>
        layer is ConvolutionSpec ? units.ChannelsLast(layer.WeightRows) : units;

    /// <summary>How many positions share a layer's weights; 1 for a fully connected layer.</summary>
    internal static int Positions(this LayerSpec layer) => layer is ConvolutionSpec convolution ? convolution.Shape.Positions : 1;

    private static Var Units(this LayerSpec layer, Var positions, int examples) =>
        layer is ConvolutionSpec ? positions.ChannelsFirst(examples) : positions;
}
