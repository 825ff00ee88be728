using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;

namespace Engram.Experiments.Recovery;

/// <summary>What is seen of a network while it learns.</summary>
public enum ObservedQuantity
{
    /// <summary>Synapses of the plastic layers after each inner step.</summary>
    Weights,

    /// <summary>Activity of the plastic layers before feedback, in each inner step.</summary>
    Activity,
}

/// <summary>How networks that learn by a hidden rule are made and seen.</summary>
public sealed record RecoverySetting
{
    /// <summary>Widths of the network; the hidden layers are tanh, all layers are plastic.</summary>
    public ImmutableArray<int> Widths { get; init; } = [6, 10, 4];

    /// <summary>Networks that θ is fitted to.</summary>
    public int Networks { get; init; } = 20;

    /// <summary>Networks beside them, on which the fit is judged.</summary>
    public int NewNetworks { get; init; } = 10;

    /// <summary>Inner steps of a life.</summary>
    public int InnerSteps { get; init; } = 30;

    /// <summary>What is seen.</summary>
    public ObservedQuantity Observed { get; init; } = ObservedQuantity.Weights;

    /// <summary>Share of synapses, or of units, that are seen.</summary>
    public double Seen { get; init; } = 1;

    /// <summary>Standard deviation of the noise on what is seen, over that of its change in life.</summary>
    public double Noise { get; init; }

    /// <summary>Whether inputs are 0 or 1, so that a power of one says no more than the input itself.</summary>
    public bool BinaryInputs { get; init; }

    /// <summary>Where networks and lives are drawn from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>α, known to whoever fits.</summary>
    internal const double Plasticity = 0.05;

    /// <summary>β, known to whoever fits.</summary>
    internal const double Strength = 0.5;

    internal ParameterLayout LayoutOf(IPlasticityRule rule)
    {
        int layers = Widths.Length - 1;
        return ParameterLayout.For(
            new NetworkSpec(
                Enumerable.Range(0, layers)
                .Select(i => new LinearSpec(Widths[i], Widths[i + 1], i == layers - 1 ? Activation.Identity : Activation.Tanh)), layers),
            new LocalLearnerSpec
            { Rule = rule, Granularity = Granularity.Layer, Signal = FeedbackSignal.Target, RectifiedFeedback = false });
    }
}
