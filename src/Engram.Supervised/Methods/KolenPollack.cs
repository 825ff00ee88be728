using System.Collections.Immutable;
using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>Kolen and Pollack's learning: W and B start apart, get the same updates and the same decay, and so become each other's
/// transpose.</summary>
/// <remarks>
/// Equation: δ_l = (B_{l+1} δ_{l+1}) ∘ σ'(z_l), W ← γ W − u(δ_l h_{l−1}ᵀ), B ← γ B − u(δ_l h_{l−1}ᵀ)ᵀ with one optimizer's step u, so that
/// W − Bᵀ ← γ (W − Bᵀ). Shapes: B is kept
/// transposed, as W lies. Source: Kolen and Pollack 1994; Akrout et al. 2019, section 3.2, equations 16 and 17. Deviations: 1 − γ follows
/// the rate's
/// schedule, as their γ and rate are constant; B is drawn from W's own distribution; the decay is decoupled
/// from the optimizer, and W's weight decay, where there is any, comes on top for both; the first layer, which has no B, decays as the
/// others.
/// </remarks>
public sealed record KolenPollackSpec : RandomFeedbackSpec
{
    /// <summary>γ, below 1: after 1 / (1 − γ) steps, what W and B differ by is down to 1 / e.</summary>
    [Setting(0, 1, "γ, what W and B are multiplied by in every step; 1 − γ follows the rate's schedule.", AboveMinimum = true,
        BelowMaximum = true)]
    public double Decay { get; init; } = 0.9998;

    /// <inheritdoc/>
    public override double StepDecay => Decay;

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new KolenPollack<T>(network, FeedbackScale, random);
}

/// <summary>Kolen and Pollack's learning at work.</summary>
internal sealed class KolenPollack<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FeedbackWeights<T> feedback;
    private readonly LayerDirections<T> directions;
    private readonly ErrorTransport<T> transport;

    public KolenPollack(SupervisedNetwork<T> network, double scale, RandomStream random)
    {
        feedback = new FeedbackWeights<T>(network.Spec, random, scale);
        directions = new LayerDirections<T>(network.Spec);
        transport = new ErrorTransport<T>(network);
        Parameters = [.. Enumerable.Range(1, network.Layers.Length - 1).Select(l =>
            new MethodParameter<T>(
                FeedbackWeights<T>.Name(l), l, feedback[l], directions.Weights(l), ParameterPace.Forward, Decays: true))];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        transport.Descend(step.Pass, feedback.All, step.Directions);
        foreach (MethodParameter<T> b in Parameters)
        {
            b.Direction.CopyFrom(step.Directions.Weights(b.Layer));
        }

        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => feedback[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        feedback.Dispose();
        directions.Dispose();
        transport.Dispose();
    }
}
