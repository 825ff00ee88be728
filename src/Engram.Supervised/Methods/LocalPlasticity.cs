using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>FLP's own feedback pathway and plasticity rule, with random feedback weights that nothing has meta-learned: a
/// control.</summary>
/// <remarks>
/// Equation: as in a lifetime's inner step, f_i = φ(s B_iᵀ + c_i), x̃_i = (1 − β) x_i + β f_i, W ← W + r ΔW(x_{i−1}, x̃_i) / n with the
/// learner's rule (Oja's: ΔW = pᵀa − d 1ᵀ ∘ W) at every
/// layer; α = 1 and the rate r stands for it, so its optimizer is <c>sgd</c> unless another is named. Biases stay. Shapes: [n, units] here,
/// as lifetimes have them. B is drawn by He's initialisation, as
/// meta-training starts it, c = 0. Source: Lindsey and Litwin-Kumar 2020, section 4. Deviations: the mean over the batch, so that the rate
/// does not depend on its size.
/// It runs the very code of the tape engine's inner step, rules and pathways by name, at the price of speed and of an allocation for each
/// operation.
/// </remarks>
public sealed record LocalPlasticitySpec : CreditAssignmentSpec
{
    /// <summary>Name in <see cref="LearnerSpecs.Registry"/> of one of <see cref="LearnerNames"/>.</summary>
    [Setting("Whose pathway and rule: a learner with a local rule at every layer.", NamesFrom = nameof(LearnerNames))]
    public string Learner { get; init; } = "flp";

    /// <summary>β of every layer that feedback reaches.</summary>
    [Setting(0, 1, "β of every layer that feedback reaches.")]
    public double FeedbackStrength { get; init; } = 0.5;

    /// <summary>What B's random weights are multiplied by.</summary>
    [Setting(-1e6, 1e6, "What the random feedback weights are multiplied by.")]
    public double FeedbackScale { get; init; } = 1;

    /// <summary>The learners that it can train: those with a local rule, at every layer, in two phases.</summary>
    public static IReadOnlyList<string> LearnerNames =>
        [.. LearnerSpecs.Registry.Names.Where(
        n =>
        LearnerSpecs.Registry.Get(n).PlasticLayers is null
        && LearnerSpecs.Registry.Get(n).Create(Objective.CrossEntropy) is LocalLearnerSpec and not ParallelLearnerSpec)];

    /// <inheritdoc/>
    public override bool LastLayerDescendsLoss => false;

    /// <summary>Plain steps of the rate: others would normalise the rule's decay of W away.</summary>
    public override string? DefaultOptimizer => "sgd";

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        _ = LayoutFor(network);
    }

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new LocalPlasticity<T>(network, this, random);

    internal ParameterLayout LayoutFor(SupervisedNetworkSpec network)
    {
        if (!LearnerNames.Contains(Learner) || LearnerSpecs.Registry.Get(Learner).Create(network.Objective) is not LocalLearnerSpec local)
        {
            throw new SettingException(
                $"Found the learner '{Learner}', expected one with a local rule at every layer: {string.Join(", ", LearnerNames)}.",
                nameof(Learner));
        }

        return ParameterLayout.For(new NetworkSpec(network.Layers, network.Layers.Length), local with { Granularity = Granularity.Layer });
    }
}

/// <summary>FLP's pathway and rule at work.</summary>
internal sealed class LocalPlasticity<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SupervisedNetwork<T> network;
    private readonly ILearner learner;
    private readonly MetaParameters<T> parameters;
    private readonly Tape<T> tape = new();

    public LocalPlasticity(SupervisedNetwork<T> network, LocalPlasticitySpec spec, RandomStream random)
    {
        this.network = network;
        ParameterLayout layout = spec.LayoutFor(network.Spec);
        learner = layout.Dynamics;
        if (layout.State.Specs.Length != network.Layers.Length)
        {
            StateSpec other = layout.State.Specs[network.Layers.Length];
            throw new EngramException(
                $"Found the state '{other.Name}', which {other.Owner} declares, in a method of credit assignment, expected a rule that " +
                $"remembers nothing between batches.");
        }

        parameters = new MetaParameters<T>(layout);
        Initializer.Initialize(
            parameters,
            new InitializationSpec
            {
                FeedbackScale = spec.FeedbackScale,
                HiddenPlasticity = 1,
                ReadoutPlasticity = 1,
                HiddenFeedbackStrength = spec.FeedbackStrength,
                ReadoutFeedbackStrength = spec.FeedbackStrength,
            },
            random);
        Memory = [.. Enumerable.Range(0, layout.Parameters.Length)
            .Where(i => layout.Parameters[i].Role is ParameterRoles.FeedbackWeights or ParameterRoles.FeedbackBiases)
            .Select(i => new MethodTensor<T>(layout.Parameters[i].Name, parameters[i]))];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        tape.Clear();
        ParameterLayout layout = parameters.Layout;
        var meta = new Var[layout.Parameters.Length];
        for (int i = 0; i < meta.Length; i++)
        {
            meta[i] = tape.Leaf(parameters[i]);
        }

        // W and b are the supervised network's own.
        for (int l = 0; l < network.Layers.Length; l++)
        {
            meta[layout.IndexOf($"layer{l}.bias")] = tape.Leaf(network.Layers[l].Biases);
        }

        var before = new LifeState(layout.State, [.. network.Layers.Select(l => tape.Leaf(l.Weights))]);
        Var input = tape.Leaf(step.Pass.Activity(0)).Transpose(), target = tape.Leaf(step.Pass.Targets).Transpose();
        LifeState after =
            learner.Step(new StepInputs(before, new MetaVars(layout.Index, meta), input, target, null, StopOnTape.Instance, null));
        for (int l = 0; l < network.Layers.Length; l++)
        {
            step.Directions.Weights(l).CopyFrom(tape.ValueOf((before[l] - after[l]) / step.Pass.Examples));
            step.Directions.Biases(l).Clear();
        }

        return Updates.Forward;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tape.Dispose();
        parameters.Dispose();
    }
}
