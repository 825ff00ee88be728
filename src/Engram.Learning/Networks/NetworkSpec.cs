using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Networks;

/// <summary>
/// A feedforward network whose first layers are frozen in life and whose last <see cref="PlasticLayers"/> change at every inner step.
/// </summary>
public sealed record NetworkSpec
{
    /// <summary>Makes a network and checks that its layers fit together.</summary>
    /// <exception cref="EngramException">No layers, sizes that do not fit, or more plastic layers than there are.</exception>
    public NetworkSpec(IEnumerable<LayerSpec> layers, int plasticLayers)
    {
        Layers = [.. layers];
        PlasticLayers = plasticLayers;
        if (Layers.IsEmpty)
        {
            throw new EngramException("Found a network of no layers, expected at least one.");
        }

        for (int i = 0; i < Layers.Length; i++)
        {
            Layers[i].Validate(i);
            if (Layers[i] is LocallyConnectedSpec)
            {
                throw new EngramException(
                    $"Found a locally connected layer as layer {i}, expected fully connected or convolutional layers; only supervised " +
                    $"networks have others.");
            }

            if (i > 0 && Layers[i].Inputs != Layers[i - 1].Outputs)
            {
                throw new EngramException(
                    $"Found layer {i} of {Layers[i].Inputs} inputs after a layer of {Layers[i - 1].Outputs} outputs, expected the same " +
                    $"number.");
            }

            if (i > 0 && Layers[i] is ConvolutionSpec after && (Layers[i - 1] is not ConvolutionSpec before || !before.Feeds(after)))
            {
                throw new EngramException(
                    $"Found a convolution as layer {i} after {LayerWords.Of(Layers[i - 1])}, expected a convolution whose output has " +
                    $"its channels, height and width; convolutions come first.");
            }
        }

        if (plasticLayers < 1 || plasticLayers > Layers.Length)
        {
            throw new EngramException(
                $"Found {plasticLayers} plastic layers in a network of {Layers.Length}, expected 1 to {Layers.Length}.");
        }
    }

    /// <summary>The layers, input first.</summary>
    public ImmutableArray<LayerSpec> Layers { get; }

    /// <summary>How many of the last layers are plastic (N in the paper).</summary>
    public int PlasticLayers { get; }

    /// <summary>How many of the first layers are frozen in life.</summary>
    public int FrozenLayers => Layers.Length - PlasticLayers;

    /// <summary>Width of the input.</summary>
    public int Inputs => Layers[0].Inputs;

    /// <summary>Width of the output (K).</summary>
    public int Outputs => Layers[^1].Outputs;

    /// <summary>What a layer has that is meta-learned: W and b.</summary>
    public IEnumerable<ParameterSpec> ParametersOf(int layer) =>
    [
        new($"layer{layer}.weight", ParameterRoles.FeedforwardWeights, layer, Layers[layer].WeightShape) { Owner = "the network" },
        new($"layer{layer}.bias", ParameterRoles.Biases, layer, [Layers[layer].WeightRows]) { Owner = "the network" },
    ];

    /// <summary>W of the plastic layers as states.</summary>
    public IEnumerable<StateSpec> PlasticWeights() =>
        Plastic().Select(i => new StateSpec($"layer{i}.weight", StateRoles.Weights, i, Layers[i].WeightShape) { Owner = "the network" });

    /// <summary>b of the plastic layers as states, for learners that change it in life.</summary>
    public IEnumerable<StateSpec> PlasticBiases() =>
        Plastic().Select(i => new StateSpec($"layer{i}.bias", StateRoles.Biases, i, [Layers[i].WeightRows]) { Owner = "the network" });

    /// <summary>Layers of the given widths, ReLU everywhere but at the last, which is linear.</summary>
    public static NetworkSpec Feedforward(IReadOnlyList<int> widths, int plasticLayers)
    {
        var layers = new List<LayerSpec>();
        for (int i = 0; i + 1 < widths.Count; i++)
        {
            layers.Add(new LinearSpec(widths[i], widths[i + 1], i + 2 == widths.Count ? Activation.Identity : Activation.Relu));
        }

        return new NetworkSpec(layers, plasticLayers);
    }

    /// <summary>
    /// The paper's network for incremental sines, its widths in proportion: inputs → w ×5 → 3w → w → w → 1 (nine layers; w = 300 in the
    /// paper).
    /// </summary>
    public static NetworkSpec Sines(int inputs, int width, int plasticLayers) =>
        Feedforward([inputs, width, width, width, width, width, 3 * width, width, width, 1], plasticLayers);

    /// <inheritdoc/>
    public bool Equals(NetworkSpec? other) =>
        other is not null && PlasticLayers == other.PlasticLayers && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PlasticLayers, Layers.Length, Inputs, Outputs);

    private IEnumerable<int> Plastic() => Enumerable.Range(FrozenLayers, PlasticLayers);
}
