using Engram.Learning.Feedback;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// Feedback comes down from layer to layer, with a gain: f_i = φ(g_i (x̃_{i+1} B_iᵀ) + c_i), from the signal at the
/// output. x̃_{i+1} is the layer above after its own feedback; the gain g_i of each layer is meta-learned.
/// </summary>
public sealed record RelayPathway : IFeedbackPathway
{
    [Setting(0, 1e3, "Gain of every layer before meta-training.")]
    public double Gain { get; init; } = 1;

    public Parts Parts(FeedbackPlace place)
    {
        if (place.Options.Layers != 1)
        {
            throw new EngramException(
                $"Found {place.Options.Layers} feedback layers with the pathway 'relay', expected 1; "
                + "leave out feedback-layers.");
        }

        int above = place.IsOutput ? place.Network.Outputs : place.Network.Layers[place.Layer + 1].Outputs;
        return new Parts
        {
            Parameters =
            [
                FeedbackParts.Weights("feedback0.weight", place.Units, above),
                FeedbackParts.Biases("feedback0.bias", place.Units),
                ParameterPart.PerLayer("gain", start: Gain),
            ],

            // B may change in life, by the rule that learner.feedback-rule names.
            Plastic = ["feedback0.weight"],
        };
    }

    public FeedbackStep Step(in FeedbackInputs inputs)
    {
        FeedbackOptions options = inputs.Place.Options;
        Var signal = options.RectifiedSignal ? inputs.Signal.Abs() : inputs.Signal;

        // Layers are visited from the top down: the last of those above is the next one.
        Var above = inputs.Above.IsEmpty ? signal : inputs.Above[^1].Activity;
        Var arriving = above.MatMul(inputs.Parameter("feedback0.weight").Transpose());
        Var feedback = options.Activate((inputs.Parameter("gain") * arriving) + inputs.Parameter("feedback0.bias"));
        feedback = options.TimesSign ? feedback * inputs.Activity.Sign() : feedback;
        return new FeedbackStep(feedback).Connect("feedback0.weight", above);
    }
}
