using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Methods;

namespace OwnParts;

/// <summary>Errors return through noisy copies of W: δ_l = ((W + ν ε)ᵀ δ_{l+1}) ∘ σ'(z_l).</summary>
public sealed record NoisyBackpropSpec : CreditAssignmentSpec
{
    [Setting(0, 1e3, "Standard deviation of the noise on the weights that errors return through.")]
    public double Noise { get; init; } = 0.05;

    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new NoisyBackprop<T>(network, Noise, random);
}

internal sealed class NoisyBackprop<T>(SupervisedNetwork<T> network, double noise, RandomStream random)
    : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Tensors of W's shapes, and the way back that backpropagation and its kin share.
    private readonly FeedbackWeights<T> copies = new(network.Spec, random);
    private readonly ErrorTransport<T> transport = new(network);

    public Updates Step(in CreditStep<T> step)
    {
        for (int layer = 1; layer < network.Layers.Length; layer++)
        {
            // The step's own random numbers: nothing but its index says where in the randomness a run stands.
            RandomStream draws = step.Random.Split((ulong)layer);
            for (int r = 0; r < copies[layer].Rows; r++)
            {
                Span<T> copy = copies[layer].Row(r), weights = network.Layers[layer].Weights.Row(r);
                draws.FillNormal(copy, noise);
                for (int c = 0; c < copy.Length; c++)
                {
                    copy[c] += weights[c];
                }
            }
        }

        transport.Descend(step.Pass, copies.All, step.Directions);
        return Updates.Forward;
    }

    public Tensor<T> Feedback(int layer) => copies[layer];

    public void Dispose()
    {
        copies.Dispose();
        transport.Dispose();
    }
}
