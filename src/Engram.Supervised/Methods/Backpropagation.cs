using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Backpropagation: the gradient itself.</summary>
/// <remarks>
/// Equation: δ_L = e, δ_l = (W_{l+1}ᵀ δ_{l+1}) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ δ_l. Shapes: δ_l [units, n], e = ∂L/∂ŷ [K, n].
/// Source: Rumelhart, Hinton and Williams 1986. Deviations: none.
/// </remarks>
public sealed record BackpropagationSpec : CreditAssignmentSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) => new Backpropagation<T>(network);
}

/// <summary>Backpropagation at work.</summary>
internal sealed class Backpropagation<T>(SupervisedNetwork<T> network) : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ErrorTransport<T> transport = new(network);
    private readonly Tensor<T>[] weights = [.. network.Layers.Select(l => l.Weights)];

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        transport.Descend(step.Pass, weights, step.Directions);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => weights[layer];

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        for (int l = 0; l < weights.Length; l++)
        {
            yield return Claim($"loss with respect to W of layer {l}", weights[l], step.Directions.Weights(l));
            yield return Claim($"loss with respect to b of layer {l}", network.Layers[l].Biases, step.Directions.Biases(l));
        }

        GradientClaim<T> Claim(string name, Tensor<T> parameter, Tensor<T> direction) => new(name, parameter, direction, () =>
        {
            network.Forward(step.Pass);
            return step.Pass.Loss;
        });
    }

    /// <inheritdoc/>
    public void Dispose() => transport.Dispose();
}
