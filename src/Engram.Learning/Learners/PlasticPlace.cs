using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;

namespace Engram.Learning.Learners;

/// <summary>Feedback weights that change in life: where they stand, where their α stands, and what their rule has of its own.</summary>
/// <param name="State">Position of B among the states.</param>
/// <param name="Plasticity">Position of α of B among the meta-parameters.</param>
/// <param name="Rule">Parameters and states of the rule.</param>
internal sealed record PlasticFeedback(int State, int Plasticity, PartIndex Rule);

/// <summary>Where what belongs to one plastic layer of a local learner stands.</summary>
internal sealed class PlasticPlace
{
    /// <summary>Finds it by name.</summary>
    public PlasticPlace(
        LocalDeclarations declared, NetworkSpec network, LocalLearnerSpec learner, int layer, ParameterIndex parameters, StateLayout states)
    {
        var shape = new LayerShape(layer, network.Layers[layer].WeightShape);
        Place = new FeedbackPlace(network, layer, learner.Options);
        Plasticity = learner.Granularity switch
        {
            Granularity.None => -1,
            Granularity.Network => parameters.Position("network.alpha"),
            _ => parameters.Position($"layer{layer}.alpha"),
        };
        Parts ruleParts = learner.Rule.Parts(shape);
        Rule = new PartIndex(ruleParts, layer, string.Empty, declared.RuleOwner, parameters, states);
        NoteBirths(ruleParts, layer, string.Empty);
        IsPlain = ruleParts.Parameters.IsEmpty && ruleParts.State.IsEmpty;
        if (!learner.HasFeedback(network, layer))
        {
            return;
        }

        Strength = parameters.Position($"layer{layer}.beta");
        Parts path = learner.Pathway.Parts(Place);
        Pathway = new PartIndex(path, layer, string.Empty, declared.PathwayOwner, parameters, states);
        NoteBirths(path, layer, string.Empty);
        IsPlain &= path.State.IsEmpty
            && path.Parameters.Select(p => p.Name).SequenceEqual(["feedback0.weight", "feedback0.bias"], StringComparer.Ordinal);
        foreach (string weights in learner.FeedbackRule is null ? [] : path.Plastic)
        {
            string prefix = LocalDeclarations.PrefixOf(weights), name = $"layer{layer}.{weights}";
            Parts own = learner.FeedbackRule!.Parts(new LayerShape(layer, path.Parameters.First(p => p.Name == weights).Shape));
            Plastic[weights] = new PlasticFeedback(
                states.Position(name), parameters.Position($"layer{layer}.{prefix}alpha"),
                    new PartIndex(own, layer, prefix, declared.FeedbackRuleOwner, parameters, states));
            Births[name] = (name, 0);
            NoteBirths(own, layer, prefix);
        }
    }

    /// <summary>Whether rule and pathway have nothing but B and c of one direct layer: what fused kernels know of.</summary>
    public bool IsPlain { get; }

    /// <summary>The place that feedback leads to.</summary>
    public FeedbackPlace Place { get; }

    /// <summary>Position of α; −1 for none.</summary>
    public int Plasticity { get; }

    /// <summary>Position of β.</summary>
    public int Strength { get; } = -1;

    /// <summary>Parameters and states of the rule.</summary>
    public PartIndex Rule { get; }

    /// <summary>Parameters and states of the pathway; null where no feedback reaches the layer.</summary>
    public PartIndex? Pathway { get; }

    /// <summary>Feedback weights that change in life, by their name within the layer.</summary>
    public Dictionary<string, PlasticFeedback> Plastic { get; } = new(StringComparer.Ordinal);

    /// <summary>What the states but W are born as: the value of a meta-parameter, or a number.</summary>
    public Dictionary<string, (string? From, double Value)> Births { get; } = new(StringComparer.Ordinal);

    private void NoteBirths(Parts parts, int layer, string prefix)
    {
        foreach (StatePart state in parts.State)
        {
            string? source = state.BornFrom is { } from ? parts.Parameters.First(p => p.Name == from).NameIn(layer, prefix) : null;
            Births[$"layer{layer}.{prefix}{state.Name}"] = (source, state.Birth);
        }
    }
}
