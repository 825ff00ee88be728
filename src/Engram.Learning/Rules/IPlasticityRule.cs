using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>What a local plasticity rule sees: the synapses of one layer during one inner step.</summary>
public readonly struct Synapses
{
    private readonly PartView own;

    /// <summary>Synapses outside a life, without parameters or state of a rule.</summary>
    public Synapses(Var pre, Var post, Var weights, Var plasticity)
        : this(pre, post, weights, plasticity, default, default)
    {
    }

    internal Synapses(Var pre, Var post, Var weights, Var plasticity, Var signal, PartView own) =>
        (Pre, Post, Weights, Plasticity, Signal, this.own) = (pre, post, weights, plasticity, signal, own);

    /// <summary>f_i, what feedback alone would cause in the postsynaptic units, [n, out]; null where no feedback reaches them.</summary>
    /// <remarks>At a clamped output it is the signal. Synapses of feedback weights have none.</remarks>
    public Var? Feedback { get; internal init; }

    /// <summary>The same of the presynaptic units, [n, in]; null where they are not plastic, or no feedback reaches them.</summary>
    public Var? PreFeedback { get; internal init; }

    /// <summary>a, presynaptic activity, [n, in].</summary>
    public Var Pre { get; }

    /// <summary>p, postsynaptic activity after feedback, [n, out].</summary>
    public Var Post { get; }

    /// <summary>W before the step, [out, in].</summary>
    public Var Weights { get; }

    /// <summary>m α: [out, in], [out, 1] or [1, 1] by <see cref="Granularity"/>; it broadcasts over the weights.</summary>
    public Var Plasticity { get; }

    /// <summary>s at the output, [n, K]: what a third factor can be made of.</summary>
    public Var Signal { get; }

    /// <summary>The value of a parameter that the rule declares: [out, in] per synapse, [1, out] per neuron, [1, length] per layer or
    /// network.</summary>
    /// <exception cref="EngramException">It declares none of that name.</exception>
    public Var Parameter(string name) => own.Parameter(name);

    /// <summary>The value of a state that the rule declares, before the step: [out, in] per synapse, [1, out] per neuron, [1, length] per
    /// layer.</summary>
    /// <exception cref="EngramException">It declares none of that name.</exception>
    public Var State(string name) => own.State(name);
}

/// <summary>What a rule makes of an inner step: the change of the weights, and new values of its states.</summary>
/// <param name="Change">ΔW, [out, in]: what is added to the weights.</param>
public readonly record struct RuleStep(Var Change)
{
    /// <summary>New values of states by name; those that are not there stay as they are.</summary>
    public ImmutableArray<(string Name, Var Value)> States { get; private init; } = [];

    /// <summary>A change alone.</summary>
    public static implicit operator RuleStep(Var change) => new(change);

    /// <summary>The same with a new value of one state.</summary>
    public RuleStep With(string state, Var value) => this with { States = States.Add((state, value)) };
}

/// <summary>A local plasticity rule: how synapses change in one inner step.</summary>
/// <remarks>
/// A pure function of what it is given. Written in <see cref="Var"/> operations, it runs in every element type, and its meta-gradient is
/// exact.
/// Its settings are <c>init</c> properties with <see cref="SettingAttribute"/>; its meta-learned parameters and its state are declared in
/// <see cref="Parts"/>.
/// Registered in <see cref="PlasticityRules.Registry"/>, it is gradient-checked with every option of feedback.
/// </remarks>
public interface IPlasticityRule
{
    /// <summary>The parameters and states that it has in a layer; none by default.</summary>
    Parts Parts(LayerShape layer) => Parameters.Parts.None;

    /// <summary>One inner step.</summary>
    RuleStep Step(in Synapses s);

    /// <summary>Kernels by hand that do the same, where there are any. A rule with parameters or state of its own runs on the compiled
    /// engine whatever this says.</summary>
    FusedRule? Fused => null;
}

/// <summary>Says that fused kernels do what a rule does: ΔW = m α ∘ (pᵀa − d 1ᵀ ∘ W), d_j = Σₙ p_nj², the decay left out where there is
/// none.</summary>
/// <param name="Decays">Whether there is the decay.</param>
public sealed record FusedRule(bool Decays);
