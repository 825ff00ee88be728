using Engram.Cli;
using Engram.Learning.Rules;

PlasticityRules.Registry.Register("decaying-hebb", new DecayingHebbRule(), "Hebb with a decay: ΔW = α ∘ (pᵀa − W)");
return EngramCommand.Run(args);

/// <summary>Hebb's rule whose weights decay at the rate at which they grow: ΔW = α ∘ (pᵀa − W).</summary>
public sealed record DecayingHebbRule : IPlasticityRule
{
    public RuleStep Step(in Synapses s) => s.Plasticity * (s.Post.Transpose().MatMul(s.Pre) - s.Weights);
}
