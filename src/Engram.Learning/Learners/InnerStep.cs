using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>The plastic layers at one moment of a lifetime, on a tape; first plastic layer first.</summary>
/// <param name="Weights">W, [out, in] each.</param>
/// <param name="Biases">b, [1, out] each.</param>
internal readonly record struct PlasticVariables(ImmutableArray<Var> Weights, ImmutableArray<Var> Biases)
{
    /// <summary>All of them: weights, then biases.</summary>
    public Var[] All => [.. Weights, .. Biases];
}

/// <summary>What makes a quantity a constant of the meta-gradient, where a learner's options say that it counts as one.</summary>
internal interface IStop
{
    /// <summary>The same value as a constant.</summary>
    Var Stop(Var value);
}

/// <summary>What one kind of learner does in one inner step, as a pure function on a tape.</summary>
/// <remarks>Everything else about a lifetime (the order of steps, checkpoints, the reverse scan) is the engines', and the same for all learners.</remarks>
internal abstract class InnerStep
{
    /// <summary>Notes the network.</summary>
    protected InnerStep(ParameterLayout layout)
    {
        Network = layout.Network;
        Objective = layout.Learner.Objective;
        PlasticLayers = [.. layout.Network.Layers.Skip(layout.Network.FrozenLayers)];
    }

    /// <summary>The network.</summary>
    protected NetworkSpec Network { get; }

    /// <summary>What the learner and its query are judged by.</summary>
    protected Objective Objective { get; }

    /// <summary>The plastic layers, first first.</summary>
    protected ImmutableArray<LayerSpec> PlasticLayers { get; }

    /// <summary>The inner step of a learner.</summary>
    /// <exception cref="EngramException">The options name something that is not registered, or do not fit the network.</exception>
    public static InnerStep For(ParameterLayout layout) => layout.Learner switch
    {
        LocalLearnerSpec local => new LocalInnerStep(layout, local),
        GradientLearnerSpec gradient => new GradientInnerStep(layout, gradient),
        _ => throw new EngramException($"Found a learner of type {layout.Learner.GetType().Name}, expected {nameof(LocalLearnerSpec)} or {nameof(GradientLearnerSpec)}."),
    };

    /// <summary>The plastic layers after an inner step.</summary>
    /// <param name="before">The plastic layers before it.</param>
    /// <param name="meta">Every meta-parameter, in the order of the layout.</param>
    /// <param name="input">What enters the first plastic layer, [n, units].</param>
    /// <param name="target">What the output should be, [n, K].</param>
    /// <param name="stop">What makes a quantity constant.</param>
    public abstract PlasticVariables Advance(PlasticVariables before, ReadOnlySpan<Var> meta, Var input, Var target, IStop stop);

    /// <summary>The network's output, [n, K].</summary>
    public Var Output(PlasticVariables plastic, Var input) => Activities(plastic, input)[^1];

    /// <summary>The objective, 1×1.</summary>
    public Var Loss(Var output, Var target) => Objective.Loss(output, target);

    /// <summary>The input of each plastic layer, then the network's output.</summary>
    protected Var[] Activities(PlasticVariables plastic, Var input)
    {
        var activities = new Var[PlasticLayers.Length + 1];
        activities[0] = input;
        for (int j = 0; j < PlasticLayers.Length; j++)
        {
            activities[j + 1] = PlasticLayers[j].Forward(activities[j], plastic.Weights[j], plastic.Biases[j]);
        }

        return activities;
    }
}

/// <summary>Stops gradients on the tape.</summary>
internal sealed class StopOnTape : IStop
{
    /// <summary>The one there is.</summary>
    public static StopOnTape Instance { get; } = new();

    /// <inheritdoc/>
    public Var Stop(Var value) => value.StopGradient();
}
