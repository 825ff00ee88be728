using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Sequences;

/// <summary>The plastic layers of a network as a network of their own, with other outputs: what lives on features that are known
/// already.</summary>
/// <remarks>
/// Output i of n begins as output k + i mod (K − k) of the K that were meta-trained, k of which stood for known classes: every new class
/// begins as new classes did in meta-training. Parameters are told to run over outputs by their shapes in a network of one output more.
/// </remarks>
internal static class PlasticPart
{
    /// <summary>The part of a learner on a network.</summary>
    /// <param name="whole">The whole network's layout.</param>
    /// <param name="outputs">Outputs of the part.</param>
    /// <param name="factor">What all plasticity, or a fixed inner rate, is multiplied by.</param>
    public static ParameterLayout LayoutOf(ParameterLayout whole, int outputs, double factor = 1)
    {
        NetworkSpec network = whole.Network;
        ImmutableArray<LayerSpec> layers = [.. network.Layers.Skip(network.FrozenLayers)];
        LayerSpec readout = layers[^1];
        LearnerSpec learner = whole.Learner is GradientLearnerSpec { FixedInnerRate: { } rate } gradient
            ? gradient with { FixedInnerRate = rate * factor } : whole.Learner;
        return ParameterLayout.For(
            new NetworkSpec([.. layers[..^1], new LinearSpec(readout.Inputs, outputs, readout.Activation)], layers.Length), learner);
    }

    /// <summary>Whether anything says how fast a learner changes.</summary>
    public static bool HasPlasticity(ParameterLayout whole) =>
        whole.Learner is GradientLearnerSpec { FixedInnerRate: not null }
            || whole.Parameters.Any(p => p.Role == ParameterRoles.Plasticity);

    /// <summary>The part's meta-parameters.</summary>
    /// <param name="whole">Those of the whole network.</param>
    /// <param name="known">How many outputs, from the first, stood for known classes.</param>
    /// <param name="outputs">Outputs of the part.</param>
    /// <param name="factor">What all plasticity is multiplied by.</param>
    public static MetaParameters<float> Of(MetaParameters<float> whole, int known, int outputs, double factor)
    {
        ParameterLayout source = whole.Layout;
        ParameterLayout wider = LayoutOf(source, source.Network.Outputs + 1);
        var part = new MetaParameters<float>(LayoutOf(source, outputs, factor));
        int fresh = source.Network.Outputs - known;
        for (int i = 0; i < part.Layout.Parameters.Length; i++)
        {
            ParameterSpec spec = part.Layout.Parameters[i];
            Tensor<float> from = whole[NameIn(source.Network, spec)];
            Tensor<float> to = part[i];
            ParameterSpec probe = wider.Parameters[i];
            (bool overRows, bool overColumns) = (probe.Rows != from.Rows, probe.Columns != from.Columns);
            float scale = spec.Role == ParameterRoles.Plasticity ? (float)factor : 1;
            for (int r = 0; r < to.Rows; r++)
            {
                for (int c = 0; c < to.Columns; c++)
                {
                    to[r, c] = scale * from[overRows ? known + (r % fresh) : r, overColumns ? known + (c % fresh) : c];
                }
            }
        }

        return part;
    }

    private static string NameIn(NetworkSpec network, ParameterSpec spec)
    {
        string own = FormattableString.Invariant($"layer{spec.Layer}.");
        return spec.Layer >= 0 && spec.Name.StartsWith(own, StringComparison.Ordinal)
            ? FormattableString.Invariant($"layer{spec.Layer + network.FrozenLayers}.{spec.Name[own.Length..]}") : spec.Name;
    }
}
