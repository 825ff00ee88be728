using System.Collections.Immutable;
using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Feedback alignment: errors go back through fixed random weights, and W comes to align with them.</summary>
/// <remarks>
/// Equation: δ_L = e, δ_l = (B_{l+1} δ_{l+1}) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ δ_l. Shapes: B_{l+1} [units of l, units of l + 1],
/// kept transposed, as W lies.
/// With B = Wᵀ it is backpropagation. Source: Lillicrap, Cownden, Tweed and Akerman 2016, equation 3; Bartunov et al. 2018, section 2.1.
/// Deviations: B is drawn from W's own
/// distribution (theirs uniform, of a width that was searched), times <see cref="RandomFeedbackSpec.FeedbackScale"/>.
/// </remarks>
public sealed record FeedbackAlignmentSpec : RandomFeedbackSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new FeedbackAlignment<T>(network, new(network.Spec, random, FeedbackScale));
}

/// <summary>Feedback alignment at work.</summary>
internal sealed class FeedbackAlignment<T>(SupervisedNetwork<T> network, FeedbackWeights<T> feedback) : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ErrorTransport<T> transport = new(network);

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; } = feedback.Memory;

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        transport.Descend(step.Pass, feedback.All, step.Directions);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => feedback[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        transport.Dispose();
        feedback.Dispose();
    }
}
