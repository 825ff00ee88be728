using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Feedback;

/// <summary>From the output and from all hidden plastic layers above.</summary>
/// <remarks>
/// Equation: f_i = φ(s B_iᵀ + Σ_{j&gt;i} x̃_j B_ijᵀ + c_i) over the plastic layers j above i but the output layer; x̃_j is the activity
/// after its own feedback. B_i [out_i, K], B_ij [out_i, out_j].
/// Source: Lindsey and Litwin-Kumar 2020, section 8.1, which names it as an extension.
/// </remarks>
public sealed record HiddenFeedback : IFeedbackPathway
{
    /// <inheritdoc/>
    public Parts Parts(FeedbackPlace place)
    {
        if (place.Options.Layers != 1)
        {
            throw new EngramException($"Found {place.Options.Layers} feedback layers with the pathway 'from-hidden', expected 1.");
        }

        return new Parts
        {
            Parameters =
            [
                FeedbackParts.Weights("feedback0.weight", place.Units, place.Network.Outputs),
                FeedbackParts.Biases("feedback0.bias", place.Units),
                .. Enumerable.Range(place.Layer + 1, Math.Max(0, place.Network.Layers.Length - place.Layer - 2))
                    .Select(j => FeedbackParts.Weights($"feedback_from{j}.weight", place.Units, place.Network.Layers[j].Outputs)),
            ],
            Plastic = ["feedback0.weight"],
        };
    }

    /// <inheritdoc/>
    public FeedbackStep Step(in FeedbackInputs inputs)
    {
        FeedbackOptions options = inputs.Place.Options;
        int output = inputs.Place.Network.Layers.Length - 1;
        Var signal = options.RectifiedSignal ? inputs.Signal.Abs() : inputs.Signal;
        Var sum = signal.MatMul(inputs.Parameter("feedback0.weight").Transpose()) + inputs.Parameter("feedback0.bias");
        foreach (AfterFeedback above in inputs.Above)
        {
            if (above.Layer != output)
            {
                sum += above.Activity.MatMul(inputs.Parameter($"feedback_from{above.Layer}.weight").Transpose());
            }
        }

        Var f = options.Activate(sum);
        return new FeedbackStep(options.TimesSign ? f * inputs.Activity.Sign() : f).Connect("feedback0.weight", signal);
    }
}
