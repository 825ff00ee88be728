using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>The methods of credit assignment there are, by name.</summary>
public static class CreditAssignments
{
    /// <summary>All methods, each by its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<CreditAssignmentSpec> Registry { get; } = BuiltIn();

    private static Registry<CreditAssignmentSpec> BuiltIn()
    {
        var registry = new Registry<CreditAssignmentSpec>("method of credit assignment");
        registry.Register("backprop", new BackpropagationSpec(), "backpropagation: δ_l = (W_{l+1}ᵀ δ_{l+1}) ∘ σ'(z_l)");
        registry.Register(
            "feedback-alignment", new FeedbackAlignmentSpec(),
            "errors return through fixed random weights: δ_l = (B_{l+1} δ_{l+1}) ∘ σ'(z_l)");
        registry.Register(
            "direct-feedback-alignment", new DirectFeedbackAlignmentSpec(),
            "the output's error goes straight to every layer: δ_l = (B_l e) ∘ σ'(z_l)");
        registry.Register("sign-symmetry", new SignSymmetrySpec(), "feedback weights with the signs of W: B = (M ∘ sign W)ᵀ");
        registry.Register(
            "kolen-pollack", new KolenPollackSpec(), "W and B get each other's update and the same decay: W − Bᵀ ← γ (W − Bᵀ)");
        registry.Register("weight-mirrors", new WeightMirrorsSpec(), "noise x through each layer teaches B: ΔB = η x yᵀ − λ B");
        registry.Register(
            "pepita", new PepitaSpec(), "no way back: the error changes the input, and a second way forward says what differs");
        registry.Register(
            "dfc", new DeepFeedbackControlSpec(),
            "deep feedback control: a controller pushes all layers until the output is nearer its target, u = (JQ + αI)⁻¹ δ");
        registry.Register(
            "forward-forward", new ForwardForwardSpec(),
            "no way back: each layer is to be active for the right label and silent for a wrong one");
        registry.Register(
            "counter-current", new CounterCurrentLearningSpec(),
            "labels flow down through weights of their own: each layer makes what comes up and what comes down alike");
        registry.Register(
            "local-plasticity", new LocalPlasticitySpec(), "FLP's pathway and rule with random, not meta-learned feedback: a control");
        registry.Register("target-propagation", new PlainTargetPropagationSpec(), "targets through learnt inverses: ĥ_l = g(ĥ_{l+1})");
        registry.Register(
            "dtp", new DifferenceTargetPropagationSpec(),
            "difference target propagation: ĥ_l = h_l + g(ĥ_{l+1}) − g(h_{l+1}), a gradient step at the last hidden layer");
        registry.Register(
            "sdtp", new SimplifiedTargetPropagationSpec(),
            "simplified DTP: the last hidden layer's target too comes through an inverse, from the label");
        registry.Register(
            "ao-sdtp", new AuxiliaryTargetPropagationSpec(),
            "SDTP with auxiliary outputs: h_L = [o, z], z random features of the last hidden layer");
        registry.Register(
            "kickback", new KickbackSpec(),
            "Kickback: ε_j = β τ_j, β the output's signed error, τ_j = Σ w_jk over active units of the next layer");
        return registry;
    }
}
