using System.Collections.Immutable;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>W ← W − α ∘ ∂E/∂W and b ← b − α_b ∘ ∂E/∂b, E = ℓ + ½ Σ λ (‖W − W₀‖² + ‖b − b₀‖²), with ∂ℓ/∂W recorded so that the meta-gradient
/// goes through it, or stopped.</summary>
internal sealed class GradientLearner : LayeredLearner, IEnergyLearner
{
    private readonly GradientLearnerSpec learner;
    private readonly ImmutableArray<(int Weights, int Biases)> rates;

    // Where what each state was at birth stands among the meta-parameters, and its λ, −1 where that is no meta-parameter.
    private readonly ImmutableArray<int> births, pulls;

    /// <summary>Declares what it has.</summary>
    public GradientLearner(NetworkSpec network, GradientLearnerSpec learner)
        : base(network, learner, Declare(network, learner), [.. network.PlasticWeights(), .. network.PlasticBiases()])
    {
        this.learner = learner;
        rates = [.. Enumerable.Range(network.FrozenLayers, network.PlasticLayers)
            .Select(i => (Index.IndexOf($"layer{i}.alpha"), Index.IndexOf($"layer{i}.alpha_bias")))];
        births = [.. States.Specs.Select(s => Index.Position(s.Name))];
        pulls = [.. States.Specs.Select(s => Index.IndexOf($"layer{s.Layer}.pull"))];
        if (learner.Pull is not null && !learner.Birth.IsPoint)
        {
            throw new SettingException(
                "Found a pull back to the weights at birth where each life is born with others, expected birth: point; leave pull or " +
                "birth out.",
                nameof(learner.Pull));
        }

        if (learner.LearnsPull && learner.Pull is null)
        {
            throw new SettingException(
                "Found learns-pull without pull, expected the λ that it starts at; set learner.pull, such as 0.1.", nameof(learner.Pull));
        }
    }

    /// <inheritdoc/>
    public override FusedForm? Fused => IsBornPlainly && learner.Pull is null ? new GradientFusedForm(learner) : null;

    /// <inheritdoc/>
    public string? LacksMinimum => learner.Pull is not null ? null
        : "Found a gradient learner without a pull, whose energy's minimum does not depend on the weights at birth, expected " +
          "learner.pull, such as 0.1";

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
            Var g = learner.Order == GradientOrder.First ? inputs.Stop(gradient[i]) : gradient[i];
            g = learner.Pull is null ? g : g + (PullOf(inputs.Meta, i) * Moved(inputs, i));
            after.Add(inputs.State[i] - AtRate(inputs.Meta, i, g));
        }

        return new LifeState(States, after.MoveToImmutable());
    }

    /// <inheritdoc/>
    public Var Energy(in StepInputs inputs)
    {
        Var energy = Objective.Loss(Activities(inputs.State, inputs.Meta, inputs.Input)[^1], inputs.Target, inputs.Mask);
        for (int i = 0; learner.Pull is not null && i < births.Length; i++)
        {
            energy += PullOf(inputs.Meta, i) * Moved(inputs, i).Square().Sum() * 0.5;
        }

        return energy;
    }

    /// <inheritdoc/>
    public Var AtRate(MetaVars meta, int state, Var gradient)
    {
        (int ofWeights, int ofBiases) = rates[state % PlasticLayers.Length];
        return learner.FixedInnerRate is { } fixedRate ? gradient * fixedRate
            : meta[state < PlasticLayers.Length ? ofWeights : ofBiases] * gradient;
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

            if (i >= network.FrozenLayers && learner is { LearnsPull: true, Pull: { } pull })
            {
                all.Add(new ParameterSpec($"layer{i}.pull", ParameterRoles.Pull, i, [1]) { Start = pull });
            }
        }

        return all.ToImmutable();
    }

    // s − s₀.
    private Var Moved(in StepInputs inputs, int state) => inputs.State[state] - inputs.Meta[births[state]];

    private Var PullOf(MetaVars meta, int state) =>
        pulls[state] >= 0 ? meta[pulls[state]] : meta[births[state]].Tape.Constant(learner.Pull ?? 0);

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
