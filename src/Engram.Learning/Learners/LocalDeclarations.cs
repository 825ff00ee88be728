using System.Collections.Immutable;
using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>What a local learner, its rules, its pathway and its birth have on a network.</summary>
internal sealed class LocalDeclarations
{
    /// <summary>Gathers the declarations, in the order in which they are kept.</summary>
    /// <exception cref="EngramException">One does not fit, or keeps state where it must not.</exception>
    public LocalDeclarations(NetworkSpec network, LocalLearnerSpec learner)
    {
        RuleOwner = PlasticityRules.Registry.Describe(learner.Rule);
        PathwayOwner = FeedbackPathways.Registry.Describe(learner.Pathway);
        FeedbackRuleOwner = learner.FeedbackRule is null ? string.Empty : PlasticityRules.Registry.Describe(learner.FeedbackRule)
            + " of the feedback weights";
        Purity.Check(learner.Rule, RuleOwner);
        Purity.Check(learner.Pathway, PathwayOwner);
        if (learner.FeedbackRule is { } feedbackRule)
        {
            Purity.Check(feedbackRule, FeedbackRuleOwner);
        }

        var shared = new OrderedDictionary<string, ParameterSpec>(StringComparer.Ordinal);
        var parameters = ImmutableArray.CreateBuilder<ParameterSpec>();
        var memory = new List<StateSpec>();
        if (learner.Granularity == Granularity.Network)
        {
            shared.Add("network.alpha", new ParameterSpec("network.alpha", ParameterRoles.Plasticity, -1, [1]));
        }

        void Add(Parts parts, LayerShape shape, string prefix, string owner, string role)
        {
            foreach (ParameterPart part in parts.Parameters)
            {
                ParameterSpec spec = part.In(shape, prefix, owner, role);
                if (part.Level != Granularity.Network)
                {
                    parameters.Add(spec);
                }
                else if (!shared.TryGetValue(spec.Name, out ParameterSpec? first))
                {
                    shared.Add(spec.Name, spec);
                }
                else if (first.Owner != owner || !first.Shape.SequenceEqual(spec.Shape) || !Equals(first.Start, spec.Start)
                    || first.Rate != spec.Rate || first.Role != spec.Role || parts.Parameters.Count(p => p.Name == part.Name) > 1)
                {
                    throw new EngramException(
                        $"Found two parameters named '{spec.Name}', of {first.Owner} and of {owner}, that differ, expected one for all " +
                        $"layers; rename one of them.");
                }
            }

            memory.AddRange(parts.State.Select(s => s.In(shape, prefix, owner)));
            foreach (StatePart state in parts.State)
            {
                CheckBirth(state, parts, shape, prefix, owner);
            }
        }

        for (int i = 0; i < network.Layers.Length; i++)
        {
            LayerSpec layer = network.Layers[i];
            parameters.AddRange(network.ParametersOf(i));
            parameters.AddRange(BirthDeclarations.Of(learner.Birth, layer, i));
            if (i < network.FrozenLayers)
            {
                continue;
            }

            var shape = new LayerShape(i, layer.WeightShape);
            switch (learner.Granularity)
            {
                case Granularity.Synapse:
                    parameters.Add(
                    new ParameterSpec($"layer{i}.alpha", ParameterRoles.Plasticity, i, layer.WeightShape)); break;
                case Granularity.Neuron:
                    parameters.Add(
                    new ParameterSpec($"layer{i}.alpha", ParameterRoles.Plasticity, i, [layer.WeightRows])); break;
                case Granularity.Layer: parameters.Add(new ParameterSpec($"layer{i}.alpha", ParameterRoles.Plasticity, i, [1])); break;
            }

            if (learner.HasFeedback(network, i))
            {
                parameters.Add(new ParameterSpec($"layer{i}.beta", ParameterRoles.FeedbackStrength, i, [1]));
                Parts path = learner.Pathway.Parts(new FeedbackPlace(network, i, learner.Options));
                Add(path, shape, string.Empty, PathwayOwner, ParameterRoles.Pathway);
                foreach (string weights in learner.FeedbackRule is null ? [] : path.Plastic)
                {
                    AddPlasticFeedback(learner.FeedbackRule!, path, weights, i, Add, parameters, memory);
                }
            }

            Add(learner.Rule.Parts(shape), shape, string.Empty, RuleOwner, ParameterRoles.Rule);
        }

        if (learner.FeedbackRule is not null && !memory.Any(s => s.Role == StateRoles.FeedbackWeights))
        {
            throw new EngramException(
                $"Found {FeedbackRuleOwner} where no feedback weights reach a plastic layer that could change, expected none, or other " +
                $"options of feedback.");
        }

        Parameters = [.. shared.Values, .. parameters];
        State = [.. network.PlasticWeights(), .. memory];
    }

