using Engram.Numerics;

namespace Engram.Learning.Supervised;

/// <summary>Difference target propagation (DTP): targets differ from activities by what the inverses make of the difference above.</summary>
/// <remarks>
/// Equation: ĥ_{L−1} = h_{L−1} − α ∂L/∂h_{L−1}, which goes through W_Lᵀ, ĥ_l = h_l + g_{l+1}(ĥ_{l+1}) − g_{l+1}(h_{l+1}). Where ĥ_{l+1} = h_{l+1}, ĥ_l = h_l however wrong the inverse.
/// Source and the rest: <see cref="TargetPropagationSpec"/>; Lee et al. 2015, equation 15. The loss is each example's own, so that α does not depend on the batch's size.
/// </remarks>
public sealed record DifferenceTargetPropagationSpec : TargetPropagationSpec
{
    /// <summary>α, how far the last hidden layer's target lies down the gradient.</summary>
    [Setting(0, double.PositiveInfinity, "α, how far the last hidden layer's target lies down the gradient.", AboveMinimum = true)]
    public double TargetRate { get; init; } = 0.1;

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        MetaTrainingSpec.Expect(nameof(TargetRate), TargetRate, TargetRate is > 0 and < double.PositiveInfinity, "a finite number above 0");
    }

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new TargetPropagation<T>(network, this, random, difference: true, new GradientTarget<T>(network, TargetRate));
}
