using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>The synapses of one layer as a part sees their number.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Shape">Shape of its weights: [out, in], or [output channels, channels, k, k] of a convolution.</param>
public readonly record struct LayerShape(int Layer, ImmutableArray<int> Shape)
{
    /// <summary>Rows of the weights: postsynaptic units, or output channels.</summary>
    public int Outputs => Shape[0];

    /// <summary>Columns of the weights: synapses of one unit.</summary>
    public int Inputs => Shape.Skip(1).Aggregate(1, (product, length) => product * length);
}

/// <summary>What a rule, a pathway or a birth has of its own in one layer: parameters that are meta-learned, and state that changes in
/// life.</summary>
public sealed record Parts
{
    /// <summary>Nothing.</summary>
    public static Parts None { get; } = new();

    /// <summary>Parameters.</summary>
    public ImmutableArray<ParameterPart> Parameters { get; init; } = [];

    /// <summary>State.</summary>
    public ImmutableArray<StatePart> State { get; init; } = [];

    /// <summary>Of a pathway: names of weights whose presynaptic activity it tells, so that a feedback rule can change them in
    /// life.</summary>
    public ImmutableArray<string> Plastic { get; init; } = [];
}

/// <summary>A parameter that a part declares for one layer.</summary>
/// <param name="Name">Its name within the layer, or within the network where it has <see cref="Granularity.Network"/>.</param>
/// <param name="Level">How many numbers it has.</param>
public sealed record ParameterPart(string Name, Granularity Level)
{
    /// <summary>Its role.</summary>
    public string? Role { get; init; }

    /// <summary>Where it starts; null where its role has settings for that.</summary>
    public ParameterStart? Start { get; init; } = ParameterStart.Zero;

    /// <summary>Its meta-rate; null for that of W.</summary>
    public double? Rate { get; init; }

    /// <summary>λ of an L1 penalty on it; see <see cref="ParameterSpec.Sparsity"/>.</summary>
    public double Sparsity { get; init; }

    /// <summary>Its shape, where <see cref="Level"/> does not say it: of a <see cref="Granularity.Layer"/> or
    /// <see cref="Granularity.Network"/>.</summary>
    public ImmutableArray<int> Shape { get; init; } = [1];

    /// <summary>One number per synapse, [out, in].</summary>
    public static ParameterPart PerSynapse(string name, ParameterStart start, double? rate = null) => new(name, Granularity.Synapse)
    { Start = start, Rate = rate };

    /// <summary>One number per neuron, [1, out].</summary>
    public static ParameterPart PerNeuron(string name, ParameterStart start, double? rate = null) => new(name, Granularity.Neuron)
    { Start = start, Rate = rate };

    /// <summary>One number, or a row of <paramref name="length"/>, per layer.</summary>
    public static ParameterPart PerLayer(string name, ParameterStart start, int length = 1, double? rate = null) =>
        new(name, Granularity.Layer) { Start = start, Rate = rate, Shape = [length] };

    /// <summary>One number, or a row of <paramref name="length"/>, for all plastic layers.</summary>
    public static ParameterPart PerNetwork(string name, ParameterStart start, int length = 1, double? rate = null) =>
        new(name, Granularity.Network) { Start = start, Rate = rate, Shape = [length] };

    /// <summary>A parameter of the granularity that a setting says.</summary>
    public static ParameterPart At(Granularity level, string name, ParameterStart start, int length = 1, double? rate = null) =>
        new(name, level) { Start = start, Rate = rate, Shape = [length] };

    /// <summary>The full name in a layer.</summary>
    internal string NameIn(int layer, string prefix) =>
        Level == Granularity.Network ? $"network.{prefix}{Name}" : $"layer{layer}.{prefix}{Name}";

    /// <summary>The parameter that it is in a layer.</summary>
    internal ParameterSpec In(LayerShape layer, string prefix, string owner, string role) =>
        new(NameIn(layer.Layer, prefix), Role ?? role, Level == Granularity.Network ? -1 : layer.Layer, ShapeIn(layer))
        {
            Start = Start,
            Rate = Rate,
            Sparsity = Sparsity,
            Owner = owner,
        };

    private ImmutableArray<int> ShapeIn(LayerShape layer) => Level switch
    {
        Granularity.Synapse => layer.Shape,
        Granularity.Neuron => [layer.Outputs],
        Granularity.None =>
            throw new EngramException(
            $"Found the parameter '{Name}' with as many numbers as '{nameof(Granularity.None)}' says, expected one per synapse, neuron, " +
            $"layer or network."),
        _ => Shape,
    };
}

/// <summary>A state that a part declares for one layer: what it remembers from inner step to inner step.</summary>
/// <param name="Name">Its name within the layer.</param>
/// <param name="Level">How many numbers it has: per synapse, neuron or layer.</param>
public sealed record StatePart(string Name, Granularity Level)
{
    /// <summary>Its value at birth.</summary>
    public double Birth { get; init; }

    /// <summary>Name, within the layer, of the parameter that it starts from instead; it has its shape.</summary>
    public string? BornFrom { get; init; }

    /// <summary>Its length, where it is one row for a layer.</summary>
    public int Length { get; init; } = 1;

    /// <summary>One number per synapse, [out, in].</summary>
    public static StatePart PerSynapse(string name, double birth = 0) => new(name, Granularity.Synapse) { Birth = birth };

    /// <summary>One number per neuron, [1, out].</summary>
    public static StatePart PerNeuron(string name, double birth = 0) => new(name, Granularity.Neuron) { Birth = birth };

    /// <summary>One number, or a row of <paramref name="length"/>, per layer.</summary>
    public static StatePart PerLayer(string name, double birth = 0, int length = 1) => new(name, Granularity.Layer)
    { Birth = birth, Length = length };

    /// <summary>The state that it is in a layer.</summary>
    internal StateSpec In(LayerShape layer, string prefix, string owner) =>
        new($"layer{layer.Layer}.{prefix}{Name}", StateRoles.Memory, layer.Layer, Level switch
        {
            Granularity.Synapse => layer.Shape,
            Granularity.Neuron => [layer.Outputs],
            Granularity.Layer => [Length],
            _ =>
                throw new EngramException(
                $"Found the state '{Name}', which {owner} declares, with as many numbers as '{Level}' says, expected one per synapse, " +
                $"neuron or layer."),
        })
        {
            Owner = owner,
        };
}
