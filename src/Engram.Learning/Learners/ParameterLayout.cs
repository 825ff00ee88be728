using System.Collections.Immutable;

namespace Engram.Learning;

/// <summary>Which part of the model a meta-parameter is: what meta-rates are set for.</summary>
public enum ParameterGroup
{
    /// <summary>W, and every W of frozen layers.</summary>
    FeedforwardWeights,

    /// <summary>b.</summary>
    Biases,

    /// <summary>B.</summary>
    FeedbackWeights,

    /// <summary>c.</summary>
    FeedbackBiases,

    /// <summary>α, of weights and, for gradient learners, biases.</summary>
    Plasticity,

    /// <summary>β.</summary>
    FeedbackStrength,
}

/// <summary>One tensor among the meta-parameters.</summary>
/// <param name="Name">Name in files: <c>layer3.weight</c>, <c>layer3.feedback0.bias</c>, <c>layer3.alpha</c>, …</param>
/// <param name="Layer">The layer, from 0; −1 for <see cref="Granularity.Network"/>'s α.</param>
/// <param name="Group">Which part of the model.</param>
/// <param name="Shape">Shape in files.</param>
/// <param name="Rows">Rows in memory; 1 for a vector.</param>
/// <param name="Columns">Columns in memory.</param>
public sealed record ParameterInfo(string Name, int Layer, ParameterGroup Group, ImmutableArray<int> Shape, int Rows, int Columns);

/// <summary>Which meta-parameters a learner on a network has, in a fixed order.</summary>
/// <remarks>
/// Per layer i: <c>weight [out, in]</c> ([output channels, channels, k, k] of a convolution), <c>bias [out]</c>; plastic layers of a local learner also <c>alpha</c> (by granularity),
/// <c>beta [1]</c> and, for k = 0 … K − 1, <c>feedbackK.weight</c> and <c>feedbackK.bias</c>; of a gradient learner with a meta-learned rate
/// <c>alpha</c> of W's shape and <c>alpha_bias</c> of b's. Parameters that a learner's options leave without effect are not there.
/// </remarks>
public sealed class ParameterLayout
{
    private readonly Dictionary<string, int> byName;

    private ParameterLayout(NetworkSpec network, LearnerSpec learner, ImmutableArray<ParameterInfo> parameters)
    {
        Network = network;
        Learner = learner;
        Parameters = parameters;
        byName = parameters.Select((p, i) => (p.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
    }

    /// <summary>The network.</summary>
    public NetworkSpec Network { get; }

    /// <summary>The learner.</summary>
    public LearnerSpec Learner { get; }

    /// <summary>All parameters, in order.</summary>
    public ImmutableArray<ParameterInfo> Parameters { get; }

    /// <summary>How many numbers there are.</summary>
    public long Count => Parameters.Sum(p => (long)p.Rows * p.Columns);

    /// <summary>Lists what the learner has on the network.</summary>
    public static ParameterLayout For(NetworkSpec network, LearnerSpec learner)
    {
        var list = ImmutableArray.CreateBuilder<ParameterInfo>();
        void Weights(string name, int layer, ParameterGroup group, LayerSpec of) => list.Add(new(name, layer, group, of.WeightShape, of.WeightRows, of.WeightColumns));
        void Matrix(string name, int layer, ParameterGroup group, int rows, int columns) => list.Add(new(name, layer, group, [rows, columns], rows, columns));
        void Vector(string name, int layer, ParameterGroup group, int length) => list.Add(new(name, layer, group, [length], 1, length));

        if (learner is LocalLearnerSpec { Granularity: Granularity.Network })
        {
            Vector("network.alpha", -1, ParameterGroup.Plasticity, 1);
        }

        for (int i = 0; i < network.Layers.Length; i++)
        {
            LayerSpec spec = network.Layers[i];
            Weights($"layer{i}.weight", i, ParameterGroup.FeedforwardWeights, spec);
            Vector($"layer{i}.bias", i, ParameterGroup.Biases, spec.WeightRows);
            if (i < network.FrozenLayers)
            {
                continue;
            }

            switch (learner)
            {
                case LocalLearnerSpec local:
                    switch (local.Granularity)
                    {
                        case Granularity.Synapse: Weights($"layer{i}.alpha", i, ParameterGroup.Plasticity, spec); break;
                        case Granularity.Neuron: Vector($"layer{i}.alpha", i, ParameterGroup.Plasticity, spec.WeightRows); break;
                        case Granularity.Layer: Vector($"layer{i}.alpha", i, ParameterGroup.Plasticity, 1); break;
                    }

                    if (HasFeedback(network, local, i))
                    {
                        Vector($"layer{i}.beta", i, ParameterGroup.FeedbackStrength, 1);
                        ImmutableArray<FeedbackLayerShape> feedback = FeedbackPathways.Registry.Get(local.Pathway).LayersTo(network, local, i);
                        for (int k = 0; k < feedback.Length; k++)
                        {
                            Matrix($"layer{i}.feedback{k}.weight", i, ParameterGroup.FeedbackWeights, feedback[k].Outputs, feedback[k].Inputs);
                            Vector($"layer{i}.feedback{k}.bias", i, ParameterGroup.FeedbackBiases, feedback[k].Outputs);
                        }
                    }

                    break;
                case GradientLearnerSpec { FixedInnerRate: null }:
                    Weights($"layer{i}.alpha", i, ParameterGroup.Plasticity, spec);
                    Vector($"layer{i}.alpha_bias", i, ParameterGroup.Plasticity, spec.WeightRows);
                    break;
            }
        }

        return new ParameterLayout(network, learner, list.ToImmutable());
    }

    /// <summary>Whether feedback reaches a plastic layer: neither clamped nor left out by the options.</summary>
    public static bool HasFeedback(NetworkSpec network, LocalLearnerSpec learner, int layer)
    {
        bool last = layer == network.Layers.Length - 1;
        return last ? !(learner.Objective == Objective.CrossEntropy && learner.OutputClamped) : !learner.FeedbackOnlyAtOutput;
    }

    /// <summary>Position of a parameter, or −1.</summary>
    public int IndexOf(string name) => byName.GetValueOrDefault(name, -1);
}
