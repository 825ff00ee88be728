using Engram.Numerics;

namespace Engram.Learning;

/// <summary>The plasticity rules there are, by name.</summary>
public static class PlasticityRules
{
    /// <summary>All rules; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IPlasticityRule> Registry { get; } = WithBuiltIns();

    private static Registry<IPlasticityRule> WithBuiltIns()
    {
        var registry = new Registry<IPlasticityRule>("plasticity rule");
        registry.Register("oja", new OjaRule(), "Oja's rule: ΔW = α ∘ (pᵀa − d 1ᵀ ∘ W), d_j = Σₙ p_nj²");
        registry.Register("hebb", new HebbRule(), "Hebb's rule: ΔW = α ∘ pᵀa");
        return registry;
    }
}
