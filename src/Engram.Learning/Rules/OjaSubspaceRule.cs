using Engram.Numerics.Autodiff;

namespace Engram.Learning.Rules;

/// <summary>Oja's subspace rule: the units of a layer share their decay, so that together they find the principal subspace. It is not
/// local.</summary>
/// <remarks>
/// Equation: ΔW = m α ∘ (pᵀa − pᵀp W), summed over the batch. With one output unit it is <see cref="OjaRule"/>.
/// Source: Oja 1989; the term F9 of Shervani-Tabar and Rosenbaum 2023.
/// </remarks>
public sealed record OjaSubspaceRule : IPlasticityRule
{
    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Var post = s.Post.Transpose();
        return s.Plasticity * (post.MatMul(s.Pre) - post.MatMul(s.Post).MatMul(s.Weights));
    }
}
