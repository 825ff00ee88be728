using System.Collections.Immutable;
using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>Feedback from the output, x̃_i = (1 − β_i) x_i + β_i f_i, and a local rule on pre- and postsynaptic activity. Biases
/// stay.</summary>
/// <remarks>
/// Examples without a target have no signal: their x̃_i is x_i. Outputs without one have s = 0, and where the output is clamped they keep
/// their own activity.
/// Everything that a step changes is computed from the values before it.
/// </remarks>
internal class LocalLearner : LayeredLearner
{
    private readonly LocalLearnerSpec learner;
    private readonly IPlasticityRule rule;
    private readonly IFeedbackPathway pathway;
    private readonly ImmutableArray<PlasticPlace> places;

    /// <summary>Declares what it has.</summary>
    public LocalLearner(NetworkSpec network, LocalLearnerSpec learner)
        : this(network, learner, new LocalDeclarations(network, learner))
    {
    }

    private LocalLearner(NetworkSpec network, LocalLearnerSpec learner, LocalDeclarations declared)
        : base(network, learner, declared.Parameters, declared.State)
    {
        this.learner = learner;
        (rule, pathway) = (learner.Rule, learner.Pathway);
        places = [.. Enumerable.Range(network.FrozenLayers, network.PlasticLayers)
            .Select(i => new PlasticPlace(declared, network, learner, i, Index, States))];
    }

    /// <inheritdoc/>
    public override FusedForm? Fused =>
        IsBornPlainly && learner.FeedbackRule is null && learner.IsUnbounded && learner.Granularity != Granularity.None
        && places.All(p => p.IsPlain) && rule.Fused is { } form
        && pathway.HasFusedForm(learner.Options) ? new LocalFusedForm(learner, form) : null;

    private bool IsClamped => Objective == Objective.CrossEntropy && learner.OutputClamped;

    /// <inheritdoc/>
    public override LifeState Step(in StepInputs inputs)
    {
        Var[] activities = Activities(inputs.State, inputs.Meta, inputs.Input);
        Var signal = Signal(activities[^1], inputs);
        Var? present = inputs.Mask is { } mask ? Objectives.Present(mask) : null;
        int layers = PlasticLayers.Length;
        var post = new Var[layers];
        var feedback = new FeedbackStep?[layers];
        var above = ImmutableArray<AfterFeedback>.Empty;
        for (int j = layers - 1; j >= 0; j--)
        {
            (post[j], feedback[j]) = WithFeedback(j, activities[j + 1], signal, present, above, inputs);
            above = above.Add(new AfterFeedback(Network.FrozenLayers + j, post[j]));
        }

        Show(inputs, activities, signal, feedback, post);
        bool fedBack = learner.Presynaptic == PresynapticActivity.PostFeedback;
        Var[] pre = [.. activities.Take(layers).Select((activity, j) => fedBack && j > 0 ? post[j - 1] : activity)];
        return Learn(inputs, new LayerActivities(pre, post, feedback, signal, present));
    }

    /// <summary>The state after a change of the weights, by what the layers' activities are.</summary>
    /// <param name="inputs">The presentation, with the state before the change.</param>
    /// <param name="at">The activities.</param>
    /// <param name="share">How much of the rules' change is made, and how far what they remember goes to its new value: 1 for a step of its
    /// own, less for a moment of one.</param>
    protected LifeState Learn(in StepInputs inputs, LayerActivities at, double share = 1)
    {
        LifeState after = inputs.State;
        for (int j = 0; j < PlasticLayers.Length; j++)
        {
            LayerSpec layer = PlasticLayers[j];
            var view = new PartView(places[j].Rule, inputs.Meta, inputs.State);
            bool clamped = j == PlasticLayers.Length - 1 && IsClamped;
            Var post = at.Post[j];
            Var? reached = clamped ? at.Signal : at.Feedback[j]?.Feedback, reachedBelow = j > 0 ? at.Feedback[j - 1]?.Feedback : null;
            var synapses =
                new Synapses(
                    layer.Presynaptic(at.Pre[j]), layer.Postsynaptic(post), inputs.State[j], Plasticity(j, inputs.Meta, post.Tape),
                    at.Signal, view)
                {
                    Feedback = reached is { } f ? layer.Postsynaptic(f) : null,
                    PreFeedback = reachedBelow is { } below ? layer.Presynaptic(below) : null,
                };
            RuleStep step = rule.Step(synapses);
            Var change = Checked(step.Change, inputs.State[j], places[j].Rule.Owner);
            int positions = layer.Positions();
            change = positions == 1 ? change : change / positions;
            after = Remember(
                after.With(j, Changed(inputs.State[j], change, share)), inputs.State, places[j].Rule, step.States, share);
            if (at.Feedback[j] is { } path)
            {
                after = Remember(after, inputs.State, places[j].Pathway!, path.States, share);
                after = ChangeFeedback(after, j, path, at, inputs, share);
            }
        }

        return after;
    }

