using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// A rule of three factors: e ← λ e + mean(a) remembers what came in, and ΔW = M α ∘ pᵀe, M = mean |s|, happens
/// when there is a signal. So a target may come some steps after its cue.
/// </summary>
public sealed record GatedTraceRule : IPlasticityRule
{
    [Setting(0, 1, "How much of the trace is left after an inner step.")]
    public double Memory { get; init; } = 0.5;

    // State is declared, never kept in a field: it is zero at birth, and gradients go through it.
    public Parts Parts(LayerShape layer) => new() { State = [StatePart.PerLayer("trace", length: layer.Inputs)] };

    public RuleStep Step(in Synapses s)
    {
        Var trace = (Memory * s.State("trace")) + s.Pre.Mean(axis: 0);
        Var gate = s.Signal.Abs().Mean();
        return new RuleStep(gate * s.Plasticity * s.Post.Sum(axis: 0).Column().MatMul(trace)).With("trace", trace);
    }
}
