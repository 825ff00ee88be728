using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Feedback straight from the output to a plastic layer.</summary>
/// <remarks>
/// Equation: f⁰ = s (or |s|), fᵏ⁺¹ = φ(fᵏ Bₖᵀ + cₖ) [∘ sign(x_i)], f_i = fᴷ, with φ = ReLU or the identity. Hidden layers of the pathway are as wide
/// as the input of the network's output layer. Source: Lindsey and Litwin-Kumar 2020, section 4 and its variants.
/// </remarks>
public sealed record DirectFeedback : IFeedbackPathway
{
    /// <inheritdoc/>
    public ImmutableArray<FeedbackLayerShape> LayersTo(NetworkSpec network, LocalLearnerSpec learner, int layer)
    {
        if (learner.FeedbackLayers < 1)
        {
            throw new EngramException($"Found {learner.FeedbackLayers} feedback layers, expected 1 or more.");
        }

        int hidden = network.Layers[^1].Inputs;
        int outputs = network.Layers[layer].Outputs;
        if (learner.FeedbackTimesSign && learner.FeedbackLayers > 1 && outputs != hidden && outputs != 1)
        {
            throw new EngramException($"Found feedback layers of width {hidden} to be multiplied by the sign of layer {layer}'s {outputs} units, expected equal widths; use one feedback layer, or no sign.");
        }

        var shapes = ImmutableArray.CreateBuilder<FeedbackLayerShape>(learner.FeedbackLayers);
        int width = network.Outputs;
        for (int k = 0; k < learner.FeedbackLayers; k++)
        {
            int next = k == learner.FeedbackLayers - 1 ? outputs : hidden;
            shapes.Add(new FeedbackLayerShape(next, width));
            width = next;
        }

        return shapes.MoveToImmutable();
    }

    /// <inheritdoc/>
    public Var Feedback(in FeedbackInputs inputs)
    {
        Var f = inputs.Learner.RectifiedSignal ? inputs.Signal.Abs() : inputs.Signal;
        for (int k = 0; k < inputs.Weights.Length; k++)
        {
            f = f.MatMul(inputs.Weights[k].Transpose()) + inputs.Biases[k];
            if (inputs.Learner.RectifiedFeedback)
            {
                f = f.Relu();
            }

            if (inputs.Learner.FeedbackTimesSign)
            {
                f *= inputs.Activity.Sign();
            }
        }

        return f;
    }
}
