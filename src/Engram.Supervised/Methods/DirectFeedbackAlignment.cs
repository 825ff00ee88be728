using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Direct feedback alignment: the output's error goes straight to every layer through fixed random weights.</summary>
/// <remarks>
/// Equation: δ_L = e, δ_l = (B_l e) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ δ_l. Shapes: B_l [units of l, K]. Source: Nøkland 2016,
/// equation 7.
/// Deviations: B_l is drawn as a fully connected W of its shape would be (theirs uniform, ±1 / √units), times
/// <see cref="RandomFeedbackSpec.FeedbackScale"/>.
/// </remarks>
public sealed record DirectFeedbackAlignmentSpec : RandomFeedbackSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new DirectFeedbackAlignment<T>(network, FeedbackScale, random);
}

/// <summary>Direct feedback alignment at work.</summary>
internal sealed class DirectFeedbackAlignment<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly SupervisedLayer<T>[] feedback;
    private readonly Tensor<T>[] deltas;

    public DirectFeedbackAlignment(SupervisedNetwork<T> network, double scale, RandomStream random)
    {
        this.network = network;
        LayerSpec[] hidden = [.. network.Spec.Layers.SkipLast(1)];
        feedback = [.. hidden.Select(
            (l, i) =>
            network.MakeLayer(new LinearSpec(network.Spec.Outputs, l.Outputs, Activation.Identity), Draw(l.Outputs, i), default))];
        deltas = [.. hidden.Select(l => arena.Allocate<T>(l.Outputs, network.Capacity))];
        Memory = [.. feedback.Select((f, i) => new MethodTensor<T>(FeedbackWeights<T>.Name(i), f.Weights))];

        Tensor<T> Draw(int units, int layer)
        {
            Tensor<T> b = arena.Allocate<T>(units, network.Spec.Outputs);
            WeightInitializers.Fill(
                b, network.Spec.Outputs, units, network.Spec.Initialization, random.Split(FeedbackWeights<T>.Name(layer)), scale);
            return b;
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        for (int l = 0; l < feedback.Length; l++)
        {
            Tensor<T> delta = pass.Current(deltas[l]);
            feedback[l].Forward(pass.Error, delta);
            network.Layers[l].Derive(pass.Activity(l + 1), delta);
            step.Directions.Fill(l, network.Layers[l], delta, pass.Activity(l));
        }

        step.Directions.Fill(feedback.Length, network.Layers[^1], pass.Error, pass.Activity(feedback.Length));
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SupervisedLayer<T> layer in feedback)
        {
            layer.Map.Dispose();
        }

        arena.Dispose();
    }
}
