using System.Collections.Immutable;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;

namespace Engram.Learning.Learners;

/// <summary>W ← W − α ∘ ∂ℓ/∂W and b ← b − α_b ∘ ∂ℓ/∂b, with ∂ℓ/∂W recorded so that the meta-gradient goes through it, or stopped.</summary>
internal sealed class GradientLearner : LayeredLearner
{
    private readonly GradientLearnerSpec learner;
    private readonly ImmutableArray<(int Weights, int Biases)> rates;

    /// <summary>Declares what it has.</summary>
    public GradientLearner(NetworkSpec network, GradientLearnerSpec learner)
        : base(network, learner, Declare(network, learner), [.. network.PlasticWeights(), .. network.PlasticBiases()])
    {
        this.learner = learner;
        rates = [.. Enumerable.Range(network.FrozenLayers, network.PlasticLayers)
            .Select(i => (Index.IndexOf($"layer{i}.alpha"), Index.IndexOf($"layer{i}.alpha_bias")))];
    }

    /// <inheritdoc/>
    public override FusedForm? Fused => IsBornPlainly ? new GradientFusedForm(learner) : null;

    /// <inheritdoc/>
    public override LifeState Step(in StepInputs inputs)
    {
        Var[] activities = Activities(inputs.State, inputs.Meta, inputs.Input);
        Var output = activities[^1];
        Var loss = Objective.Loss(output, inputs.Target, inputs.Mask);
        ShowActivity(inputs, activities);
        Var[] gradient = loss.Tape.Gradient(loss, inputs.State.Values.AsSpan());
        var after = ImmutableArray.CreateBuilder<Var>(gradient.Length);
        int layers = PlasticLayers.Length;
        for (int i = 0; i < gradient.Length; i++)
        {
            (int ofWeights, int ofBiases) = rates[i % layers];
            after.Add(Descend(inputs, inputs.State[i], gradient[i], i < layers ? ofWeights : ofBiases));
        }

        return new LifeState(States, after.MoveToImmutable());
    }

    /// <inheritdoc/>
    protected override LifeState FirstState(MetaVars meta, Var[] born) =>
        new(States,
            [.. born.Skip(Network.FrozenLayers), .. Enumerable.Range(0, PlasticLayers.Length).Select(j => base.Biases(null!, meta, j))]);

    /// <inheritdoc/>
    protected override Var Biases(LifeState state, MetaVars meta, int plasticLayer) => state[PlasticLayers.Length + plasticLayer];

    private static ImmutableArray<ParameterSpec> Declare(NetworkSpec network, GradientLearnerSpec learner)
    {
        var all = ImmutableArray.CreateBuilder<ParameterSpec>();
        for (int i = 0; i < network.Layers.Length; i++)
        {
            LayerSpec layer = network.Layers[i];
            all.AddRange(network.ParametersOf(i));
            all.AddRange(BirthDeclarations.Of(learner.Birth, layer, i));
            if (i >= network.FrozenLayers && learner.FixedInnerRate is null)
            {
                all.Add(new ParameterSpec($"layer{i}.alpha", ParameterRoles.Plasticity, i, layer.WeightShape));
                all.Add(new ParameterSpec($"layer{i}.alpha_bias", ParameterRoles.Plasticity, i, [layer.WeightRows]));
            }
        }

        return all.ToImmutable();
    }

    private Var Descend(in StepInputs inputs, Var parameter, Var gradient, int rate)
    {
        Var g = learner.Order == GradientOrder.First ? inputs.Stop(gradient) : gradient;
        return parameter - (learner.FixedInnerRate is { } fixedRate ? g * fixedRate : inputs.Meta[rate] * g);
    }

    private void ShowActivity(in StepInputs inputs, Var[] activities)
    {
        for (int j = 0; j < PlasticLayers.Length; j++)
        {
            inputs.Show($"layer{Network.FrozenLayers + j}.activity", activities[j + 1]);
        }

        inputs.Show(
            "error", inputs.Target - (Objective == Objective.CrossEntropy ? Objectives.Softmax(activities[^1], inputs.Mask)
            : activities[^1]));
    }
}
