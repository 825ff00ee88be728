using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Feedback;

/// <summary>Straight from the output to every plastic layer, through one or more feedback layers.</summary>
/// <remarks>
/// Equation: f⁰ = s; fᵏ = φ(fᵏ⁻¹ B_kᵀ + c_k), each times sign(x_i) where the options say so; f_i = f^K. B_k [units, inputs], the hidden
/// widths those of the output layer's input.
/// Source: Lindsey and Litwin-Kumar 2020, section 4 and its variants.
/// </remarks>
public sealed record DirectFeedback : IFeedbackPathway
{
    /// <inheritdoc/>
    public bool HasFusedForm(FeedbackOptions options) => options.Layers == 1;

    /// <inheritdoc/>
    public Parts Parts(FeedbackPlace place)
    {
        FeedbackOptions options = place.Options;
        if (options.Layers < 1)
        {
            throw new EngramException($"Found {options.Layers} feedback layers, expected 1 or more.");
        }

        int hidden = place.Network.Layers[^1].Inputs;
        if (options.TimesSign && options.Layers > 1 && place.Units != hidden && place.Units != 1)
        {
            throw new EngramException(
                $"Found feedback layers of width {hidden} to be multiplied by the sign of layer {place.Layer}'s {place.Units} units, " +
                $"expected equal widths; use one feedback layer, or no sign.");
        }

        var parameters = ImmutableArray.CreateBuilder<ParameterPart>();
        var plastic = ImmutableArray.CreateBuilder<string>();
        int width = place.Network.Outputs;
        for (int k = 0; k < options.Layers; k++)
        {
            int next = k == options.Layers - 1 ? place.Units : hidden;
            parameters.Add(FeedbackParts.Weights($"feedback{k}.weight", next, width));
            parameters.Add(FeedbackParts.Biases($"feedback{k}.bias", next));
            plastic.Add($"feedback{k}.weight");
            width = next;
        }

        return new Parts { Parameters = parameters.ToImmutable(), Plastic = plastic.ToImmutable() };
    }

    /// <inheritdoc/>
    public FeedbackStep Step(in FeedbackInputs inputs)
    {
        FeedbackOptions options = inputs.Place.Options;
        Var f = options.RectifiedSignal ? inputs.Signal.Abs() : inputs.Signal;
        var connections = new List<(string Weights, Var Pre, Var? Post)>();
        for (int k = 0; k < options.Layers; k++)
        {
            Var pre = f;
            f = options.Activate(f.MatMul(inputs.Parameter($"feedback{k}.weight").Transpose()) + inputs.Parameter($"feedback{k}.bias"));
            if (options.TimesSign)
            {
                f *= inputs.Activity.Sign();
            }

            connections.Add(($"feedback{k}.weight", pre, k == options.Layers - 1 ? null : f));
        }

        return connections.Aggregate(new FeedbackStep(f), (step, c) => step.Connect(c.Weights, c.Pre, c.Post));
    }
}
