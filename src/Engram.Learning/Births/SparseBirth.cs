using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Births;

/// <summary>Most synapses are 0 at birth, the same ones in every life; the others are the meta-learned W.</summary>
/// <remarks>
/// Equation: W = M ∘ W' / √q, M_ji = 1 where ε² + ε'² &lt; −2 ln(1 − q), else 0, which has probability q; ε and ε' are standard normal,
/// drawn once and for all for each layer. √q makes good what fewer synapses bring, so that activity begins as large as with all of them.
/// What is absent at birth can grow in life where α is not 0. With q = 1 it is <see cref="PointBirth"/>. Source: Lindsey and Litwin-Kumar
/// 2020, section 8.3.
/// </remarks>
public sealed record SparseBirth : IBirth
{
    /// <summary>q.</summary>
    [Setting(0, 1, "Share of synapses that there are at birth; the same ones in every life.", Name = "density", AboveMinimum = true)]
    public double Density { get; init; } = 0.2;

    /// <inheritdoc/>
    public bool IsPoint => Density >= 1;

    /// <inheritdoc/>
    public double Numbers(LayerShape layer, bool isPlastic) => Density * layer.Outputs * layer.Inputs;

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth)
    {
        if (IsPoint)
        {
            return birth.Weights;
        }

        (int rows, int columns) = (birth.Layer.Outputs, birth.Layer.Inputs);
        Var far = birth.FixedNoise("mask-x", rows, columns).Square() + birth.FixedNoise("mask-y", rows, columns).Square();
        return birth.Weights * (((-2 * Math.Log(1 - Density)) - far).Step() / Math.Sqrt(Density));
    }
}
