using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Births;

/// <summary>W is what a small network, the genome, makes of the numbers of the two units that a synapse joins: all lives begin alike, from
/// few numbers.</summary>
/// <remarks>
/// <para>Equation: W_ji = √(2 / fan_in) (u₀ + Σ_h u_h tanh(Σ_k P_hk c_jk + Σ_l Q_hl c'_il + b_h) / √H); c_j and c'_i are the binary
/// numbers of the postsynaptic and the presynaptic unit, as −1 and 1. P, Q, b and u are the parameter <c>genome</c>, a row of
/// H (⌈log₂ out⌉ + ⌈log₂ in⌉ + 2) + 1 numbers a layer: for each hidden unit P_h, Q_h, b_h and u_h, then u₀. <c>weight</c> has no
/// effect.</para>
/// <para>Before meta-training u is normal of deviation 1, b and u₀ are 0: a share of W that all synapses have would make activity explode
/// or vanish from layer to layer.</para>
/// <para>A layer is compressed out · in / that many times. Source: Shuvaev et al. 2024, the g-network, with a hidden layer of one instead
/// of several.</para>
/// </remarks>
public sealed record GenomeBirth : IBirth
{
    /// <summary>H.</summary>
    [Setting(1, 4096, "Hidden units of the network that makes a layer's weights.", Name = "hidden-units", Unit = "units")]
    public int HiddenUnits { get; init; } = 8;

    /// <summary>Spread of P and Q before meta-training.</summary>
    [Setting(
        0, 1e3, "Standard deviation, before meta-training, of what the hidden units weigh the units' numbers with.", Name = "deviation")]
    public double Deviation { get; init; } = 0.5;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer) => new()
    {
        Parameters = [ParameterPart.PerLayer("genome", Start(layer), (HiddenUnits * PerUnit(layer)) + 1)],
    };

    /// <summary>How many times fewer numbers a layer's genome has than the layer has weights.</summary>
    public double Compression(LayerShape layer) => (double)layer.Outputs * layer.Inputs / ((HiddenUnits * PerUnit(layer)) + 1);

    /// <inheritdoc/>
    public double Numbers(LayerShape layer, bool isPlastic) => this.OwnNumbers(layer);

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth)
    {
        LayerShape layer = birth.Layer;
        Var genome = birth.Parameter("genome").Column();
        Var post = UnitCodes.Binary(genome.Tape, layer.Outputs), pre = UnitCodes.Binary(genome.Tape, layer.Inputs);
        Var sum = genome.SliceRows(HiddenUnits * PerUnit(layer), 1).BroadcastTo(layer.Outputs, layer.Inputs);

        // However many hidden units there are, weights begin with the same spread.
        double scale = 1 / Math.Sqrt(HiddenUnits);
        for (int unit = 0; unit < HiddenUnits; unit++)
        {
            int at = unit * PerUnit(layer);
            Var own = post.MatMul(genome.SliceRows(at, post.Columns));
            Var other = pre.MatMul(genome.SliceRows(at + post.Columns, pre.Columns)).Transpose();
            at += post.Columns + pre.Columns;
            sum += (genome.SliceRows(at + 1, 1) * scale) * (own + other + genome.SliceRows(at, 1)).Tanh();
        }

        return sum * Math.Sqrt(2.0 / layer.Inputs);
    }

    private NormalStarts Start(LayerShape layer)
    {
        double[] unit = [.. Enumerable.Repeat(Deviation, PerUnit(layer) - 2), 0, 1];
        return new NormalStarts([.. Enumerable.Repeat(unit, HiddenUnits).SelectMany(u => u), 0]);
    }

    private static int PerUnit(LayerShape layer) => UnitCodes.Bits(layer.Outputs) + UnitCodes.Bits(layer.Inputs) + 2;
}
