using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Simplified difference target propagation (SDTP): no gradient goes down at all, the last hidden layer's target comes through an
/// inverse too.</summary>
/// <remarks>
/// Equation: ĥ_L = y, the label's distribution, h_L = softmax(z_L) (in regression z_L), and ĥ_l = h_l + g_{l+1}(ĥ_{l+1}) − g_{l+1}(h_{l+1})
/// at l = L − 1 as below it. No weights are transported.
/// A label says little about what a hidden layer should be, so targets of one class come to be alike. Source and the rest:
/// <see cref="TargetPropagationSpec"/>; Bartunov et al. 2018, section 2.2.
/// </remarks>
public sealed record SimplifiedTargetPropagationSpec : TargetPropagationSpec
{
    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new TargetPropagation<T>(network, this, random, difference: true, new OutputTarget<T>(network, auxiliary: 0, random));
}
