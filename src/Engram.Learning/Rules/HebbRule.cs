namespace Engram.Learning.Rules;

/// <summary>Hebb's rule: what fires together wires together, without bound.</summary>
/// <remarks>Equation: ΔW = m α ∘ pᵀa, summed over the batch. Source: Hebb 1949; Lindsey and Litwin-Kumar 2020, section 4.</remarks>
public sealed record HebbRule : IPlasticityRule
{
    /// <inheritdoc/>
    public FusedRule? Fused => new(Decays: false);

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s) => s.Plasticity * s.Post.Transpose().MatMul(s.Pre);
}
