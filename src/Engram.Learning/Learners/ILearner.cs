using System.Collections.Immutable;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;

namespace Engram.Learning.Learners;

/// <summary>What a life begins with.</summary>
public readonly struct BirthInputs
{
    private readonly Func<string, int, int, Var> noise;

    internal BirthInputs(MetaVars meta, Func<string, int, int, Var> noise) => (Meta, this.noise) = (meta, noise);

    /// <summary>All meta-parameters.</summary>
    public MetaVars Meta { get; }

    /// <summary>Independent standard normal numbers of this life, [rows, columns]: the same for the same life and name, constants of the
    /// meta-gradient.</summary>
    public Var Noise(string name, int rows, int columns) => noise(name, rows, columns);
}

/// <summary>What a life begins as.</summary>
/// <param name="State">The first state.</param>
/// <param name="Features">What inner steps and query see of an input [n, inputs], computed without anything that changes in life: the
/// frozen layers. Engines compute it for many steps at once.</param>
public sealed record LifeBirth(LifeState State, Func<Var, Var> Features)
{
    /// <summary>Says that features begin with convolutions, for which engines have kernels; null for features without any.</summary>
    internal FrozenConvolutions? Convolutions { get; init; }
}

/// <summary>The convolutions that features begin with.</summary>
/// <param name="Layers">The layers.</param>
/// <param name="Weights">W of each.</param>
/// <param name="Biases">b of each.</param>
/// <param name="Above">What follows them.</param>
internal sealed record FrozenConvolutions(
    ImmutableArray<ConvolutionSpec> Layers, ImmutableArray<Var> Weights, ImmutableArray<Var> Biases, Func<Var, Var> Above);

/// <summary>One presentation.</summary>
public readonly struct StepInputs
{
    private readonly IStop stop;
    private readonly IStepProbe? probe;

    internal StepInputs(LifeState state, MetaVars meta, Var input, Var target, Var? mask, IStop stop, IStepProbe? probe) =>
        (State, Meta, Input, Target, Mask, this.stop, this.probe) = (state, meta, input, target, mask, stop, probe);

    /// <summary>What changes in life, before the step.</summary>
    public LifeState State { get; }

    /// <summary>All meta-parameters.</summary>
    public MetaVars Meta { get; }

    /// <summary>The features of the batch, [n, units].</summary>
    public Var Input { get; }

    /// <summary>What the output should be, [n, K].</summary>
    public Var Target { get; }

    /// <summary>Which targets there are, [n, K]: 1 or 0; null where all are.</summary>
    public Var? Mask { get; }

    /// <summary>The value as a constant of the meta-gradient.</summary>
    public Var Stop(Var value) => stop.Stop(value);

    /// <summary>The same presentation at a later moment of it.</summary>
    internal StepInputs With(LifeState later) => new(later, Meta, Input, Target, Mask, stop, probe);

    /// <summary>Shows a quantity to observers: <c>layer3.activity</c>, <c>signal</c>, …</summary>
    public void Show(string name, Var value) => probe?.Show(name, value);
}

/// <summary>What an answer is made of.</summary>
/// <param name="State">What changes in life, at this moment.</param>
/// <param name="Meta">All meta-parameters.</param>
/// <param name="Input">The features of the questions, [n, units].</param>
public readonly record struct OutputInputs(LifeState State, MetaVars Meta, Var Input);

/// <summary>A learner on a network: what it has, how a life begins, what an inner step does, what it answers. All pure functions on a
/// tape.</summary>
/// <remarks>
/// Everything else about a life (order of steps, checkpoints, the reverse scan, optimizers, files) is the same for all learners. Parameters
/// and states are declared once, here, and nobody
/// else keeps a list of them.
/// </remarks>
public interface ILearner
{
    /// <summary>All meta-parameters, those of the network among them (<see cref="NetworkSpec.ParametersOf"/>), in the order in which they
    /// are kept.</summary>
    ImmutableArray<ParameterSpec> Parameters { get; }

    /// <summary>Everything that changes in life.</summary>
    ImmutableArray<StateSpec> State { get; }

    /// <summary>Meta-parameters and the life's noise → first state.</summary>
    LifeBirth Birth(in BirthInputs inputs);

    /// <summary>One inner step: the state after it.</summary>
    LifeState Step(in StepInputs inputs);

    /// <summary>The network's output, [n, K].</summary>
    Var Output(in OutputInputs inputs);

    /// <summary>Kernels by hand that do the same, where there are any.</summary>
    FusedForm? Fused => null;
}

/// <summary>A learner whose inner step descends an energy: s ← s − ρ ∘ ∂E/∂s for each state s, with E that of the batch.</summary>
/// <remarks>Over a whole stream E is that of all its examples as one batch. Where lives end at its minimum, the estimator
/// <c>contrastive</c> finds meta-gradients without going back through life.</remarks>
public interface IEnergyLearner : ILearner
{
    /// <summary>Why the minimum of the energy is none that meta-training can shape, in words that end before a full stop; null where it
    /// is.</summary>
    string? LacksMinimum => null;

    /// <summary>E of a state on a batch, 1×1.</summary>
    Var Energy(in StepInputs inputs);

    /// <summary>ρ ∘ gradient, with the inner rate of the state at that position; E does not depend on ρ.</summary>
    Var AtRate(MetaVars meta, int state, Var gradient);
}

/// <summary>Names kernels by hand that do what a learner does. Engines have a stack for each form; a learner has one of them or
/// none.</summary>
public abstract record FusedForm
{
    private protected FusedForm()
    {
    }
}

/// <summary>Direct feedback, and the Hebbian product with or without Oja's decay.</summary>
/// <param name="Learner">The options.</param>
/// <param name="Rule">The rule.</param>
public sealed record LocalFusedForm(LocalLearnerSpec Learner, FusedRule Rule) : FusedForm;

/// <summary>Gradient descent of either order.</summary>
/// <param name="Learner">The options.</param>
public sealed record GradientFusedForm(GradientLearnerSpec Learner) : FusedForm;

/// <summary>What makes a quantity a constant of the meta-gradient, where a learner's options say that it counts as one.</summary>
internal interface IStop
{
    /// <summary>The same value as a constant.</summary>
    Var Stop(Var value);
}

/// <summary>Sees the quantities that a step shows.</summary>
internal interface IStepProbe
{
    /// <summary>One of them.</summary>
    void Show(string name, Var value);
}

/// <summary>Stops gradients on the tape.</summary>
internal sealed class StopOnTape : IStop
{
    /// <summary>The one there is.</summary>
    public static StopOnTape Instance { get; } = new();

    /// <inheritdoc/>
    public Var Stop(Var value) => value.StopGradient();
}
