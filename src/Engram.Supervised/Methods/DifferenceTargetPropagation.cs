using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Difference target propagation (DTP): targets differ from activities by what the inverses make of the difference
/// above.</summary>
/// <remarks>
/// Equation: ĥ_{L−1} = h_{L−1} − α ∂L/∂h_{L−1}, which goes through W_Lᵀ, ĥ_l = h_l + g_{l+1}(ĥ_{l+1}) − g_{l+1}(h_{l+1}). Where ĥ_{l+1} =
/// h_{l+1}, ĥ_l = h_l however wrong the inverse.
/// Source and the rest: <see cref="TargetPropagationSpec"/>; Lee et al. 2015, equation 15.
/// </remarks>
public sealed record DifferenceTargetPropagationSpec : GradientTargetPropagationSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new TargetPropagation<T>(network, this, random, difference: true, new GradientTarget<T>(network, TargetRate));
}
