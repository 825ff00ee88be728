using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>A rule that is learnt: a small network that reads a synapse's activities and weight, and that all synapses of a layer
/// share.</summary>
/// <remarks>
/// Equation: ΔW_ji = m α ∘ Σₙ g(a_ni, p_nj, W_ji), g(v) = tanh(uᵀ φ(U v + b) + c), φ(z) = 0.505 z + 0.495 √(z² + 0.01). U [h, 3], b [h], u
/// [h]
/// and c are the parameter <c>theta</c> [5 h + 1]: for each hidden unit its three weights, its bias and its output weight, then c.
/// Source: Mehta et al. 2024, who have 3-10-1 and a leaky ReLU. Deviation: φ is that ReLU (slope 0.01 below 0) with its corner rounded,
/// so that the meta-gradient is smooth. Each example costs h passes over the weights.
/// </remarks>
public sealed record MlpRule : IPlasticityRule
{
    private const int PerUnit = 5;

    // φ of slopes 1 and 0.01, its corner rounded over a tenth.
    private const double Slope = 0.505;
    private const double Bend = 0.495;
    private const double Rounding = 0.01;

    /// <summary>h.</summary>
    [Setting(1, 1000, "Hidden units of the network that is the rule.", Name = "hidden-units", Unit = "units")]
    public int HiddenUnits { get; init; } = 10;

    /// <summary>How many θ there are: one set a layer, or one for the network.</summary>
    [Setting("Whether each plastic layer has a network of its own for its rule (layer) or all share one (network).")]
    public PolynomialLevel Level { get; init; } = PolynomialLevel.Network;

    /// <summary>Standard deviation of θ before meta-training.</summary>
    [Setting(0, 1e3, "Standard deviation of the rule's weights before meta-training.", Name = "deviation")]
    public double Deviation { get; init; } = 0.5;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer)
    {
        Granularity level = Level == PolynomialLevel.Layer ? Granularity.Layer : Granularity.Network;
        return new Parts
        { Parameters = [ParameterPart.At(level, "theta", new NormalStart(0, Deviation), (PerUnit * HiddenUnits) + 1, rate: 1e-3)] };
    }

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Var theta = s.Parameter("theta").Column();
        var sum = default(Var?);
        for (int example = 0; example < s.Pre.Rows; example++)
        {
            (Var a, Var p) = (s.Pre.SliceRows(example, 1), s.Post.SliceRows(example, 1).Column());
            Var output = theta.SliceRows(PerUnit * HiddenUnits, 1);
            for (int unit = 0; unit < HiddenUnits; unit++)
            {
                int at = PerUnit * unit;
                Var z = (theta.SliceRows(at + 2, 1) * s.Weights) + (theta.SliceRows(at, 1) * a)
                    + ((theta.SliceRows(at + 1, 1) * p) + theta.SliceRows(at + 3, 1));
                output = (theta.SliceRows(at + 4, 1) * ((z * Slope) + ((z.Square() + Rounding).Sqrt() * Bend))) + output;
            }

            Var change = output.Tanh();
            sum = sum is { } far ? far + change : change;
        }

        return s.Plasticity * sum!.Value;
    }
}
