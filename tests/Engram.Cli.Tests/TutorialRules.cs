using Engram.Learning.Parameters;
using Engram.Learning.Rules;

namespace Engram.Cli.Tests;

/// <summary>Hebb's rule with a leak: ΔW = α ∘ (pᵀa − λ W). Each layer's λ is meta-learned.</summary>
public sealed record LeakyHebbRule : IPlasticityRule
{
    public Parts Parts(LayerShape layer) => new() { Parameters = [ParameterPart.PerLayer("leak", start: 1)] };

    public RuleStep Step(in Synapses s) =>
        s.Plasticity * (s.Post.Transpose().MatMul(s.Pre) - (s.Parameter("leak") * s.Weights));
}
