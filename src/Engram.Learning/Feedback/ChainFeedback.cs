using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Feedback;

/// <summary>From each plastic layer to the one below it, as if feedback came down the way that activity goes up.</summary>
/// <remarks>
/// Equation: f_i = φ(x̃_{i+1} B_iᵀ + c_i) with x̃_{i+1} the activity of the plastic layer above after its own feedback; at the output φ(s
/// Bᵀ + c). B_i [out_i, out_{i+1}].
/// Source: ours; the layer-to-layer pathways of feedback alignment (Lillicrap et al. 2016) and target propagation have its shape.
/// </remarks>
public sealed record ChainFeedback : IFeedbackPathway
{
    /// <inheritdoc/>
    public Parts Parts(FeedbackPlace place)
    {
        Expect(place);
        int above = place.IsOutput ? place.Network.Outputs : place.Network.Layers[place.Layer + 1].Outputs;
        return new Parts
        {
            Parameters =
                [FeedbackParts.Weights("feedback0.weight", place.Units, above), FeedbackParts.Biases("feedback0.bias", place.Units)],
            Plastic = ["feedback0.weight"],
        };
    }

    /// <inheritdoc/>
    public FeedbackStep Step(in FeedbackInputs inputs)
    {
        FeedbackOptions options = inputs.Place.Options;
        Var signal = options.RectifiedSignal ? inputs.Signal.Abs() : inputs.Signal;
        Var above = inputs.Above.IsEmpty ? signal : inputs.Above[^1].Activity;
        Var f = options.Activate(above.MatMul(inputs.Parameter("feedback0.weight").Transpose()) + inputs.Parameter("feedback0.bias"));
        return new FeedbackStep(options.TimesSign ? f * inputs.Activity.Sign() : f).Connect("feedback0.weight", above);
    }

    private static void Expect(FeedbackPlace place)
    {
        if (place.Options.Layers != 1)
        {
            throw new EngramException(
                $"Found {place.Options.Layers} feedback layers with the pathway 'chain', expected 1: each plastic layer is one of its " +
                $"layers.");
        }
    }
}
