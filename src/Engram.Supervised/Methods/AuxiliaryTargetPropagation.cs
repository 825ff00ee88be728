using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>SDTP with auxiliary outputs (AO-SDTP): the output also has random features of the last hidden layer, so that its inverse has
/// something to go by.</summary>
/// <remarks>
/// Equation: h_L = [o, z], o = softmax(z_L), z = σ(R h_{L−1}) with R fixed, random, and σ the hidden layer's; ĥ_L = [y, z]; the inverse
/// reads both, g_L([o, z]) = σ(V_oᵀ o + V_zᵀ z + c). The rest is
/// <see cref="SimplifiedTargetPropagationSpec"/>'s, with z = nothing it is the same. Shapes: R and V_z [auxiliary, units of L − 1]. Source:
/// Bartunov et al. 2018, section 2.2.
/// </remarks>
public sealed record AuxiliaryTargetPropagationSpec : TargetPropagationSpec
{
    /// <summary>Auxiliary outputs: the length of z.</summary>
    [Setting(1, 1_000_000, "Auxiliary outputs: the length of z.", Unit = "outputs")]
    public int AuxiliaryOutputs { get; init; } = 256;

    /// <inheritdoc/>
    public override double OwnNumbers(SupervisedNetworkSpec network) =>
        base.OwnNumbers(network) + (2.0 * AuxiliaryOutputs * network.Layers[^1].Inputs);

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new TargetPropagation<T>(network, this, random, difference: true, new OutputTarget<T>(network, AuxiliaryOutputs, random));
}
