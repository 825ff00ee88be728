using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Births;

/// <summary>What the first weights of one layer come from.</summary>
public readonly struct LayerBirth
{
    private readonly PartView own;
    private readonly Func<string, int, int, Var> noise;

    internal LayerBirth(LayerShape layer, bool isPlastic, Var weights, PartView own, Func<string, int, int, Var> noise) =>
        (Layer, IsPlastic, Weights, this.own, this.noise) = (layer, isPlastic, weights, own, noise);

    /// <summary>The layer.</summary>
    public LayerShape Layer { get; }

    /// <summary>Whether it changes in life.</summary>
    public bool IsPlastic { get; }

    /// <summary>The meta-learned W, [out, in].</summary>
    public Var Weights { get; }

    /// <summary>The value of a parameter that the birth declares.</summary>
    /// <exception cref="EngramException">It declares none of that name.</exception>
    public Var Parameter(string name) => own.Parameter(name);

    /// <summary>Independent standard normal numbers of this life, [rows, columns]; the same for the same life, layer and name.</summary>
    public Var Noise(string name, int rows, int columns) => noise(name, rows, columns);

    /// <summary>Independent standard normal numbers, [rows, columns], that are the same in every life, run and seed for the same layer and
    /// name: for masks and codes.</summary>
    public Var FixedNoise(string name, int rows, int columns) => noise(Lives.LifeNoise.FixedPrefix + name, rows, columns);
}

/// <summary>How the weights that a life begins with follow from meta-parameters and the life's own noise.</summary>
/// <remarks>A pure function of what it is given; layers that are frozen in life are born too. The meta-gradient goes through it exactly,
/// the noise a constant.</remarks>
public interface IBirth
{
    /// <summary>The parameters that it has in a layer, beside W; none by default.</summary>
    Parts Parts(LayerShape layer) => Parameters.Parts.None;

    /// <summary>W at birth, [out, in].</summary>
    Var Weights(in LayerBirth birth);

    /// <summary>Whether W at birth is the meta-learned W itself.</summary>
    bool IsPoint => false;

    /// <summary>How many meta-learned numbers W at birth follows from in a layer: all of W and the birth's own parameters, unless it says
    /// otherwise.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="isPlastic">Whether it changes in life.</param>
    double Numbers(LayerShape layer, bool isPlastic) => this.OwnNumbers(layer) + ((double)layer.Outputs * layer.Inputs);
}

/// <summary>W at birth is the meta-learned W: all lives begin alike.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 4.</remarks>
public sealed record PointBirth : IBirth
{
    /// <inheritdoc/>
    public bool IsPoint => true;

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth) => birth.Weights;
}

/// <summary>W is drawn anew for every life, mean and spread of each synapse meta-learned.</summary>
/// <remarks>Equation: W = μ + σ ∘ ε, ε standard normal; μ is the parameter <c>weight</c>, σ [out, in] is <c>weight_sigma</c>. With σ = 0 it
/// is <see cref="PointBirth"/>.</remarks>
public sealed record GaussianBirth : IBirth
{
    /// <summary>σ before meta-training.</summary>
    [Setting(0, 1e3, "Spread of each weight over lives before meta-training: its standard deviation.")]
    public double Deviation { get; init; } = 0.01;

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer) => new() { Parameters = [ParameterPart.PerSynapse("weight_sigma", start: Deviation)] };

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth) =>
        birth.Weights + (birth.Parameter("weight_sigma") * birth.Noise("weight", birth.Layer.Outputs, birth.Layer.Inputs));
}

/// <summary>W is drawn anew for every life and nothing of it is meta-learned: what a life knows of its task comes from the rule, feedback
/// and biases.</summary>
/// <remarks>
/// Equation: W = g √(2 / fan_in) ε, ε standard normal. The parameter <c>weight</c> has no effect in layers that are drawn.
/// Source: Shervani-Tabar and Rosenbaum 2023, whose objection it answers: a meta-learned initialisation can hide what the rule does.
/// </remarks>
public sealed record RandomBirth : IBirth
{
    /// <summary>g: 1 is He's deviation.</summary>
    [Setting(0, 1e3, "Factor on the standard deviation √(2 / fan-in) of the weights that each life is born with.", Name = "scale")]
    public double Scale { get; init; } = 1;

    /// <summary>Whether layers that are frozen in life keep their meta-learned W.</summary>
    [Setting("Whether layers that are frozen in life keep their meta-learned weights; otherwise they are drawn too.", Name = "frozen-kept")]
    public bool FrozenKept { get; init; }

    /// <inheritdoc/>
    public double Numbers(LayerShape layer, bool isPlastic) => FrozenKept && !isPlastic ? (double)layer.Outputs * layer.Inputs : 0;

    /// <inheritdoc/>
    public Var Weights(in LayerBirth birth) => FrozenKept && !birth.IsPlastic
        ? birth.Weights
        : birth.Noise("weight", birth.Layer.Outputs, birth.Layer.Inputs) * (Scale * Math.Sqrt(2.0 / birth.Layer.Inputs));
}

/// <summary>Counts what births have.</summary>
internal static class BirthNumbers
{
    /// <summary>How many numbers a birth's own parameters have in a layer.</summary>
    public static double OwnNumbers(this IBirth birth, LayerShape layer) =>
        birth.Parts(layer).Parameters.Select(p => p.In(layer, string.Empty, string.Empty, string.Empty))
            .Sum(p => (double)p.Rows * p.Columns);
}

/// <summary>The births there are, by name.</summary>
public static class BirthDistributions
{
    /// <summary>All births, each with its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IBirth> Registry { get; } = WithBuiltIns();

    private static Registry<IBirth> WithBuiltIns()
    {
        var registry = new Registry<IBirth>("birth");
        registry.Register("point", new PointBirth(), "the meta-learned W itself");
        registry.Register("gaussian", new GaussianBirth(), "drawn anew each life: W = μ + σ ∘ ε, μ and σ meta-learned");
        registry.Register("types", new TypesBirth(), "drawn anew each life, mean and spread meta-learned by pairs of cell types");
        registry.Register(
            "genome", new GenomeBirth(), "made by a small meta-learned network from the numbers of the two units that a synapse joins");
        registry.Register("sparse", new SparseBirth(), "the meta-learned W, most synapses absent, the same ones in every life");
        registry.Register("random", new RandomBirth(), "drawn anew each life, nothing of it meta-learned: W = g √(2 / fan-in) ε");
        return registry;
    }
}
