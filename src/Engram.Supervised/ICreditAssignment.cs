using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Supervised;

/// <summary>What a step of a method has filled, and the trainer is to apply.</summary>
[Flags]
public enum Updates
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The directions of W and b, and those of the method's parameters that move with them.</summary>
    Forward = 1,

    /// <summary>The directions of the method's own parameters.</summary>
    Own = 2,
}

/// <summary>Which optimizer a method's parameter moves by.</summary>
public enum ParameterPace
{
    /// <summary>The one of W: its rate, its decay, at the same time.</summary>
    Forward,

    /// <summary>An optimizer of the method's own, with a rate of its own and no decay.</summary>
    Own,
}

/// <summary>Something that a method learns beside W and b, such as inverse weights.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
/// <param name="Name">Name in checkpoints, such as <c>layer1.inverse.weight</c>.</param>
/// <param name="Layer">The layer it belongs to, from 0: for messages.</param>
/// <param name="Values">The values; the optimizer changes them.</param>
/// <param name="Direction">What the optimizer takes for their gradient, of the same shape; the method fills it.</param>
/// <param name="Pace">Which optimizer it moves by.</param>
/// <param name="Decays">Whether the decay of W multiplies it too; of <see cref="ParameterPace.Forward"/> only.</param>
public sealed record MethodParameter<T>(
    string Name, int Layer, Tensor<T> Values, Tensor<T> Direction, ParameterPace Pace, bool Decays = false)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Something that a method remembers and no optimizer touches, such as fixed feedback weights.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
/// <param name="Name">Name in checkpoints, such as <c>layer1.feedback</c>.</param>
/// <param name="Values">The values.</param>
public sealed record MethodTensor<T>(string Name, Tensor<T> Values)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>A claim that a test checks in float64: with all else held, the direction is the gradient of the value.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="Name">What is claimed, such as <c>inverse loss of layer 1</c>.</param>
/// <param name="Parameter">What the value depends on.</param>
/// <param name="Direction">Its gradient, as the step has left it.</param>
/// <param name="Value">Computes the value anew from what stands in the parameter; changes nothing that another claim needs.</param>
public sealed record GradientClaim<T>(string Name, Tensor<T> Parameter, Tensor<T> Direction, Func<double> Value)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>A number that a method reports of itself in a step, such as a layer's coherence.</summary>
/// <param name="Name">What it is, with its unit.</param>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Value">The number.</param>
public readonly record struct MethodMeasure(string Name, int Layer, double Value);

/// <summary>What a method is given in one step of training.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
/// <param name="Pass">The batch, with every activity, the predictions, the loss and the error at the output.</param>
/// <param name="Directions">What the method fills: for each layer what the optimizer takes for ∂L/∂W and ∂L/∂b.</param>
/// <param name="Step">Index of the step, from 0.</param>
/// <param name="Epoch">Index of the pass through the training examples that it belongs to, from 0.</param>
/// <param name="Phase">Which phase of the step, from 0.</param>
/// <param name="Random">The step's random numbers, the same for all phases: read splits of it, so that nothing but the step's index says
/// where in the randomness a run stands.</param>
public readonly record struct CreditStep<T>(
    ForwardPass<T> Pass, LayerDirections<T> Directions, long Step, int Epoch, int Phase, RandomStream Random)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>A method of credit assignment at work on one network: from a batch and its output error to a direction for every
/// weight.</summary>
/// <remarks>
/// In each step the trainer computes the pass, then calls <see cref="Step"/> for every phase, and after each phase applies what it says was
/// filled: with one phase that fills both,
/// forward and own parameters move at the same time, from the same batch; a method of two phases moves its own parameters first, and
/// computes directions of W with what has become of them
/// (the pass stays as it was). Which phase fills what may depend on the epoch. Constructed on a network, a method may change its initial
/// weights and biases.
/// All that a later step, and <see cref="Measures"/> after it, depend on stands in <see cref="Parameters"/> and <see cref="Memory"/>, so
/// that checkpoints resume exactly.
/// Steps allocate nothing, unless the method's docs say so: a test holds all but those of <c>local-plasticity</c> to it.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public interface ICreditAssignment<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What the method learns beside W and b.</summary>
    ImmutableArray<MethodParameter<T>> Parameters => [];

    /// <summary>What else it remembers.</summary>
    ImmutableArray<MethodTensor<T>> Memory => [];

    /// <summary>Phases of a step.</summary>
    int Phases => 1;

    /// <summary>Does one phase of a step.</summary>
    /// <returns>What it has filled.</returns>
    Updates Step(in CreditStep<T> step);

    /// <summary>Answers in the method's own way where it has one: fills the output activity ŷ of a batch that is to be judged, and changes
    /// no weights.</summary>
    /// <param name="pass">The batch: its inputs and targets, of which only the first may be read.</param>
    /// <returns>Whether it has; else the network's ordinary pass counts.</returns>
    bool Predict(ForwardPass<T> pass) => false;

    /// <summary>Weights of W's shape through which the error leaves a layer downwards (the Bᵀ of the literature), as the last step used
    /// them; an empty view where there are none.</summary>
    /// <param name="layer">The layer, from 1: errors never leave the first.</param>
    Tensor<T> Feedback(int layer) => default;

    /// <summary>What the method has to report of the last step; NaN for what that step did not compute.</summary>
    IEnumerable<MethodMeasure> Measures() => [];

    /// <summary>Sets to 0, in a gradient that the method's directions are to be compared with, what belongs to synapses that the method
    /// does not have, such as those between Kickback's networks.</summary>
    /// <param name="gradient">∂L/∂W and ∂L/∂b of all layers.</param>
    void Restrict(LayerDirections<T> gradient)
    {
    }

    /// <summary>Of what, after a step, its directions are gradients. Beside these claims every method is held to that of the last layer,
    /// unless its spec says otherwise.</summary>
    IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step) => [];
}

/// <summary>A method of credit assignment by its settings: an immutable record with a default for each, in a file of its own.</summary>
public abstract record CreditAssignmentSpec
{
    /// <summary>Whether the last layer's direction is the gradient of the loss, as in most methods; the conformance test checks
    /// it.</summary>
    public virtual bool LastLayerDescendsLoss => true;

    /// <summary>γ: what W, and the method's parameters that decay with it, are multiplied by in every step, before the update; 1 − γ
    /// follows the rate's schedule, so that decay does not outlive learning.</summary>
    public virtual double StepDecay => 1;

    /// <summary>Name in <see cref="MetaOptimizers.Registry"/> of the optimizer of W that a comparison takes where the method's own section
    /// names none; null for the one of all methods.</summary>
    public virtual string? DefaultOptimizer => null;

    /// <summary>Checks the settings by their <see cref="SettingAttribute"/>s, and that the method can work on a network.</summary>
    /// <exception cref="EngramException">It cannot.</exception>
    public virtual void Validate(SupervisedNetworkSpec network) => SettingAttribute.Check(this, GetType().Name);

    /// <summary>At most how many numbers the method learns or remembers beside W and b, for the memory that a training is expected to take:
    /// as many as W has, unless a method says otherwise.</summary>
    public virtual double OwnNumbers(SupervisedNetworkSpec network) => network.Layers.Sum(l => (double)l.WeightRows * l.WeightColumns);

    /// <summary>The method at work on a network.</summary>
    /// <param name="network">The network, whose initial weights it may change.</param>
    /// <param name="random">Where its own initial values come from; only splits of it are read.</param>
    public abstract ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
