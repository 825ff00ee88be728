using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Births;

/// <summary>W is drawn anew for every life; its mean and spread are those of the pair of cell types that a synapse joins.</summary>
/// <remarks>
/// <para>Equation: W_ji = μ_{k(j) l(i)} + σ_{k(j) l(i)} ε_ji, ε standard normal; k(j) and l(i) are the types of the postsynaptic and the
/// presynaptic unit.
/// Unit i of n is of type ⌊i K / n⌋, so that a unit has the same type as postsynaptic unit of one layer and as presynaptic unit of the
/// next. The
/// parameters <c>weight_type_mean</c> and <c>weight_type_sigma</c> are [K, L], K and L the types or the units, where those are fewer;
/// <c>weight</c> has no effect.</para>
/// <para>With as many types as units it is <see cref="GaussianBirth"/>. Source: Lindsey and Litwin-Kumar 2020, section 8.3, which proposes
/// that the
/// genome sets distributions by cell type instead of every synapse.</para>
/// </remarks>
public sealed record TypesBirth : IBirth
{
    /// <summary>K.</summary>
    [Setting(1, 4096, "Cell types of each layer's units; as many as it has units where those are fewer.", Name = "types", Unit = "types")]
    public int Types { get; init; } = 4;

    /// <summary>g: at 1 lives begin as under <see cref="RandomBirth"/> before meta-training.</summary>
    [Setting(0, 1e3, "Factor on the standard deviation √(2 / fan-in) that all pairs of types have before meta-training.", Name = "scale")]
    public double Scale { get; init; } = 1;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer)
    {
        (int post, int pre) = (Math.Min(Types, layer.Outputs), Math.Min(Types, layer.Inputs));
        return new()
        {
            Parameters =
            [
                new("weight_type_mean", Granularity.Layer) { Shape = [post, pre] },
                new("weight_type_sigma", Granularity.Layer) { Shape = [post, pre], Start = Scale * Math.Sqrt(2.0 / layer.Inputs) },
            ],
        };
    }

    /// <inheritdoc/>
    public double Numbers(LayerShape layer, bool isPlastic) => this.OwnNumbers(layer);

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth)
    {
        Var mean = birth.Parameter("weight_type_mean"), sigma = birth.Parameter("weight_type_sigma");
        Var post = UnitCodes.Types(mean.Tape, birth.Layer.Outputs, mean.Rows);
        Var pre = UnitCodes.Types(mean.Tape, birth.Layer.Inputs, mean.Columns).Transpose();
        Var noise = birth.Noise("weight", birth.Layer.Outputs, birth.Layer.Inputs);
        return post.MatMul(mean).MatMul(pre) + (post.MatMul(sigma).MatMul(pre) * noise);
    }
}
