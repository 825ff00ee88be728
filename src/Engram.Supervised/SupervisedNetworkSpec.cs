using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Text;

namespace Engram.Supervised;

/// <summary>How weights start.</summary>
public enum WeightInitialization
{
    /// <summary>Uniform within ±√(6 / (fan_in + fan_out)). Source: Glorot and Bengio 2010, equation 16.</summary>
    Glorot,

    /// <summary>Normal, standard deviation √(2 / fan_in). Source: He et al. 2015, equation 10.</summary>
    Kaiming,
}

/// <summary>A feedforward network for ordinary supervised learning: every layer learns, from labelled examples that come again and
/// again.</summary>
/// <remarks>h₀ the inputs, z_l = W_l h_{l−1} + b_l, h_l = σ(z_l), l = 1 … L; the last layer is linear, ŷ = z_L, and its softmax is compared
/// in classification.</remarks>
public sealed record SupervisedNetworkSpec
{
    /// <summary>Makes a network and checks that its layers fit together.</summary>
    /// <exception cref="EngramException">No layers, sizes that do not fit, or an activation at the last layer.</exception>
    public SupervisedNetworkSpec(IEnumerable<LayerSpec> layers)
    {
        Layers = [.. layers];
        if (Layers.IsEmpty)
        {
            throw new EngramException("Found a network of no layers, expected at least one.");
        }

        for (int i = 0; i < Layers.Length; i++)
        {
            Layers[i].Validate(i);
            if (i > 0 && Layers[i].Geometry is { } after && Layers[i - 1].Geometry is var before
                && (before is not { } b
                    || (b.OutputChannels, b.OutputHeight, b.OutputWidth) != (after.Channels, after.Height, after.Width)))
            {
                throw new EngramException(
                    $"Found layer {i} on images of {after.Channels} × {after.Height} × {after.Width} after " +
                    $"{LayerWords.Of(Layers[i - 1])}, expected a layer whose output is such images; layers on images come first.");
            }

            if (i > 0 && Layers[i].Inputs != Layers[i - 1].Outputs)
            {
                throw new EngramException(
                    $"Found layer {i} of {Layers[i].Inputs} inputs after a layer of {Layers[i - 1].Outputs} outputs, expected the same " +
                    $"number.");
            }
        }

        if (Layers[^1].Activation != Activation.Identity)
        {
            throw new EngramException(
                $"Found the activation {Layers[^1].Activation} at the last layer, expected {Activation.Identity}: the softmax of " +
                $"classification is part of the objective.");
        }
    }

    /// <summary>The layers, input first.</summary>
    public ImmutableArray<LayerSpec> Layers { get; }

    /// <summary>What is to become small.</summary>
    public Objective Objective { get; init; } = Objective.CrossEntropy;

    /// <summary>How W starts; b starts at 0.</summary>
    public WeightInitialization Initialization { get; init; } = WeightInitialization.Glorot;

    /// <summary>Whether layers have biases; without, b stays 0.</summary>
    public bool Biases { get; init; } = true;

    /// <summary>Width of the input.</summary>
    public int Inputs => Layers[0].Inputs;

    /// <summary>Width of the output (K).</summary>
    public int Outputs => Layers[^1].Outputs;

    /// <summary>Fully connected layers of the given widths, input and output included.</summary>
    public static SupervisedNetworkSpec Dense(IReadOnlyList<int> widths, Activation hidden) =>
        new(Enumerable.Range(0, Math.Max(0, widths.Count - 1))
            .Select(i => new LinearSpec(widths[i], widths[i + 1], i + 2 == widths.Count ? Activation.Identity : hidden)));

    /// <inheritdoc/>
    public bool Equals(SupervisedNetworkSpec? other) =>
        other is not null && Objective == other.Objective && Initialization == other.Initialization
        && Biases == other.Biases && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Layers.Length, Inputs, Outputs, Objective, Initialization, Biases);

    /// <summary>All settings in a line: what a checkpoint says of the network it belongs to.</summary>
    public override string ToString() =>
        $"{string.Join(", ", Layers)}, Objective = {Objective}, Initialization = {Initialization}, Biases = {Biases}";
}
