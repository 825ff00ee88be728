namespace Engram.Learning.Rules;

/// <summary>Oja's rule: Hebbian growth with a decay that keeps each neuron's weights bounded.</summary>
/// <remarks>
/// Equation: ΔW = m α ∘ (pᵀa − d 1ᵀ ∘ W), d_j = Σₙ p_nj², summed over the batch.
/// Source: Oja 1982; Lindsey and Litwin-Kumar 2020, section 4.
/// </remarks>
public sealed record OjaRule : IPlasticityRule
{
    /// <inheritdoc/>
    public FusedRule? Fused => new(Decays: true);

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s) =>
        s.Plasticity * (s.Post.Transpose().MatMul(s.Pre) - s.Post.SumOfSquares(axis: 0).Column() * s.Weights);
}
