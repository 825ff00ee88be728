using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Feedback from the output, x̃_i = (1 − β_i) x_i + β_i f_i, and a local rule on pre- and postsynaptic activity. Biases stay.</summary>
internal sealed class LocalInnerStep : InnerStep
{
    private readonly LocalLearnerSpec learner;
    private readonly IPlasticityRule rule;
    private readonly IFeedbackPathway pathway;
    private readonly ImmutableArray<LayerParameters> parameters;

    /// <summary>Finds the learner's parameters in the layout.</summary>
    public LocalInnerStep(ParameterLayout layout, LocalLearnerSpec learner)
        : base(layout)
    {
        this.learner = learner;
        rule = PlasticityRules.Registry.Get(learner.Rule);
        pathway = FeedbackPathways.Registry.Get(learner.Pathway);
        parameters = [.. Enumerable.Range(Network.FrozenLayers, Network.PlasticLayers).Select(i => new LayerParameters(layout, learner, pathway, i))];
    }

    /// <inheritdoc/>
    public override PlasticVariables Advance(PlasticVariables before, ReadOnlySpan<Var> meta, Var input, Var target, IStop stop)
    {
        Var[] activities = Activities(before, input);
        Var signal = Signal(activities[^1], target, stop);
        int layers = PlasticLayers.Length;
        var post = new Var[layers];
        for (int j = 0; j < layers; j++)
        {
            post[j] = AfterFeedback(j, activities[j + 1], signal, meta);
        }

        var weights = new Var[layers];
        for (int j = 0; j < layers; j++)
        {
            bool fedBack = learner.Presynaptic == PresynapticActivity.PostFeedback && j > 0;
            LayerSpec layer = PlasticLayers[j];
            Var pre = layer.Presynaptic(fedBack ? post[j - 1] : activities[j]);
            var synapses = new Synapses(pre, layer.Postsynaptic(post[j]), before.Weights[j], Plasticity(j, meta));
            Var change = Checked(rule.Change(synapses), before.Weights[j]);
            int positions = layer.Positions();
            weights[j] = before.Weights[j] + (positions == 1 ? change : change / positions);
        }

        return before with { Weights = [.. weights] };
    }

    private Var Signal(Var output, Var target, IStop stop)
    {
        if (learner.Signal == FeedbackSignal.Target)
        {
            return target;
        }

        if (Objective == Objective.MeanSquaredError)
        {
            return target - output;
        }

        Var signal = (target - output.Softmax()) / output.Rows;
        return learner.DetachedSignal ? stop.Stop(signal) : signal;
    }

    private Var AfterFeedback(int j, Var activity, Var signal, ReadOnlySpan<Var> meta)
    {
        if (j == PlasticLayers.Length - 1 && Objective == Objective.CrossEntropy && learner.OutputClamped)
        {
            return signal;
        }

        LayerParameters own = parameters[j];
        if (own.Strength < 0)
        {
            return activity;
        }

        Var feedback = pathway.Feedback(new FeedbackInputs(signal, activity, Select(own.FeedbackWeights, meta), Select(own.FeedbackBiases, meta), learner));
        Var strength = meta[own.Strength];
        return ((1 - strength) * activity) + (strength * feedback);
    }

    private Var Plasticity(int j, ReadOnlySpan<Var> meta)
    {
        Var alpha = meta[parameters[j].Plasticity];
        if (learner.Granularity == Granularity.Neuron)
        {
            alpha = alpha.Column();
        }

        bool hidden = j < PlasticLayers.Length - 1;
        return hidden && learner.HiddenPlasticityMultiplier != 1 ? alpha * learner.HiddenPlasticityMultiplier : alpha;
    }

    private Var Checked(Var change, Var weights) => change.Rows == weights.Rows && change.Columns == weights.Columns
        ? change
        : throw new EngramException($"Found a change of {change.Rows}×{change.Columns} from the plasticity rule '{learner.Rule}', expected the weights' shape {weights.Rows}×{weights.Columns}; mind what is summed or transposed.");

    private static ImmutableArray<Var> Select(ImmutableArray<int> positions, ReadOnlySpan<Var> meta)
    {
        var result = ImmutableArray.CreateBuilder<Var>(positions.Length);
        foreach (int position in positions)
        {
            result.Add(meta[position]);
        }

        return result.MoveToImmutable();
    }

    /// <summary>Where a plastic layer's parameters stand in the layout; −1 for one that is not there.</summary>
    private sealed class LayerParameters
    {
        public LayerParameters(ParameterLayout layout, LocalLearnerSpec learner, IFeedbackPathway pathway, int layer)
        {
            Plasticity = layout.IndexOf(learner.Granularity == Granularity.Network ? "network.alpha" : $"layer{layer}.alpha");
            Strength = layout.IndexOf($"layer{layer}.beta");
            int count = Strength < 0 ? 0 : pathway.LayersTo(layout.Network, learner, layer).Length;
            FeedbackWeights = [.. Enumerable.Range(0, count).Select(k => layout.IndexOf($"layer{layer}.feedback{k}.weight"))];
            FeedbackBiases = [.. Enumerable.Range(0, count).Select(k => layout.IndexOf($"layer{layer}.feedback{k}.bias"))];
        }

        public int Plasticity { get; }

        public int Strength { get; }

        public ImmutableArray<int> FeedbackWeights { get; }

        public ImmutableArray<int> FeedbackBiases { get; }
    }
}
