using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Shape of one feedback layer: B [outputs, inputs], c [outputs].</summary>
public readonly record struct FeedbackLayerShape(int Outputs, int Inputs);

/// <summary>What a feedback pathway to one plastic layer works with in one inner step.</summary>
/// <param name="Signal">s, [n, K].</param>
/// <param name="Activity">x_i of the layer that is reached, before feedback, [n, out].</param>
/// <param name="Weights">B of each feedback layer, from the output on.</param>
/// <param name="Biases">c of each feedback layer, [1, outputs].</param>
/// <param name="Learner">The learner's options.</param>
public readonly record struct FeedbackInputs(Var Signal, Var Activity, ImmutableArray<Var> Weights, ImmutableArray<Var> Biases, LocalLearnerSpec Learner);

/// <summary>How the signal at the output reaches a plastic layer.</summary>
public interface IFeedbackPathway
{
    /// <summary>Which feedback layers lead to a plastic layer; they become meta-parameters <c>layerI.feedbackK</c>.</summary>
    /// <exception cref="EngramException">The options do not fit the network.</exception>
    ImmutableArray<FeedbackLayerShape> LayersTo(NetworkSpec network, LocalLearnerSpec learner, int layer);

    /// <summary>f_i, [n, out]: the activity that feedback alone would cause in the layer.</summary>
    Var Feedback(in FeedbackInputs inputs);
}

/// <summary>The feedback pathways there are, by name.</summary>
public static class FeedbackPathways
{
    /// <summary>All pathways; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IFeedbackPathway> Registry { get; } = WithBuiltIns();

    private static Registry<IFeedbackPathway> WithBuiltIns()
    {
        var registry = new Registry<IFeedbackPathway>("feedback pathway");
        registry.Register("direct", new DirectFeedback(), "straight from the output to every plastic layer, through one or more layers: f = φ(s Bᵀ + c)");
        return registry;
    }
}
