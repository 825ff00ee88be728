using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>The plasticity rules there are, by name.</summary>
public static class PlasticityRules
{
    /// <summary>All rules, each with its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IPlasticityRule> Registry { get; } = WithBuiltIns();

    /// <summary>The name that a rule has in messages: that of the entry of its type, or its type's.</summary>
    public static string NameOf(IPlasticityRule rule) => Registry.NameOf(rule);

    private static Registry<IPlasticityRule> WithBuiltIns()
    {
        var registry = new Registry<IPlasticityRule>("plasticity rule");
        registry.Register("oja", new OjaRule(), "Oja's rule: ΔW = α ∘ (pᵀa − d 1ᵀ ∘ W), d_j = Σₙ p_nj²");
        registry.Register("hebb", new HebbRule(), "Hebb's rule: ΔW = α ∘ pᵀa");
        registry.Register("polynomial", new PolynomialRule(), "a rule that is learnt: ΔW = α ∘ Σₖ θₖ (Pᵉ)ᵀ(Aᵃ) ∘ Wᶜ, θ meta-learned");
        registry.Register(
            "bcm", new BcmRule(), "BCM with a sliding threshold: ΔW = α ∘ (p ∘ (p − θ))ᵀa, θ a running mean of κ p², κ meta-learned");
        registry.Register(
            "oja-trace", new OjaTraceRule(), "Oja's rule on an eligibility trace: E ← λ E + pᵀa, ΔW = α ∘ (E − d 1ᵀ ∘ W), λ meta-learned");
        registry.Register("oja-subspace", new OjaSubspaceRule(), "Oja's subspace rule, not local: ΔW = α ∘ (pᵀa − pᵀp W)");
        registry.Register(
            "three-factor", new ThreeFactorRule(),
            "an eligibility trace gated by surprise: E ← λ E + pᵀa, ΔW = (κ₀ + κ₁ mean s²) α ∘ (E − d 1ᵀ ∘ W), λ and κ meta-learned");
        registry.Register("terms", new TermsRule(), "ten terms of activities and fed-back errors: ΔW = α ∘ Σᵣ θᵣ Fʳ, θ meta-learned");
        registry.Register(
            "mlp", new MlpRule(), "a rule that is learnt: ΔW = α ∘ Σₙ g(a, p, w), g a small network that all synapses share, meta-learned");
        return registry;
    }
}
