using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Target propagation: targets are what the inverses make of the targets above.</summary>
/// <remarks>
/// Equation: ĥ_{L−1} = h_{L−1} − α ∂L/∂h_{L−1}, ĥ_l = g_{l+1}(ĥ_{l+1}). The error of an inverse is an error of the target, so it learns far
/// worse than <see cref="DifferenceTargetPropagationSpec"/>, which
/// takes it away. Source and the rest: <see cref="TargetPropagationSpec"/>; Lee et al. 2015, equation 9.
/// </remarks>
public sealed record PlainTargetPropagationSpec : GradientTargetPropagationSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new TargetPropagation<T>(network, this, random, difference: false, new GradientTarget<T>(network, TargetRate));
}
