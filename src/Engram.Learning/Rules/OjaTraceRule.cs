using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>Oja's rule on an eligibility trace: what was active together a while ago still counts.</summary>
/// <remarks>
/// Equation: E ← λ E + pᵀa; ΔW = m α ∘ (E − d 1ᵀ ∘ W), d_j = Σₙ p_nj², summed over the batch; E = 0 at birth. λ is meta-learned, one a
/// layer. With λ = 0 it is Oja's rule.
/// Source: Gerstner et al. 2018 for traces; Oja 1982.
/// </remarks>
public sealed record OjaTraceRule : IPlasticityRule
{
    /// <summary>λ before meta-training.</summary>
    [Setting(-1, 1, "How much of the trace is left after an inner step, before meta-training.")]
    public double Memory { get; init; } = 0.5;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer) => new()
    {
        Parameters = [ParameterPart.PerLayer("memory", start: Memory, rate: 1e-3)],
        State = [StatePart.PerSynapse("trace")],
    };

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Var trace = (s.Parameter("memory") * s.State("trace")) + s.Post.Transpose().MatMul(s.Pre);
        return new RuleStep(s.Plasticity * (trace - (s.Post.SumOfSquares(axis: 0).Column() * s.Weights))).With("trace", trace);
    }
}
