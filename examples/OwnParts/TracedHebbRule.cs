using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// Hebb's rule with a memory of what came in: e ← λ e + mean(a), ΔW = m α ∘ pᵀe. What is active now is
/// associated with what came in a while ago, so that a target may come some steps after its cue.
/// </summary>
public sealed record TracedHebbRule : IPlasticityRule
{
    [Setting(0, 1, "How much of the trace is left after an inner step.")]
    public double Memory { get; init; } = 0.8;

    // State is declared, never kept in a field: it is zero at birth, and gradients go through it.
    public Parts Parts(LayerShape layer) => new() { State = [StatePart.PerLayer("trace", length: layer.Inputs)] };

    public RuleStep Step(in Synapses s)
    {
        Var trace = (Memory * s.State("trace")) + s.Pre.Mean(axis: 0);
        return new RuleStep(s.Plasticity * s.Post.Sum(axis: 0).Column().MatMul(trace)).With("trace", trace);
    }
}
