using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>A three-factor rule: what was active together leaves a trace, and surprise at the output says how much of it becomes
/// weight.</summary>
/// <remarks>
/// Equation: E ← λ E + pᵀa; M = κ₀ + κ₁ mean(s²); ΔW = M m α ∘ (E − d 1ᵀ ∘ W), d_j = Σₙ p_nj², the decay left out where
/// <see cref="Decays"/> is off; E = 0 at birth. λ and κ [2] are meta-learned, one set a layer. With κ = (1, 0) it is
/// <see cref="OjaTraceRule"/>; with λ = 0 too, Oja's rule, or Hebb's without the decay.
/// Source: Gerstner et al. 2018; surprise is the mean square of the signal that is fed back.
/// </remarks>
public sealed record ThreeFactorRule : IPlasticityRule
{
    /// <summary>λ before meta-training.</summary>
    [Setting(-1, 1, "How much of the trace is left after an inner step, before meta-training.")]
    public double Memory { get; init; } = 0.5;

    /// <summary>Whether weights decay as under Oja's rule.</summary>
    [Setting("Whether weights decay as under Oja's rule.")]
    public bool Decays { get; init; } = true;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer) => new()
    {
        Parameters =
        [
            ParameterPart.PerLayer("memory", start: Memory, rate: 1e-3),
            ParameterPart.PerLayer("kappa", new ListedStart([1, 0]), length: 2, rate: 1e-3),
        ],
        State = [StatePart.PerSynapse("trace")],
    };

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Var trace = (s.Parameter("memory") * s.State("trace")) + s.Post.Transpose().MatMul(s.Pre);
        Var kappa = s.Parameter("kappa").Column();
        Var surprise = kappa.SliceRows(0, 1) + (kappa.SliceRows(1, 1) * s.Signal.Square().Mean());
        Var change = Decays ? trace - (s.Post.SumOfSquares(axis: 0).Column() * s.Weights) : trace;
        return new RuleStep(surprise * (s.Plasticity * change)).With("trace", trace);
    }
}
