using System.Collections.Immutable;
using Engram.Learning.Births;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>What learners on a feedforward network share: its parameters, birth, frozen layers, and the way from the features to the
/// output.</summary>
internal abstract class LayeredLearner : ILearner
{
    private const double LengthFloor = 1e-12;
    private readonly IBirth birth;
    private readonly double? featureLength;
    private readonly PartIndex?[] births;
    private readonly int[] weights, biases;
    private readonly LayerShape[] shapes;

    /// <summary>Finds the network's parameters among the declared ones.</summary>
    /// <param name="network">The network.</param>
    /// <param name="spec">The learner's settings.</param>
    /// <param name="parameters">Everything that is meta-learned.</param>
    /// <param name="state">Everything that changes in life; W of the plastic layers first.</param>
    protected LayeredLearner(
        NetworkSpec network, LearnerSpec spec, ImmutableArray<ParameterSpec> parameters, ImmutableArray<StateSpec> state)
    {
        (Network, Objective, birth, featureLength) = (network, spec.Objective, spec.Birth, spec.FeatureLength);
        (Index, States) = (new ParameterIndex(parameters), new StateLayout(state));
        PlasticLayers = [.. network.Layers.Skip(network.FrozenLayers)];
        shapes = [.. network.Layers.Select((l, i) => new LayerShape(i, l.WeightShape))];
        string owner = BirthDistributions.Registry.Describe(birth);
        births = [.. shapes.Select(s => birth.IsPoint ? null : new PartIndex(birth.Parts(s), s.Layer, string.Empty, owner, Index, States))];
        weights = [.. shapes.Select(s => Index.Position($"layer{s.Layer}.weight"))];
        biases = [.. shapes.Select(s => Index.Position($"layer{s.Layer}.bias"))];
    }

    /// <inheritdoc/>
    public ImmutableArray<ParameterSpec> Parameters => Index.Specs;

    /// <inheritdoc/>
    public ImmutableArray<StateSpec> State => States.Specs;

    /// <inheritdoc/>
    public virtual FusedForm? Fused => null;

    /// <summary>Whether kernels by hand know how a life begins: W at birth is the meta-learned W, and features are as the frozen layers
    /// give
    /// them.</summary>
    protected bool IsBornPlainly => birth.IsPoint && featureLength is null;

    /// <summary>The network.</summary>
    protected NetworkSpec Network { get; }

    /// <summary>What the learner and its query are judged by.</summary>
    protected Objective Objective { get; }

    /// <summary>The plastic layers, first first.</summary>
    protected ImmutableArray<LayerSpec> PlasticLayers { get; }

    /// <summary>Where meta-parameters stand.</summary>
    protected ParameterIndex Index { get; }

    /// <summary>Where states stand.</summary>
    protected StateLayout States { get; }

    /// <inheritdoc/>
    public LifeBirth Birth(in BirthInputs inputs)
    {
        BirthInputs given = inputs;
        MetaVars meta = inputs.Meta;
        Var[] born = [.. shapes.Select(s => births[s.Layer] is not { } parts ? meta[weights[s.Layer]] : BornWeights(s, parts, given))];
        Var Frozen(Var input, int first)
        {
            Var x = input;
            for (int i = first; i < Network.FrozenLayers; i++)
            {
                x = Network.Layers[i].Forward(x, born[i], meta[biases[i]]);
            }

            return featureLength is { } length ? x * length / (x.SumOfSquares(axis: 1) + LengthFloor).Sqrt() : x;
        }

        ImmutableArray<ConvolutionSpec> convolutions = [.. Network.Layers.Take(Network.FrozenLayers)
            .TakeWhile(l => l is ConvolutionSpec { Activation: Activation.Relu or Activation.Identity }).Cast<ConvolutionSpec>()];
        return new LifeBirth(FirstState(meta, born), input => Frozen(input, 0))
        {
            Convolutions = convolutions.IsEmpty ? null
                : new FrozenConvolutions(
                    convolutions, [.. born.Take(convolutions.Length)], [.. biases.Take(convolutions.Length).Select(b => meta[b])], x =>
                    Frozen(x, convolutions.Length)),
        };
    }

    /// <inheritdoc/>
    public abstract LifeState Step(in StepInputs inputs);

    /// <inheritdoc/>
    public Var Output(in OutputInputs inputs) => Activities(inputs.State, inputs.Meta, inputs.Input)[^1];

    /// <summary>The state that a life begins with.</summary>
    /// <param name="meta">All meta-parameters.</param>
    /// <param name="born">W of every layer at birth.</param>
    protected abstract LifeState FirstState(MetaVars meta, Var[] born);

    /// <summary>b of a plastic layer now.</summary>
    protected virtual Var Biases(LifeState state, MetaVars meta, int plasticLayer) => meta[biases[Network.FrozenLayers + plasticLayer]];

    /// <summary>The input of each plastic layer, then the network's output.</summary>
    protected Var[] Activities(LifeState state, MetaVars meta, Var input)
    {
        var activities = new Var[PlasticLayers.Length + 1];
        activities[0] = input;
        for (int j = 0; j < PlasticLayers.Length; j++)
        {
            activities[j + 1] = PlasticLayers[j].Forward(activities[j], state[j], Biases(state, meta, j));
        }

        return activities;
    }

    private Var BornWeights(LayerShape shape, PartIndex parts, BirthInputs inputs)
    {
        Var mean = inputs.Meta[weights[shape.Layer]];
        var layer = new LayerBirth(
            shape, shape.Layer >= Network.FrozenLayers, mean, new PartView(parts, inputs.Meta, null), (name, rows, columns) =>
            inputs.Noise($"layer{shape.Layer}.{name}", rows, columns));
        Var result = birth.Weights(layer);
        return result.Rows == mean.Rows && result.Columns == mean.Columns ? result
            : throw new EngramException(
                $"Found {result.Rows}×{result.Columns} as the weights of layer {shape.Layer} at birth, from {parts.Owner}, expected " +
                $"{mean.Rows}×{mean.Columns}.");
    }
}