    /// <inheritdoc/>
    protected override LifeState FirstState(MetaVars meta, Var[] born)
    {
        var values = ImmutableArray.CreateBuilder<Var>(States.Specs.Length);
        values.AddRange(born.Skip(Network.FrozenLayers));
        Tape tape = born[0].Tape;
        foreach (StateSpec spec in States.Specs.Skip(PlasticLayers.Length))
        {
            (string? from, double birth) = places[spec.Layer - Network.FrozenLayers].Births[spec.Name];
            values.Add(from is null ? tape.Constant(spec.Rows, spec.Columns, birth) : meta[from]);
        }

        return new LifeState(States, values.ToImmutable());
    }

    private static LifeState Remember(
        LifeState state, LifeState before, PartIndex part, ImmutableArray<(string Name, Var Value)> changes, double share)
    {
        foreach ((string name, Var value) in changes)
        {
            int index = part.State(name);
            state = state.With(index, share == 1 ? value : before[index] + ((value - before[index]) * share));
        }

        return state;
    }

    // W + ΔW by the bounds that the learner has. Relu clips: w itself where it is within, else the bound to rounding.
    private Var Changed(Var weights, Var change, double share)
    {
        if (learner.ChangeLimit is { } most)
        {
            change /= (1 + (change.SumOfSquares(axis: 1) / (most * most))).Sqrt();
        }

        if (learner.WeightDecay > 0)
        {
            change -= weights * learner.WeightDecay;
        }

        Var changed = weights + (share == 1 ? change : change * share);
        return learner.WeightLimit is { } bound ? changed - (changed - bound).Relu() + (-changed - bound).Relu() : changed;
    }

    private static Var Checked(Var change, Var weights, string owner) => change == default
        ? throw new EngramException($"Found no change from {owner}, expected one of the weights' shape {weights.Rows}×{weights.Columns}.")
        : change.Rows == weights.Rows && change.Columns == weights.Columns
        ? change
        : throw new EngramException(
            $"Found a change of {change.Rows}×{change.Columns} from {owner}, expected the weights' shape " +
            $"{weights.Rows}×{weights.Columns}; mind what is summed or transposed.");

    /// <summary>s, by an output.</summary>
    protected Var Signal(Var output, in StepInputs inputs)
    {
        Var target = inputs.Target;
        if (learner.Signal == FeedbackSignal.Target)
        {
            return Masked(target, inputs.Mask);
        }

        if (Objective == Objective.MeanSquaredError)
        {
            return Masked(target - output, inputs.Mask);
        }

        Var signal = Masked((target - Objectives.Softmax(output, inputs.Mask)) / output.Rows, inputs.Mask);
        return learner.DetachedSignal ? inputs.Stop(signal) : signal;
    }

    private static Var Masked(Var signal, Var? mask) => mask is { } there ? there * signal : signal;

    /// <summary>A plastic layer's activity after feedback, and the feedback.</summary>
    protected (Var Post, FeedbackStep? Feedback) WithFeedback(
        int j, Var activity, Var signal, Var? present, ImmutableArray<AfterFeedback> above, in StepInputs inputs)
    {
        if (j == PlasticLayers.Length - 1 && IsClamped)
        {
            return (inputs.Mask is { } mask ? signal + ((1 - mask) * activity) : signal, null);
        }

        if (places[j].Pathway is not { } own)
        {
            return (activity, null);
        }

        MetaVars meta = inputs.Meta;
        LifeState state = inputs.State;
        PlasticPlace place = places[j];
        FeedbackStep step = pathway.Step(new FeedbackInputs(
            place.Place, signal, activity, above, new PartView(own, meta, state), name =>
                place.Plastic.TryGetValue(name, out var plastic) ? state[plastic.State] : meta[own.Parameter(name)]));
        if (step.Feedback.Rows != activity.Rows || step.Feedback.Columns != activity.Columns)
        {
            throw new EngramException(
                $"Found feedback of {step.Feedback.Rows}×{step.Feedback.Columns} from {own.Owner}, expected the activity's shape " +
                $"{activity.Rows}×{activity.Columns}.");
        }

        Var strength = meta[place.Strength];
        if (present is { } there)
        {
            strength = there * strength;
        }

        return (((1 - strength) * activity) + (strength * step.Feedback), step);
    }