    /// <summary>All meta-parameters.</summary>
    public ImmutableArray<ParameterSpec> Parameters { get; }

    /// <summary>All states; W of the plastic layers first.</summary>
    public ImmutableArray<StateSpec> State { get; }

    /// <summary>The rule, for messages.</summary>
    public string RuleOwner { get; }

    /// <summary>The pathway, for messages.</summary>
    public string PathwayOwner { get; }

    /// <summary>The rule of the feedback weights, for messages.</summary>
    public string FeedbackRuleOwner { get; }

    /// <summary>What stands before the names of what belongs to plastic feedback weights: <c>feedback0.</c> of
    /// <c>feedback0.weight</c>.</summary>
    public static string PrefixOf(string weights) => weights[..(weights.LastIndexOf('.') + 1)];

    private static void CheckBirth(StatePart state, Parts parts, LayerShape shape, string prefix, string owner)
    {
        if (state.BornFrom is not { } source)
        {
            if (!double.IsFinite(state.Birth))
            {
                throw new EngramException(
                    FormattableString.Invariant(
                    $"Found {state.Birth} as the birth of the state '{state.Name}', which {owner} declares, expected a finite number."));
            }

            return;
        }

        if (parts.Parameters.FirstOrDefault(p => p.Name == source) is not { } parameter)
        {
            throw new EngramException(
                $"Found that the state '{state.Name}' of {owner} is born from '{source}', expected one of its parameters " +
                $"({string.Join(", ", parts.Parameters.Select(p => p.Name))}).");
        }

        ParameterSpec from = parameter.In(shape, prefix, owner, string.Empty);
        StateSpec to = state.In(shape, prefix, owner);
        if ((from.Rows, from.Columns) != (to.Rows, to.Columns))
        {
            throw new EngramException(
                $"Found that the state '{state.Name}' of {owner}, {to.Rows}×{to.Columns}, is born from '{source}' of " +
                $"{from.Rows}×{from.Columns}, expected one shape.");
        }
    }

    private void AddPlasticFeedback(
        IPlasticityRule rule, Parts path, string weights, int layer,
            Action<Parts, LayerShape, string, string, string> add, ImmutableArray<ParameterSpec>.Builder parameters, List<StateSpec> memory)
    {
        ParameterPart part = path.Parameters.FirstOrDefault(p => p.Name == weights && p.Shape.Length == 2)
            ?? throw new EngramException(
                $"Found '{weights}' among the plastic weights of {PathwayOwner}, expected one of its matrices " +
                $"({string.Join(", ", path.Parameters.Where(p => p.Shape.Length == 2).Select(p => p.Name))}).");
        string prefix = PrefixOf(weights);
        parameters.Add(new ParameterSpec($"layer{layer}.{prefix}alpha", ParameterRoles.FeedbackPlasticity, layer, part.Shape)
        { Start = ParameterStart.Zero, Rate = PlasticFeedbackRate, Owner = FeedbackRuleOwner });
        memory.Add(new StateSpec($"layer{layer}.{weights}", StateRoles.FeedbackWeights, layer, part.Shape) { Owner = PathwayOwner });
        var shape = new LayerShape(layer, part.Shape);
        add(rule.Parts(shape), shape, prefix, FeedbackRuleOwner, ParameterRoles.Rule);
    }

    /// <summary>Meta-rate of α of B. At 1e-4 lives of meta-test explode on small sines; a hundredth of that does not.</summary>
    private const double PlasticFeedbackRate = 1e-6;
}
