using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>The BCM rule: synapses grow where a neuron is more active than its sliding threshold, and shrink where it is less.</summary>
/// <remarks>
/// Equation: θ ← θ + (κ mean(p²) − θ) / window; ΔW = m α ∘ (p ∘ (p − θ))ᵀa, summed over the batch; θ = 1 at birth. κ [out] is meta-learned.
/// Source: Bienenstock, Cooper and Munro 1982; the threshold as Intrator and Cooper 1992. Deviation: p is the activity after feedback.
/// </remarks>
public sealed record BcmRule : IPlasticityRule
{
    /// <summary>Inner steps that the threshold's running mean reaches back.</summary>
    [Setting(1, 1e6, "Inner steps that the threshold's running mean reaches back.", Unit = "inner steps")]
    public double Window { get; init; } = 20;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer) => new()
    {
        Parameters = [ParameterPart.PerNeuron("kappa", start: 1, rate: 1e-3)],
        State = [StatePart.PerNeuron("theta", birth: 1)],
    };

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Var before = s.State("theta");
        Var theta = before + (((s.Parameter("kappa") * s.Post.Square().Mean(axis: 0)) - before) / Window);
        return new RuleStep(s.Plasticity * (s.Post * (s.Post - theta)).Transpose().MatMul(s.Pre)).With("theta", theta);
    }
}
