using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>PEPITA: instead of a way back there is a second way forward, of the input changed by the output's error.</summary>
/// <remarks>
/// Equation: h°_0 = h_0 + F ε, h°_l = σ(W_l h°_{l−1} + b_l), ε = n e; ∂W_l = (h_l − h°_l) h°_{l−1}ᵀ / n, ∂W_L = e h°_{L−1}ᵀ, ∂b as W with 1
/// for h°. Shapes: F
/// [inputs, K], fixed. Source: Dellaferrera and Kreiman 2022, algorithm 1. Deviations: biases learn too (theirs has none); F is drawn as W
/// of its shape is,
/// times <see cref="FeedbackScale"/>, where theirs is uniform of the same spread.
/// </remarks>
public sealed record PepitaSpec : CreditAssignmentSpec
{
    /// <summary>What F's random weights are multiplied by.</summary>
    [Setting(-1e6, 1e6, "What the random weights from the error to the input are multiplied by.")]
    public double FeedbackScale { get; init; } = 0.05;

    /// <summary>The last layer reads the changed input too.</summary>
    public override bool LastLayerDescendsLoss => false;

    /// <inheritdoc/>
    public override double OwnNumbers(SupervisedNetworkSpec network) => (double)network.Inputs * network.Outputs;

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new Pepita<T>(network, FeedbackScale, random);
}

/// <summary>PEPITA at work.</summary>
internal sealed class Pepita<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Name = "input.feedback";
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly SupervisedLayer<T> feedback;
    private readonly Tensor<T>[] changed;
    private readonly Tensor<T>[] deltas;

    public Pepita(SupervisedNetwork<T> network, double scale, RandomStream random)
    {
        this.network = network;
        SupervisedNetworkSpec spec = network.Spec;
        Tensor<T> f = arena.Allocate<T>(spec.Inputs, spec.Outputs);
        WeightInitializers.Fill(f, spec.Inputs, spec.Outputs, spec.Initialization, random.Split(Name), scale);
        feedback = network.MakeLayer(new LinearSpec(spec.Outputs, spec.Inputs, Activation.Identity), f, default);
        int last = network.Layers.Length - 1;
        changed = [arena.Allocate<T>(spec.Inputs, network.Capacity),
            .. spec.Layers.Take(last).Select(l => arena.Allocate<T>(l.Outputs, network.Capacity))];
        deltas = [.. spec.Layers.Take(last).Select(l => arena.Allocate<T>(l.Outputs, network.Capacity))];
        Memory = [new MethodTensor<T>(Name, f)];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        Tensor<T> input = pass.Current(changed[0]);
        feedback.Forward(pass.Error, input);
        network.Arithmetic.Add(pass.Activity(0), T.CreateTruncating(pass.Examples), input, input);
        T mean = T.One / T.CreateTruncating(pass.Examples);
        for (int l = 0; l < deltas.Length; l++)
        {
            Tensor<T> output = pass.Current(changed[l + 1]), delta = pass.Current(deltas[l]);
            network.Layers[l].Forward(input, output);
            _ = network.Arithmetic.Difference(mean, pass.Activity(l + 1), output, Activation.Identity, default, delta);
            step.Directions.Fill(l, network.Layers[l], delta, input);
            input = output;
        }

        step.Directions.Fill(deltas.Length, network.Layers[^1], pass.Error, input);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        feedback.Map.Dispose();
        arena.Dispose();
    }
}
