using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// Synapses grow where a neuron is more active than its threshold, and shrink where it is less:
/// ΔW = α ∘ (p ∘ (p − θ))ᵀa. The threshold θ of each neuron is meta-learned.
/// </summary>
public sealed record ThresholdRule : IPlasticityRule
{
    [Setting(0, 1e3, "Threshold of every neuron before meta-training.")]
    public double Threshold { get; init; } = 0.5;

    // What is declared here is initialized, trained, saved, exported, frozen, listed and checked like all else.
    public Parts Parts(LayerShape layer) => new()
    {
        Parameters = [ParameterPart.PerNeuron("threshold", start: Threshold, rate: 1e-3)],
    };

    // Rows are examples: [n, out] − [1, out] takes each neuron's threshold from its activity in every example.
    public RuleStep Step(in Synapses s) =>
        s.Plasticity * (s.Post * (s.Post - s.Parameter("threshold"))).Transpose().MatMul(s.Pre);
}