    // B learns by a rule as W does, from the examples that have a target: of others its activities count as 0, before and after.
    private LifeState ChangeFeedback(
        LifeState after, int j, FeedbackStep path, LayerActivities at, in StepInputs inputs, double share)
    {
        if (learner.FeedbackRule is not { } feedbackRule)
        {
            return after;
        }

        Var Present(Var activity) => at.Present is { } there ? there * activity : activity;
        foreach (FeedbackConnection connection in path.Connections)
        {
            if (!places[j].Plastic.TryGetValue(connection.Weights, out var plastic))
            {
                throw new EngramException(
                    $"Found weights '{connection.Weights}' that {places[j].Pathway!.Owner} connects, expected one of those it declares " +
                    $"as plastic ({string.Join(", ", places[j].Plastic.Keys)}).");
            }

            Var weights = inputs.State[plastic.State];
            Var reached = connection.Post ?? at.Post[j];
            var synapses = new Synapses(
                Present(connection.Pre), Present(reached), weights, inputs.Meta[plastic.Plasticity], at.Signal,
                    new PartView(plastic.Rule, inputs.Meta, inputs.State));
            RuleStep step = feedbackRule.Step(synapses);
            Var change = Checked(step.Change, weights, plastic.Rule.Owner);
            after = Remember(
                after.With(plastic.State, Changed(after[plastic.State], change, share)), inputs.State, plastic.Rule, step.States, share);
        }

        return places[j].Plastic.Keys.FirstOrDefault(name => !path.Connections.Any(c => c.Weights == name)) is { } left
            ? throw new EngramException(
                $"Found no connection for the plastic weights '{left}' from {places[j].Pathway!.Owner}, expected Connect(\"{left}\", …) " +
                $"in its step: without it they cannot learn.")
            : after;
    }

    private Var Plasticity(int j, MetaVars meta, Tape tape)
    {
        bool hidden = j < PlasticLayers.Length - 1;
        double multiplier = hidden ? learner.HiddenPlasticityMultiplier : 1;
        if (learner.Granularity == Granularity.None)
        {
            return tape.Constant(multiplier);
        }

        Var alpha = meta[places[j].Plasticity];
        if (learner.Granularity == Granularity.Neuron)
        {
            alpha = alpha.Column();
        }

        return multiplier != 1 ? alpha * multiplier : alpha;
    }

    /// <summary>Shows what observers know a step by.</summary>
    protected void Show(in StepInputs inputs, Var[] activities, Var signal, FeedbackStep?[] feedback, Var[] post)
    {
        inputs.Show("signal", signal);
        inputs.Show(
            "error", inputs.Target - (Objective == Objective.CrossEntropy ? Objectives.Softmax(activities[^1], inputs.Mask)
            : activities[^1]));
        for (int j = 0; j < PlasticLayers.Length; j++)
        {
            string layer = $"layer{Network.FrozenLayers + j}";
            inputs.Show($"{layer}.activity", activities[j + 1]);
            inputs.Show($"{layer}.after_feedback", post[j]);
            if (feedback[j] is { } step)
            {
                inputs.Show($"{layer}.feedback", step.Feedback);
            }
        }
    }
}

/// <summary>What the plastic layers do at one moment, from the first.</summary>
/// <param name="Pre">Presynaptic activity of each, [n, in].</param>
/// <param name="Post">Postsynaptic activity of each, [n, out].</param>
/// <param name="Feedback">What reached it; null where nothing did.</param>
/// <param name="Signal">s, [n, K].</param>
/// <param name="Present">Which examples have a target, [n, 1]; null where all have.</param>
internal sealed record LayerActivities(Var[] Pre, Var[] Post, FeedbackStep?[] Feedback, Var Signal, Var? Present);
